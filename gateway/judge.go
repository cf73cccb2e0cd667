package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"securetext/gateway/limit"
	"securetext/gateway/option"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/passcode"
)

// Rates bound how much one sender can do, and how often somebody may be wrong.
// A zero rule limits nothing. As a mail may have 100 recipients, the burst of
// Sender and Block must not be below that.
type Rates struct {
	Sender  limit.Rule // messages of one sender
	Block   limit.Rule // messages of one org to one block of 10,000 numbers
	Account limit.Rule // wrong passwords for one account
	Addr    limit.Rule // wrong passwords from one address
}

// DefaultRates are the ones to use: far above what people write, and far below
// what it pays to send texts to one's own numbers.
var DefaultRates = Rates{
	Sender:  limit.Rule{Burst: 5000, Per: time.Hour},
	Block:   limit.Rule{Burst: 500, Per: time.Hour},
	Account: limit.Rule{Burst: 50, Per: 10 * time.Minute},
	Addr:    limit.Rule{Burst: 20, Per: 10 * time.Minute},
}

// quotaFor is the stretch of time that [store.Policy] counts in.
const quotaFor = 24 * time.Hour

// manner is how a submission is judged.
type manner int

const (
	allOrNone manner = iota // who is declined keeps the others from being counted
	each                    // the others go ahead
	dry                     // nothing is counted
)

// judge finds what there is against a submission before anything of it is
// stored: the same for mail, posts and dry runs.
func (in *Intake) judge(ctx context.Context, org store.Org, sub Submission, how manner) (declined, error) {
	found := in.judgeOptions(org, sub.To)
	if err := in.judgePasscodes(ctx, org, sub.To, found); err != nil {
		return nil, err
	}
	if err := in.judgeThreads(ctx, org, sub, found); err != nil {
		return nil, err
	}
	if !sub.Sender.Suspended.IsZero() {
		found.all(errSuspended)
		return found, nil
	}
	if !sub.judged {
		others, err := in.judgeRecipients(ctx, org, whomOf(sub.To), 0)
		if err != nil {
			return nil, err
		}
		found.add(others)
	}
	if how == allOrNone && found.first() >= 0 {
		return found, nil
	}
	verdict, err := in.scan(ctx, sub)
	if verdict == nil && err == nil {
		verdict, err = in.judgeRates(ctx, sub, found, how == dry)
	}
	found.all(verdict)
	return found, err
}

// judgeOptions finds what each recipient's message cannot be. To a mail's sender
// it names options as addresses do; the API looks for itself before, and names
// them in its own way.
func (in *Intake) judgeOptions(org store.Org, to []Target) declined {
	found := make(declined, len(to))
	for i, t := range to {
		found[i] = t.Options.Check(option.Address, org.Life, in.Now())
	}
	return found
}

// judgePasscodes finds the messages that lack one where the org wants one. Whoever
// gave one before was told apart from others by it, and needs none.
func (in *Intake) judgePasscodes(ctx context.Context, org store.Org, to []Target, found declined) error {
	lacks := func(t Target) bool { return t.Options.Passcode == passcode.Passcode{} }
	if !org.Policy.Passcode || !slices.ContainsFunc(to, lacks) {
		return nil
	}
	known, err := in.known(ctx, org.ID, whomOf(to))
	if err != nil {
		return fmt.Errorf("look who gave a passcode: %w", err)
	}
	for i, t := range to {
		if found[i] == nil && lacks(t) && !known[t.whom()].Vouched {
			found[i] = errNoPasscode
		}
	}
	return nil
}

// judgeThreads finds the messages that would continue one which is not there to be
// continued by their sender. Whether there is one elsewhere nobody learns.
func (in *Intake) judgeThreads(ctx context.Context, org store.Org, sub Submission, found declined) error {
	continues := slices.DeleteFunc(slices.Clone(sub.To), func(t Target) bool { return t.Options.Thread == "" })
	if len(continues) == 0 {
		return nil
	}
	to, err := in.known(ctx, org.ID, whomOf(continues))
	if err != nil {
		return fmt.Errorf("look for who is in the thread: %w", err)
	}
	whose := map[string]store.RecipientID{}
	for i, t := range sub.To {
		id := t.Options.Thread
		if found[i] != nil || id == "" {
			continue
		}
		recipient, known := whose[id]
		if !known {
			var err error
			recipient, err = in.Verdicts.Continues(ctx, store.Continuation{
				Org: org.ID, Sender: sub.Sender.ID, Test: sub.Test || org.Policy.Test, Message: store.MessageID(id),
			}, in.Now())
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("look for the thread: %w", err)
			}
			whose[id] = recipient
		}
		if recipient == "" || recipient != to[t.whom()].ID {
			found[i] = errNoThread
		}
	}
	return nil
}

