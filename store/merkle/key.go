package merkle

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// algEd25519 begins the encoding of such a key.
const algEd25519 = 1

// Mark proves to whoever has the secret key that a leaf was written by one who had
// it, too: so an altered event is named even where all hashes above were made anew.
type Mark [16]byte

// Key signs checkpoints and marks leaves. It prints as nothing. Make it with [NewKey].
type Key struct {
	sign ed25519.PrivateKey
	mark []byte
	hook []byte
}

// NewKey makes the key of a secret of 32 bytes. What it is used for is used for
// nothing else: each purpose has a key of its own, made from the secret.
func NewKey(secret [32]byte) *Key {
	return &Key{
		sign: ed25519.NewKeyFromSeed(derive(secret, "sign checkpoints")),
		mark: derive(secret, "mark leaves"),
		hook: derive(secret, "sign webhooks"),
	}
}

func derive(secret [32]byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("securetext audit: " + purpose))
	return mac.Sum(nil)
}

// Format implements [fmt.Formatter].
func (k *Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[audit key]") }

// Public is what the key's checkpoints are checked by.
func (k *Key) Public() PublicKey { return PublicKey(k.sign.Public().(ed25519.PublicKey)) }

// HookSecret signs what is posted to the operator's webhook.
func (k *Key) HookSecret() string { return hex.EncodeToString(k.hook) }

// Mark marks a leaf.
func (k *Key) Mark(leaf int64, hash Hash) Mark {
	mac := hmac.New(sha256.New, k.mark)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(leaf)))
	mac.Write(hash[:])
	return Mark(mac.Sum(nil)[:len(Mark{})])
}

// Sign signs a checkpoint in the name of its origin.
func (k *Key) Sign(c Checkpoint) (string, error) {
	v, err := k.Public().verifier(c.Origin)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer{v, k.sign})
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(signed), nil
}

type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// SignText signs a text of lines that is no checkpoint, under a name of its own.
func (k *Key) SignText(name, text string) (string, error) {
	v, err := k.Public().verifier(name)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", name, err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer{v, k.sign})
	return string(signed), err
}

// OpenText gives what [Key.SignText] signed by one of the keys. ErrSignature: none did.
func OpenText(signed, name string, keys ...PublicKey) (string, error) {
	var known []note.Verifier
	for _, k := range keys {
		v, err := k.verifier(name)
		if err != nil {
			return "", err
		}
		known = append(known, v)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(known...))
	if err != nil {
		return "", ErrSignature // not err, which may quote it
	}
	return n.Text, nil
}

// ErrSignature: a text is not signed by a key that is known.
var ErrSignature = errors.New("not signed by a key that is known")
