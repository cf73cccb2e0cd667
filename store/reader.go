package store

import (
	"context"
	"time"

	"securetext/store/token"
)

// Reader serves the patient. Only Enrol, AskCode, TryCode, TryPasscode,
// ResetPassword, NotMine, TryUnlock, Unlocked, UnlockFailed, Opened, Read,
// AttachmentRead, Acknowledge, Reply, KeepDraft, ForgetDrafts, ReplyFileRead, KeepChallenge, TakeChallenge,
// UnlockedByPasskey, AddPasskey, RemovePasskey, DeclinePasskey and AskAgain change anything.
//
// Enrol, Unlocked, UnlockedByPasskey and ResetPassword vouch for the recipient if
// the device gave a right passcode within [ProofLife]: whoever can sign in from then
// on is who the sender meant. A reset ends that, and so a passcode is asked for again.
type Reader interface {
	// Link finds what a token leads to, whatever its state, for a browser. It has
	// no effect.
	Link(ctx context.Context, hash token.Hash, device DeviceHash, now time.Time) (Link, error)
	// Logo loads a picture, which only its org's pages lead to.
	Logo(ctx context.Context, id LogoID) (Picture, error)
	// Opened records that a person's browser, or a bot, opened the link: the
	// first time for either, per message.
	Opened(ctx context.Context, hash token.Hash, by Actor, now time.Time) error
	// Enrol sets the recipient's first password, and remembers the device: of many
	// at once exactly one succeeds, the others get ErrConflict. A link older than
	// grace is ErrTooLate, unless the device proved itself of late; one whose
	// message is gone is ErrGone. It is ErrUnvouched while [Link.Passcode] says that
	// one is owed. It writes Enrolled and queues the text that tells the patient.
	Enrol(ctx context.Context, e Enrolment, now time.Time) (Viewer, error)
	// AskCode queues a text with a code that proves, in this browser alone, who
	// holds the phone (S09). ErrThrottled when one was asked for within [CodeEvery],
	// or [MostCodes] within a day, by whoever shares the number; ErrConflict for a
	// recipient who gets no texts, or a browser without a device; ErrGone when the
	// message is gone. A code that this browser asked for before is no longer good.
	AskCode(ctx context.Context, hash token.Hash, device DeviceHash, by Actor, now time.Time) error
	// TryCode compares a code. A wrong one is counted and ErrNotFound; with too many
	// of them, or a code that is used or too old, it is ErrGone: ask for another.
	// The right one proves the device, for [ProofLife].
	TryCode(ctx context.Context, hash token.Hash, device DeviceHash, given []CodeHash, by Actor, now time.Time) error
	// TryPasscode compares a passcode. The try is counted first, for all devices that
	// proved themselves together and for all others together: a wrong one is
	// ErrNotFound, or with the last of [PasscodeTries] what the next one is. That is
	// ErrUnproved for a device that did not prove itself, and ErrLocked for all once
	// those that did used theirs up; staff start both counts anew. The right one is
	// remembered of the device for [ProofLife], and vouches at once for a viewer who
	// is signed in there. ErrConflict when the device owes none; ErrGone when the
	// message is gone.
	TryPasscode(ctx context.Context, t PasscodeTry, now time.Time) error
	// TryUnlock counts a try before the password is looked at, for each known
	// device apart and for all others together. After [FreeTries] wrong ones in a
	// row it is ErrThrottled until [Delay] has passed; a device that proved itself
	// waits for its own alone. It is ErrUnvouched while the device owes a passcode,
	// ErrUnproved where [Link.MustProve] says so, and ErrLocked after [LockAfter] in a
	// row, for all but known devices. A known one with so many of its own is no
	// longer known.
	TryUnlock(ctx context.Context, hash token.Hash, device DeviceHash, now time.Time) error
	// ResetPassword puts a password in place of a forgotten one, from a device that
	// proved itself; others are ErrUnproved, and ErrUnvouched while one owes a
	// passcode. All sessions end, all other devices and all passkeys are forgotten,
	// so is the word unless another comes along, and what was sent before is held
	// until staff release it (S11). ErrConflict when there is no password; ErrGone
	// when the message is gone.
	ResetPassword(ctx context.Context, e Enrolment, now time.Time) (Viewer, error)
	// NotMine records that who holds the link is not who the message is for: it is
	// held, no more texts of the org go to the number, and the sender is told (S12).
	// Where the message is for one of several people who share a number, no more
	// texts go there for that one; the others get theirs.
	// Said again it changes nothing; ErrGone when the message is gone.
	NotMine(ctx context.Context, hash token.Hash, by Actor, now time.Time) error
	// Unlocked records a right password, remembers the device and starts its count
	// anew: that of strangers goes on when the device was known. A rehash that is
	// not empty replaces the stored one. ErrConflict when that is no longer the one
	// verified: it was replaced or reset meanwhile, so verify again.
	Unlocked(ctx context.Context, u Unlock, now time.Time) (Viewer, error)
	// UnlockFailed records a wrong password.
	UnlockFailed(ctx context.Context, hash token.Hash, by Actor, now time.Time) error
	// KeepChallenge keeps what a passkey is about to sign, for [ChallengeLife], in
	// place of what waited in that browser, and returns the recipient's passkeys.
	// ErrNotFound when there is none to unlock with; ErrConflict when there are
	// [MostPasskeys] and another is to be added, or for a browser without a device;
	// ErrGone when the message is gone. Of browsers that never signed in the newest
	// [MostChallenges] stay.
	KeepChallenge(ctx context.Context, c Challenge, now time.Time) ([]Passkey, error)
	// TakeChallenge takes it away, whatever becomes of the answer, and returns it
	// with the recipient's passkeys: of many at once one gets it. It is ErrGone when
	// it was taken, replaced, is too old or for another purpose.
	TakeChallenge(ctx context.Context, c Challenge, now time.Time) ([32]byte, []Passkey, error)
	// UnlockedByPasskey is Unlocked by a passkey's signature: neither code nor
	// password is needed, and no lock of strangers' is in the way, nor lifted. It is
	// ErrUnvouched while the device owes a passcode.
	// ErrNotFound when the passkey was removed meanwhile. One whose counter does not
	// go up may be a copy: ErrConflict, and a PasskeyRefused event.
	UnlockedByPasskey(ctx context.Context, u PasskeyUnlock, now time.Time) (Viewer, error)
	// AddPasskey keeps a passkey of the viewer's, made in that browser. ErrConflict
	// when there are [MostPasskeys]. Like the three that follow it is ErrRevoked when
	// the viewer's epoch is over.
	AddPasskey(ctx context.Context, p Passkey, device DeviceHash, v Viewer, now time.Time) error
	// Passkeys are the viewer's, the oldest first.
	Passkeys(ctx context.Context, v Viewer) ([]Passkey, error)
	// RemovePasskey forgets one of them. Nobody signs in by it from then on.
	RemovePasskey(ctx context.Context, id PasskeyID, v Viewer, now time.Time) error
	// DeclinePasskey records that none is to be offered in that browser again.
	DeclinePasskey(ctx context.Context, device DeviceHash, v Viewer) error
	// Message loads a message for a viewer. Another recipient's is ErrNotFound;
	// ErrGone, ErrHeld and ErrRevoked are as they say. One with a passcode is
	// ErrUnvouched until the recipient is vouched for. Nothing may be shown before
	// Read.
	Message(ctx context.Context, hash token.Hash, v Viewer, now time.Time) (Sealed, error)
	// Read records that the viewer was shown the message; it checks all of that
	// again, in the same statement.
	Read(ctx context.Context, message MessageID, v Viewer, now time.Time) error
	// Attachment loads one attachment of a message, on the terms of Message.
	Attachment(ctx context.Context, hash token.Hash, part int, v Viewer, now time.Time) (SealedAttachment, error)
	// AttachmentRead records that the viewer got an attachment, on the terms of Read.
	AttachmentRead(ctx context.Context, message MessageID, part int, v Viewer, now time.Time) error
	// MessageByID is Message without its link, once that was texted.
	MessageByID(ctx context.Context, message MessageID, v Viewer, now time.Time) (Sealed, error)
	// AttachmentByID loads one attachment, on the terms of MessageByID.
	AttachmentByID(ctx context.Context, message MessageID, part int, v Viewer, now time.Time) (SealedAttachment, error)
	// Inbox lists up to limit messages that MessageByID would load, newest first.
	Inbox(ctx context.Context, v Viewer, now time.Time, limit int) ([]Listed, error)
	// Thread lists up to limit of the other messages in a message's thread that
	// MessageByID would load, and of what the viewer wrote back to those, newest first.
	Thread(ctx context.Context, message MessageID, v Viewer, now time.Time, limit int) ([]Threaded, error)
	// Acknowledge records the viewer's answer to a message, on the terms of Read,
	// and has its sender told when it is more than that it was read. The first answer
	// stands: another is ErrConflict. ErrNotFound when it was not asked for.
	Acknowledge(ctx context.Context, message MessageID, answer Answer, v Viewer, now time.Time) error
	// Reply stores what the viewer writes back to a message, on the terms of Read,
	// with a Replied event, and has the sender told: of the first reply at once, of
	// later ones within [ToldEvery]. ErrNotFound when the message takes none,
	// ErrCrowded when it has [MostReplies], ErrConflict when one with the same nonce
	// is there already. The message's draft is destroyed.
	Reply(ctx context.Context, r Reply, v Viewer, now time.Time) error
	// KeepDraft keeps what the viewer wrote back to a message and was not taken, on
	// the terms of Read. ErrNotFound when the message takes no replies, ErrConflict
	// when one with the same nonce is there already. It is destroyed with the message,
	// at its time, and when the recipient's sessions are revoked or the password reset.
	KeepDraft(ctx context.Context, d Draft, v Viewer, now time.Time) error
	// Draft is what was kept of a message. ErrNotFound when nothing was, or the
	// viewer may not see the message.
	Draft(ctx context.Context, message MessageID, v Viewer, now time.Time) (Draft, error)
	// ForgetDrafts destroys all drafts of a recipient, who signed out.
	ForgetDrafts(ctx context.Context, org OrgID, recipient RecipientID) error
	// Replies are the viewer's own to a message, oldest first; there are none to what
	// MessageByID would not load. They are a part of the message, so nothing may be
	// shown before Read.
	Replies(ctx context.Context, message MessageID, v Viewer, now time.Time) ([]SealedReply, error)
	// ReplyFile loads one attachment of the viewer's reply, on the terms of Message.
	ReplyFile(ctx context.Context, message MessageID, reply ReplyID, part int, v Viewer, now time.Time) (SealedReplyFile, error)
	// ReplyFileRead records that the viewer got it, on the terms of Read.
	ReplyFileRead(ctx context.Context, message MessageID, reply ReplyID, part int, v Viewer, now time.Time) error
	// AskAgain records that the holder of a link whose message expired asks for
	// it, and has its sender told, the first time. ErrThrottled within
	// [AskAgainEvery]; ErrConflict when the message did not expire.
	AskAgain(ctx context.Context, hash token.Hash, by Actor, now time.Time) error
}
