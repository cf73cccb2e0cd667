// Package console is the sender of texts for a desk: it sends nothing.
//
// A [Console] prints each text with its link, and keeps the last ones for a
// page that stands in for the phone ([Console.Handler]) and for programs that
// play the patient ([Console.Next]). Whoever reads its output can follow the
// links: so in production, where the sandbox hands its texts here, it is made
// without an output, and only keeps them.
package console

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"securetext/sms"
	"securetext/sms/phone"
)

// Keep is how many texts a Console remembers.
const Keep = 200

// Console is a [sms.Sender] and a [sms.Finder]. Make one with [New].
type Console struct {
	out io.Writer // nil: nowhere
	now func() time.Time

	mu    sync.Mutex
	seq   int
	kept  []Sent        // oldest first
	newer chan struct{} // closed when there is one more
}

// Sent is a text that went out.
type Sent struct {
	Seq  int // counts up from 1
	Text sms.Text
	At   time.Time
}

// New makes a Console that prints to out; nil: it prints nothing.
func New(out io.Writer, now func() time.Time) *Console {
	return &Console{out: out, now: now, newer: make(chan struct{})}
}

// Name implements [sms.Sender].
func (c *Console) Name() string { return "console" }

// Send implements [sms.Sender]. The number is printed masked.
func (c *Console) Send(ctx context.Context, t sms.Text) (sms.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return sms.Receipt{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.print(t); err != nil {
		return sms.Receipt{}, &sms.Error{Code: "console_write", Err: err}
	}
	c.keep(t)
	return sms.Receipt{ProviderID: providerID(t), Delivered: true}, nil
}

func (c *Console) print(t sms.Text) error {
	if c.out == nil {
		return nil
	}
	_, err := fmt.Fprintf(c.out, "\nText to %s:\n    %s\n\n", t.To().Masked(), t.Body())
	return err
}

func (c *Console) keep(t sms.Text) {
	c.seq++
	c.kept = append(c.kept, Sent{c.seq, t, c.now()})
	if len(c.kept) > Keep {
		c.kept = slices.Delete(c.kept, 0, len(c.kept)-Keep)
	}
	close(c.newer)
	c.newer = make(chan struct{})
}

func providerID(t sms.Text) string { return "console_" + t.ID() }

// Find implements [sms.Finder].
func (c *Console) Find(_ context.Context, q sms.Query) ([]sms.Found, error) {
	var found []sms.Found
	for _, s := range c.Texts() {
		if s.Text.To() == q.To && !s.At.Before(q.Since) {
			found = append(found, sms.Found{ProviderID: providerID(s.Text), Body: s.Text.Body(), At: s.At, State: sms.Delivered})
		}
	}
	return found, nil
}

// Texts returns the texts that are kept, newest first.
func (c *Console) Texts() []Sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	texts := slices.Clone(c.kept)
	slices.Reverse(texts)
	return texts
}

// Next waits for a text to a number and returns the first whose Seq is higher
// than after; 0 asks for the first that is kept.
func (c *Console) Next(ctx context.Context, to phone.Number, after int) (Sent, error) {
	for {
		s, newer := c.next(to, after)
		if newer == nil {
			return s, nil
		}
		select {
		case <-newer:
		case <-ctx.Done():
			return Sent{}, fmt.Errorf("wait for a text: %w", ctx.Err())
		}
	}
}

// next returns what tells of newer texts where there is none yet.
func (c *Console) next(to phone.Number, after int) (Sent, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.kept {
		if s.Seq > after && s.Text.To() == to {
			return s, nil
		}
	}
	return Sent{}, c.newer
}
