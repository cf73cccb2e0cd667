// Package option knows what a sender may ask for a message besides its content.
//
// One table ([Table]) holds every option: its name in an address, in a mail's
// header and in JSON, what its value may be, and the sentence that the manual
// has for it. A [Form] takes the options of one of those places; [Options] is
// what came of it, and [Options.Over] puts one place above another.
//
// What is unknown, said twice, malformed or impossible is refused by its name
// and never passed over; what cannot be together is for [Options.Check] to find,
// once all of it is known. No refusal repeats a value, or a name that is not made
// of letters: a phone number could be in either.
package option

import (
	"cmp"
	"time"

	"securetext/store/passcode"
	"securetext/store/person"
)

const day = 24 * time.Hour

// How long a message may be asked to live.
const (
	MinLife = time.Hour
	MaxLife = 90 * day
)

// Within how long a message may be asked to be read.
const (
	MinReadBy = 15 * time.Minute
	MaxReadBy = 7 * day
)

// MaxAhead is how far ahead a message may be asked to be sent.
const MaxAhead = 90 * day

// Options are what was asked for a message. The zero value of a field means that
// nothing was said about it, and the org's own rule counts.
type Options struct {
	Life      time.Duration // MinLife to MaxLife
	Lang      string        // BCP 47, as it was written
	Reply     Reply
	Ack       Ack
	Notify    Notify
	ReadBy    time.Duration // MinReadBy to MaxReadBy, after it is sent
	Remind    Remind
	SendAt    time.Time // UTC
	TimeZone  string    // IANA name, of the recipient
	Reference string    // the sender's own id for the message; it is not sealed
	For       person.Name
	Passcode  passcode.Passcode
	Hint      string // which passcode is asked for; anybody who has the link sees it
	Thread    string // the id of the message that this one continues
}

// Reply is whether the patient may write back.
type Reply string

// The values of [Reply].
const (
	ReplyYes Reply = "yes"
	ReplyNo  Reply = "no"
)

// ReplyIf is the value that says so.
func ReplyIf(allowed bool) Reply {
	if allowed {
		return ReplyYes
	}
	return ReplyNo
}

// Ack is which answers the patient is asked for.
type Ack string

// The values of [Ack].
const (
	AckNo      Ack = "no"      // none
	AckYes     Ack = "yes"     // that the message was read
	AckChoices Ack = "choices" // understood, a question, please call
)

// Notify is when the sender wants a mail about what became of the message.
type Notify string

// The values of [Notify].
const (
	NotifyNone    Notify = "none"
	NotifyFailure Notify = "failure" // when the patient could not be reached
	NotifyAlways  Notify = "always"
)

// Over returns o, with what o leaves open taken from under. What an address
// says goes over what the header says, as it was said for one recipient:
//
//	address.Over(header)
func (o Options) Over(under Options) Options {
	return Options{
		Life:      cmp.Or(o.Life, under.Life),
		Lang:      cmp.Or(o.Lang, under.Lang),
		Reply:     cmp.Or(o.Reply, under.Reply),
		Ack:       cmp.Or(o.Ack, under.Ack),
		Notify:    cmp.Or(o.Notify, under.Notify),
		ReadBy:    cmp.Or(o.ReadBy, under.ReadBy),
		Remind:    cmp.Or(o.Remind, under.Remind),
		SendAt:    cmp.Or(o.SendAt, under.SendAt),
		TimeZone:  cmp.Or(o.TimeZone, under.TimeZone),
		Reference: cmp.Or(o.Reference, under.Reference),
		For:       cmp.Or(o.For, under.For),
		Passcode:  cmp.Or(o.Passcode, under.Passcode),
		Hint:      cmp.Or(o.Hint, under.Hint),
		Thread:    cmp.Or(o.Thread, under.Thread),
	}
}
