// Package limit counts what somebody does, and says when it is too much.
//
// A [Limiter] lets a key (a sender, the beginning of a number, an address) do a
// [Rule]'s burst at once and then goes on at its steady rate. It is the generic
// cell rate algorithm: all that is kept of a key is the instant at which it will
// have made up for everything it did, so that a limit is one comparison and
// what is quiet is forgotten. [Memory] counts in one process, [Redis] in all of
// them together.
//
// What a key stands for is kept nowhere: only a hash of it. Whether something
// goes ahead while Redis is away is for the caller to decide.
package limit

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrUnavailable: nobody can tell at the moment, since Redis is away. The
	// caller decides: what costs money or guards a password should wait.
	ErrUnavailable = errors.New("rate limits unavailable")

	// ErrNever: more was asked for at once than the rule's burst. Waiting does
	// not help; less at a time does.
	ErrNever = errors.New("more at once than the rate limit ever allows")

	errRule = errors.New("a rate limit needs a burst and a time above zero, and nothing can be taken back")
)

// Limiter counts. Safe for concurrent use.
type Limiter interface {
	// Allow reports whether key may do n more under rule at now, and counts them
	// if so. What is refused is not counted; retryAfter is then how long to wait
	// until the same would be allowed, if nothing else is meanwhile. It is zero
	// where ok.
	//
	// With n of 0 it tells whether one would be allowed, and counts nothing.
	//
	// A key goes with one rule: begin it with what is limited, as in "send:" and
	// a sender's id. Errors are ErrNever, ErrUnavailable and those of ctx; with
	// any of them ok is false.
	Allow(ctx context.Context, key string, n int, rule Rule, now time.Time) (ok bool, retryAfter time.Duration, err error)
}

// Rule lets Burst happen at once, and Burst in every Per in the long run. In no
// stretch of time as long as Per is it more than twice Burst. The zero Rule
// limits nothing.
type Rule struct {
	Burst int
	Per   time.Duration
}

// demand is what is asked of a rule, in the units of the algorithm.
type demand struct {
	cost  time.Duration // how far it moves the instant at which all is made up for
	room  time.Duration // how far ahead of now that instant may be
	spend bool          // count it
	free  bool          // the rule limits nothing
}

// demand is n under the rule, in whole microseconds, so that all limiters count
// alike.
func (r Rule) demand(n int) (demand, error) {
	switch {
	case r == Rule{}:
		return demand{free: true}, nil
	case r.Burst <= 0 || r.Per <= 0 || n < 0:
		return demand{}, errRule
	case n > r.Burst:
		return demand{}, ErrNever
	}
	burst := time.Duration(r.Burst)
	each := (r.Per + burst*time.Microsecond - 1) / (burst * time.Microsecond) * time.Microsecond // rounded up
	return demand{cost: each * time.Duration(max(n, 1)), room: each * burst, spend: n > 0}, nil
}
