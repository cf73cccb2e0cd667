package gateway

import (
	"securetext/gateway/mail"
	"securetext/store"
)

// Delivery tells one delivery of a mail from another: a client that lost our
// answer sends the same again, and makes no second message (S29). The zero
// Delivery tells nothing.
type Delivery struct {
	MessageID string   // of the mail
	Hash      [32]byte // of its body
}

// deliveryOf is a mail's delivery. Without a Message-ID there is no telling a
// mail sent again from a second one that says the same, and none is lost.
func deliveryOf(c *mail.Content) Delivery {
	if c.MessageID == "" {
		return Delivery{}
	}
	return Delivery{MessageID: c.MessageID, Hash: c.BodyHash}
}

// repeat is the delivery's to one recipient. It is a keyed hash, for it is kept
// when the message is wiped, and a plain one would let guesses at the text be
// tried.
func (in *Intake) repeat(d Delivery, sender store.SenderID, to store.RecipientID) store.RepeatHash {
	if d == (Delivery{}) {
		return store.RepeatHash{}
	}
	return in.Index.Sum("delivery", string(sender), d.MessageID, string(to), string(d.Hash[:]))
}
