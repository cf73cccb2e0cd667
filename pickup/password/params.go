package password

import "fmt"

// Params are the argon2id costs (RFC 9106).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// Default is the floor that OWASP gives for argon2id: 19 MiB, two passes, one
// thread. Configuration may only go up from here.
var Default = Params{Memory: 19456, Time: 2, Threads: 1}

// ceiling bounds what a hash may cost. It holds for the configuration and for
// the parameters read back from the database, so that whoever can write a row
// there cannot make one sign-in take the machine down.
var ceiling = Params{Memory: 256 << 10, Time: 16, Threads: 16}

// Validate reports costs below [Default] or above what this package computes.
func (p Params) Validate() error {
	if p.below(Default) {
		return fmt.Errorf("argon2id parameters %v are below the floor %v", p, Default)
	}
	if !p.within(ceiling) {
		return fmt.Errorf("argon2id parameters %v are above the limit %v", p, ceiling)
	}
	return nil
}

// String returns the costs as a PHC string has them.
func (p Params) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.Memory, p.Time, p.Threads)
}

// below reports whether any cost is lower than in q.
func (p Params) below(q Params) bool {
	return p.Memory < q.Memory || p.Time < q.Time || p.Threads < q.Threads
}

// within reports whether no cost is higher than in q.
func (p Params) within(q Params) bool { return !q.below(p) }

// computable reports whether argon2id is defined for these costs (RFC 9106,
// section 3.1) and they are within the ceiling.
func (p Params) computable() bool {
	return p.Time >= 1 && p.Threads >= 1 && p.Memory >= 8*uint32(p.Threads) && p.within(ceiling)
}
