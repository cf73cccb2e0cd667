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
	mac    func() hash.Hash // keyed with the pepper, which is in no field that could be printed
	queue  *admission
	derive func(password string, salt []byte, p Params) []byte
}

// New returns a Hasher. It refuses parameters that fail [Params.Validate] and a
// pepper of zeros, which is a pepper that nobody set.
func New(params Params, pepper Pepper) (*Hasher, error) {
	if err := params.Validate(); err != nil {
		return nil, err
	}
	if pepper == (Pepper{}) {
		return nil, errors.New("password pepper is not set")
	}
	return &Hasher{
		params: params,
		mac:    func() hash.Hash { return hmac.New(sha256.New, pepper[:]) },
		queue:  newAdmission(runtime.GOMAXPROCS(0)),
		derive: argon2id,
	}, nil
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
	if r.tag, err = h.tag(ctx, s, r); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return r.String(), nil
}

// Verify reports whether p is the password that phc was made from, and, if it
// is, whether phc should be replaced by a new [Hasher.Hash] because its costs
// are below the present ones. The comparison takes constant time. The error is
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
	tag, err := h.tag(ctx, s, r)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	ok = hmac.Equal(tag, r.tag)
	return ok, ok && r.params.below(h.params), nil
}

// VerifyNone takes as long as [Hasher.Verify] does, for a recipient that has no
// password or does not exist, so that the time of an answer tells nobody which.
// The error is [ErrBusy] or the context's.
func (h *Hasher) VerifyNone(ctx context.Context, p Password) error {
	none := record{params: h.params, salt: make([]byte, saltSize), tag: make([]byte, tagSize)}
	_, _, err := h.Verify(ctx, p, none.String())
	return err
}

// tag derives the peppered tag of password under r's salt and costs.
func (h *Hasher) tag(ctx context.Context, password string, r record) ([]byte, error) {
	var out []byte
	err := h.queue.run(ctx, func() {
		mac := h.mac()
		mac.Write(h.derive(password, r.salt, r.params))
		out = mac.Sum(nil)
	})
	return out, err
}
