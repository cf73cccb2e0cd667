package store

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"securetext/store/seal"
)

// MostPhrases is how many phrases an org may have.
const MostPhrases = 100

// Phrase is a text that an org keeps ready for its senders, sealed: what clinics
// write again and again may tell of health.
type Phrase struct {
	ID      PhraseID
	Org     OrgID
	Key     seal.DataKey
	Sealed  seal.Ciphertext // a [Wording]
	Changed time.Time       // when it was last written
}

// Place is where the phrase is sealed to.
func (p Phrase) Place() seal.Place {
	return seal.Place{Org: string(p.Org), Recipient: string(p.ID)}
}

// Phrases keeps those of the orgs.
type Phrases interface {
	// AddPhrase is ErrCrowded when there are [MostPhrases].
	AddPhrase(ctx context.Context, p Phrase, by Actor, at time.Time) error
	ChangePhrase(ctx context.Context, p Phrase, by Actor, at time.Time) error
	RemovePhrase(ctx context.Context, org OrgID, id PhraseID, by Actor, at time.Time) error
	// Phrases lists an org's, oldest first.
	Phrases(ctx context.Context, org OrgID) ([]Phrase, error)
}

// Wording is what a phrase says. However it is formatted or logged it shows as
// "[wording]".
type Wording struct {
	Name    string // by which staff pick it
	Subject string
	Text    string
}

// wording has the same fields without the methods that hide them.
type wording Wording

// SealPhrase makes a phrase of an org, sealed under a key of its own.
func SealPhrase(ctx context.Context, keys *seal.Keyring, org OrgID, id PhraseID, w Wording) (Phrase, error) {
	p := Phrase{ID: id, Org: org}
	key, wrapped, err := keys.NewDataKey(ctx, p.Place())
	if err != nil {
		return Phrase{}, fmt.Errorf("make key of phrase: %w", err)
	}
	b, err := json.Marshal(wording(w))
	if err != nil {
		panic(err) // strings always marshal
	}
	p.Key, p.Sealed = wrapped, key.Seal(b, p.Place())
	return p, nil
}

// Open opens what the phrase says.
func (p Phrase) Open(ctx context.Context, keys *seal.Keyring) (Wording, error) {
	key, err := keys.DataKey(ctx, p.Key, p.Place())
	if err != nil {
		return Wording{}, fmt.Errorf("open key of phrase: %w", err)
	}
	b, err := key.Open(p.Sealed, p.Place())
	if err != nil {
		return Wording{}, fmt.Errorf("open phrase: %w", err)
	}
	var w wording
	if err := json.Unmarshal(b, &w); err != nil {
		return Wording{}, fmt.Errorf("read phrase of %v", b) // not err, which may quote it
	}
	return Wording(w), nil
}

// Format implements [fmt.Formatter] for every verb.
func (w Wording) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[wording]") }

// LogValue implements [slog.LogValuer].
func (w Wording) LogValue() slog.Value { return slog.StringValue("[wording]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (w Wording) MarshalText() ([]byte, error) { return []byte("[wording]"), nil }
