package console_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/web/idp"
	"securetext/web/idp/idpfake"
)

// ofLakeside are settings of the office's own org, whose provider gives roles.
func (o *office) ofLakeside(p *idpfake.Provider) idp.Settings {
	return idp.Settings{
		Issuer: p.Issuer, ClientID: idpfake.ClientID, Secret: idpfake.Secret, Domains: []string{"lakeside.example"}, Claim: "groups", Make: true,
		Rules: []idp.Rule{{Role: "sender", Value: "senders"}, {Role: "admin", Value: "admins"}, {Role: "auditor", Value: "auditors"}},
	}
}

// setProvider has a provider vouch for an org's people.
func (o *office) setProvider(g org, s idp.Settings, passwords bool) {
	o.Helper()
	must(o, "Check", s.Check(true))
	record, err := s.Bytes()
	must(o, "Bytes", err)
	p, err := store.SealProvider(o.Context(), o.keys, g.ID, record)
	must(o, "SealProvider", err)
	p.Domains, p.Passwords = s.Domains, passwords
	must(o, "SetProvider", o.store.SetProvider(o.Context(), p, false, operator, o.clock()))
}

// withProvider is a provider that vouches for the office's own org.
func (o *office) withProvider(change ...func(*idp.Settings)) *idpfake.Provider {
	o.Helper()
	p := idpfake.Serve(o.TB, o.clock)
	p.Back, p.Proved = o.server.URL+"/signin/back", noon.Add(-time.Hour)
	p.Who = grace("senders")
	s := o.ofLakeside(p)
	for _, f := range change {
		f(&s)
	}
	o.setProvider(o.own, s, true)
	return p
}

// grace is what a provider says of somebody whom nobody here knows yet.
func grace(groups ...string) idpfake.Claims {
	return idpfake.Claims{"sub": "grace-1", "email": "grace@lakeside.example", "email_verified": true, "name": "Grace Okafor", "groups": groups}
}

// away has the browser ask for a provider, and gives where it is sent.
func (b *browser) away(path string, pairs ...string) string {
	b.Helper()
	got := b.post(path, pairs...).wants(b, http.StatusOK, "Your organisation’s sign-in")
	_, to, _ := strings.Cut(got.Header.Get("Refresh"), "0;url=")
	if !strings.Contains(html.UnescapeString(got.text), `href="`+to+`"`) {
		b.Errorf("the page does not lead to where the browser is sent: %s", to)
	}
	return to
}

// atProvider has a browser go there, and gives what it is sent back with.
func (b *browser) atProvider(to string) url.Values {
	b.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(to)
	must(b, "go to the provider", err)
	res.Body.Close()
	at, err := res.Location()
	must(b, "come back", err)
	if !strings.HasPrefix(at.String(), b.o.server.URL+"/signin/back?") {
		b.Fatalf("sent back to %s", at)
	}
	return at.Query()
}

// back opens the page that the provider sends to, and sends the form on it.
func (b *browser) back(q url.Values) answer {
	b.Helper()
	p := b.get("/signin/back?"+q.Encode()).wants(b, http.StatusOK, "You are back")
	return b.post("/signin/back", "code", p.field("code"), "state", p.field("state"), "iss", p.field("iss"), "error", p.field("error"))
}

// vouched signs in by the provider, with the address that is typed.
func (b *browser) vouched(email string) answer {
	b.Helper()
	return b.back(b.atProvider(b.away("/signin/provider", "email", email, "to", "/account")))
}

// reason is why the last one was not let in.
func (o *office) reason() string {
	o.Helper()
	words := strings.Fields(o.last(o.own, store.StaffRefused).Detail)
	return words[len(words)-1]
}

