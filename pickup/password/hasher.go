package password

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"runtime"

	"golang.org/x/crypto/argon2"
)

// Pepper is the secret mixed into every hash. It is kept outside the database,
// so that a stolen database alone cannot be searched for passwords. However it
// is formatted, logged or marshalled it shows as "[pepper]".
type Pepper [32]byte

// Format implements [fmt.Formatter] for every verb.
func (p Pepper) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[pepper]") }

// LogValue implements [slog.LogValuer].
func (p Pepper) LogValue() slog.Value { return slog.StringValue("[pepper]") }

// MarshalText implements [encoding.TextMarshaler].
func (p Pepper) MarshalText() ([]byte, error) { return []byte("[pepper]"), nil }

// Hasher hashes and verifies passwords. It is safe for concurrent use; a
// process has one, since the limit on hashes at once is its own.
type Hasher struct {
	params Params
	macs   []func() hash.Hash // keyed with the peppers, which are in no field that could be printed; that in use first
	queue  *admission
	derive func(password string, salt []byte, p Params) []byte
}

// New returns a Hasher that hashes with a pepper. Passwords that were hashed with one
// of the others are right, too. It refuses parameters that fail [Params.Validate] and a
// pepper of zeros, which is a pepper that nobody set.
func New(params Params, pepper Pepper, others ...Pepper) (*Hasher, error) {
	if err := params.Validate(); err != nil {
		return nil, err
	}
	h := &Hasher{params: params, queue: newAdmission(runtime.GOMAXPROCS(0)), derive: argon2id}
	for _, p := range append([]Pepper{pepper}, others...) {
		if p == (Pepper{}) {
			return nil, errors.New("password pepper is not set")
		}
		h.macs = append(h.macs, func() hash.Hash { return hmac.New(sha256.New, p[:]) })
	}
	return h, nil
}

func argon2id(password string, salt []byte, p Params) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, tagSize)
}

// Hash returns the PHC string to store for p, under a new salt. It returns
// [ErrTooLong] for a password that [Check] would refuse as such, [ErrBusy], or
// the context's error.
func (h *Hasher) Hash(ctx context.Context, p Password) (string, error) {
	s, err := p.normal()
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	r := record{params: h.params, salt: make([]byte, saltSize)}
	_, _ = rand.Read(r.salt) // never fails: crypto/rand ends the process instead
	tags, err := h.tags(ctx, s, r, h.macs[:1])
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	r.tag = tags[0]
	return r.String(), nil
}

// Verify reports whether p is the password that phc was made from, and, if it
// is, whether phc should be replaced by a new [Hasher.Hash] because its costs
// are below the present ones, or its pepper is another. The comparison takes constant time. The error is
// [ErrBusy], the context's, or one for a stored string that is unusable.
func (h *Hasher) Verify(ctx context.Context, p Password, phc string) (ok, rehash bool, err error) {
	r, err := parseRecord(phc)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	s, err := p.normal()
	if err != nil {
		return false, false, nil // too long to have ever been set
	}
	tags, err := h.tags(ctx, s, r, h.macs)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	for i, tag := range tags {
		if hmac.Equal(tag, r.tag) {
			ok, rehash = true, i > 0 || r.params.below(h.params)
		}
	}
	return ok, rehash, nil
}

// VerifyNone takes as long as [Hasher.Verify] does, for a recipient that has no
// password or does not exist, so that the time of an answer tells nobody which.
// The error is [ErrBusy] or the context's.
func (h *Hasher) VerifyNone(ctx context.Context, p Password) error {
	none := record{params: h.params, salt: make([]byte, saltSize), tag: make([]byte, tagSize)}
	_, _, err := h.Verify(ctx, p, none.String())
	return err
}

// tags derives the tags of password under r's salt and costs, one a pepper. What is
// costly about it is done once.
func (h *Hasher) tags(ctx context.Context, password string, r record, macs []func() hash.Hash) (tags [][]byte, err error) {
	err = h.queue.run(ctx, func() {
		derived := h.derive(password, r.salt, r.params)
		for _, m := range macs {
			mac := m()
			mac.Write(derived)
			tags = append(tags, mac.Sum(nil))
		}
	})
	return tags, err
}
