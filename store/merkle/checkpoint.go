package merkle

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what the log was at one time. Signed, it is a C2SP checkpoint
// (https://c2sp.org/tlog-checkpoint) with the time as a line of its own.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
	At     time.Time // whole seconds
}

// ErrCheckpoint: it is none, or not signed by a key that is known.
var ErrCheckpoint = errors.New("not a checkpoint of this log")

const timePrefix = "time "

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s%s\n", c.Origin, c.Size, c.Root, timePrefix, c.At.UTC().Format(time.RFC3339))
}

// parse reads the text that was signed. Lines behind those we write are passed over.
func parse(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.Split(text, "\n")
	if len(lines) < 5 {
		return c, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] || lines[0] == "" {
		return c, ErrCheckpoint
	}
	c.Origin, c.Size = lines[0], size
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return c, ErrCheckpoint
	}
	at, ok := strings.CutPrefix(lines[3], timePrefix)
	if c.At, err = time.Parse(time.RFC3339, at); err != nil || !ok {
		return c, ErrCheckpoint
	}
	return c, nil
}

// Open checks a signed checkpoint against the public keys that are trusted. The
// name before a signature is that of its origin, and may change with the years: the
// key says whose it is.
func Open(signed string, keys ...PublicKey) (Checkpoint, error) {
	origin, _, _ := strings.Cut(signed, "\n")
	var known []note.Verifier
	for _, k := range keys {
		v, err := k.verifier(origin)
		if err != nil {
			return Checkpoint{}, ErrCheckpoint
		}
		known = append(known, v)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, ErrCheckpoint // not err, which may quote it
	}
	return parse(n.Text)
}

// PublicKey is what checkpoints are checked by.
type PublicKey ed25519.PublicKey

// ParsePublicKey reads what [PublicKey.Named] wrote.
func ParsePublicKey(text string) (PublicKey, error) {
	bad := errors.New("not a public key: it looks like NAME+0123abcd+BASE64, as securetext audit key prints it")
	text = strings.TrimSpace(text)
	if _, err := note.NewVerifier(text); err != nil {
		return nil, bad
	}
	encoded := strings.SplitN(text, "+", 3)[2] // base64 may hold a + of its own
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(b) != 1+ed25519.PublicKeySize || b[0] != algEd25519 {
		return nil, bad
	}
	return PublicKey(b[1:]), nil
}

// Named is the key for handing out, as golang.org/x/mod/sumdb/note writes it.
func (k PublicKey) Named(origin string) (string, error) {
	return note.NewEd25519VerifierKey(origin, ed25519.PublicKey(k))
}

func (k PublicKey) verifier(origin string) (note.Verifier, error) {
	named, err := k.Named(origin)
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(named)
}
