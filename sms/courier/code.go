package courier

import (
	"context"
	"time"

	"securetext/store"
)

// codeTooLate is why a code is given up, as its event says.
const codeTooLate = "code_too_late"

// ends is from when on a text is of no use. Who waited so long for a code has
// asked for another, or gone.
func (j job) ends() time.Time {
	if end := j.Queued.Add(store.CodeLife); j.Kind == store.CodeText && end.Before(j.Expires) {
		return end
	}
	return j.Expires
}

// late gives up a code that waited for too long.
func (c *Courier) late(ctx context.Context, j job) bool {
	if j.Kind != store.CodeText || c.Now().Before(j.ends()) {
		return false
	}
	c.giveUp(ctx, j, codeTooLate, "")
	return true
}

// codesFirst orders texts so that somebody who looks at the phone for a code does
// not wait for others of the same batch.
func codesFirst(a, b job) int {
	switch first, second := a.Kind == store.CodeText, b.Kind == store.CodeText; {
	case first == second:
		return 0
	case first:
		return -1
	}
	return 1
}
