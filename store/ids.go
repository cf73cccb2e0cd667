package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// IDs are a prefix that names the noun and 26 characters of Crockford's base32.
// They are no secrets: knowing one gives access to nothing.
type (
	OrgID       string
	SenderID    string
	RecipientID string
	MessageID   string
	// ReplyID is one reply of a recipient to a message.
	ReplyID string
	// DraftID is a reply that was not taken, kept for its recipient to mend.
	DraftID string
	// KeyID is the public name of an app password or an API key.
	KeyID string
	// TextID is one attempt to send one SMS. The provider's callback carries it.
	TextID string
	// PhraseID is a text that an org keeps ready.
	PhraseID string
	// PasskeyID names a passkey to its recipient.
	PasskeyID string
	// AskID is what one admin asks for, and another has to approve.
	AskID string
	// AlertID is one thing that was out of the ordinary.
	AlertID string
)

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// plainSum is the SHA-256 of fields, each with its length before it, for what cannot be
// guessed or is no secret.
func plainSum(fields ...string) [32]byte {
	h := sha256.New()
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return [32]byte(h.Sum(nil))
}

// newID makes an id that sorts by time: 48 bits of milliseconds, 80 random ones.
func newID(prefix string, now time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:])
	return prefix + crockford.EncodeToString(b[:])
}

// NewOrgID makes an OrgID.
func NewOrgID(now time.Time) OrgID { return OrgID(newID("org_", now)) }

// NewSenderID makes a SenderID.
func NewSenderID(now time.Time) SenderID { return SenderID(newID("snd_", now)) }

// NewMessageID makes a MessageID.
func NewMessageID(now time.Time) MessageID { return MessageID(newID("msg_", now)) }

// NewReplyID makes a ReplyID.
func NewReplyID(now time.Time) ReplyID { return ReplyID(newID("rpl_", now)) }

// NewDraftID makes a DraftID.
func NewDraftID(now time.Time) DraftID { return DraftID(newID("drf_", now)) }

// FirstMessageID sorts before every MessageID made at t or later, and after all
// that were made in an earlier millisecond.
func FirstMessageID(t time.Time) MessageID {
	return MessageID(firstID("msg_", t))
}

// FirstTextID is [FirstMessageID] for texts.
func FirstTextID(t time.Time) TextID { return TextID(firstID("txt_", t)) }

func firstID(prefix string, t time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(max(0, t.UnixMilli()))<<16)
	return prefix + crockford.EncodeToString(b[:])
}

// NewKeyID makes a KeyID. It has no prefix, since it is part of what the
// sender types or pastes.
func NewKeyID(now time.Time) KeyID { return KeyID(newID("", now)) }

// NewTextID makes a TextID.
func NewTextID(now time.Time) TextID { return TextID(newID("txt_", now)) }

// NewPhraseID makes a PhraseID.
func NewPhraseID(now time.Time) PhraseID { return PhraseID(newID("phr_", now)) }

// NewPasskeyID makes a PasskeyID.
func NewPasskeyID(now time.Time) PasskeyID { return PasskeyID(newID("psk_", now)) }

// NewAskID makes an AskID.
func NewAskID(now time.Time) AskID { return AskID(newID("ask_", now)) }

// NewAlertID makes an AlertID.
func NewAlertID(now time.Time) AlertID { return AlertID(newID("alr_", now)) }
