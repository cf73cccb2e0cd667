package store

import (
	"context"
	"time"
)

// Verdicts is what the inlets ask before they take anything in.
type Verdicts interface {
	// SenderByEmail finds a sender by its address, in lower case.
	SenderByEmail(ctx context.Context, email string) (Sender, error)
	// Smarthosts are those of all orgs.
	Smarthosts(ctx context.Context) ([]Smarthost, error)
	Finder
	// Delivered are those of the hashes by which mails are remembered at now.
	Delivered(ctx context.Context, org OrgID, hashes []RepeatHash, now time.Time) ([]RepeatHash, error)
	// Continues tells whose a message is, if another may continue its thread: it is
	// the sender's, a test if the other is one, and can still be read. Any other is
	// ErrNotFound, whoever's it is.
	Continues(ctx context.Context, c Continuation, now time.Time) (RecipientID, error)
	// Usage counts the messages that an org had taken in since.
	Usage(ctx context.Context, org OrgID, since time.Time) (int, error)
	// CredentialRefused records a wrong app password for a sender's address, in lower
	// case, or a wrong secret for an API key's id. Where there is none, nothing is
	// recorded, and it is no error.
	CredentialRefused(ctx context.Context, email string, key KeyID, by Actor, at time.Time) error
}

// Notices is what the mailer works off: the mails to senders that
// [Message.Notify] asks for. Each is queued in the transaction of its step, once
// a step and message. It is claimed and settled as [Outbox] does texts.
type Notices interface {
	// DueNotices claims up to limit notices that are due at now, oldest first.
	DueNotices(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]DueNotice, error)
	// NoticeSent clears a notice, with a Notified event.
	NoticeSent(ctx context.Context, c NoticeClaim, now time.Time) error
	// RetryNotice puts a notice back until due. Who lost the lease changes nothing.
	RetryNotice(ctx context.Context, c NoticeClaim, due, now time.Time) error
	// DropNotice gives a notice up, with a NotNotified event.
	DropNotice(ctx context.Context, c NoticeClaim, reason string, now time.Time) error
}

// ResendEvery is how often a message may be texted again at somebody's asking.
const ResendEvery = 10 * time.Minute

// Rules is the part of the administration that rules what the inlets take.
type Rules interface {
	// SetOrg replaces an org's settings by those of c.Org, which makes them the next
	// version. ErrConflict when c.Org.Version is not the one in force: somebody else
	// changed them. ErrNotFound when there is no such org, or its logo is not one of
	// the org's. What changes nothing makes no version and no event.
	SetOrg(ctx context.Context, c OrgChange) error
	// OrgVersions are up to limit versions of an org's settings, the newest first,
	// those before the given one; 0: all. An org of before there were versions has
	// its first when it is first changed.
	OrgVersions(ctx context.Context, org OrgID, before int64, limit int) ([]OrgVersion, error)
	// Reach counts whom a change of an org's settings concerns, among its latest
	// [ReachOf] messages.
	Reach(ctx context.Context, org OrgID, now time.Time) (Reach, error)
	// Written are the recipients to whom messages of an org went since, those of its
	// latest [ReachOf] messages.
	Written(ctx context.Context, org OrgID, since time.Time) ([]RecipientInfo, error)
	// SuspendSender keeps a sender from sending, or lets it again. ErrConflict
	// when it is so already.
	SuspendSender(ctx context.Context, org OrgID, id SenderID, suspended bool, by Actor, at time.Time) error
	// AddSmarthost is ErrConflict when the id is taken.
	AddSmarthost(ctx context.Context, s Smarthost, by Actor, at time.Time) error
	RemoveSmarthost(ctx context.Context, org OrgID, id KeyID, by Actor, at time.Time) error
	// Refuse stops texts to a recipient, and cancels those that wait; with a
	// number's own, to all who share it. One who is not known yet is added; without
	// a number that is ErrNotFound.
	Refuse(ctx context.Context, org OrgID, r Recipient, why Refusal, by Actor, at time.Time) error
	// Allow ends a refusal. ErrNotFound when there is none, or another than a says.
	Allow(ctx context.Context, org OrgID, id RecipientID, a Allowance, by Actor, at time.Time) error
	// Family are the recipients who share a number, but the number's own, by id.
	Family(ctx context.Context, org OrgID, number RecipientID) ([]Recipient, error)
	// Suppressed are up to limit recipients who get no texts, by id, those after
	// the given one.
	Suppressed(ctx context.Context, org OrgID, after RecipientID, limit int) ([]Suppressed, error)
	// Take records that somebody took charge of an unread message: nobody is
	// reminded of it any more, or told that it is overdue. ErrNotFound when the
	// org has no such message, ErrConflict when it was read or is gone.
	Take(ctx context.Context, org OrgID, id MessageID, by Actor, at time.Time) error
	// Resend queues another text with a fresh link to the number on record; earlier
	// links stay good. ErrNotFound when the org has no such message, ErrGone when
	// there is nothing left to link to, ErrThrottled within [ResendEvery] of the last
	// time, ErrConflict when a text with a link waits already, or the recipient gets
	// none.
	Resend(ctx context.Context, org OrgID, id MessageID, by Actor, at time.Time) error
	// Extend lets a message be read for longer, until then. ErrNotFound when the org
	// has no such message, ErrGone when there is nothing left to read, ErrConflict
	// when it can be read for as long already.
	Extend(ctx context.Context, org OrgID, id MessageID, until time.Time, by Actor, at time.Time) error
}
