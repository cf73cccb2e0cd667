package store

import (
	"context"
	"time"
)

// Watches is what the minder works off: the messages that are unread and have
// reminders to come, or are to be read by some time. A watch begins with its
// message, and ends when that is read, taken, wiped or over. It is claimed as
// the rows of [Outbox] are.
type Watches interface {
	// DueWatches claims up to limit watches that are due at now, oldest first.
	DueWatches(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]Watch, error)
	// Watched records what was done about a watch, and does the rest of it: queues
	// the text and the notices, and writes the event. No second reminder is queued
	// while one waits, and none waits once the message is overdue. A watch that
	// ended, or was taken over, is ErrConflict, and nothing is done.
	Watched(ctx context.Context, done Watched, now time.Time) error
}

// Watch is an unread message that somebody has to look after.
type Watch struct {
	Message   MessageID
	Attempt   int // counts the claims, as [Claim] does
	Org       OrgID
	Recipient RecipientID
	Texted    time.Time       // when the first text was to go out: reminders count from here
	Remind    []time.Duration // as [Message.Remind]
	Reminded  int             // how many of them are done
	ReadBy    time.Time       // zero: none
	Rounds    int             // how often something was done since ReadBy
	Expires   time.Time
	Refused   bool // the recipient gets no texts
}

// Watched is what was done about a [Watch].
type Watched struct {
	Message  MessageID
	Attempt  int
	Text     TextKind  // queued; empty: none
	Overdue  bool      // the time to read it by has just passed
	Mail     bool      // its sender is told by mail
	Hook     bool      // its org's webhook is told
	Reminded int       // as it is now
	Rounds   int       // likewise
	Due      time.Time // when to look again; zero: never
}
