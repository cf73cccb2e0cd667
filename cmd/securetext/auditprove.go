package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"securetext/store"
	"securetext/store/audit"
)

type auditProveCmd struct {
	Events  []int64         `arg:"" optional:"" help:"The seq of each event, as securetext events prints it."`
	Message store.MessageID `help:"All events of this message." placeholder:"MSG"`
}

// Run prints the proofs.
func (c *auditProveCmd) Run(ctx context.Context, p *program) error {
	if (len(c.Events) == 0) == (c.Message == "") {
		return errors.New("say which events: by their seq, or with --message")
	}
	return p.useLog(ctx, func(a auditing) error {
		seqs := c.Events
		if c.Message != "" {
			m, err := a.message(ctx, c.Message)
			if err != nil {
				return err
			}
			if seqs, err = a.seqs(ctx, store.EventFilter{Org: m.Org, Message: m.ID}); err != nil {
				return err
			}
		}
		return a.prove(ctx, audit.ProofOfEvents, seqs)
	})
}

type auditReceiptCmd struct {
	recipientFlags
	Wipe store.MessageID `help:"That this message was wiped, or that its life is over." placeholder:"MSG" xor:"who"`
	Ask  store.AskID     `help:"That what two admins asked for was wiped: who asked, who approved, and each message." placeholder:"ASK" xor:"who"`
}

// Run prints the receipt.
func (c *auditReceiptCmd) Run(ctx context.Context, p *program) error {
	if c.Wipe == "" && c.Ask == "" && c.Recipient == "" && c.Number == "" {
		return errors.New("say of what: --wipe, --ask, or --recipient or --number for what a patient's messages were shown to")
	}
	return p.useLog(ctx, func(a auditing) error {
		if c.Wipe != "" {
			return a.wipeReceipt(ctx, c.Wipe)
		}
		if c.Ask != "" {
			return a.askReceipt(ctx, c.Ask)
		}
		org, recipient, err := c.find(ctx, p, a.house)
		if err != nil {
			return err
		}
		seqs, err := a.seqs(ctx, store.EventFilter{Org: org, Recipient: recipient}, store.Read, store.AttachmentRead, store.EmergencyOpened)
		if err != nil {
			return err
		}
		return a.prove(ctx, audit.ProofOfReadings, seqs)
	})
}

func (a auditing) wipeReceipt(ctx context.Context, id store.MessageID) error {
	m, err := a.message(ctx, id)
	if err != nil {
		return err
	}
	seqs, err := a.seqs(ctx, store.EventFilter{Org: m.Org, Message: m.ID}, store.Wiped, store.Expired)
	if err != nil {
		return err
	}
	if len(seqs) == 0 {
		return fmt.Errorf("message %s was not wiped (see: securetext wipe)", id)
	}
	return a.prove(ctx, audit.ProofOfWipe, seqs)
}

// askReceipt proves a wipe that two admins asked for: that it was asked for and
// approved, that it was done, and the wipe of each message.
func (a auditing) askReceipt(ctx context.Context, id store.AskID) error {
	orgs, err := a.store.Orgs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		ask, err := a.store.Ask(ctx, org.ID, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return err
		}
		if ask.Kind != store.AskWipe || ask.State != store.AskDone {
			return fmt.Errorf("%s is no wipe that was done (see the console, under Two people)", id)
		}
		seqs, err := a.askSeqs(ctx, ask)
		if err != nil {
			return err
		}
		return a.prove(ctx, audit.ProofOfWipe, seqs)
	}
	return fmt.Errorf("there is no ask %s", id)
}

func (a auditing) askSeqs(ctx context.Context, ask store.Ask) ([]int64, error) {
	seqs, err := a.seqs(ctx, store.EventFilter{Org: ask.Org, Person: string(ask.ID)}, store.WipeAsked, store.WipeApproved, store.BulkWiped)
	if err != nil {
		return nil, err
	}
	ids, err := a.store.AskedMessages(ctx, ask.Org, ask.ID, "", store.MostAsked)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		some, err := a.seqs(ctx, store.EventFilter{Org: ask.Org, Message: id}, store.Wiped, store.Expired)
		if err != nil {
			return nil, err
		}
		seqs = append(seqs, some...)
	}
	slices.Sort(seqs)
	return seqs, nil
}

// seqs are those of the events that a filter selects, in order; with kinds given, of
// those alone.
func (a auditing) seqs(ctx context.Context, f store.EventFilter, kinds ...store.Kind) ([]int64, error) {
	wanted := map[store.Kind]bool{}
	for _, k := range kinds {
		wanted[k] = true
	}
	var seqs []int64
	for {
		found, err := a.store.Events(ctx, f)
		if err != nil || len(found) == 0 {
			return seqs, err
		}
		for _, e := range found {
			if len(kinds) == 0 || wanted[e.Kind] {
				seqs = append(seqs, e.Seq)
			}
		}
		f.After = found[len(found)-1].Seq
	}
}

// prove prints the proofs of events. What no checkpoint covers yet is covered first.
func (a auditing) prove(ctx context.Context, kind string, seqs []int64) error {
	d, err := a.prover().Events(ctx, kind, seqs...)
	if errors.Is(err, audit.ErrNotYet) {
		if err := a.seal(ctx, a.p); err != nil {
			return err
		}
		d, err = a.prover().Events(ctx, kind, seqs...)
	}
	if errors.Is(err, audit.ErrNotYet) {
		return fmt.Errorf("%w: there is no such event (see: securetext events)", err)
	}
	if err != nil {
		return err
	}
	return a.p.print(d)
}
