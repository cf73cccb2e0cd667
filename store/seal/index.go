package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
)

// Index finds sealed values by a keyed hash. Its keys are apart from the sealing
// keys, and without them a hash says nothing about the value: ten billion phone
// numbers are soon tried against a plain one.
//
// What is hashed anew is hashed with the key in use. What is looked for may be
// hashed with any: a former one, or the next, which another process uses already.
type Index struct {
	keys   []Key // the one in use first, then former ones, then the next
	former int   // how many
}

// NewIndex makes an index from the key in use and former ones.
func NewIndex(inUse Key, former ...Key) Index {
	return Index{keys: append([]Key{inUse}, former...), former: len(former)}
}

// Awaiting is the index with the key that will be in use next.
func (x Index) Awaiting(next Key) Index {
	x.keys = append(slices.Clip(x.keys), next)
	return x
}

// Sum is HMAC-SHA-256 over the fields, each with its length before it, with the key
// in use.
func (x Index) Sum(fields ...string) [32]byte {
	if len(x.keys) == 0 {
		return sum(nil, fields)
	}
	return sum(x.keys[0].raw[:], fields)
}

// Sums are those with every key, the one in use first.
func (x Index) Sums(fields ...string) [][32]byte {
	return x.sums(x.keys, fields)
}

// Former are those with keys that were in use, the last of them first.
func (x Index) Former(fields ...string) [][32]byte {
	if x.former == 0 {
		return nil
	}
	return x.sums(x.keys[1:1+x.former], fields)
}

// Each is an index for each key alone, in the order of [Index.Sums].
func (x Index) Each() []Index {
	all := make([]Index, len(x.keys))
	for i, k := range x.keys {
		all[i] = NewIndex(k)
	}
	return all
}

// KeyIDs name the keys, in the order of [Index.Sums].
func (x Index) KeyIDs() []string {
	ids := make([]string, len(x.keys))
	for i, k := range x.keys {
		ids[i] = k.ID()
	}
	return ids
}

func (x Index) sums(keys []Key, fields []string) [][32]byte {
	all := make([][32]byte, len(keys))
	for i, k := range keys {
		all[i] = sum(k.raw[:], fields)
	}
	return all
}

func sum(key []byte, fields []string) [32]byte {
	mac := hmac.New(sha256.New, key)
	for _, f := range fields {
		fmt.Fprintf(mac, "%d:%s", len(f), f)
	}
	return [32]byte(mac.Sum(nil))
}

// Format implements [fmt.Formatter]: the keys never print.
func (x Index) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[index key]") }

// LogValue implements [slog.LogValuer].
func (x Index) LogValue() slog.Value { return slog.StringValue("[index key]") }
