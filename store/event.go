package store

import (
	"net/netip"
	"slices"
	"time"
)

// Kind is what happened.
type Kind string

// The kinds of events. Those of a message, in the order of its ladder:
const (
	Accepted    Kind = "accepted"    // stored and answered
	Deferred    Kind = "deferred"    // a text could not be sent yet
	Sent        Kind = "sent"        // the provider took the text
	Undelivered Kind = "undelivered" // the carrier could not deliver it
	Failed      Kind = "failed"      // no text will go out
	Delivered   Kind = "delivered"   // it reached the phone
	Opened      Kind = "opened"      // somebody, or a bot, opened the link
	Enrolled    Kind = "enrolled"    // the first password was set
	Unlocked    Kind = "unlocked"    // the right password was given, or a passkey signed
	Read        Kind = "read"        // the text was shown to the recipient
)

// What else happens to messages and recipients:
const (
	UnlockFailed   Kind = "unlock_failed"
	AttachmentRead Kind = "attachment_read"
	Acknowledged   Kind = "acknowledged"    // the recipient answered by a button; the detail says what
	Replied        Kind = "replied"         // the recipient wrote back; the detail is the reply's id
	ReplyRead      Kind = "reply_read"      // a reply was shown to its message's sender; the detail says which, and what of it
	ShownToSender  Kind = "shown_to_sender" // its sender looked at it as its recipient does; the detail says at what of it
	Extended       Kind = "extended"        // it can be read for longer; the detail says until when
	Asked          Kind = "asked"           // the holder of a link that is over asked for the message again
	CodeAsked      Kind = "code_asked"      // somebody asked for a code to be texted
	Proved         Kind = "proved"          // the right code was given
	CodeFailed     Kind = "code_failed"
	Vouched        Kind = "vouched" // the right passcode was given
	PasscodeFailed Kind = "passcode_failed"
	Disowned       Kind = "disowned" // who holds the link is not who the message is for
	LockLifted     Kind = "lock_lifted"
	Released       Kind = "released" // a held message can be read again
	Skipped        Kind = "skipped"  // a reminder was not sent; the detail says why
	Overdue        Kind = "overdue"  // unread at the time that its sender set
	Taken          Kind = "taken"    // a named person took charge of an unread message
	Resent         Kind = "resent"   // its sender or staff had it texted again
	Refused        Kind = "refused"  // the recipient gets no texts from now on; the detail says why
	Allowed        Kind = "allowed"  // the recipient gets texts again
	Notified       Kind = "notified" // the sender got a mail about a step; the detail says which
	NotNotified    Kind = "not_notified"
	Expired        Kind = "expired"
	Wiped          Kind = "wiped"
	Revoked        Kind = "revoked"
	Reset          Kind = "reset"
	HoldPlaced     Kind = "hold_placed" // a legal hold; the detail is its id and the matter
	HoldLifted     Kind = "hold_lifted"
	BrowserForgot  Kind = "browser_forgotten" // and all sessions ended; the detail is its handle
	SessionEnded   Kind = "session_ended"     // one of a recipient's, by staff; the detail is its handle

	PasskeyAdded   Kind = "passkey_added" // the detail is its id, as of the two that follow
	PasskeyRemoved Kind = "passkey_removed"
	PasskeyRefused Kind = "passkey_refused" // its counter went back: there may be a copy of it
)

