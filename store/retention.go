package store

import (
	"context"
	"time"
)

// MinKeep is how long what is on record is kept at least: six years, with their leap
// days. An org may ask for longer.
const MinKeep = (6*365 + 2) * 24 * time.Hour

// Kept is how long the org keeps what is on record.
func (p Policy) Kept() time.Duration { return max(MinKeep, p.Keep) }

// ForgottenLife is for how long a recipient who was forgotten can come back, for a
// message that was under way.
const ForgottenLife = time.Hour

// Retention removes what has been on record for as long as its org keeps it. Each call
// is a transaction of its own that holds no more than it removes; any number of
// processes may go about it at once.
type Retention interface {
	// ForgetMessages removes up to limit messages of an org that are gone for as long as
	// it keeps their records, with their links, and says how many. Those of recipients on
	// hold stay.
	ForgetMessages(ctx context.Context, org OrgID, limit int, now time.Time) (int, error)
	// ForgetTexts looks at up to limit texts behind the given one that are past the least
	// time, and removes those whose messages were. It returns how many, and the last that
	// it looked at; empty: there are no more.
	ForgetTexts(ctx context.Context, above TextID, limit int, now time.Time) (n int, last TextID, err error)
	// ForgetRecipients looks likewise at recipients, and removes those to whom there is
	// no message any more, save for numbers that get no texts, and who is on hold.
	ForgetRecipients(ctx context.Context, above RecipientID, limit int, now time.Time) (n int, last RecipientID, err error)
	// AnnounceRemoval looks at up to limit places of the log from the given one on for
	// events that are past their time, and writes a Removed event that names their
	// places. It returns how many, and from where to go on; zero: there is no more.
	// Events of messages that are there, of recipients on hold, and of removals stay.
	// Nothing goes that a checkpoint does not cover which is as old.
	AnnounceRemoval(ctx context.Context, from int64, limit int, now time.Time) (n int, next int64, err error)
	// RemoveAnnounced removes up to limit events whose removal was announced, once a
	// checkpoint covers the announcement; their hashes stay in the tree.
	RemoveAnnounced(ctx context.Context, limit int, now time.Time) (int, error)
	// Overdue is since when the oldest content is past its time that is still there, but
	// for what is on hold; zero: there is none.
	Overdue(ctx context.Context, now time.Time) (time.Time, error)
}
