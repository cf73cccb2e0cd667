package outbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader holds t=<Unix time>,v1=<HMAC-SHA-256 of "<t>.<what is signed>">.
const SignatureHeader = "X-SecureText-Signature"

// Tolerance is how old a signature may be, or how far ahead the other's clock.
const Tolerance = 5 * time.Minute

// Secret is the key of both sides. It stands behind a pointer, so that no print
// of what holds it shows any of it. Make it with [NewSecret].
type Secret struct{ key *string }

// NewSecret makes a Secret of a key.
func NewSecret(key string) Secret { return Secret{&key} }

func (s Secret) mac(at, signed string) []byte {
	m := hmac.New(sha256.New, []byte(*s.key))
	m.Write([]byte(at + "." + signed))
	return m.Sum(nil)
}

// Sign returns the header for what is signed: a body, or a query.
func (s Secret) Sign(now time.Time, signed string) string { return Sign(now, signed, s) }

// Sign is the header with a v1 of each secret, for a peer who may have any of them.
func Sign(now time.Time, signed string, secrets ...Secret) string {
	at := strconv.FormatInt(now.Unix(), 10)
	header := "t=" + at
	for _, s := range secrets {
		header += ",v1=" + hex.EncodeToString(s.mac(at, signed))
	}
	return header
}

// Signed reports whether the values of the header are the other side's, and of
// now (S31). What else stands in it is left for later versions.
func (s Secret) Signed(header []string, body string, now time.Time) bool {
	if len(header) != 1 {
		return false
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(header[0], ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[name]; twice {
			return false
		}
		parts[name] = value
	}
	given, err := hex.DecodeString(parts["v1"])
	if err != nil || !hmac.Equal(given, s.mac(parts["t"], body)) {
		return false
	}
	seconds, err := strconv.ParseInt(parts["t"], 10, 64)
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= Tolerance
}
