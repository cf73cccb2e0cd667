package gateway

import (
	"context"
	"errors"

	"securetext/store"
)

// result is what became of a mail for one of its recipients.
type result struct {
	address string // as it was written in RCPT
	id      store.MessageID
	err     error
}

// parcel is a mail on its way to the recipients who may have it.
type parcel struct {
	*Intake
	org store.Org
	how manner
	sub Submission // To is set by deliver
}

// deliver stores the mail for all recipients that nothing is found against; if
// it is for all or none, for all or none. There is a result for each of to.
func (p *parcel) deliver(ctx context.Context, to []addressee, targets []Target, found declined) ([]result, error) {
	if p.how == allOrNone && found.first() >= 0 {
		return nil, found
	}
	if err := p.judge(ctx, targets, found); err != nil {
		return nil, err
	}
	if p.how == allOrNone && found.first() >= 0 {
		return nil, found
	}
	ids, err := p.accept(ctx, targets, found)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(to))
	for i, a := range to {
		results[i] = result{address: a.address, id: ids[targets[i].whom()], err: found[i]}
	}
	return results, nil
}

// judge completes found for those that nothing is found against yet.
func (p *parcel) judge(ctx context.Context, targets []Target, found declined) error {
	sub := p.sub
	sub.To = undeclined(targets, found)
	verdicts, err := p.Intake.judge(ctx, p.org, sub, p.how)
	if err != nil {
		return err
	}
	for i := range found {
		if found[i] == nil {
			found[i], verdicts = verdicts[0], verdicts[1:]
		}
	}
	return nil
}

// accept stores what is left, and returns the message of each recipient.
func (p *parcel) accept(ctx context.Context, targets []Target, found declined) (map[whom]store.MessageID, error) {
	sub := p.sub
	sub.To = undeclined(targets, found)
	if len(sub.To) == 0 {
		return nil, nil
	}
	stored, err := p.Accept(ctx, sub)
	if err != nil {
		return nil, err
	}
	once := distinct(sub.To)
	if len(stored.Messages) != len(once) {
		return nil, errors.New("the store gave another number of messages than it was given")
	}
	ids := make(map[whom]store.MessageID, len(once))
	for i, t := range once {
		ids[t.whom()] = stored.Messages[i]
	}
	return ids, nil
}

func undeclined(targets []Target, found declined) []Target {
	var list []Target
	for i, t := range targets {
		if found[i] == nil {
			list = append(list, t)
		}
	}
	return list
}
