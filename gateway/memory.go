package gateway

import (
	"sync/atomic"
)

// DefaultMemory is how many bytes of mails and posts are held at once, unless
// [Intake] says otherwise.
const DefaultMemory = 512 << 20

// bodies counts the bytes of bodies in memory, over all connections.
type bodies struct{ held atomic.Int64 }

// hold is what one body takes up. It is not safe for concurrent use.
type hold struct {
	bodies *bodies
	most   int64 // for all bodies together, before this one may grow
	taken  int64
}

// hold begins to count a body. Strangers get no more than half of all, so that
// they cannot keep the clinics' own mail out.
func (in *Intake) hold(stranger bool) *hold {
	most := in.Memory
	if most == 0 {
		most = DefaultMemory
	}
	if stranger {
		most /= 2
	}
	return &hold{bodies: &in.bodies, most: most}
}

// grow makes the body n bytes larger, or is [errCrowded].
func (h *hold) grow(n int) error {
	if h.bodies.held.Add(int64(n)) > h.most {
		h.bodies.held.Add(-int64(n))
		return errCrowded
	}
	h.taken += int64(n)
	return nil
}

// release gives all of it back.
func (h *hold) release() {
	h.bodies.held.Add(-h.taken)
	h.taken = 0
}
