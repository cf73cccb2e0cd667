// Package store is the contract between the roles and what keeps their data:
// its nouns, its errors and the small interfaces that each role holds.
//
// A change and its event are one method and one transaction, so no caller can
// forget an event. Stores take only ciphertext: message content and phone
// numbers come sealed, and a recipient is found by a keyed hash of the number.
// Time is passed in. Org is part of every key: a row of another org is
// [ErrNotFound]. What a method promises here, store/storetest holds every
// backend to; no driver error leaves a backend.
//
// All methods may be called concurrently.
package store

import (
	"context"
	"errors"
	"time"

	"securetext/store/merkle"
	"securetext/store/seal"
)

// The errors of every backend. Anything else that a method returns is a fault
// of the backend itself, for the log and a 451 or 503.
var (
	// ErrNotFound: there is no such thing, or it is not this org's.
	ErrNotFound = errors.New("not found")
	// ErrGone: the message was wiped, or its life is over.
	ErrGone = errors.New("gone")
	// ErrConflict: what was to be made is there already, and differs.
	ErrConflict = errors.New("conflict")
	// ErrRevoked: the session's epoch is over.
	ErrRevoked = errors.New("session revoked")
	// ErrTooLate: the link is too old to set a password by (S09).
	ErrTooLate = errors.New("link too old for first use")
	// ErrUnproved: the browser must prove by a code that it holds the phone (S10).
	ErrUnproved = errors.New("device not proved")
	// ErrUnvouched: the recipient must give the message's passcode first (S09).
	ErrUnvouched = errors.New("passcode not given")
	// ErrLocked: so many wrong passwords or passcodes that staff must unlock the
	// recipient (S08).
	ErrLocked = errors.New("locked")
	// ErrHeld: the message is sealed until staff release it (S11, S12).
	ErrHeld = errors.New("held")
	// ErrOnHold: a legal hold is on it, and has to be lifted first.
	ErrOnHold = errors.New("on legal hold")
	// ErrCrowded: there are as many of them as there may be: replies to a message,
	// phrases of an org.
	ErrCrowded = errors.New("as many as there may be")
	// ErrThrottled: too many wrong passwords, or asked too often; try later.
	ErrThrottled = errors.New("throttled")
	// ErrKnown: a recipient who was to be new is known under another id: find them
	// first, and seal what is theirs anew.
	ErrKnown = errors.New("recipient known by another id")
	// ErrForeignKey: the store's numbers are not hashed with that key.
	ErrForeignKey = errors.New("phone numbers are hashed with another key")
	// ErrUnavailable: the backend cannot be reached; nothing is known of what
	// was asked of it.
	ErrUnavailable = errors.New("store unavailable")
	// ErrFull: the disk is full or nearly.
	ErrFull = errors.New("store full")
	// ErrNewerSchema: a newer version of this program has migrated the data.
	ErrNewerSchema = errors.New("the data was written by a newer version of this program")
)

// Store is all that a backend offers. Each role holds only its own part.
type Store interface {
	Directory
	Writer
	Outbox
	Lines
	Watches
	Reader
	Threads
	Log
	ProvedLog
	Admin
	Holds
	Retention
	Verdicts
	Notices
	Rules
	Phrases
	Personnel
	Numbers
	Providers
	Lookouts
	Alerts
	Asks

	// Ping reports whether the backend can be reached and written to.
	Ping(ctx context.Context) error
	// Close ends all work in progress, then lets go of the backend.
	Close() error
}

// Directory knows the orgs and who may send for them.
type Directory interface {
	seal.OrgKeys

	Org(ctx context.Context, id OrgID) (Org, error)
	// AppPassword finds the sender with that email address (lower case) one of
	// whose app passwords has that hash. A wrong password and an unknown address
	// are both ErrNotFound.
	AppPassword(ctx context.Context, email string, hash SecretHash) (Sender, error)
	// APIKey finds a key by its public id, with its sender. A revoked key and an
	// expired one are ErrNotFound. Comparing the secret is the caller's.
	APIKey(ctx context.Context, id KeyID, now time.Time) (APIKey, Sender, error)
}

