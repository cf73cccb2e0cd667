package gateway

import (
	"crypto/sha256"

	"securetext/gateway/mail"
	"securetext/store"
)

// Delivery tells one delivery of a mail from another: a client that lost our
// answer sends the same again, and makes no second message (S29). The zero
// Delivery tells nothing.
type Delivery struct {
	MessageID string   // of the mail; empty: it has none
	Hash      [32]byte // of its body, or of all of it where it has no Message-ID
}

// deliveryOf is a mail's delivery. Without a Message-ID two mails that say the
// same under another subject or at another time are two.
func deliveryOf(c *mail.Content, raw []byte) Delivery {
	if c.MessageID == "" {
		return Delivery{Hash: sha256.Sum256(raw)}
	}
	return Delivery{MessageID: c.MessageID, Hash: c.BodyHash}
}

// hash is the delivery's to one recipient.
func (d Delivery) hash(sender store.SenderID, to store.RecipientID) store.RepeatHash {
	if d == (Delivery{}) {
		return store.RepeatHash{}
	}
	h := sha256.New()
	addField(h, "sender", string(sender))
	addField(h, "message-id", d.MessageID)
	addField(h, "to", string(to))
	addField(h, "body", string(d.Hash[:]))
	return store.RepeatHash(h.Sum(nil))
}
