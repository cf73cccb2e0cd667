package gateway

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"securetext/store"
)

// An app password is 28 characters of Crockford's base32, 140 random bits, in
// groups of four: people type it from a page into a mail program.
const (
	crockford      = "0123456789abcdefghjkmnpqrstvwxyz"
	passwordLength = 28
	passwordGroup  = 4
)

// NewAppPassword makes an app password: the text to show once, and what to store.
func NewAppPassword() (shown string, hash store.SecretHash) {
	var raw [passwordLength]byte
	rand.Read(raw[:])
	var b strings.Builder
	for i, c := range raw {
		if i > 0 && i%passwordGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(crockford[c&31])
	}
	return b.String(), HashAppPassword(b.String())
}

// HashAppPassword hashes an app password as it was typed: with or without its
// dashes, with spaces, in any case, and with o, i and l for 0 and 1.
func HashAppPassword(typed string) store.SecretHash {
	return store.HashSecret(strings.Map(normal, typed))
}

// normal maps a typed character to the one meant; -1 drops it.
func normal(r rune) rune {
	switch {
	case r == ' ' || r == '-' || r == '\u00a0':
		return -1
	case 'A' <= r && r <= 'Z':
		return normal(r + 'a' - 'A')
	case r == 'o':
		return '0'
	case r == 'i' || r == 'l':
		return '1'
	}
	return r
}

// An API key is "st_live_", the id by which it is found, "_", and a secret of
// 256 random bits in base64url. The prefix is for scanners of leaked secrets, and
// for people: what a key that begins with "st_test_" sends reaches no carrier.
const (
	livePrefix   = "st_live_"
	testPrefix   = "st_test_"
	secretLength = 43
)

// NewAPIKey makes an API key: the text to show once, and what to store of it.
func NewAPIKey(now time.Time) (shown string, id store.KeyID, hash store.SecretHash) {
	return newAPIKey(livePrefix, now)
}

// NewTestAPIKey makes an API key that is to be stored with Test set.
func NewTestAPIKey(now time.Time) (shown string, id store.KeyID, hash store.SecretHash) {
	return newAPIKey(testPrefix, now)
}

func newAPIKey(prefix string, now time.Time) (shown string, id store.KeyID, hash store.SecretHash) {
	var raw [32]byte
	rand.Read(raw[:])
	id = store.NewKeyID(now)
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	return prefix + string(id) + "_" + secret, id, store.HashSecret(secret)
}

// splitAPIKey reads what [NewAPIKey] or [NewTestAPIKey] made.
func splitAPIKey(s string) (key store.APIKey, ok bool) {
	rest, live := strings.CutPrefix(s, livePrefix)
	if !live {
		rest, key.Test = strings.CutPrefix(s, testPrefix)
	}
	name, secret, cut := strings.Cut(rest, "_")
	if !live && !key.Test || !cut || len(secret) != secretLength || len(name) > 64 {
		return store.APIKey{}, false
	}
	key.ID, key.Hash = store.KeyID(name), store.HashSecret(secret)
	return key, true
}

// sameHash compares in constant time.
func sameHash(a, b store.SecretHash) bool {
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
