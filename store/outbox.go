package store

import (
	"time"

	"securetext/store/seal"
	"securetext/store/token"
)

// TextKind is what a text is for.
type TextKind string

// The kinds of texts. All but the last two carry a link, and are steps of their
// message.
const (
	LinkText     TextKind = "link"     // there is a message: here is the link
	AgainText    TextKind = "again"    // its sender or staff had it texted again
	ReminderText TextKind = "reminder" // the message is still unread
	OverdueText  TextKind = "overdue"  // it is unread at the time that its sender set
	EnrolledText TextKind = "enrolled" // a password was set
	CodeText     TextKind = "code"     // a code that proves who holds the phone
)

// Links reports whether texts of the kind carry a link.
func (k TextKind) Links() bool { return k != EnrolledText && k != CodeText }

// OutboxID is a row of the outbox.
type OutboxID int64

// Claim is a row as one caller holds it. Attempt counts the claims; a caller
// whose lease ended and was taken over holds an older one, and changes nothing.
type Claim struct {
	Outbox  OutboxID
	Attempt int
}

// Due is a claimed row: one text to send.
type Due struct {
	Claim
	Failures  int // how often it was put off by [Outbox.Retry]
	Kind      TextKind
	Org       OrgID
	Message   MessageID
	Recipient RecipientID
	NumberKey seal.DataKey
	Number    seal.Ciphertext
	Word      seal.Ciphertext // what the recipient wants to see in texts; nil: nothing
	Looked    bool            // what sort of line the number is was asked already
	Lang      string
	TimeZone  string  // IANA name, as the message says; empty: it does not
	Urgent    bool    // the message is to be read by some time
	Test      bool    // it must not reach a carrier
	Refused   Refusal // the recipient gets no texts since it was queued; empty: does
	Queued    time.Time
	Expires   time.Time // the message's
	// Doubts are earlier texts for this row that may have gone out: the process
	// died or the provider did not answer. They must be looked up first.
	Doubts []Doubt
}

// Place is where the recipient's number is sealed to.
func (d Due) Place() seal.Place {
	return seal.Place{Org: string(d.Org), Recipient: string(d.Recipient)}
}

// Doubt is a text whose fate is not known.
type Doubt struct {
	Text TextID
	Road string
	Link token.Hash // zero when the text carried none
	At   time.Time
}

// Attempt is a text about to be sent.
type Attempt struct {
	Claim
	Text TextID
	Road string     // by which it goes: [Line.Road]
	Link token.Hash // zero when the text carries none
	Code CodeHash   // likewise
}

// SentText is a text the provider took.
type SentText struct {
	Outbox     OutboxID
	Text       TextID
	ProviderID string
	Check      time.Time // when to ask what became of it; zero: only callbacks tell
}

// Release gives a row back unchanged, since its time has not come.
type Release struct {
	Claim
	Due time.Time
}

// Retry puts a row off.
type Retry struct {
	Claim
	Text   TextID // the attempt; empty when none was made
	Doubt  bool   // the text may have gone out all the same
	Reason string // a short code, for the event
	Due    time.Time
}

// Failure gives a row up.
type Failure struct {
	Claim
	Text    TextID  // the attempt; empty when none was made
	Reason  string  // a short code, for the event
	Refusal Refusal // what is known of the recipient from now on; empty: nothing new
}

// TextState is how far a text got, in the order in which it only moves up.
type TextState string

// The states of a text.
const (
	TextBegun       TextState = "begun"       // about to be sent, or in doubt
	TextRefused     TextState = "refused"     // the provider did not take it
	TextSent        TextState = "sent"        // the provider took it
	TextUndelivered TextState = "undelivered" // the carrier could not deliver it
	TextFailed      TextState = "failed"      // the provider gave up
	TextDelivered   TextState = "delivered"   // it reached the phone
)

// MaxLost is how many texts about one message the carrier may lose before no
// other is queued by itself.
const MaxLost = 5

// Receipt is what the carrier says of a text.
type Receipt struct {
	Text       TextID // one of Text and ProviderID may be empty
	ProviderID string
	State      TextState // sent, undelivered, failed or delivered
	Reason     string    // a short code, for the event
	Retry      time.Time // for undelivered and failed: queue another text, of [MaxLost]; zero: do not
	Refusal    Refusal   // what is known of the recipient from now on; empty: nothing new
	Check      time.Time // for sent, where nobody told it yet: when to ask what became of the text; zero: never
	Pause      time.Time // until when the road that it went by takes no texts; zero: it does
}

// Unreported is a text of which the carrier should have told by now.
type Unreported struct {
	Text       TextID
	ProviderID string
	Road       string
	Test       bool
	Checks     int       // how often it was asked about
	Sent       time.Time // when the provider took it
}

// MaxTexts and the two spans bound the reminders that a number gets: none within
// RestDay of another text to it, and none that would be more than MaxTexts
// within RestWeek.
const (
	MaxTexts = 3
	RestDay  = 24 * time.Hour
	RestWeek = 7 * 24 * time.Hour
)

// Line is the state of a road that couriers share: the way to one provider from
// one number. A road without trouble may have none.
type Line struct {
	Road  string
	Until time.Time // end of the pause
	Stops int       // pauses in a row; 0: it flows
	Code  string    // why it pauses
	Since time.Time // of the first of the pauses in a row
}

// Backlog is how much waits in the outbox.
type Backlog struct {
	Due    int
	Oldest time.Time // since when the longest waiting row is due; zero: none waits
}
