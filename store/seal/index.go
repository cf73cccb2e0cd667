package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
)

// Index finds sealed values by a keyed hash. Its key is apart from the sealing
// keys, and without it a hash says nothing about the value: ten billion phone
// numbers are soon tried against a plain one.
type Index struct{ key []byte }

// NewIndex makes an index from a key.
func NewIndex(k Key) Index { return Index{key: k.raw[:]} }

// Sum is HMAC-SHA-256 over the fields, each with its length before it.
func (x Index) Sum(fields ...string) [32]byte {
	mac := hmac.New(sha256.New, x.key)
	for _, f := range fields {
		fmt.Fprintf(mac, "%d:%s", len(f), f)
	}
	return [32]byte(mac.Sum(nil))
}

// Format implements [fmt.Formatter]: the key never prints.
func (x Index) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[index key]") }

// LogValue implements [slog.LogValuer].
func (x Index) LogValue() slog.Value { return slog.StringValue("[index key]") }
