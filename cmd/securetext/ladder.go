package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"securetext/gateway"
	"securetext/store"
)

type messageShowCmd struct {
	Message store.MessageID `arg:"" help:"The message's id."`
	JSON    bool            `name:"json" help:"Print what GET /v1/messages/ID answers."`
}

// Run prints what became of a message, a line a step.
func (c *messageShowCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		s, err := gateway.StatusOf(ctx, h.store, "", c.Message)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("there is no message %s (see: securetext messages)", c.Message)
		case err != nil:
			return fmt.Errorf("show message: %w", err)
		case c.JSON:
			return p.print(s)
		}
		return printStatus(p.out, s)
	})
}

// printStatus writes the message, its ladder, what waits, and how long it lives
// or lived.
func printStatus(w io.Writer, s gateway.MessageStatus) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s: %s", s.ID, s.Status)
	if s.Reference != "" {
		fmt.Fprintf(out, ", reference %s", s.Reference)
	}
	if s.Test {
		fmt.Fprint(out, ", a test")
	}
	if s.Passcode != "" {
		fmt.Fprintf(out, ", passcode %s", s.Passcode)
	}
	fmt.Fprintln(out)
	for _, step := range s.Ladder {
		printLine(out, step.At, string(step.Step), inWords(step.Reason))
	}
	for _, r := range s.Replies {
		printLine(out, r.At, "replied", string(r.ID))
	}
	if s.Waiting != nil {
		printLine(out, s.Waiting.Since, "waits", fmt.Sprintf("%s (%s)", s.Waiting.Why, s.Waiting.Code))
	}
	if len(s.Ladder) == 1 && !s.SendAt.IsZero() {
		printLine(out, s.SendAt, "texts", "")
	}
	if !s.ReadBy.IsZero() {
		printLine(out, s.ReadBy, "to be read by", "")
	}
	switch {
	case !s.Expired.IsZero():
		printLine(out, s.Expired, "expired", "")
	case !s.Wiped.IsZero():
		printLine(out, s.Wiped, "wiped", "")
	default:
		printLine(out, s.Expires, "expires", "")
	}
	return out.Flush()
}

func printLine(out io.Writer, at time.Time, what, words string) {
	fmt.Fprintf(out, "%s  %s", at.UTC().Format("2006-01-02 15:04:05 UTC"), what)
	if words != "" {
		fmt.Fprintf(out, ": %s", words)
	}
	fmt.Fprintln(out)
}

// inWords is empty for a step that needs no reason.
func inWords(r *gateway.StatusReason) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%s %s (%s)", r.Why, r.Next, r.Code)
}
