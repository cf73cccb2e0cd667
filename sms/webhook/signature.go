package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// signatureHeader holds t=<Unix time>,v1=<HMAC-SHA-256 of "<t>.<what is signed>">.
const signatureHeader = "X-SecureText-Signature"

// tolerance is how old a signature may be, or how far ahead the other's clock.
const tolerance = 5 * time.Minute

// secret is the key of both sides. It stands behind a pointer, so that no print
// of what holds it shows any of it.
type secret struct{ key *string }

func (s secret) mac(at, signed string) []byte {
	m := hmac.New(sha256.New, []byte(*s.key))
	m.Write([]byte(at + "." + signed))
	return m.Sum(nil)
}

// sign returns the header for what is signed: a body, or a query.
func (s secret) sign(now time.Time, signed string) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return "t=" + at + ",v1=" + hex.EncodeToString(s.mac(at, signed))
}

// signed reports whether a header is the other side's, and of now (S31). What
// else stands in it is left for later versions.
func (s secret) signed(header []string, body string, now time.Time) bool {
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
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= tolerance
}