// Writer takes messages in.
type Writer interface {
	// Accept stores all messages or none: content, keys, recipients that are
	// new, an outbox row and an Accepted event each, in one transaction. When it
	// returns without error they are durable.
	//
	// With an idempotency key that this org has used before it stores nothing:
	// it returns the messages of that time for the same request, and ErrConflict
	// for another. A recipient with hashes is new; when one of these is another's
	// already it is ErrKnown, and nothing is stored.
	//
	// A message may continue the thread of any that [Verdicts.Continues] finds for
	// it. What is stored is the thread's first message; none, if the one it names
	// is not there to be continued any more.
	Accept(ctx context.Context, a Acceptance) (Stored, error)
}

// Outbox is what the courier works off.
type Outbox interface {
	// Due claims up to limit rows that are due at now, oldest first, for the
	// length of the lease: no other caller, in whatever process, gets them
	// until it ends. Rows of messages that are wiped or expired are never due.
	Due(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]Due, error)
	// AddLinks stores the hash of each link and, before it is sent, that the
	// text is about to be. A text stays in doubt until Sent, Retry, Failed or
	// Receipt tells what became of it. When one of the rows was taken over or
	// cancelled it is ErrConflict and nothing is stored: send none of them.
	AddLinks(ctx context.Context, attempts []Attempt, now time.Time) error
	// Sent records that the provider took the texts, and clears their rows. A
	// text that a receipt has told of already stays as it is.
	Sent(ctx context.Context, sent []SentText, now time.Time) error
	// Retry puts a row back until r.Due, with a Deferred event. A caller whose
	// lease was taken over does not change the row.
	Retry(ctx context.Context, r Retry, now time.Time) error
	// Failed gives a row up, with a Failed event. A caller whose lease was taken
	// over does not change the row.
	Failed(ctx context.Context, f Failure, now time.Time) error
	// Receipt records what the carrier says of a text. A state never goes
	// backwards: a duplicate or late receipt changes nothing and is no error.
	// A text nobody sent is ErrNotFound.
	Receipt(ctx context.Context, r Receipt, now time.Time) error
	// KnownTexts reports which of the provider's ids belong to texts already.
	KnownTexts(ctx context.Context, providerIDs []string) (map[string]bool, error)
	// Release gives rows back, without an event. Who lost the lease changes nothing.
	Release(ctx context.Context, rows []Release) error
	// Skip gives a reminder up, with a Skipped event: its message is still on its
	// way. Who lost the lease changes nothing.
	Skip(ctx context.Context, c Claim, reason string, now time.Time) error
	// MayRemind books the number of a row for a reminder, so that no other goes
	// there within [RestDay], whoever shares it. It returns the zero time, or when to ask again: texts
	// of other kinds that wait for the number count as sent. The row that holds the
	// booking may ask as often as it likes. ErrConflict when the row is no longer
	// the caller's.
	MayRemind(ctx context.Context, c Claim, now time.Time) (time.Time, error)
	// Looked records that what sort of line the recipient's number is was asked.
	Looked(ctx context.Context, org OrgID, id RecipientID, now time.Time) error
	// Unreported claims up to limit texts that are to be asked about at now, for
	// the length of the lease.
	Unreported(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]Unreported, error)
	// Checked records that a text was asked about in vain, and when to ask again;
	// zero: never.
	Checked(ctx context.Context, id TextID, next time.Time) error
	// Backlog tells how many rows are due and since when the oldest waits.
	Backlog(ctx context.Context, now time.Time) (Backlog, error)
}

