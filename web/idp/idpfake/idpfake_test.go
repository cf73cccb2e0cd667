package idpfake_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"securetext/web/idp/idpfake"
)

const (
	back     = "https://console.example/signin/back"
	verifier = "a verifier that nobody guesses, of 43 letters or more"
)

func serve(t *testing.T) *idpfake.Provider {
	p := idpfake.Serve(t, time.Now)
	p.Back, p.Who = back, idpfake.Claims{"sub": "7"}
	return p
}

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// asked is how a client has to ask.
func asked() url.Values {
	return url.Values{
		"client_id": {idpfake.ClientID}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"openid email"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"},
	}
}

// authorize gives what the browser is sent back with; nil: it is not.
func authorize(t *testing.T, p *idpfake.Provider, q url.Values) url.Values {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(p.Issuer + "/authorize?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	to, query, _ := strings.Cut(res.Header.Get("Location"), "?")
	if to != back {
		return nil
	}
	got, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func redeem(t *testing.T, p *idpfake.Provider, secret string, form url.Values) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(idpfake.ClientID, url.QueryEscape(secret))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, got
}

func TestACodeIsGoodOnceForWhoAsked(t *testing.T) {
	p := serve(t)
	for name, c := range map[string]struct {
		secret string
		change func(url.Values)
		status int
	}{
		"as it has to be":   {idpfake.Secret, func(url.Values) {}, 200},
		"a wrong secret":    {"guess", func(url.Values) {}, 401},
		"another verifier":  {idpfake.Secret, func(f url.Values) { f.Set("code_verifier", "x") }, 400},
		"another address":   {idpfake.Secret, func(f url.Values) { f.Set("redirect_uri", "https://evil.example") }, 400},
		"a code of its own": {idpfake.Secret, func(f url.Values) { f.Set("code", "x") }, 400},
	} {
		got := authorize(t, p, asked())
		if got.Get("state") != "s" || got.Get("iss") != p.Issuer {
			t.Fatalf("%s: sent back with %v", name, got)
		}
		form := url.Values{"grant_type": {"authorization_code"}, "code": {got.Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}}
		c.change(form)
		status, answer := redeem(t, p, c.secret, form)
		if status != c.status || (answer["id_token"] != nil) != (status == 200) {
			t.Errorf("%s: got %d, want %d", name, status, c.status)
		}
		if c.status == 200 {
			if status, _ := redeem(t, p, c.secret, form); status != 400 {
				t.Errorf("%s: a code was good twice", name)
			}
		}
	}
}

func TestItAsksForAllThatIsNeeded(t *testing.T) {
	p := serve(t)
	for _, name := range []string{"state", "nonce", "code_challenge", "code_challenge_method", "response_type", "scope"} {
		q := asked()
		q.Del(name)
		if got := authorize(t, p, q); got.Get("error") != "invalid_request" || got.Has("code") {
			t.Errorf("without %s: sent back with %v", name, got)
		}
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		q := asked()
		q.Set(name, "https://evil.example")
		if got := authorize(t, p, q); got != nil {
			t.Errorf("with another %s: sent back with %v", name, got)
		}
	}
	p.Set(func(p *idpfake.Provider) { p.Who = nil })
	if got := authorize(t, p, asked()); got.Get("error") != "access_denied" {
		t.Errorf("somebody who turns it down: sent back with %v", got)
	}
}

func TestKeysRotate(t *testing.T) {
	p := serve(t)
	show := func() string {
		res, err := http.Get(p.Issuer + "/keys")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var got struct{ Keys []struct{ Kid string } }
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil || len(got.Keys) != 1 {
			t.Fatalf("keys: %v, %v", got, err)
		}
		return got.Keys[0].Kid
	}
	before := show()
	p.Rotate()
	if show() == before {
		t.Error("the key is the same")
	}
	p.Set(func(p *idpfake.Provider) { p.Down = true })
	res, err := http.Get(p.Issuer + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("down: got %d", res.StatusCode)
	}
}
