package gateway

import (
	"context"
	"fmt"

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
//
// While keys are being rotated the mail may be remembered by a hash with another
// one, which is then its own.
func (in *Intake) repeat(ctx context.Context, sub Submission, to store.RecipientID) (store.RepeatHash, error) {
	d := sub.Delivery
	if d == (Delivery{}) {
		return store.RepeatHash{}, nil
	}
	sums := in.Index.Sums("delivery", string(sub.Sender.ID), d.MessageID, string(to), string(d.Hash[:]))
	if len(sums) == 1 {
		return sums[0], nil
	}
	hashes := make([]store.RepeatHash, len(sums))
	for i, s := range sums {
		hashes[i] = s
	}
	known, err := in.Verdicts.Delivered(ctx, sub.Sender.Org, hashes, in.Now())
	if err != nil {
		return store.RepeatHash{}, fmt.Errorf("look for delivery: %w", err)
	}
	return append(known, hashes[0])[0], nil
}
