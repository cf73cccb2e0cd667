package gateway

import (
	"slices"
	"time"

	"securetext/gateway/option"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
)

// Target is one recipient of a [Submission] and what was asked for its message.
// What is left open is the org's to say.
type Target struct {
	Number  phone.Number
	Options option.Options
	Notify  *store.Notify // as the mail's envelope asked (RFC 3461); nil: it did not
}

// whom is a recipient as it can be told from others: a number, or one of several
// people who share it.
type whom struct {
	number phone.Number
	person person.Name
}

func (t Target) whom() whom { return whom{t.Number, t.Options.For.Folded()} }

func (t Target) sameWhom(other Target) bool { return t.whom() == other.whom() }

// hashes are what the recipient is found by within an org.
func (w whom) hashes(index seal.Index, org store.OrgID) []store.HashedNumber {
	return store.HashesOf(index, store.Whom{Org: org, Number: w.number.E164(), Person: w.person})
}

// alone is the number, whoever shares it.
func (w whom) alone() whom { return whom{number: w.number} }

// completed is the target with what it leaves open filled in from the org.
func (t Target) completed(org store.Org, auto bool) Target {
	if t.Options.Life == 0 {
		t.Options.Life = org.Life
	}
	if t.Options.Lang == "" {
		t.Options.Lang = org.Lang
	}
	if t.Options.Reply == "" {
		t.Options.Reply = option.ReplyIf(org.Policy.Reply && !auto)
	}
	if t.Options.Ack == "" && !auto {
		t.Options.Ack = option.Ack(org.Policy.Ack)
	}
	if t.Options.Remind == "" {
		t.Options.Remind = option.RemindAt(org.Policy.Remind)
	}
	if t.Options.Hint == "" {
		t.Options.Hint = org.Policy.Hint
	}
	n := t.notify(org.Policy.Confirm) | store.NotifyAsked
	if t.Options.ReadBy != 0 {
		n |= store.NotifyOverdue
	}
	if auto {
		n = 0
	}
	t.Notify = &n
	return t
}

// reminders are those that come before the end of the message: an org's own may
// be too late for one of a shorter life.
func (t Target) reminders() []time.Duration {
	return slices.DeleteFunc(t.Options.Remind.Spans(), func(after time.Duration) bool { return after >= t.Options.Life })
}

// notify is the steps that the sender chooses to be told of: by the envelope,
// else by the message's options, else by the org's rule.
func (t Target) notify(rule store.Confirm) store.Notify {
	const always = store.NotifyAccepted | store.NotifyFailed | store.NotifyRead
	if t.Notify != nil {
		return *t.Notify
	}
	switch t.Options.Notify {
	case option.NotifyNone:
		return 0
	case option.NotifyFailure:
		return store.NotifyFailed
	case option.NotifyAlways:
		return always
	}
	switch rule {
	case store.ConfirmFailure:
		return store.NotifyFailed
	case store.ConfirmAlways:
		return always
	}
	return 0
}

// distinct is the targets without repeated recipients, as each was first named.
func distinct(targets []Target) []Target {
	seen := make(map[whom]bool, len(targets))
	once := make([]Target, 0, len(targets))
	for _, t := range targets {
		if w := t.whom(); !seen[w] {
			seen[w] = true
			once = append(once, t)
		}
	}
	return once
}

func whomOf(targets []Target) []whom {
	list := make([]whom, len(targets))
	for i, t := range targets {
		list[i] = t.whom()
	}
	return list
}
