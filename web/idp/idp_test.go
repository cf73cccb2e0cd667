package idp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/web/idp"
	"securetext/web/idp/idpfake"
)

const (
	back     = "https://console.example/signin/back"
	verifier = "a verifier that nobody guesses, of 43 letters or more"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// visit is a browser on its way to a provider and back.
type visit struct {
	*testing.T
	provider *idpfake.Provider
	client   *idp.Client
	settings idp.Settings
	now      time.Time
}

func newVisit(t *testing.T) *visit {
	v := &visit{T: t, now: noon}
	clock := func() time.Time { return v.now }
	v.provider = idpfake.Serve(t, clock)
	v.provider.Back, v.provider.Proved = back, noon.Add(-time.Hour)
	v.provider.Who = idpfake.Claims{
		"sub": "248289761001", "email": "Ana.Reyes@Lakeside.example", "email_verified": true, "name": " Ana Reyes\n",
		"groups": []string{"everybody", "st-senders", "st-auditors"}, "realm": map[string]any{"roles": []string{"boss"}},
		"amr": []string{"pwd", "otp"}, "acr": "2",
	}
	v.client = idp.New(http.DefaultTransport, true, clock)
	v.settings = idp.Settings{
		Issuer: v.provider.Issuer, ClientID: idpfake.ClientID, Secret: idpfake.Secret, Domains: []string{"lakeside.example"}, Claim: "groups",
		Rules: []idp.Rule{{Role: "admin", Value: "st-admins"}, {Role: "sender", Value: "st-senders"}, {Role: "auditor", Value: "st-auditors"}, {Role: "sender", Value: "everybody"}},
	}
	return v
}

// goes sends the browser to the provider, and gives what it comes back with.
func (v *visit) goes(fresh bool) url.Values {
	v.Helper()
	to, err := v.client.Begin(v.Context(), v.settings, idp.Ask{Back: back, State: "s", Nonce: "n", Verifier: verifier, Hint: "ana@lakeside.example", Fresh: fresh})
	if err != nil {
		v.Fatalf("Begin: %v", err)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(to)
	if err != nil {
		v.Fatal(err)
	}
	res.Body.Close()
	at, err := res.Location()
	if err != nil || !strings.HasPrefix(at.String(), back+"?") || at.Query().Get("state") != "s" {
		v.Fatalf("the provider sent the browser to %v (%v)", at, err)
	}
	return at.Query()
}

func (v *visit) end(got url.Values, change ...func(*idp.Answer)) (idp.Person, error) {
	v.Helper()
	a := idp.Answer{Back: back, Code: idp.Secret(got.Get("code")), Issuer: got.Get("iss"), Nonce: "n", Verifier: verifier, Asked: v.now}
	for _, f := range change {
		f(&a)
	}
	return v.client.End(v.Context(), v.settings, a)
}

func fresh(a *idp.Answer) { a.Fresh = true }

func (v *visit) refused(what string, err, want error) {
	v.Helper()
	if !errors.Is(err, want) {
		v.Errorf("%s: got error %v, want %v", what, err, want)
	}
	if err != nil && (strings.Contains(err.Error(), "Reyes") || strings.Contains(err.Error(), idpfake.Secret) || strings.Contains(err.Error(), "nobody is shown")) {
		v.Errorf("%s: the error quotes the provider: %v", what, err)
	}
}

func TestS32AProviderSaysWhoItIs(t *testing.T) {
	for name, change := range map[string]func(*visit){
		"as it is":                    func(*visit) {},
		"with the secret in the form": func(v *visit) { v.provider.Post = true },
		"that does not say who it is": func(v *visit) { v.provider.Says = false },
		"for two parties": func(v *visit) {
			v.provider.Lie = lie("aud", []string{idpfake.ClientID, "other"}, "azp", idpfake.ClientID)
		},
		"that writes true in quotes":   func(v *visit) { v.provider.Who["email_verified"] = "true" },
		"that says the domain is ours": func(v *visit) { delete(v.provider.Who, "email_verified"); v.provider.Who["xms_edov"] = "1" },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t)
			change(v)
			got, err := v.end(v.goes(false))
			if err != nil {
				t.Fatalf("End: %v", err)
			}
			want := idp.Person{
				Subject: "248289761001", Email: "ana.reyes@lakeside.example", Name: "Ana Reyes", Roles: []string{"sender", "auditor"}, Proved: noon.Add(-time.Hour),
			}
			got.Proved = got.Proved.UTC()
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("End: (-want +got)\n%s", d)
			}
			q := v.provider.Asked()[0]
			if q.Get("scope") != "openid email profile" || q.Get("login_hint") != "ana@lakeside.example" || q.Get("nonce") != "n" || q.Has("prompt") {
				t.Errorf("Begin: asked %v", q)
			}
		})
	}
}

