package store

import (
	"context"
	"time"
)

// AskKind is what two admins are needed for.
type AskKind string

// The kinds.
const (
	AskWipe      AskKind = "wipe"      // of many messages
	AskEmergency AskKind = "emergency" // to read one message
)

// AskState is how far an ask got. One that nobody approved within [AskLife] is over.
type AskState string

// The states.
const (
	AskOpen      AskState = "open"
	AskApproved  AskState = "approved" // by another admin; a wipe is being done
	AskDone      AskState = "done"     // a wipe is
	AskWithdrawn AskState = "withdrawn"
)

const (
	// AskLife is how long an ask can be approved, and EmergencyLife how long what an
	// approved one opens can be read.
	AskLife       = 24 * time.Hour
	EmergencyLife = 15 * time.Minute
	// MostAsked is how many messages one ask may wipe.
	MostAsked = 10_000
)

// Ask is what one admin asks for, and another has to approve.
type Ask struct {
	ID        AskID
	Org       OrgID
	Kind      AskKind
	State     AskState
	Reason    string    // a code
	Reference string    // the asker's own, such as a ticket's number; never health information
	Message   MessageID // of AskEmergency
	Count     int       // of AskWipe: how many messages
	Digest    string    // SHA-256, in hex, of their ids in order, each with a line end
	By        StaffID
	At        time.Time
	Approver  StaffID
	Approved  time.Time // zero: not
	Progress  AskProgress
}

// Until is when an ask can be approved no more.
func (a Ask) Until() time.Time { return a.At.Add(AskLife) }

// OpenUntil is when what was approved can be read no more.
func (a Ask) OpenUntil() time.Time { return a.Approved.Add(EmergencyLife) }

// AskProgress is what became of the messages of an ask.
type AskProgress struct {
	Wiped  int
	OnHold int // a legal hold was on them: they stay
	Gone   int // there was nothing left in them
}

// Done is how many messages were gone through.
func (p AskProgress) Done() int { return p.Wiped + p.OnHold + p.Gone }

// Selection is which messages of an org are meant. At least one field is set.
type Selection struct {
	Sender     SenderID
	Recipient  RecipientID // with a number's own: all who share it, too
	Since      time.Time
	Until      time.Time
	References []string
}

// Asks is what takes two admins. Both must be admins, and neither suspended, when an
// ask is approved and when what it opens is read; else it is [ErrConflict].
type Asks interface {
	// AskToWipe asks for all messages that are there now and selected, and no others.
	// ErrNotFound when there are none, ErrCrowded when there are more than
	// [MostAsked], ErrConflict when nothing is selected by.
	AskToWipe(ctx context.Context, a Ask, s Selection, by Actor, at time.Time) (Ask, error)
	// AskToRead asks to open one message. ErrNotFound when there is nothing to read.
	AskToRead(ctx context.Context, a Ask, by Actor, at time.Time) (Ask, error)
	// Asks are the newest of an org.
	Asks(ctx context.Context, org OrgID, limit int) ([]Ask, error)
	Ask(ctx context.Context, org OrgID, id AskID) (Ask, error)
	// AskedMessages are those of an ask, in order, after the given one.
	AskedMessages(ctx context.Context, org OrgID, id AskID, after MessageID, limit int) ([]MessageID, error)
	// Approve approves another's ask: of many at once exactly one does. The digest says
	// which messages the approver was shown. ErrGone when it is too late, ErrConflict
	// when it is the person's own, decided already, or for other messages.
	Approve(ctx context.Context, org OrgID, id AskID, digest string, by Actor, at time.Time) error
	// Withdraw ends an ask that nobody approved yet. It is the asker's; another's is
	// ErrConflict.
	Withdraw(ctx context.Context, org OrgID, id AskID, by Actor, at time.Time) error
	// OpenAsked loads the message that an approved ask opens, for the asker alone. The
	// event is written before it returns. ErrGone when it is too late.
	OpenAsked(ctx context.Context, org OrgID, id AskID, by Actor, at time.Time) (Sealed, error)
	// WipeAsked wipes up to limit messages of approved asks, oldest ask first, and says
	// how many it went through; of several callers one works at an ask at a time. What
	// is on legal hold stays. Once all were, the ask is done.
	WipeAsked(ctx context.Context, limit int, at time.Time) (int, error)
}
