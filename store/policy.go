package store

import (
	"net/netip"
	"time"

	"securetext/store/seal"
)

// Confirm is which mails a sender gets about a message.
type Confirm string

// The choices of [Policy.Confirm].
const (
	ConfirmNone    Confirm = "none"
	ConfirmFailure Confirm = "failure" // when it cannot be delivered
	ConfirmAlways  Confirm = "always"  // when it was accepted, could not be delivered, was read
)

// Policy is what an org allows and asks for. The zero Policy confirms nothing,
// limits nothing and reminds nobody.
type Policy struct {
	Confirm   Confirm         `json:"confirm"`             // empty: none
	Daily     int             `json:"daily"`               // messages taken in 24 hours; 0: no limit
	Countries []string        `json:"countries,omitempty"` // ISO 3166 alpha-2: where texts may go; empty: anywhere
	Remind    []time.Duration `json:"remind,omitempty"`    // after the first text, while unread; whole hours, rising
	Quiet     Quiet           `json:"quiet"`               // when no texts go out but urgent ones
	TimeZone  string          `json:"time_zone"`           // IANA name, for numbers that tell none; empty: UTC
	Hook      string          `json:"hook"`                // URL that is posted to when a message is overdue; empty: none
	Roads     string          `json:"texts"`               // as package sms writes them; empty: the operator's
	Test      bool            `json:"test"`                // nothing ever reaches a carrier
	StepUp    StepUp          `json:"step_up"`             // empty: never
	Reply     bool            `json:"reply"`               // recipients may write back, unless a message says otherwise
	Ack       Ack             `json:"ack,omitempty"`       // which answer is asked for, unless a message says; empty: none
	CodeFirst bool            `json:"code_first"`          // the first password takes a code, however fresh the link is
	Passcode  bool            `json:"passcode"`            // messages do, to recipients who never gave one
	Hint      string          `json:"passcode_hint"`       // which passcode is asked for, unless the message says; empty: it does not say
	Templates []Template      `json:"templates,omitempty"` // the org's own sentences
	Keep      time.Duration   `json:"keep,omitempty"`      // how long what is on record is kept, if longer than [MinKeep]
}

// DefaultRemind is when new orgs remind.
var DefaultRemind = []time.Duration{24 * time.Hour, 72 * time.Hour}

// Quiet is a stretch of the day, in minutes after midnight of the recipient's
// time. It may go over midnight. With From and To alike there is none.
type Quiet struct{ From, To int }

// Template is an org's own sentence for texts of a kind in a language, as
// package sms reads it.
type Template struct {
	Kind string `json:"kind"`
	Lang string `json:"lang"`
	Text string `json:"text"`
}

// Refusal is why a recipient gets no texts.
type Refusal string

// The reasons.
const (
	OptedOut Refusal = "opted_out" // asked for no more texts
	Blocked  Refusal = "blocked"   // staff said so
	Landline Refusal = "landline"  // the number takes no texts
	Dead     Refusal = "dead"      // nobody has the number
	NotMine  Refusal = "not_mine"  // who has the number is not the org's patient
)

// Smarthost is a mail system that hands in an org's mail without signing in as
// its senders: it is known by where it connects from or by its certificate.
type Smarthost struct {
	ID       KeyID
	Org      OrgID
	Label    string
	Networks []netip.Prefix // any of them, or
	Certs    []string       // SHA-256 of a client certificate (DER), lower-case hex
	Domains  []string       // what its From addresses may end in, lower case
}

// Allowance ends a [Refusal].
type Allowance struct {
	Only Refusal // end no other; empty: whatever it is
	How  string  // a short word for the event: how the patient's consent was verified
}

// Suppressed is a recipient who gets no texts. With a number's own nobody who
// shares it does.
type Suppressed struct {
	Recipient
	Org   OrgID
	Why   Refusal
	Since time.Time
}

// Place is where the recipient's number is sealed to.
func (s Suppressed) Place() seal.Place {
	return seal.Place{Org: string(s.Org), Recipient: string(s.ID)}
}

// RepeatLife is how long a mail is remembered, so that one sent again makes no
// second message (S29).
const RepeatLife = 7 * 24 * time.Hour

// RepeatHash tells one delivery from another: of sender, Message-ID, recipient
// and body. The zero RepeatHash tells nothing.
type RepeatHash [32]byte

// Notify is which steps of a message its sender gets a mail about: a sum.
type Notify int

// The steps.
const (
	NotifyAccepted  Notify = 1 << iota // it is stored
	NotifyDelivered                    // a text reached the phone
	NotifyFailed                       // no text will
	NotifyRead                         // the recipient read it
	NotifyAsked                        // its link was opened too late, and it was asked for again
	NotifyOverdue                      // it is unread at the time that its sender set: told each time
)

// Via is how a sender is told.
type Via string

// The ways.
const (
	ViaMail Via = "mail"
	ViaHook Via = "webhook"
)

// NoticeClaim is a notice as one caller holds it, like [Claim].
type NoticeClaim struct {
	Notice  int64
	Attempt int
}

// DueNotice is a claimed mail to a sender about one step of a message.
type DueNotice struct {
	NoticeClaim
	Via       Via
	Kind      Kind   // Accepted, Delivered, Failed, Read, Asked, Disowned, Acknowledged, Replied, Overdue or Expired
	Detail    string // the step's event's
	At        time.Time
	Org       Org
	Sender    Sender
	Message   MessageID
	Reference string
	EnvID     string // as the sender's program gave it (RFC 3461); empty: none
	Created   time.Time
	Queued    time.Time // when the notice was
	Expires   time.Time
	ReadBy    time.Time // zero: its sender set none
	Test      bool
	Stale     bool // the message was read or taken since: it is no news
	Recipient RecipientID
	NumberKey seal.DataKey
	Number    seal.Ciphertext // for its last digits
}

// Place is where the recipient's number is sealed to.
func (d DueNotice) Place() seal.Place {
	return seal.Place{Org: string(d.Org.ID), Recipient: string(d.Recipient)}
}