// judgeRecipients finds what there is against each recipient. A mail that has so
// many already is counted with them.
func (in *Intake) judgeRecipients(ctx context.Context, org store.Org, to []whom, already int) (declined, error) {
	refused, err := in.refusals(ctx, org.ID, to)
	if err != nil {
		return nil, err
	}
	left, err := in.quotaLeft(ctx, org)
	if err != nil {
		return nil, err
	}
	found := make(declined, len(to))
	for i, w := range to {
		found[i] = cmp.Or(refused[i], judgeNumber(w.number, org))
		if first := slices.Index(to, w); found[i] == nil && first == i {
			already++
		}
		if found[i] == nil && already > left {
			found[i] = later{errQuota, time.Hour}
		}
	}
	return found, nil
}

// refusals finds who gets no texts. What stands against a number counts for all
// who share it, known or not.
func (in *Intake) refusals(ctx context.Context, org store.OrgID, to []whom) ([]error, error) {
	known, err := in.known(ctx, org, to)
	if err != nil {
		return nil, fmt.Errorf("look for refusals: %w", err)
	}
	found := make([]error, len(to))
	for i, w := range to {
		if found[i] = refusalOf[known[w.alone()].Refusal]; found[i] == nil && w != w.alone() {
			found[i] = refusalOfPerson[known[w].Refusal]
		}
	}
	return found, nil
}

func judgeNumber(n phone.Number, org store.Org) error {
	switch {
	case n.Premium():
		return errPremium
	case !mayTextTo(n, org):
		return errCountry
	}
	return nil
}

// mayTextTo reports whether the org sends texts to where the number is.
func mayTextTo(n phone.Number, org store.Org) bool { return n.Among(org.Policy.Countries, org.Region) }

// quotaLeft is how many messages the org may still send today. It is counted
// before a mail and not with it, so mails at one time may go over it a little.
func (in *Intake) quotaLeft(ctx context.Context, org store.Org) (int, error) {
	const enough = 1 << 30
	if org.Policy.Daily == 0 {
		return enough, nil
	}
	used, err := in.Verdicts.Usage(ctx, org.ID, in.Now().Add(-quotaFor))
	if err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	return org.Policy.Daily - used, nil
}

// judgeRates counts the messages that nothing else is found against.
func (in *Intake) judgeRates(ctx context.Context, sub Submission, found declined, dry bool) (verdict, err error) {
	messages := 0
	blocks := map[string]int{}
	for i, t := range sub.To {
		if first := slices.IndexFunc(sub.To, t.sameWhom); found[i] == nil && first == i {
			messages++
			blocks[t.Number.Block()]++
		}
	}
	if dry {
		messages = 0
	}
	if verdict, err = in.count(ctx, "send:"+string(sub.Sender.ID), messages, in.Rates.Sender, errTooFast); verdict != nil || err != nil {
		return verdict, err
	}
	for block, n := range blocks {
		if dry {
			n = 0
		}
		key := "block:" + string(sub.Sender.Org) + ":" + block
		if verdict, err = in.count(ctx, key, n, in.Rates.Block, errPumping); verdict != nil || err != nil {
			return verdict, err
		}
	}
	return nil, nil
}

// count counts n against a rule; with n of 0 it looks whether one more would be
// too many.
func (in *Intake) count(ctx context.Context, key string, n int, rule limit.Rule, tooMany error) (verdict, err error) {
	if in.Limiter == nil {
		return nil, nil
	}
	ok, wait, err := in.Limiter.Allow(ctx, key, n, rule, in.Now())
	switch {
	case errors.Is(err, limit.ErrNever):
		return err, nil
	case err != nil:
		return nil, fmt.Errorf("look at rates: %w", err)
	case !ok:
		return later{tooMany, wait}, nil
	}
	return nil, nil
}

// add puts verdicts on the recipients who have none yet.
func (d declined) add(others declined) {
	for i, err := range others {
		if d[i] == nil {
			d[i] = err
		}
	}
}

// all puts a verdict on every recipient who has none yet.
func (d declined) all(verdict error) {
	for i := range d {
		if d[i] == nil {
			d[i] = verdict
		}
	}
}
