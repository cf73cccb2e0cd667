package sandbox

import (
	"slices"
	"time"

	"securetext/sms"
)

// Outcome is a row of the table: what becomes of texts to a number.
type Outcome struct {
	// Number is in E.164 form, and reserved for fiction; empty: every other number.
	Number string
	// Name is one lower-case word or more, joined by underscores.
	Name string
	// Happens is a sentence or more for the manual, in Markdown.
	Happens string
	// Events are the message's own, in order, up to the last that the number
	// causes. Those that have a reason carry it as in "failed: sandbox_dead".
	Events []string

	answer error         // of Send; nil: it takes the text and says so
	state  sms.State     // what becomes of a text that was taken
	after  time.Duration // how long that takes; 0: it is so at once
	silent bool          // nobody calls back

	transient bool  // another text may well get through
	means     error // what the end asks for

	// lasts is how long the outcome holds, from the first text of an org on; from
	// then on its texts are delivered at once until [calm] is over. 0: for ever.
	lasts time.Duration
}

// calm is how long texts to a number with a passing outcome are delivered, from
// the end of that. It is longer than anybody waits before they text again.
const calm = 2 * time.Hour

// Code is the short code of the outcome in errors and events.
func (o Outcome) Code() string { return prefix + o.Name }

// arrives reports whether the words get to the phone.
func (o Outcome) arrives() bool { return o.state == sms.Delivered }

// Outcomes returns all rows, in the manual's order.
func Outcomes() []Outcome { return slices.Clone(outcomes) }

// Times that the manual promises.
const (
	usual    = 10 * time.Second // until the end of a text that was taken
	slow     = 2 * time.Minute
	busyFor  = 3 * time.Second
	phoneOff = 5 * time.Minute // less than the shortest wait before another text
)

// delivered is what becomes of texts to numbers that have no row of their own.
// It stands first in the table.
var delivered = outcomes[0]

var outcomes = []Outcome{
	{
		Name:    "delivered",
		Happens: "Delivered at once.",
		Events:  []string{"accepted", "sent", "delivered"},
		state:   sms.Delivered, silent: true,
	}, {
		Number: "+12015550101", Name: "landline",
		Happens: "A landline. The message fails, and from then on messages to this number are refused at once (`landline`).",
		Events:  []string{"accepted", "failed: sandbox_landline"},
		answer:  sms.ErrLandline,
	}, {
		Number: "+12015550102", Name: "opted_out",
		Happens: "The patient asked for no more texts. The message fails, and from then on messages to this number are refused at once (`opted-out`).",
		Events:  []string{"accepted", "failed: sandbox_opted_out"},
		answer:  sms.ErrOptedOut,
	}, {
		Number: "+12015550103", Name: "dead",
		Happens: "Nobody has the number. The message fails, and from then on messages to this number are refused at once (`dead`).",
		Events:  []string{"accepted", "failed: sandbox_dead"},
		answer:  sms.ErrDead,
	}, {
		Number: "+12015550104", Name: "slow",
		Happens: "Slow: delivered after 2 minutes.",
		Events:  []string{"accepted", "sent", "delivered"},
		state:   sms.Delivered, after: slow,
	}, {
		Number: "+12015550105", Name: "lost",
		Happens: "Delivered after 10 seconds, but the carrier's word of it is lost: the message stays `sent` until the service asks by itself.",
		Events:  []string{"accepted", "sent", "delivered"},
		state:   sms.Delivered, after: usual, silent: true,
	}, {
		Number: "+12015550106", Name: "unreachable",
		Happens: "The phone is off: undelivered after 10 seconds. The service texts again within 10 to 60 minutes, and that text is delivered. " +
			"The phone is switched on 5 minutes after the first text, and off again 2 hours later.",
		Events: []string{"accepted", "sent", "undelivered: sandbox_unreachable", "sent", "delivered"},
		state:  sms.Undelivered, after: usual, transient: true, lasts: phoneOff,
	}, {
		Number: "+12015550107", Name: "busy",
		Happens: "The carrier takes no texts for 3 seconds: all test texts are held back meanwhile, then they are delivered. Two hours later it happens again.",
		Events:  []string{"accepted", "deferred: sandbox_busy", "sent", "delivered"},
		answer:  sms.ErrBusy, lasts: busyFor,
	}, {
		Number: "+12015550108", Name: "unsure",
		Happens: "Delivered, but the carrier's answer is lost: the service looks the text up within a minute or so, and does not text a second time.",
		Events:  []string{"accepted", "deferred: sandbox_unsure", "sent", "delivered"},
		answer:  sms.ErrUnsure, state: sms.Delivered, silent: true,
	}, {
		Number: "+12015550109", Name: "barred",
		Happens: "The carrier takes the text and gives it up after 10 seconds, for good. Messages to this number are not refused.",
		Events:  []string{"accepted", "sent", "failed: sandbox_barred"},
		state:   sms.Failed, after: usual, means: sms.ErrPermanent,
	}, {
		Number: "+12015550110", Name: "mute",
		Happens: "Nothing is ever heard of the text: the message stays `sent`.",
		Events:  []string{"accepted", "sent"},
		state:   sms.Sent, silent: true,
	},
}

// outcomeOf returns the row of a number.
func outcomeOf(number string) Outcome {
	i := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Number == number })
	if number == "" || i < 0 {
		return delivered
	}
	return outcomes[i]
}

// outcomeNamed returns the row of a name.
func outcomeNamed(name string) (Outcome, bool) {
	i := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Name == name })
	if i < 0 {
		return Outcome{}, false
	}
	return outcomes[i], true
}
