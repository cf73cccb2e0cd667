package store

import (
	"time"

	"securetext/store/seal"
)

// Draft is what a recipient wrote back to a message and was not taken, sealed as a
// reply is. There is one of a message at most: a later one takes its place.
type Draft struct {
	ID      DraftID
	Message MessageID
	Nonce   string // of the form that it was written in
	Key     seal.DataKey
	Content seal.Ciphertext
	Until   time.Time // when it is destroyed, whatever comes
}

// Place is where a part of the viewer's draft is sealed to.
func (d Draft) Place(v Viewer, part int) seal.Place {
	return seal.Place{Org: string(v.Org), Message: string(d.Message), Recipient: string(v.Recipient), Reply: string(d.ID), Part: part}
}