// lie says other claims.
func lie(pairs ...any) func(idpfake.Claims) {
	return func(c idpfake.Claims) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] == nil {
				delete(c, pairs[i].(string))
				continue
			}
			c[pairs[i].(string)] = pairs[i+1]
		}
	}
}

func TestS32NoOtherTokenSaysWhoItIs(t *testing.T) {
	other := idpfake.Serve(t, func() time.Time { return noon })
	for name, wrong := range map[string]func(*visit){
		"another nonce":    func(v *visit) { v.provider.Lie = lie("nonce", "x") },
		"no nonce":         func(v *visit) { v.provider.Lie = lie("nonce", nil) },
		"another audience": func(v *visit) { v.provider.Lie = lie("aud", "other") },
		"no audience":      func(v *visit) { v.provider.Lie = lie("aud", nil) },
		"two audiences":    func(v *visit) { v.provider.Lie = lie("aud", []string{idpfake.ClientID, "other"}) },
		"another party's":  func(v *visit) { v.provider.Lie = lie("azp", "other") },
		"another issuer":   func(v *visit) { v.provider.Lie = lie("iss", other.Issuer) },
		"expired":          func(v *visit) { v.provider.Lie = lie("exp", noon.Add(-time.Second).Unix()) },
		"without an end":   func(v *visit) { v.provider.Lie = lie("exp", nil) },
		"of later":         func(v *visit) { v.provider.Lie = lie("nbf", noon.Add(time.Hour).Unix()) },
		"proved later":     func(v *visit) { v.provider.Lie = lie("auth_time", noon.Add(time.Hour).Unix()) },
		"nobody":           func(v *visit) { v.provider.Lie = lie("sub", nil) },
		"nobody's name":    func(v *visit) { v.provider.Lie = lie("sub", strings.Repeat("x", 256)) },
		"no signature": func(v *visit) {
			v.provider.Header, v.provider.Sign = idpfake.Claims{"alg": "none"}, func(string) string { return "" }
		},
		"none, with a signature": func(v *visit) { v.provider.Header = idpfake.Claims{"alg": "none"} },
		"signed by the public key": func(v *visit) {
			v.provider.Header, v.provider.Sign = idpfake.Claims{"alg": "HS256"}, v.provider.ByPublicKey
		},
		"signed by nobody":          func(v *visit) { v.provider.Sign = func(string) string { return strings.Repeat("A", 86) } },
		"signed by a key it brings": func(v *visit) { v.provider.Header = idpfake.Claims{"kid": "own", "jku": other.Issuer + "/keys"} },
		"claims that are no claims": func(v *visit) { v.provider.Lie = lie("auth_time", "yesterday") },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t)
			got := v.goes(false)
			v.provider.Set(func(*idpfake.Provider) { wrong(v) })
			_, err := v.end(got)
			v.refused(name, err, idp.ErrRefused)
		})
	}
}

func TestS32AnAnswerIsGoodOnceWhereItBegan(t *testing.T) {
	v := newVisit(t)
	for name, change := range map[string]func(*idp.Answer){
		"another verifier":           func(a *idp.Answer) { a.Verifier = "another" },
		"another nonce":              func(a *idp.Answer) { a.Nonce = "another" },
		"no nonce":                   func(a *idp.Answer) { a.Nonce = "" },
		"another provider's":         func(a *idp.Answer) { a.Issuer = "https://other.example" },
		"nobody's, where it says so": func(a *idp.Answer) { a.Issuer = "" },
		"a code of its own":          func(a *idp.Answer) { a.Code = "guess" },
		"another way back":           func(a *idp.Answer) { a.Back = "https://console.example/elsewhere" },
	} {
		_, err := v.end(v.goes(false), change)
		v.refused(name, err, idp.ErrRefused)
	}
	got := v.goes(false)
	if _, err := v.end(got); err != nil {
		t.Fatalf("End: %v", err)
	}
	_, err := v.end(got)
	v.refused("a second time", err, idp.ErrRefused)
}

