package store

import (
	"strconv"
	"strings"
	"time"

	"securetext/store/merkle"
)

// Record is an event as its leaf in the proved log tells it: each field as the
// store keeps it, and nothing made of it. So a row that was tampered with can be
// read, and found.
type Record struct {
	Seq       int64       `json:"seq"`
	At        int64       `json:"at"` // microseconds since 1970
	Org       OrgID       `json:"org"`
	Message   MessageID   `json:"message"`
	Recipient RecipientID `json:"recipient"`
	Kind      Kind        `json:"kind"`
	ActorKind ActorKind   `json:"actor_kind"`
	ActorID   string      `json:"actor_id"`
	Addr      string      `json:"addr"`
	Detail    string      `json:"detail"`
}

// leafHead begins every leaf: the version of the encoding.
const leafHead = "securetext event v1\n"

// Leaf is the record as it stands in the log at that index: leafHead, then index,
// Seq, At and all other fields in the order of the struct as netstrings, which are
// the length in decimal, a colon, the bytes and a comma. Nothing else has the same
// leaf. docs/howto/prove-the-log.md tells others how to write it.
func (r Record) Leaf(index int64) []byte {
	b := append(make([]byte, 0, 300), leafHead...)
	for _, n := range []int64{index, r.Seq, r.At} {
		b = appendField(b, strconv.FormatInt(n, 10))
	}
	for _, s := range []string{
		string(r.Org), string(r.Message), string(r.Recipient), string(r.Kind),
		string(r.ActorKind), r.ActorID, r.Addr, r.Detail,
	} {
		b = appendField(b, strings.ToValidUTF8(s, "\uFFFD")) // as JSON has it
	}
	return b
}

func appendField(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	b = append(b, s...)
	return append(b, ',')
}

// LeafHash is the hash of the record's leaf.
func (r Record) LeafHash(index int64) merkle.Hash { return merkle.LeafHash(r.Leaf(index)) }

// Leaf is one place of the proved log, with what the store has there. A store that
// was tampered with may lack any of it.
type Leaf struct {
	Index  int64
	Seq    int64
	Record *Record // nil: the event is gone
}

// Marker marks the leaf of that index. See [merkle.Mark].
type Marker func(index int64, hash merkle.Hash) merkle.Mark

// MarkedTile is a tile as stored. Marks are those of its leaves, on the lowest level.
type MarkedTile struct {
	Hashes []byte
	Marks  []byte
}

// LogState is how far the proved log is.
type LogState struct {
	Size    int64     // how many events have a leaf
	Waiting int64     // at most so many have none yet
	Oldest  time.Time // when the first of those happened; zero: there is none
	// Restored is when the log was put back from a backup, which may be behind what was
	// signed, if no checkpoint was added since; else zero.
	Restored time.Time
}

// StoredCheckpoint is a signed checkpoint as kept.
type StoredCheckpoint struct {
	Size int64
	Note string
	At   time.Time
}
