package store

import (
	"net/netip"
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
	Unlocked    Kind = "unlocked"    // the right password was given
	Read        Kind = "read"        // the text was shown to the recipient
)

// What else happens to messages and recipients:
const (
	UnlockFailed   Kind = "unlock_failed"
	AttachmentRead Kind = "attachment_read"
	LinkAsked      Kind = "link_asked" // the holder of an old link asked for a new one
	Refused        Kind = "refused"    // the recipient gets no texts from now on; the detail says why
	Allowed        Kind = "allowed"    // the recipient gets texts again
	Notified       Kind = "notified"   // the sender got a mail about a step; the detail says which
	NotNotified    Kind = "not_notified"
	Expired        Kind = "expired"
	Wiped          Kind = "wiped"
	Revoked        Kind = "revoked"
	Reset          Kind = "reset"
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
	OrgKeyAdded       Kind = "org_key_added"
	OrgKeyRewrapped   Kind = "org_key_rewrapped"
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
	Recipient RecipientID
	Kind      Kind
	Since     time.Time
	Until     time.Time
	After     int64 // a Seq, for paging
	Limit     int   // 0: 1000
}

// rung orders the kinds that are a message's status. What stands higher has
// the more to say; a bot's opening and a text put off say nothing.
var rung = map[Kind]int{
	Accepted: 1, Sent: 2, Undelivered: 3, Failed: 3, Delivered: 4,
	Opened: 5, Enrolled: 6, Unlocked: 6, Read: 7,
}

// Status is how far a message got: the highest rung of its events, of two on one
// rung the later. It never goes backwards, save that another text may still be
// delivered after one was not. Enrolled counts as Unlocked.
func Status(events []Event) Kind {
	status := Accepted
	for _, e := range events {
		if e.By.Kind == ByBot || rung[e.Kind] < rung[status] {
			continue
		}
		status = e.Kind
	}
	if status == Enrolled {
		return Unlocked
	}
	return status
}