// Lines is how all couriers slow down together.
type Lines interface {
	// Lines are the roads that pause or did of late.
	Lines(ctx context.Context) ([]Line, error)
	// Pause stops a road until l.Until, and counts the stop. Of several at once
	// one counts: a road that pauses already, beyond now, stays as it is. It
	// returns the line as it then is.
	Pause(ctx context.Context, l Line, now time.Time) (Line, error)
	// Probe takes the right to try one text on a road whose pause is over, until
	// the given time. False: another has it, or the road flows.
	Probe(ctx context.Context, road string, until, now time.Time) (bool, error)
	// Flow ends the pauses of a road, and reports whether there were any.
	Flow(ctx context.Context, road string) (bool, error)
	// Pace takes up to n of the texts that a road may carry, so many a second. It
	// returns how many the caller may send, and when there will be more.
	Pace(ctx context.Context, road string, n int, rate float64, now time.Time) (granted int, next time.Time, err error)
}

// Log tells what happened.
type Log interface {
	// Events are in the order they were written, or if asked for the other way round.
	Events(ctx context.Context, f EventFilter) ([]Event, error)
	// Messages are newest first, without content.
	Messages(ctx context.Context, f MessageFilter) ([]MessageInfo, error)
}

// ProvedLog keeps the log in which every event has a leaf (S34). Events are written
// without it; it takes them up later, in an order of its own.
type ProvedLog interface {
	// Sequence gives some limit events that have no leaf the next places of the
	// log, without gaps, and stores tiles and marks with them; it returns how many.
	// Of several callers one works at a time. An event whose transaction ended later
	// than those of higher seqs has its leaf later; none is ever left without.
	Sequence(ctx context.Context, limit int, mark Marker, now time.Time) (int, error)
	// LogState tells how far the log is.
	LogState(ctx context.Context) (LogState, error)
	// Leaves are up to limit places from the given index on, in order.
	Leaves(ctx context.Context, from int64, limit int) ([]Leaf, error)
	// LeafOf finds the place of an event. ErrNotFound when it has none.
	LeafOf(ctx context.Context, seq int64) (int64, error)
	// Tiles loads tiles; those that are not there are missing.
	Tiles(ctx context.Context, tiles ...merkle.Tile) (map[merkle.Tile]MarkedTile, error)
	// Stray looks at up to limit events of seqs above the given one for the first
	// without a leaf that Sequence would never take up, since it went by there and
	// nothing was missing. It returns that, or zero, and the last seq that it looked
	// at; zero: there are no more.
	Stray(ctx context.Context, above int64, limit int) (stray, last int64, err error)
	// Removals are the Removed events, oldest first.
	Removals(ctx context.Context) ([]Record, error)
	// AddCheckpoint stores a checkpoint behind the one of that size, zero if there is
	// none. ErrConflict when that is not the largest, or not smaller.
	AddCheckpoint(ctx context.Context, behind int64, c StoredCheckpoint) error
	// Checkpoints are up to limit checkpoints of more leaves than above, smallest first.
	Checkpoints(ctx context.Context, above int64, limit int) ([]StoredCheckpoint, error)
	// LastCheckpoint is the largest. ErrNotFound when there is none.
	LastCheckpoint(ctx context.Context) (StoredCheckpoint, error)
	// ClaimPush takes the right to push a checkpoint of that size to a target, until
	// the given time. False: the target has it, another is at it, or it is too soon.
	ClaimPush(ctx context.Context, target string, size int64, until, now time.Time) (bool, error)
	// Pushed records that a target has a checkpoint of that size, and from when on
	// it is to get another.
	Pushed(ctx context.Context, target string, size int64, next time.Time) error
}

