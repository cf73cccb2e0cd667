package store

import (
	"context"
	"regexp"
	"time"
)

// HoldID is a legal hold.
type HoldID string

// NewHoldID makes a HoldID.
func NewHoldID(now time.Time) HoldID { return HoldID(newID("hld_", now)) }

// Hold keeps a message, or all that is or will be sent to a recipient, from being
// wiped and from expiring. With a number's own recipient it is on the messages of all
// who share it. It gives nobody longer access: a link ends when it would have.
type Hold struct {
	ID        HoldID
	Org       OrgID
	Message   MessageID   // this, or else
	Recipient RecipientID // all of theirs
	Matter    string      // see [IsMatter]
	Placed    time.Time
	Lifted    time.Time // zero: it is in force
}

var matter = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,64}$`)

// IsMatter reports whether a hold may be placed for this: the number of a case, which
// stands in events and says nothing of anybody's health.
func IsMatter(s string) bool { return matter.MatchString(s) }

// HoldFilter selects holds of an org.
type HoldFilter struct {
	Org       OrgID
	Message   MessageID   // those that are on this message
	Recipient RecipientID // those that are on this recipient
	Lifted    bool        // those that were lifted, too
}

// Holds are what the law has an org keep.
type Holds interface {
	// PlaceHold puts a hold on what it names. From the moment it returns nothing
	// destroys the content: of a hold and a wipe at once the one that came first
	// counts. ErrGone when the message was wiped or expired before; ErrConflict when
	// a hold for the same matter is on the same already.
	PlaceHold(ctx context.Context, h Hold, by Actor, at time.Time) error
	// LiftHold ends a hold. What has another on it stays. ErrNotFound when it was
	// lifted before.
	LiftHold(ctx context.Context, org OrgID, id HoldID, by Actor, at time.Time) error
	// Holds are those that a filter selects, oldest first.
	Holds(ctx context.Context, f HoldFilter) ([]Hold, error)
}
