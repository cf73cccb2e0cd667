package session

import (
	"cmp"
	"encoding/hex"
	"slices"
	"time"
)

// MaxListed is the most sessions that a list holds.
const MaxListed = 50

// handleLen is how much of a key a handle is, in bytes: enough to tell the
// sessions of one recipient apart.
const handleLen = 8

// Handle names a session to its recipient, and to nobody else: neither the ID
// nor the key can be had from it, and it is looked for among the recipient's
// own sessions only.
type Handle string

// Handle returns the key's handle.
func (k Key) Handle() Handle { return Handle(hex.EncodeToString(k[:handleLen])) }

// Listed is a session as its recipient sees it.
type Listed struct {
	Handle  Handle
	Label   string // empty: nobody noted what browser it is
	Epoch   int64  // if it is an old one, the session shows nothing any more
	Created time.Time
	Seen    time.Time
}

// Listed returns the session of key as its recipient sees it.
func (s Session) Listed(key Key) Listed {
	return Listed{Handle: key.Handle(), Label: s.Label, Epoch: s.Epoch, Created: s.Created, Seen: s.Seen}
}

// Newest puts sessions in the order of a list, and drops those that are too
// many. Stores build their lists with it.
func Newest(list []Listed) []Listed {
	slices.SortFunc(list, func(a, b Listed) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Handle, b.Handle))
	})
	return list[:min(len(list), MaxListed)]
}
