package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"securetext/store/person"
	"securetext/store/seal"
)

// NumberHash is what a phone number within an org, or one of several people who
// share it, is found by: a keyed hash of them. Neither can be had from it, and two
// orgs' hashes of one number have nothing in common.
type NumberHash string

// HashedNumber is a hash with the id of its key.
type HashedNumber struct {
	Key  string
	Hash NumberHash
}

// Whom is a phone number (E.164) within an org, or one of those who share it.
type Whom struct {
	Org    OrgID
	Number string
	Person person.Name // zero: the number itself
}

// Alone is the number, whoever shares it.
func (w Whom) Alone() Whom { return Whom{Org: w.Org, Number: w.Number} }

// Format implements [fmt.Formatter]: a number never prints.
func (w Whom) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[number]") }

// LogValue implements [slog.LogValuer].
func (w Whom) LogValue() slog.Value { return slog.StringValue("[number]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (w Whom) MarshalText() ([]byte, error) { return []byte("[number]"), nil }

// HashesOf are the hashes of a number with every key of the index, that in use first.
func HashesOf(index seal.Index, w Whom) []HashedNumber {
	fields := []string{"recipient", string(w.Org), w.Number}
	if !w.Person.IsZero() {
		fields = append(fields, w.Person.Key())
	}
	var all []HashedNumber
	ids := index.KeyIDs()
	for i, sum := range index.Sums(fields...) {
		all = append(all, HashedNumber{ids[i], NumberHash("rcp_" + crockford.EncodeToString(sum[:16]))})
	}
	return all
}

// Known is a recipient who was found.
type Known struct {
	ID      RecipientID
	Refusal Refusal // of texts; empty: gets them
	Vouched bool    // gave a passcode
}

// Finder finds recipients.
type Finder interface {
	// Known finds an org's recipients by hashes of their numbers; their own id finds
	// them, too. Who is not in it is not known. What was said of a number counts for all who share it, known or not,
	// so ask for the number's own recipient too.
	Known(ctx context.Context, org OrgID, hashes []NumberHash) (map[NumberHash]Known, error)
}

// FindRecipient finds a recipient. [ErrNotFound]: there is none yet.
func FindRecipient(ctx context.Context, f Finder, index seal.Index, w Whom) (Known, error) {
	hashes := HashesOf(index, w)
	known, err := f.Known(ctx, w.Org, Hashes(hashes))
	if err != nil {
		return Known{}, fmt.Errorf("find recipient: %w", err)
	}
	if k, ok := Among(known, hashes); ok {
		return k, nil
	}
	return Known{}, ErrNotFound
}

// IDOf is the id under which a recipient is known, or would be.
func IDOf(ctx context.Context, f Finder, index seal.Index, w Whom) (RecipientID, error) {
	k, err := FindRecipient(ctx, f, index, w)
	if errors.Is(err, ErrNotFound) {
		return newRecipientID(HashesOf(index, w)), nil
	}
	return k.ID, err
}

// newRecipientID is the id of who is not known yet.
func newRecipientID(hashes []HashedNumber) RecipientID { return RecipientID(hashes[0].Hash) }

// Among finds who has one of the hashes.
func Among(known map[NumberHash]Known, hashes []HashedNumber) (Known, bool) {
	for _, h := range hashes {
		if k, ok := known[h.Hash]; ok {
			return k, true
		}
	}
	return Known{}, false
}

// hashes are sums as the hashes they are.
func hashes[H ~[32]byte](sums [][32]byte) []H {
	all := make([]H, len(sums))
	for i, s := range sums {
		all[i] = H(s)
	}
	return all
}

// Hashes are those alone.
func Hashes(hashes []HashedNumber) []NumberHash {
	alone := make([]NumberHash, len(hashes))
	for i, h := range hashes {
		alone[i] = h.Hash
	}
	return alone
}

// RecipientFor finds a recipient, or makes one: see [SealRecipient]. The number's own
// is looked for too, where somebody shares it.
func RecipientFor(ctx context.Context, f Finder, keys *seal.Keyring, index seal.Index, w Whom) (Recipient, error) {
	own, number := HashesOf(index, w), HashesOf(index, w.Alone())
	known, err := f.Known(ctx, w.Org, Hashes(append(number, own...)))
	if err != nil {
		return Recipient{}, fmt.Errorf("find recipient: %w", err)
	}
	one, _ := Among(known, own)
	family, _ := Among(known, number)
	return SealRecipient(ctx, keys, index, w, Found{ID: one.ID, Family: family.ID})
}

// Numbers is how all numbers come to be hashed with another key while the service
// runs. Every process says with [Numbers.UsePhoneKey] which one it uses.
type Numbers interface {
	Finder
	// UsePhoneKey records that somebody hashes numbers with a key at now. A key that
	// is new to the store takes the place of one of the former ones given, which must
	// be known: else it is ErrForeignKey, as it is for a key that was taken out of use.
	// The first ever is taken as it is.
	UsePhoneKey(ctx context.Context, key string, former []string, now time.Time) error
	// PhoneKeys are those that numbers may be hashed with, the first used first.
	PhoneKeys(ctx context.Context) ([]PhoneKey, error)
	// Unfound counts the recipients whom nobody finds who has these keys alone.
	Unfound(ctx context.Context, keys []string) (int, error)
	// Unhashed are up to limit recipients, by id, those after the given one, whose
	// number is not hashed with that key.
	Unhashed(ctx context.Context, key string, after RecipientID, limit int) ([]Unhashed, error)
	// AddHashes stores hashes; one that is there stays, whosever it is. It tells how
	// many it added.
	AddHashes(ctx context.Context, hashes []HashOf) (int, error)
	// DropPhoneKey takes a key out of use, unless somebody used it after until, which
	// is ErrConflict, and forgets up to limit hashes by it; it tells how many.
	DropPhoneKey(ctx context.Context, key string, until time.Time, limit int) (int, error)
	// TallyNumbers counts what is hashed with keys other than the given one. What
	// cannot be hashed anew counts if it was made up to until.
	TallyNumbers(ctx context.Context, key string, until, now time.Time) (NumberTally, error)
	// TallyDataKeys counts the data keys of an org, and those that are wrapped by a
	// version older than the given one.
	TallyDataKeys(ctx context.Context, org OrgID, olderThan int) (all, old int, err error)
}

// PhoneKey is a key that numbers may be hashed with.
type PhoneKey struct {
	ID    string
	Since time.Time
	Used  time.Time // last, as the key in use of a process
}

// Unhashed is a recipient whose number is to be hashed.
type Unhashed struct {
	Org    OrgID
	ID     RecipientID
	Key    seal.DataKey
	Number seal.Ciphertext
	Person seal.Ciphertext // which of those who share it; nil: the number's own
}

// Place is where the number is sealed to.
func (u Unhashed) Place() seal.Place {
	return seal.Place{Org: string(u.Org), Recipient: string(u.ID)}
}

// HashOf is a hash and whose it is.
type HashOf struct {
	Org       OrgID
	Recipient RecipientID
	HashedNumber
}

// NumberTally is how much is hashed with another key than one asked for.
type NumberTally struct {
	Recipients int // in all
	Unhashed   int // whose number is not hashed with it
	Other      int // hashes by other keys
	Passcodes  int // of messages that can be read yet, and whose recipient gave none
	Recovery   int // codes of staff that were not used yet
}
