package gateway

import (
	"slices"
	"time"

	"securetext/gateway/option"
	"securetext/sms/phone"
	"securetext/store"
)

// Target is one recipient of a [Submission] and what was asked for its message.
// What is left open is the org's to say.
type Target struct {
	Number  phone.Number
	Options option.Options
	Notify  *store.Notify // as the mail's envelope asked (RFC 3461); nil: it did not
}

func (t Target) sameNumber(other Target) bool { return t.Number == other.Number }

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

// distinct is the targets without repeated numbers, as each was first named.
func distinct(targets []Target) []Target {
	seen := make(map[phone.Number]bool, len(targets))
	once := make([]Target, 0, len(targets))
	for _, t := range targets {
		if !seen[t.Number] {
			seen[t.Number] = true
			once = append(once, t)
		}
	}
	return once
}

func numbersOf(targets []Target) []phone.Number {
	numbers := make([]phone.Number, len(targets))
	for i, t := range targets {
		numbers[i] = t.Number
	}
	return numbers
}
