package idp

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Secret is what a provider knows us by, or a sign-in. However it is formatted or logged it shows
// as "[secret]".
type Secret string

// Format implements [fmt.Formatter] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[secret]") }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Rule gives a role to whoever's claim has a value.
type Rule struct {
	Role  string `json:"role"`
	Value string `json:"value"`
}

// Settings are by whom, and by which rules, the people of an org are vouched for.
type Settings struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"client_id"`
	Secret   Secret   `json:"-"`
	Scopes   []string `json:"scopes,omitempty"` // besides openid, email and profile
	Domains  []string `json:"domains"`          // of addresses, in lower case
	Claim    string   `json:"claim,omitempty"`  // which holds the values of rules; empty: roles are not its to say
	Rules    []Rule   `json:"rules,omitempty"`
	Make     bool     `json:"make,omitempty"` // people who are not here yet are made
	ACR      []string `json:"acr,omitempty"`  // one of them must be how they proved who they are
	AMR      []string `json:"amr,omitempty"`  // or be among the means
}

// record is how settings are kept, with the secret: to be sealed.
type record struct {
	Settings
	Secret string `json:"secret"`
}

// Bytes is the settings as they are kept. The secret is in them.
func (s Settings) Bytes() ([]byte, error) { return json.Marshal(record{s, string(s.Secret)}) }

// Parse reads what [Settings.Bytes] wrote.
func Parse(b []byte) (Settings, error) {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return Settings{}, fmt.Errorf("parse settings: %T", err) // not err, which may quote them
	}
	r.Settings.Secret = Secret(r.Secret)
	return r.Settings, nil
}

// Check says what is wrong with settings. Only with plain may the issuer be reached
// without TLS, on this machine.
func (s Settings) Check(plain bool) error {
	switch {
	case !isWeb(s.Issuer, plain) || strings.ContainsAny(s.Issuer, "?#"):
		return errors.New("the issuer must be an https:// address without a query, as the provider writes it")
	case s.ClientID == "":
		return errors.New("the client id is missing")
	case s.Secret == "":
		return errors.New("the client secret is missing")
	case len(s.Domains) == 0:
		return errors.New("say at which domains your people have their addresses")
	case (s.Claim == "") != (len(s.Rules) == 0):
		return errors.New("a claim for roles needs a rule, and a rule needs the claim")
	case s.Make && s.Claim == "":
		return errors.New("people can be made only where the provider says their roles")
	}
	for _, d := range s.Domains {
		if !isDomain(d) {
			return fmt.Errorf("%q is no domain name in lower case", d)
		}
	}
	return nil
}

// isDomain reports whether it is what may follow the @ of an address.
func isDomain(d string) bool {
	return strings.Contains(d, ".") && !strings.HasPrefix(d, ".") && !strings.HasSuffix(d, ".") && !strings.Contains(d, "..") &&
		!strings.ContainsFunc(d, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.')
		})
}

// isWeb reports whether it is an address that we ask: by TLS, or with plain also on
// this machine.
func isWeb(address string, plain bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return false
	}
	return u.Scheme == "https" || plain && u.Scheme == "http" && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// roles are those that the values of the claim give.
func (s Settings) roles(values []string) (roles []string) {
	for _, r := range s.Rules {
		if slices.Contains(values, r.Value) && !slices.Contains(roles, r.Role) {
			roles = append(roles, r.Role)
		}
	}
	return roles
}

// address is an email address of the org's, in lower case; empty: it is none.
func (s Settings) address(email string) string {
	email = strings.ToLower(email)
	name, domain, ok := strings.Cut(email, "@")
	if !ok || name == "" || len(email) > 254 || !slices.Contains(s.Domains, domain) ||
		strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),:;<>[\]`, r) }) {
		return ""
	}
	return email
}