func TestS32SignInByTheOrgsProvider(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	b := o.browser()
	b.get("/signin").wants(t, http.StatusOK, "Use your organisation’s account")
	b.vouched(" Grace@Lakeside.example ").goesTo(t, "/account")
	b.get("/account").wants(t, http.StatusOK, "Grace Okafor", "You sign in with it", "Sender")
	b.get("/messages").wants(t, http.StatusOK)
	b.get("/people").wants(t, http.StatusForbidden)
	a, err := o.store.StaffByEmail(t.Context(), "grace@lakeside.example")
	must(t, "StaffByEmail", err)
	if e := o.wantBy(a.Staff, store.StaffSignedIn); e.Detail != string(a.ID)+" provider" {
		t.Errorf("event: got %+v", e)
	}
	q := p.Asked()[0]
	if q.Get("login_hint") != "grace@lakeside.example" || q.Get("code_challenge_method") != "S256" || len(q.Get("state")) != 43 || q.Get("state") == q.Get("nonce") {
		t.Errorf("the provider was asked %v", q)
	}
	b.post("/signout").wants(t, http.StatusOK, "You are signed out", "At your organisation’s own sign-in you may be signed in still")
	b.vouched("grace@lakeside.example").goesTo(t, "/account")
	if n := len(o.events(o.own, store.StaffAdded)); n != 6 { // five were there
		t.Errorf("%d people were added, want 6", n)
	}
}

// Every GET changes nothing, and no answer but the right one signs in.
func TestS32NoOtherAnswerOfAProviderSignsIn(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	foreign := idpfake.Serve(t, o.clock)
	foreign.Back, foreign.Who = p.Back, idpfake.Claims{"sub": "grace-1", "email": "grace@hillside.example", "email_verified": true, "groups": []string{"senders"}}
	theirs := o.ofLakeside(foreign)
	theirs.Domains = []string{"hillside.example"}
	o.setProvider(o.other, theirs, true)
	begun := func(b *browser) url.Values {
		t.Helper()
		return b.atProvider(b.away("/signin/provider", "email", "grace@lakeside.example"))
	}
	for name, c := range map[string]struct {
		come   func(b *browser) answer
		status int
	}{
		"another browser's state":      {func(b *browser) answer { begun(b); return b.back(begun(o.browser())) }, http.StatusGone},
		"a browser that began nothing": {func(b *browser) answer { return b.back(begun(o.browser())) }, http.StatusGone},
		"no state":                     {func(b *browser) answer { q := begun(b); q.Del("state"); return b.back(q) }, http.StatusGone},
		"the same once more": {func(b *browser) answer {
			q := begun(b)
			b.back(q).goesTo(t, "/")
			b.post("/signout").wants(t, http.StatusOK)
			return b.back(q)
		}, http.StatusGone},
		"another's code": {func(b *browser) answer {
			q := begun(b)
			q.Set("code", begun(o.browser()).Get("code"))
			return b.back(q)
		}, http.StatusUnprocessableEntity},
		"a code of its own": {func(b *browser) answer { q := begun(b); q.Set("code", "guess"); return b.back(q) }, http.StatusUnprocessableEntity},
		"no code":           {func(b *browser) answer { q := begun(b); q.Del("code"); return b.back(q) }, http.StatusUnprocessableEntity},
		"another org's provider": {func(b *browser) answer {
			q := begun(b)
			q.Set("iss", foreign.Issuer)
			return b.back(q)
		}, http.StatusUnprocessableEntity},
		"a code of another org's provider": {func(b *browser) answer { // mixed up by whoever is between
			mine := b.away("/signin/provider", "email", "grace@lakeside.example")
			return b.back(b.atProvider(strings.Replace(mine, p.Issuer, foreign.Issuer, 1)))
		}, http.StatusUnprocessableEntity},
		"too late": {func(b *browser) answer { q := begun(b); o.later(store.ChallengeLife); return b.back(q) }, http.StatusGone},
		"turned down": {func(b *browser) answer {
			p.Set(func(p *idpfake.Provider) { p.Who = nil })
			defer p.Set(func(p *idpfake.Provider) { p.Who = grace("senders") })
			return b.back(begun(b))
		}, http.StatusUnprocessableEntity},
		"another sign-in's token": {func(b *browser) answer {
			p.Set(func(p *idpfake.Provider) { p.Lie = func(c idpfake.Claims) { c["nonce"] = "x" } })
			defer p.Set(func(p *idpfake.Provider) { p.Lie = nil })
			return b.back(begun(b))
		}, http.StatusUnprocessableEntity},
	} {
		b := o.browser()
		got := c.come(b)
		if got.StatusCode != c.status {
			t.Errorf("%s: got %d, want %d\n%s", name, got.StatusCode, c.status, got.plain())
		}
		b.get("/account").goesTo(t, "/signin?to=%2Faccount")
	}
	if strings.Contains(o.logged(), "grace@") || strings.Contains(o.logged(), "code=") {
		t.Errorf("the log tells who it was:\n%s", o.logged())
	}
}

