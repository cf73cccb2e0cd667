package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"html/template"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp/hotp"

	"securetext/store"
	"securetext/store/seal"
)

const (
	stepLength   = 30 * time.Second // of a code of an authenticator app (RFC 6238)
	secretLength = 20               // bytes, as RFC 4226 recommends

	recoveryCodes  = 8
	recoveryLength = 16 // characters of five bits each
	recoveryGroup  = 4
)

var base32Secret = base32.StdEncoding.WithPadding(base32.NoPadding)

// appSecret is what an authenticator app shares with us, in base32. However it is
// formatted or logged it shows as "[secret]".
type appSecret string

// Format implements [fmt.Formatter] for every verb.
func (a appSecret) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[secret]") }

// LogValue implements [slog.LogValuer].
func (a appSecret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (a appSecret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

func newAppSecret() appSecret {
	var raw [secretLength]byte
	rand.Read(raw[:])
	return appSecret(base32Secret.EncodeToString(raw[:]))
}

// parseAppSecret reads one that a form brings back.
func parseAppSecret(typed string) (appSecret, bool) {
	raw, err := base32Secret.DecodeString(typed)
	return appSecret(typed), err == nil && len(raw) == secretLength
}

// step finds which code of the app was typed: the present one, or one beside it,
// as clocks differ and people are slow. 0: none of them.
func (a appSecret) step(typed string, now time.Time) (int64, error) {
	typed = digitsOf(typed)
	present := now.Unix() / int64(stepLength/time.Second)
	found := int64(0)
	for _, n := range []int64{present - 1, present, present + 1} {
		code, err := hotp.GenerateCode(string(a), uint64(n))
		if err != nil {
			return 0, fmt.Errorf("make code: %T", err) // not err, which may quote the secret
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 {
			found = n
		}
	}
	return found, nil
}

// digitsOf is a code without the spaces that apps show in it.
func digitsOf(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, typed)
}

// link is the address by which an app on the same device takes the secret over.
func (a appSecret) link(who store.Staff, org store.Org) template.URL {
	label := url.PathEscape(org.Name + ":" + who.Email)
	q := url.Values{"secret": {string(a)}, "issuer": {org.Name}}
	return template.URL("otpauth://totp/" + label + "?" + strings.ReplaceAll(q.Encode(), "+", "%20"))
}

// groups is the secret as people type it.
func (a appSecret) groups() string { return grouped(string(a), 4) }

func grouped(s string, n int) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%n == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// picture is a QR code as the path of an SVG, a unit a module, with its width.
type picture struct {
	Path  string
	Width int
}

// draw makes the QR code of a text. It is drawn here, so that no secret goes to
// anybody else, and as a path, so that it is no request of its own.
func draw(text string) (picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return picture{}, fmt.Errorf("draw QR code: %T", err)
	}
	const border = 4 // modules, as the standard wants it
	size := code.Bounds()
	var path strings.Builder
	for y := range size.Dy() {
		for x := range size.Dx() {
			if r, _, _, _ := code.At(size.Min.X+x, size.Min.Y+y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+border, y+border)
			}
		}
	}
	return picture{path.String(), size.Dx() + 2*border}, nil
}

// newRecoveryCodes makes the codes that stand in for the app: what is shown once,
// and what is stored.
func (s *Console) newRecoveryCodes(id store.StaffID) (shown []string, hashes []store.RecoveryHash) {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	for range recoveryCodes {
		raw := make([]byte, recoveryLength)
		rand.Read(raw)
		for i, b := range raw {
			raw[i] = letters[b&31]
		}
		shown = append(shown, strings.ReplaceAll(grouped(string(raw), recoveryGroup), " ", "-"))
		hashes = append(hashes, store.RecoveryOf(s.index, id, string(raw)))
	}
	return shown, hashes
}

// recoveryOf hashes a recovery code as it was typed: in any case, with or without
// its dashes, and with o, i and l for 0 and 1.
func (s *Console) recoveryOf(id store.StaffID, typed string) []store.RecoveryHash {
	plain := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(digitsOf(typed)))
	return store.RecoveriesOf(s.index, id, plain)
}

// sealSecret seals what the app shares with us, under a key of its own.
func (s *Console) sealSecret(ctx context.Context, who store.Staff, secret appSecret) (seal.DataKey, seal.Ciphertext, error) {
	key, wrapped, err := s.keys.NewDataKey(ctx, who.Place())
	if err != nil {
		return seal.DataKey{}, nil, fmt.Errorf("seal secret: %w", err)
	}
	return wrapped, key.Seal(seal.Plaintext(secret), who.Place()), nil
}

// openSecret opens it.
func (s *Console) openSecret(ctx context.Context, a store.Account) (appSecret, error) {
	key, err := s.keys.DataKey(ctx, a.Key, a.Place())
	if err != nil {
		return "", fmt.Errorf("open secret: %w", err)
	}
	p, err := key.Open(a.Secret, a.Place())
	if err != nil {
		return "", fmt.Errorf("open secret: %w", err)
	}
	return appSecret(p), nil
}
