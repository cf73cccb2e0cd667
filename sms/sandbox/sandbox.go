// Package sandbox is the sender of texts for rehearsals: it acts a carrier, and
// never reaches one.
//
// The number decides what becomes of a text ([Outcomes]): it is delivered,
// refused, slow, lost. The texts that a phone would get go to another sender,
// the console, where the operator finds them. What happens later is called back
// in the background, as a provider would do it.
//
// A text's id at the sandbox holds what becomes of it and when, so that
// [Sandbox.Report] can tell in any process, after any restart. Only the last
// texts, for [Sandbox.Find], and the passing outcomes are kept in memory.
package sandbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"securetext/sms"
)

// Keep is how many texts [Sandbox.Find] remembers.
const Keep = 200

// Sandbox is a [sms.Sender], [sms.Finder] and [sms.Reporter]. Make one with [New].
type Sandbox struct {
	out    sms.Sender
	call   func(sms.Status)
	now    func() time.Time
	spells spells

	mu     sync.Mutex
	kept   []kept // oldest first
	timers map[*time.Timer]bool
	closed bool
	calls  sync.WaitGroup // those of timers
}

// kept is a text with its words.
type kept struct {
	taken
	sms.Text
}

// New makes a Sandbox. out takes the texts that phones would get; it must be no
// carrier. call takes what a provider would call back with, and may be called
// concurrently.
func New(out sms.Sender, call func(sms.Status), now func() time.Time) *Sandbox {
	return &Sandbox{out: out, call: call, now: now, timers: map[*time.Timer]bool{}}
}

// Name implements [sms.Sender].
func (s *Sandbox) Name() string { return "sandbox" }

// Send implements [sms.Sender].
func (s *Sandbox) Send(ctx context.Context, t sms.Text) (sms.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return sms.Receipt{}, err
	}
	now := s.now()
	o, left := s.outcome(t, now)
	if o.state == "" {
		return sms.Receipt{}, &sms.Error{Code: o.Code(), RetryAfter: left, Err: o.answer}
	}
	if o.arrives() {
		if _, err := s.out.Send(ctx, t); err != nil {
			return sms.Receipt{}, err
		}
	}
	x := taken{o, now, t.ID()}
	s.take(x, t)
	if o.answer != nil {
		return sms.Receipt{}, &sms.Error{Code: o.Code(), Err: o.answer}
	}
	return sms.Receipt{ProviderID: x.providerID(), Delivered: o.arrives() && o.after == 0}, nil
}

// outcome returns what becomes of a text that is sent now and, where that will
// pass, for how long it holds.
func (s *Sandbox) outcome(t sms.Text, now time.Time) (o Outcome, left time.Duration) {
	if o = outcomeOf(t.To().E164()); o.lasts == 0 {
		return o, 0
	}
	if left = s.spells.left(o, t, now); left == 0 {
		return delivered, 0
	}
	return o, left
}

// take keeps a text, and sees to it that its end is called back.
func (s *Sandbox) take(x taken, t sms.Text) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, kept{x, t})
	if len(s.kept) > Keep {
		s.kept = slices.Delete(s.kept, 0, len(s.kept)-Keep)
	}
	if !x.silent && !s.closed {
		s.callLater(x)
	}
}

// callLater is called with the lock held.
func (s *Sandbox) callLater(x taken) {
	s.calls.Add(1)
	var timer *time.Timer
	timer = time.AfterFunc(x.after, func() {
		defer s.calls.Done()
		s.mu.Lock()
		delete(s.timers, timer)
		s.mu.Unlock()
		s.call(x.status(x.at.Add(x.after)))
	})
	s.timers[timer] = true
}

// Close ends the calling back, and waits for the calls under way. What is not
// called back any more can be asked for with [Sandbox.Report].
func (s *Sandbox) Close() error {
	s.mu.Lock()
	s.closed = true
	for timer := range s.timers {
		if timer.Stop() {
			s.calls.Done()
		}
	}
	clear(s.timers)
	s.mu.Unlock()
	s.calls.Wait()
	return nil
}