func TestS32KeysThatAreRotatedAreAskedForAgain(t *testing.T) {
	v := newVisit(t)
	in := func() error { t.Helper(); _, err := v.end(v.goes(false)); return err }
	for range 3 {
		if err := in(); err != nil {
			t.Fatalf("End: %v", err)
		}
	}
	if m, k := v.provider.Gets("/.well-known/openid-configuration"), v.provider.Gets("/keys"); m != 1 || k != 1 {
		t.Errorf("asked %d times for metadata and %d for keys, want once", m, k)
	}
	v.provider.Rotate()
	if err := in(); err != nil {
		t.Errorf("End with a new key: %v", err)
	}
	v.now = v.now.Add(10 * time.Minute)
	if err := in(); err != nil {
		t.Errorf("End later: %v", err)
	}
	if m, k := v.provider.Gets("/.well-known/openid-configuration"), v.provider.Gets("/keys"); m != 2 || k != 3 {
		t.Errorf("asked %d times for metadata and %d for keys, want 2 and 3: what was withdrawn must not stay for long", m, k)
	}
}

func TestS32WhoMustProveThemselvesAnew(t *testing.T) {
	v := newVisit(t)
	got, err := v.end(v.goes(true), fresh)
	if err != nil || !got.Proved.Equal(noon) {
		t.Errorf("End: got %v, %v, want that it was proved just now", got.Proved, err)
	}
	if q := v.provider.Asked()[0]; q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("Begin: asked %v", q)
	}
	v.provider.Lazy, v.provider.Proved = true, noon.Add(-time.Hour)
	_, err = v.end(v.goes(true), fresh)
	v.refused("an old proof", err, idp.ErrStale)
	v.provider.Proved = time.Time{}
	_, err = v.end(v.goes(true), fresh)
	v.refused("no word of when", err, idp.ErrStale)
}

func TestS32WhoMustProveThemselvesByMore(t *testing.T) {
	v := newVisit(t)
	for _, c := range []struct {
		acr, amr []string
		want     error
	}{
		{nil, nil, nil}, {[]string{"3"}, nil, idp.ErrFactor}, {[]string{"3", "2"}, nil, nil}, {nil, []string{"mfa"}, idp.ErrFactor},
		{nil, []string{"mfa", "otp"}, nil}, {[]string{"3"}, []string{"otp"}, nil},
	} {
		v.settings.ACR, v.settings.AMR = c.acr, c.amr
		if _, err := v.end(v.goes(false)); !errors.Is(err, c.want) {
			t.Errorf("acr %v, amr %v: got %v, want %v", c.acr, c.amr, err, c.want)
		}
	}
}

func TestS32NoAddressCountsThatIsNotVerifiedAndTheOrgs(t *testing.T) {
	for name, wrong := range map[string]func(idpfake.Claims){
		"not verified":                  lie("email_verified", false),
		"not said":                      lie("email_verified", nil),
		"verified by words":             lie("email_verified", "yes"),
		"another domain":                lie("email", "ana@elsewhere.example"),
		"a domain below":                lie("email", "ana@x.lakeside.example"),
		"two at signs":                  lie("email", "ana@elsewhere.example@lakeside.example"),
		"spaces":                        lie("email", "ana reyes@lakeside.example"),
		"letters that look like others": lie("email", "аna@lakeside.example"),
		"none":                          lie("email", nil),
		"too long":                      lie("email", strings.Repeat("x", 250)+"@lakeside.example"),
	} {
		v := newVisit(t)
		v.provider.Lie = wrong
		if got, err := v.end(v.goes(false)); err != nil || got.Email != "" || got.Subject == "" {
			t.Errorf("%s: got %q, %v, want somebody without an address", name, got.Email, err)
		}
	}
}

func TestS32RolesAreWhatTheClaimSays(t *testing.T) {
	v := newVisit(t)
	v.settings.Rules = append(v.settings.Rules, idp.Rule{Role: "admin", Value: "boss"})
	for claim, want := range map[string][]string{"groups": {"sender", "auditor"}, "realm.roles": {"admin"}, "realm": nil, "nothing": nil, "groups.x": nil, "email": nil} {
		v.settings.Claim = claim
		if got, err := v.end(v.goes(false)); err != nil || !slices.Equal(got.Roles, want) {
			t.Errorf("%s: got %v, %v, want %v", claim, got.Roles, err, want)
		}
	}
	v.settings.Claim, v.provider.Lie = "groups", lie("groups", "st-admins")
	if got, err := v.end(v.goes(false)); err != nil || !slices.Equal(got.Roles, []string{"admin"}) {
		t.Errorf("one word: got %v, %v", got.Roles, err)
	}
}

