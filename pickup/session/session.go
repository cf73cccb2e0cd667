// Package session says what a signed-in browser is: a patient's, or one of the
// staff's, who are the recipients of stores of their own.
//
// The browser holds an [ID] in a cookie; a [Store] holds the [Session] under the
// ID's [Key], its SHA-256, so that nobody who reads the store can sign in. The
// packages memory and redis are stores, and sessiontest is what both must pass.
//
// A session names its recipient and that recipient's epoch. Whoever finds one
// compares the epoch with the main store's before showing anything: that is the
// revocation that holds even if a store here was lost, restored or unreachable.
// When a store is unreachable, no session is honoured and none is made.
package session

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound means that there is no such session, or not any more.
	ErrNotFound = errors.New("no such session")
	// ErrUnavailable means that the store could not be asked.
	ErrUnavailable = errors.New("session store unavailable")
)

// Session is one signed-in browser of one recipient. Stores keep its times to
// the millisecond.
type Session struct {
	Org       string // id of the org
	Recipient string // id of the recipient within it
	Family    string // id under which the recipient's number is known: of several people who share it, the same
	Epoch     int64  // the recipient's epoch at sign-in
	Label     string // what browser it is, for the recipient to know it by
	Created   time.Time
	Seen      time.Time // last use
	Proved    time.Time // when they proved who they are; zero: nobody knows. Of staff alone
}

// Limits end a session, however the browser behaves.
type Limits struct {
	Idle     time.Duration // since it was last seen
	Absolute time.Duration // since it was made
}

// PatientLimits are those of recipients.
var PatientLimits = Limits{Idle: 15 * time.Minute, Absolute: 4 * time.Hour}

// StaffLimits are those of the console.
var StaffLimits = Limits{Idle: 15 * time.Minute, Absolute: 8 * time.Hour}

// Expired reports whether s has reached a limit.
func (l Limits) Expired(s Session, now time.Time) bool { return l.Left(s, now) <= 0 }

// Left returns how long s lives on if it is not seen again; zero or less if it
// has expired.
func (l Limits) Left(s Session, now time.Time) time.Duration {
	return min(l.Idle-now.Sub(s.Seen), l.Absolute-now.Sub(s.Created))
}

// Store keeps sessions under their keys, and is made with the [Limits] to hold
// them to. It is safe for concurrent use. Errors are [ErrUnavailable], the
// context's, and where said [ErrNotFound].
type Store interface {
	// Find returns the session and marks it as seen now, which puts off its
	// idle limit, never its absolute one. It returns [ErrNotFound] if there is
	// none or it has expired.
	Find(ctx context.Context, key Key, now time.Time) (Session, error)

	// Save adds s. A key is saved once: each change of authentication takes a
	// new ID, and so a new key. If Save fails, the ID must not be given out.
	Save(ctx context.Context, key Key, s Session, now time.Time) error

	// Delete ends one session. It is no error if there is none.
	Delete(ctx context.Context, key Key) error

	// List returns the recipient's sessions that have not expired, newest first,
	// [MaxListed] at most. It marks none as seen.
	List(ctx context.Context, org, recipient string, now time.Time) ([]Listed, error)

	// End ends the recipient's session of that handle. It is no error if the
	// recipient has none; another recipient's is never touched.
	End(ctx context.Context, org, recipient string, h Handle) error

	// DeleteAll ends every session of a recipient whose Save returned before
	// this call. One saved meanwhile may stay; the epoch in it is old.
	DeleteAll(ctx context.Context, org, recipient string) error
}