// What staff and operators do:
const (
	OrgAdded          Kind = "org_added"
	PolicySet         Kind = "policy_set"
	SenderAdded       Kind = "sender_added"
	SenderSuspended   Kind = "sender_suspended"
	SenderResumed     Kind = "sender_resumed"
	SmarthostAdded    Kind = "smarthost_added"
	SmarthostRemoved  Kind = "smarthost_removed"
	AppPasswordAdded  Kind = "app_password_added"
	APIKeyAdded       Kind = "api_key_added"
	CredentialRevoked Kind = "credential_revoked"
	CredentialRefused Kind = "credential_refused" // a wrong app password of a sender, or secret of a key; the detail says whose
	OrgKeyAdded       Kind = "org_key_added"
	OrgKeyRewrapped   Kind = "org_key_rewrapped"
	PhraseAdded       Kind = "phrase_added" // the detail is its id, as of the two that follow
	PhraseChanged     Kind = "phrase_changed"
	PhraseRemoved     Kind = "phrase_removed"
	Removed           Kind = "removed"      // events of long ago; the detail is their places in the proved log
	Forgotten         Kind = "forgotten"    // recipients and messages of long ago; the detail is how many
	BackupRestored    Kind = "restored"     // all is as a backup was; the detail says which
	Exported          Kind = "exported"     // events were copied out; the detail says how many of which
	ProviderSet       Kind = "provider_set" // who vouches for an org's staff; the detail says by which rules
	ProviderRemoved   Kind = "provider_removed"

	WipeAsked         Kind = "wipe_asked" // of many messages; the detail says why, how many and exactly which
	WipeApproved      Kind = "wipe_approved"
	BulkWiped         Kind = "bulk_wiped"      // all of them were gone through
	AskEnded          Kind = "ask_withdrawn"   // by who asked
	EmergencyAsked    Kind = "emergency_asked" // an admin asks to read the message; the detail says why
	EmergencyApproved Kind = "emergency_approved"
	EmergencyOpened   Kind = "emergency_opened" // it was shown to that admin

	Alerted       Kind = "alert"      // something was out of the ordinary; the detail is its id, the rule, whom it is about, and how many
	AlertSeen     Kind = "alert_seen" // a person took note of it; the detail is its id
	AlertRulesSet Kind = "alert_rules_set"
)

// What happens to staff; the detail is whom it is about, and what was done:
const (
	StaffAdded        Kind = "staff_added"
	StaffInvited      Kind = "staff_invited" // they got a new set-up link
	StaffSetUp        Kind = "staff_set_up"  // they used it
	StaffSignedIn     Kind = "staff_signed_in"
	StaffSignInFailed Kind = "staff_sign_in_failed"
	StaffSignedOut    Kind = "staff_signed_out"
	StaffProofsSet    Kind = "staff_proofs_set" // another password, second factor or set of recovery codes
	StaffRolesSet     Kind = "staff_roles_set"
	StaffSuspended    Kind = "staff_suspended"
	StaffResumed      Kind = "staff_resumed"
	StaffRevoked      Kind = "staff_revoked" // their sessions were ended
	StaffVouched      Kind = "staff_vouched" // from now on their org's provider vouches for them
	StaffRefused      Kind = "staff_refused" // it vouched for somebody who is not let in; the detail says why

	StaffPasskeyAdded   Kind = "staff_passkey_added" // the detail is whose, and its id, as of the two that follow
	StaffPasskeyRemoved Kind = "staff_passkey_removed"
	StaffPasskeyRefused Kind = "staff_passkey_refused" // its counter went back: there may be a copy of it
)

// ActorKind is what sort of actor caused an event.
type ActorKind string

// The sorts of actors.
const (
	BySystem    ActorKind = "system"    // the service itself: ID is the part of it
	ByOperator  ActorKind = "operator"  // the command line: ID is the account's name
	BySender    ActorKind = "sender"    // ID is a SenderID
	ByKey       ActorKind = "key"       // ID is a KeyID
	ByCarrier   ActorKind = "carrier"   // ID is the provider's name
	ByVisitor   ActorKind = "visitor"   // a browser that holds a link, not signed in
	ByBot       ActorKind = "bot"       // a preview or a scanner
	ByRecipient ActorKind = "recipient" // signed in: ID is a RecipientID
	ByStaff     ActorKind = "staff"     // signed in to the console: ID is a StaffID
)

