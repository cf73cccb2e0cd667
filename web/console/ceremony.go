package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/gateway/limit"
	"securetext/store"
)

// A passkey's challenge and the way to an org's provider and back are ceremonies: what
// begins in a browser ends there, once. The browser keeps a secret, the store its hash
// and a random value. What is sent to a provider is made of both, so neither is
// enough to end what another began.

// proofCookie holds the secret of a ceremony. It goes along with our own pages alone.
const proofCookie = "__Host-staff-proof"

// ceremoniesFromAddress is how many may begin from one address.
var ceremoniesFromAddress = limit.Rule{Burst: 300, Per: 10 * time.Minute}

// proofSecret is what a browser keeps of a ceremony. However it is formatted or
// logged it shows as "[secret]".
type proofSecret [32]byte

// Format implements [fmt.Formatter] for every verb.
func (p proofSecret) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[secret]") }

// LogValue implements [slog.LogValuer].
func (p proofSecret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (p proofSecret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// ceremony is one with its browser's secret.
type ceremony struct {
	store.Ceremony
	Secret proofSecret
}

// derived is something random of a ceremony's: nobody makes it without the browser's
// secret and the store's value.
func (r ceremony) derived(what string) string {
	m := hmac.New(sha256.New, r.Secret[:])
	m.Write(r.Value[:])
	m.Write([]byte(what))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// begin begins a ceremony in this browser, in place of what it began before.
func (s *Console) begin(c echo.Context, what store.Ceremony) (ceremony, error) {
	ctx := c.Request().Context()
	ok, _, err := s.limiter.Allow(ctx, "ceremony:"+s.address(c.Request()).String(), 1, ceremoniesFromAddress, s.now())
	if err != nil {
		return ceremony{}, fmt.Errorf("count ceremonies: %w", err)
	}
	if !ok {
		return ceremony{}, errTooManyTries
	}
	r := ceremony{Ceremony: what}
	rand.Read(r.Secret[:])
	rand.Read(r.Value[:])
	r.Browser, r.Begun = sha256.Sum256(r.Secret[:]), s.now()
	if len(r.Back) > store.MostBack {
		r.Back = "/"
	}
	if err := s.store.BeginCeremony(ctx, r.Ceremony); err != nil {
		return ceremony{}, err
	}
	s.setProof(c, base64.RawURLEncoding.EncodeToString(r.Secret[:]), 0)
	return r, nil
}

// end ends this browser's ceremony, whatever becomes of it.
func (s *Console) end(c echo.Context, why ...store.Purpose) (ceremony, error) {
	sent := c.Request().CookiesNamed(proofCookie)
	if len(sent) != 1 {
		return ceremony{}, errOver
	}
	var r ceremony
	raw, err := base64.RawURLEncoding.DecodeString(sent[0].Value)
	if err != nil || copy(r.Secret[:], raw) != len(r.Secret) || len(raw) != len(r.Secret) {
		return ceremony{}, errOver
	}
	s.setProof(c, "", -1)
	r.Ceremony, err = s.store.EndCeremony(c.Request().Context(), sha256.Sum256(r.Secret[:]), s.now(), why...)
	return r, err
}

func (s *Console) setProof(c echo.Context, value string, maxAge int) {
	c.SetCookie(&http.Cookie{
		Name: proofCookie, Value: value, Path: "/", MaxAge: maxAge, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}