func TestS32AProviderThatIsAwayOrNotWhatItWas(t *testing.T) {
	for name, wrong := range map[string]func(*idpfake.Provider){
		"down":                      func(p *idpfake.Provider) { p.Down = true },
		"another issuer":            func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"issuer": "https://evil.example"} },
		"a token address of no TLS": func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"token_endpoint": "http://idp.example/token"} },
		"keys of no TLS":            func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"jwks_uri": "http://idp.example/keys"} },
		"an address of scripts":     func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"authorization_endpoint": "javascript:alert(1)"} },
		"an endless answer":         func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"x": strings.Repeat("x", 2<<20)} },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t)
			v.provider.Set(wrong)
			ask := idp.Ask{Back: back, State: "s", Nonce: "n", Verifier: verifier}
			_, err := v.client.Begin(t.Context(), v.settings, ask)
			v.refused("Begin", err, idp.ErrUnavailable)
			before := v.provider.Gets("/.well-known/openid-configuration")
			_, err = v.client.Begin(t.Context(), v.settings, ask)
			v.refused("Begin at once", err, idp.ErrUnavailable)
			if v.provider.Gets("/.well-known/openid-configuration") != before {
				t.Error("it was asked again at once")
			}
			v.provider.Set(func(p *idpfake.Provider) { p.Down, p.Meta = false, nil })
			v.now = v.now.Add(5 * time.Second)
			if _, err = v.client.Begin(t.Context(), v.settings, ask); err != nil {
				t.Errorf("Begin a little later: %v", err)
			}
		})
	}
	v := newVisit(t)
	got := v.goes(false)
	v.settings.Secret = "another"
	_, err := v.end(got)
	v.refused("a secret that is not ours", err, idp.ErrUnavailable)
	left, cancel := context.WithCancel(t.Context())
	cancel()
	gone := newVisit(t)
	if _, err := gone.client.Begin(left, gone.settings, idp.Ask{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a visitor who left: got %v", err)
	}
	gone.goes(false) // the next one is not told that it is away
}

func TestS32OnlyTLSUnlessOnThisMachine(t *testing.T) {
	v := newVisit(t)
	strict := idp.New(http.DefaultTransport, false, func() time.Time { return noon })
	if err := strict.Check(v.settings); err == nil {
		t.Error("Check takes an issuer without TLS")
	}
	_, err := strict.Begin(t.Context(), v.settings, idp.Ask{})
	v.refused("Begin", err, idp.ErrUnavailable)
	if v.provider.Gets("/.well-known/openid-configuration") != 0 {
		t.Error("it was asked all the same")
	}
}

func TestSettings(t *testing.T) {
	good := newVisit(t).settings
	b, err := good.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := idp.Parse(b)
	if d := cmp.Diff(good, got); err != nil || d != "" {
		t.Errorf("Parse: %v (-want +got)\n%s", err, d)
	}
	if err := good.Check(true); err != nil {
		t.Errorf("Check: %v", err)
	}
	for name, wrong := range map[string]func(*idp.Settings){
		"no issuer": func(s *idp.Settings) { s.Issuer = "" }, "plain": func(s *idp.Settings) { s.Issuer = "http://idp.example" },
		"a query": func(s *idp.Settings) { s.Issuer = "https://idp.example?x=1" }, "a name in it": func(s *idp.Settings) { s.Issuer = "https://a:b@idp.example" },
		"no client": func(s *idp.Settings) { s.ClientID = "" }, "no secret": func(s *idp.Settings) { s.Secret = "" },
		"no domain": func(s *idp.Settings) { s.Domains = nil }, "no such domain": func(s *idp.Settings) { s.Domains = []string{"Lakeside.example"} },
		"a whole address": func(s *idp.Settings) { s.Domains = []string{"ana@lakeside.example"} },
		"a claim alone":   func(s *idp.Settings) { s.Rules = nil }, "rules alone": func(s *idp.Settings) { s.Claim = "" },
		"people without roles": func(s *idp.Settings) { s.Claim, s.Rules, s.Make = "", nil, true },
	} {
		s := good
		wrong(&s)
		if s.Check(true) == nil {
			t.Errorf("Check takes %s", name)
		}
	}
	if _, err := idp.Parse([]byte(`{"secret":7,"x":"the client's secret"}`)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Parse: got %v, want an error that quotes nothing", err)
	}
}

func TestS24TheSecretPrintsAsNothing(t *testing.T) {
	s := struct {
		idp.Settings
		idp.Answer
		idp.Ask
	}{idp.Settings{Secret: "hunter2"}, idp.Answer{Code: "hunter2", Verifier: "hunter2"}, idp.Ask{Verifier: "hunter2"}}
	if got := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s.Secret, s.Code); strings.Contains(got, "hunter2") {
		t.Errorf("got %s", got)
	}
	if b, err := s.Secret.MarshalText(); err != nil || strings.Contains(string(b), "hunter2") || strings.Contains(s.Secret.LogValue().String(), "hunter2") {
		t.Errorf("got %s", b)
	}
}