func TestS32NobodyIsLedElsewhereAfterTheProvider(t *testing.T) {
	o := newOffice(t)
	o.withProvider()
	for to, want := range map[string]string{
		"https://evil.example/": "/", "//evil.example": "/", "/\\evil.example": "/", "javascript:alert(1)": "/",
		"/messages?status=read": "/messages?status=read", "/" + strings.Repeat("x", 600): "/",
	} {
		b := o.browser()
		b.back(b.atProvider(b.away("/signin/provider", "email", "grace@lakeside.example", "to", to))).goesTo(t, want)
	}
}

func TestS03ThePageThatProvidersSendToDoesNothing(t *testing.T) {
	o := newOffice(t)
	o.withProvider()
	b := o.browser()
	q := b.atProvider(b.away("/signin/provider", "email", "grace@lakeside.example"))
	before := o.count()
	for range 3 {
		b.get("/signin/back?"+q.Encode()).wants(t, http.StatusOK)
	}
	hostile := b.get("/signin/back?code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&state=x").wants(t, http.StatusOK)
	if o.count() != before || strings.Contains(hostile.text, "<script>alert") {
		t.Errorf("a GET did something:\n%s", hostile.text)
	}
	b.back(q).goesTo(t, "/")
}

func TestS32NoProviderForTheAddress(t *testing.T) {
	o := newOffice(t)
	o.browser().post("/signin/provider", "email", "grace@lakeside.example").wants(t, http.StatusUnprocessableEntity, "No organisation here")
	o.withProvider()
	for _, email := range []string{"", "grace", "@", "grace@hillside.example", "grace@x.lakeside.example", "grace@lakeside.example.evil.example"} {
		o.browser().post("/signin/provider", "email", email).wants(t, http.StatusUnprocessableEntity, "No organisation here")
	}
	o.as(o.own.rules).post("/again/provider").wants(t, http.StatusConflict)
}

func TestS32TheOrgMayAskForMore(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider(func(s *idp.Settings) { s.AMR = []string{"mfa"} })
	o.browser().vouched("grace@lakeside.example").wants(t, http.StatusForbidden, "more than one proof")
	if got := o.reason(); got != "factor" {
		t.Errorf("on record is %q", got)
	}
	p.Set(func(p *idpfake.Provider) { p.Who["amr"] = []string{"pwd", "mfa"} })
	o.browser().vouched("grace@lakeside.example").goesTo(t, "/account")
}

func TestS32AProviderThatIsAway(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	p.Set(func(p *idpfake.Provider) { p.Down = true })
	o.browser().post("/signin/provider", "email", "grace@lakeside.example").
		wants(t, http.StatusServiceUnavailable, "Your organisation’s sign-in cannot be reached", "If you have a password")
	o.browser().signIn(nina.Email, longWords, "").goesTo(t, "/")
}

// What the settings are worth is sealed: who can write to the database, and no more,
// cannot have another provider vouch, nor another org's.
func TestS21AProviderCannotBeExchanged(t *testing.T) {
	o := newOffice(t)
	o.withProvider()
	db := o.open()
	_, err := db.Exec(`INSERT INTO providers SELECT ?, key_version, key_wrapped, record, passwords, set_at FROM providers`, o.other.ID)
	must(t, "copy", err)
	_, err = db.Exec(`UPDATE provider_domains SET org_id = ?`, o.other.ID)
	must(t, "move", err)
	o.browser().post("/signin/provider", "email", "grace@lakeside.example").wants(t, http.StatusInternalServerError)
	if slices.ContainsFunc(o.events(o.other, ""), func(e store.Event) bool { return e.Kind == store.StaffSignedIn }) {
		t.Error("somebody signed in")
	}
}
