package store

import (
	"time"

	"securetext/store/seal"
	"securetext/store/token"
)

// TextKind is what a text is for.
type TextKind string

// The kinds of texts.
const (
	LinkText     TextKind = "link"     // there is a message: here is the link
	EnrolledText TextKind = "enrolled" // a password was set
)

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
	Kind      TextKind
	Org       OrgID
	SMSName   string // the org's
	OrgPhone  string
	Message   MessageID
	Recipient RecipientID
	NumberKey seal.DataKey
	Number    seal.Ciphertext
	Lang      string
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
	Link token.Hash // zero when the text carried none
	At   time.Time
}

// Attempt is a text about to be sent.
type Attempt struct {
	Claim
	Text TextID
	Link token.Hash // zero when the text carries none
}

// SentText is a text the provider took.
type SentText struct {
	Outbox     OutboxID
	Text       TextID
	ProviderID string
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
}

// Backlog is how much waits in the outbox.
type Backlog struct {
	Due    int
	Oldest time.Time // since when the longest waiting row is due; zero: none waits
}
