package main

import (
	"context"
	"fmt"
	"time"

	"securetext/store"
	"securetext/store/disclosure"
	"securetext/store/eventfile"
)

type eventsCmd struct {
	recipientFlags
	Message store.MessageID `help:"Only this message's."`
	Person  string          `help:"Only what this sender, API key or person of the staff did, and what was done to them." placeholder:"ID"`
	Kind    store.Kind      `help:"Only of this kind, such as read."`
	Since   time.Duration   `help:"Only those of so long ago, such as 24h."`
	After   int64           `help:"Only later ones than this seq: for the next page." placeholder:"SEQ"`
	Limit   int             `default:"1000" help:"At most so many; 0 is all."`
	As      string          `default:"jsonl" enum:"jsonl,csv,fhir" help:"How: jsonl (JSON lines), csv, or fhir (an AuditEvent of FHIR R4 a line)." placeholder:"FORMAT"`
}

// Run writes the events, as the console exports them.
func (c *eventsCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, recipient, err := c.filter(ctx, p, h)
		if err != nil {
			return err
		}
		f := store.EventFilter{
			Org: org, Recipient: recipient, Message: c.Message, Person: c.Person, Kind: c.Kind,
			Since: since(p, c.Since), After: c.After, Limit: c.Limit,
		}
		if err := eventfile.Copy(ctx, h.store, f, eventfile.Formats[c.As].Open(p.out)); err != nil {
			return fmt.Errorf("list events: %w", err)
		}
		return nil
	})
}

type auditAccountingCmd struct {
	recipientFlags
	Since time.Duration `help:"Only those of so long ago, such as 2160h. By default six years." placeholder:"TIME"`
}

// Run writes what was shown of a patient's messages, to whom, when and why.
func (c *auditAccountingCmd) Run(ctx context.Context, p *program) error {
	if c.Recipient == "" && c.Number == "" {
		return fmt.Errorf("say whose, with --number or --recipient")
	}
	return p.use(ctx, func(h *house) error {
		org, recipient, err := c.find(ctx, p, h)
		if err != nil {
			return err
		}
		f := store.EventFilter{Org: org, Recipient: recipient, Since: p.now().AddDate(-disclosure.Years, 0, 0)}
		if c.Since > 0 {
			f.Since = since(p, c.Since)
		}
		out := disclosure.NewCSV(p.out, disclosure.Who)
		if err := disclosure.List(ctx, h.store, f, out.Write); err != nil {
			return fmt.Errorf("account for disclosures: %w", err)
		}
		return out.Flush()
	})
}