// Admin is for the staff and the operator.
type Admin interface {
	// AddOrg makes an org with the first version of its key.
	AddOrg(ctx context.Context, o Org, key seal.OrgKey, by Actor, at time.Time) error
	Orgs(ctx context.Context) ([]Org, error)
	// AddSender is ErrConflict when the address is taken, by whichever org.
	AddSender(ctx context.Context, s Sender, by Actor, at time.Time) error
	Senders(ctx context.Context, org OrgID) ([]Sender, error)
	AddAppPassword(ctx context.Context, p AppPassword, by Actor, at time.Time) error
	AddAPIKey(ctx context.Context, k APIKey, by Actor, at time.Time) error
	// RevokeCredential ends an app password or an API key by its id.
	RevokeCredential(ctx context.Context, org OrgID, id KeyID, by Actor, at time.Time) error
	// Credentials lists an org's app passwords and API keys, oldest first, those that
	// are over too.
	Credentials(ctx context.Context, org OrgID) ([]Credential, error)

	// Wipe destroys the keys and the content of a message and of its replies and draft, and
	// cancels its texts; events stay. ErrNotFound when there is nothing left in it to wipe,
	// ErrOnHold while a legal hold is on it.
	Wipe(ctx context.Context, org OrgID, id MessageID, by Actor, at time.Time) error
	// WipeThread wipes all that is left of the thread of a message, wiped or not, and
	// says how many messages. ErrNotFound when nothing is, ErrOnHold
	// while a hold is on any of it: then none is wiped.
	WipeThread(ctx context.Context, org OrgID, id MessageID, by Actor, at time.Time) (int, error)
	// Expire wipes up to limit messages whose life is over, and says how many. What is
	// on hold waits until that is lifted; its texts are cancelled.
	// It also forgets idempotency keys older than [IdempotencyLife], codes that were
	// asked for a day ago, challenges that nobody answered, ceremonies that nobody
	// ended, drafts whose time is over, and devices that never signed in and proved
	// nothing for a day.
	Expire(ctx context.Context, limit int, at time.Time) (int, error)
	// RevokeSessions raises the recipient's epoch: no session made before is
	// honoured from the moment it returns.
	RevokeSessions(ctx context.Context, org OrgID, recipient RecipientID, by Actor, at time.Time) error
	// ReleaseMessage makes a held message readable. ErrConflict when it is not held,
	// or gone.
	ReleaseMessage(ctx context.Context, org OrgID, id MessageID, by Actor, at time.Time) error
	// UnlockRecipient forgets the wrong passwords of strangers, and all wrong
	// passcodes.
	UnlockRecipient(ctx context.Context, org OrgID, recipient RecipientID, by Actor, at time.Time) error
	// ResetRecipient forgets the password, the word, the wrong passcodes, the devices
	// and the passkeys, revokes all sessions, and holds what was sent before.
	ResetRecipient(ctx context.Context, org OrgID, recipient RecipientID, by Actor, at time.Time) error
	// Browsers are those by which a recipient signed in, the last one first.
	Browsers(ctx context.Context, org OrgID, recipient RecipientID) ([]Browser, error)
	// ForgetBrowser makes one unknown, and revokes all sessions: they do not tell by
	// which browser they were made. ErrNotFound when there is none of that handle.
	ForgetBrowser(ctx context.Context, org OrgID, recipient RecipientID, handle string, by Actor, at time.Time) error
	// Recipients are those of the org among the given ones.
	Recipients(ctx context.Context, org OrgID, ids []RecipientID) ([]RecipientInfo, error)

	// OrgKeys are all versions of all orgs' keys.
	OrgKeys(ctx context.Context) ([]seal.OrgKey, error)
	// AddOrgKey makes a next version of an org's key the one in use. ErrConflict
	// when that version is there already.
	AddOrgKey(ctx context.Context, k seal.OrgKey, by Actor, at time.Time) error
	// ReplaceOrgKey stores a version wrapped under another root key.
	ReplaceOrgKey(ctx context.Context, k seal.OrgKey, by Actor, at time.Time) error
	// DataKeys are up to limit data keys of an org that are wrapped by a version
	// older than the given one.
	DataKeys(ctx context.Context, org OrgID, olderThan, limit int) ([]StoredKey, error)
	// ReplaceDataKeys stores data keys wrapped anew. One that was wiped in the
	// meantime stays wiped.
	ReplaceDataKeys(ctx context.Context, keys []StoredKey) error
}
