package pickup

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/labstack/echo/v4"

	"securetext/pickup/passkey"
	"securetext/store"
	"securetext/store/seal"
)

// Of passkeys the store keeps, beside the counter, only what is sealed under the
// key of the recipient's number: who can write to the database, and no more, cannot
// put a passkey of their own there (S21).

// passkeyAnswer, after a page's address, has it say what became of a passkey.
const (
	passkeyAnswer = "passkey"
	passkeyAdded  = "added"
	passkeyFailed = "failed"
)

// takesPasskeys reports whether the recipient may sign in by a passkey. One tells
// who unlocked the phone, which is not who of several people who share it.
func (s *Site) takesPasskeys(v visit) bool { return s.passkeys != nil && v.For.IsZero() }

// challenge keeps what a passkey is to sign, for this browser, and returns it with
// the recipient's passkeys. A browser without a device cookie gets one.
func (s *Site) challenge(c echo.Context, v visit, why store.Purpose) (passkey.Challenge, []store.Passkey, error) {
	if !s.takesPasskeys(v) {
		return passkey.Challenge{}, nil, store.ErrNotFound
	}
	ch := store.Challenge{Link: v.Token.Hash(), Device: keepDevice(c), Purpose: why}
	rand.Read(ch.Value[:])
	list, err := s.store.KeepChallenge(c.Request().Context(), ch, s.now())
	return ch.Value, list, err
}

// taken takes this browser's challenge away, so that it is good for one answer.
func (s *Site) taken(c echo.Context, v visit, why store.Purpose) (passkey.Challenge, []store.Passkey, error) {
	if !s.takesPasskeys(v) {
		return passkey.Challenge{}, nil, store.ErrNotFound
	}
	ch := store.Challenge{Link: v.Token.Hash(), Device: v.Device, Purpose: why}
	return s.store.TakeChallenge(c.Request().Context(), ch, s.now())
}

// owner is the recipient as a phone knows them, with passkeys as the store keeps
// them, in the same order. Phones tell owners apart by a hash of the id, which outlasts every
// key; it was a keyed one.
func (s *Site) owner(c echo.Context, v visit, kept []store.Passkey) (passkey.Owner, error) {
	o := passkey.Owner{
		Handle: sha256.Sum256([]byte("passkeys of " + v.Link.Recipient)),
		Former: s.index.Sums("passkey", string(v.Link.Recipient)),
	}
	key, err := s.numberKey(c, v)
	if err != nil {
		return passkey.Owner{}, fmt.Errorf("open passkeys: %w", err)
	}
	for _, p := range kept {
		b, err := key.Open(p.Record, passkeyPlace(v))
		if err != nil {
			return passkey.Owner{}, fmt.Errorf("open passkey %s: %w", p.ID, err)
		}
		k, err := passkey.Parse(b)
		if err != nil {
			return passkey.Owner{}, err
		}
		o.Keys = append(o.Keys, k)
	}
	return o, nil
}

// sealPasskey seals a passkey beside the number.
func (s *Site) sealPasskey(c echo.Context, v visit, k passkey.Key) (seal.Ciphertext, error) {
	b, err := k.Bytes()
	if err != nil {
		return nil, fmt.Errorf("seal passkey: %w", err)
	}
	key, err := s.numberKey(c, v)
	if err != nil {
		return nil, fmt.Errorf("seal passkey: %w", err)
	}
	return key.Seal(b, passkeyPlace(v)), nil
}

// passkeyPlace is where the recipient's passkeys are sealed to.
func passkeyPlace(v visit) seal.Place {
	at := v.Link.Place()
	at.Part = seal.PartPasskey
	return at
}

// answered is what the page's script put into its form.
func answered(c echo.Context) []byte { return []byte(c.Request().PostForm.Get("passkey")) }