// Actor is who caused an event.
type Actor struct {
	Kind ActorKind
	ID   string
	Addr netip.Addr // zero: none
}

// Event is one line of the audit log. It holds ids, times and short codes;
// never content, a phone number or a token (S33).
type Event struct {
	Seq       int64 // given by the store, counts up
	Org       OrgID
	Message   MessageID   // empty: not about one
	Recipient RecipientID // empty: not about one
	Kind      Kind
	By        Actor
	Detail    string // a short code: a carrier's error, "part 2", an id
	At        time.Time
}

// EventFilter selects events; zero fields select all.
type EventFilter struct {
	Org       OrgID
	Message   MessageID
	Recipient RecipientID // with a number's own: all who share it, too
	Person    string      // a StaffID, a SenderID or a KeyID: caused by it, or about it and no message; or an AskID: about it
	Kind      Kind
	Since     time.Time
	Until     time.Time
	After     int64 // a Seq, for paging
	Before    int64 // a Seq, for paging the other way
	Newest    bool  // the newest first, else the oldest
	Limit     int   // 0: 1000
}

// Step is a rung of a message's ladder.
type Step struct {
	Kind   Kind
	At     time.Time // when it was first reached; of an outcome, when that was told
	Detail string
}

// rung orders the kinds that are steps of a message. The outcomes share one, as
// do the two ways to unlock; a text put off is no step.
var rung = map[Kind]int{
	Accepted: 0, Sent: 1, Undelivered: 2, Failed: 2, Delivered: 2,
	Opened: 3, Enrolled: 4, Unlocked: 4, Read: 5,
}

// Ladder is how a message got on: the steps that it reached, in the ladder's
// order. Events are given in theirs. Of the outcomes there is one: Delivered if
// any text was, else the latest of Undelivered and Failed. A bot's opening is
// no step, and Enrolled counts as Unlocked.
func Ladder(events []Event) []Step {
	var reached [6]Step
	for _, e := range events {
		i, ok := rung[e.Kind]
		if !ok || e.By.Kind == ByBot || !reached[i].givesWay() {
			continue
		}
		reached[i] = Step{e.Kind, e.At, e.Detail}
		if e.Kind == Enrolled {
			reached[i].Kind = Unlocked
		}
	}
	return slices.DeleteFunc(reached[:], func(s Step) bool { return s.Kind == "" })
}

// givesWay reports whether a later event takes the step's rung: while nothing
// stands there, and where another text may still fare better.
func (s Step) givesWay() bool { return s.Kind == "" || s.Kind == Undelivered || s.Kind == Failed }

// Status is how far a message got: the last step of its [Ladder]. It never goes
// backwards, save that another text may still be delivered, or not, after one was
// not.
func Status(events []Event) Kind {
	steps := Ladder(events)
	if len(steps) == 0 {
		return Accepted
	}
	return steps[len(steps)-1].Kind
}

// Trouble reports whether something went wrong with a message that nobody has seen
// to: no text reached the phone, it was not read in time, or is said to be
// somebody else's.
func Trouble(events []Event) bool {
	var late, disowned, taken bool
	for _, e := range events {
		switch e.Kind {
		case Overdue:
			late = true
		case Disowned:
			disowned, taken = true, false
		case Released:
			disowned = false
		case Taken:
			taken = true
		}
	}
	status := Status(events)
	return !taken && (disowned || late && status != Read || status == Failed || status == Undelivered)
}

// settling are the kinds after which a text put off waits no longer.
var settling = []Kind{Sent, Failed, Delivered, Read, Skipped, Taken, Wiped, Expired}

// Waiting is the latest event that put a text of a message off, unless later ones
// tell that it waits no longer.
func Waiting(events []Event) (Event, bool) {
	for _, e := range slices.Backward(events) {
		switch {
		case e.Kind == Deferred:
			return e, true
		case slices.Contains(settling, e.Kind):
			return Event{}, false
		}
	}
	return Event{}, false
}
