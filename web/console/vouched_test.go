package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/web/idp"
	"securetext/web/idp/idpfake"
)

func TestS32RolesComeFromTheProviderEachTime(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	p.Who = grace("senders", "admins", "everybody")
	elsewhere := o.browser()
	elsewhere.vouched("grace@lakeside.example").goesTo(t, "/account")
	elsewhere.get("/people").wants(t, http.StatusOK)
	p.Set(func(p *idpfake.Provider) { p.Who = grace("senders") })
	b := o.browser()
	b.vouched("grace@lakeside.example").goesTo(t, "/account")
	b.get("/people").wants(t, http.StatusForbidden)
	elsewhere.get("/people").goesTo(t, "/signin?to=%2Fpeople")
	p.Set(func(p *idpfake.Provider) { p.Who = grace() })
	o.browser().vouched("grace@lakeside.example").wants(t, http.StatusForbidden, "You are not let in here")
	b.get("/account").goesTo(t, "/signin?to=%2Faccount")
	if got := o.reason(); got != "roles" {
		t.Errorf("on record is %q", got)
	}
	p.Set(func(p *idpfake.Provider) { p.Who = grace("auditors") })
	b.vouched("grace@lakeside.example").goesTo(t, "/account")
	b.get("/events").wants(t, http.StatusOK, "Not let in by the organisation’s sign-in")
}

// An address binds nobody that the provider did not verify, and a subject nobody else.
func TestS32PeopleAreWhoTheProviderSaysAndNoAddress(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider(func(s *idp.Settings) { s.Make = false })
	rules := func(change func(idpfake.Claims)) func(*idpfake.Provider) {
		return func(p *idpfake.Provider) {
			p.Who = idpfake.Claims{"sub": "rosa-1", "email": o.own.rules.Email, "email_verified": true, "groups": []string{"admins"}}
			change(p.Who)
		}
	}
	for name, change := range map[string]func(idpfake.Claims){
		"not verified":   func(c idpfake.Claims) { c["email_verified"] = false },
		"not said":       func(c idpfake.Claims) { delete(c, "email_verified") },
		"of another org": func(c idpfake.Claims) { c["email"] = o.other.rules.Email },
		"nobody's":       func(c idpfake.Claims) { c["email"] = "nobody@lakeside.example" },
	} {
		p.Set(rules(change))
		o.browser().vouched(o.own.rules.Email).wants(t, http.StatusForbidden, "You are not let in here")
		if got := o.reason(); got != "unknown" {
			t.Errorf("%s: on record is %q", name, got)
		}
	}
	if a, _ := o.store.StaffMember(t.Context(), o.own.ID, o.own.rules.ID); a.Vouched {
		t.Fatal("somebody was bound by an address that nobody verified")
	}
	p.Set(rules(func(idpfake.Claims) {}))
	b := o.browser()
	b.vouched(o.own.rules.Email).goesTo(t, "/account")
	b.get("/people").wants(t, http.StatusOK, "Rosa Diaz")
	o.last(o.own, store.StaffVouched)
	p.Set(rules(func(c idpfake.Claims) { c["email"], c["email_verified"] = "married@elsewhere.example", false }))
	o.browser().vouched(o.own.rules.Email).goesTo(t, "/account") // still Rosa
	p.Set(rules(func(c idpfake.Claims) { c["sub"] = "heir-2" }))
	o.browser().vouched(o.own.rules.Email).wants(t, http.StatusForbidden)
	if got := o.reason(); got != "taken" {
		t.Errorf("on record is %q", got)
	}
}

func TestS32ConfirmingByTheProvider(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	p.Who = grace("admins")
	b := o.browser()
	b.vouched("grace@lakeside.example").goesTo(t, "/account")
	b.get("/people/new").goesTo(t, "/again?to=%2Fpeople%2Fnew") // an hour ago, says the provider
	page := b.get("/again?to=%2Fpeople%2Fnew").wants(t, http.StatusOK, "takes a proof of who you are once more", "Use your organisation’s account")
	if strings.Contains(page.text, `type="password"`) {
		t.Error("somebody is asked for a password who has none")
	}
	again := func(b *browser) answer {
		t.Helper()
		return b.back(b.atProvider(b.away("/again/provider", "to", "/people/new")))
	}
	again(b).goesTo(t, "/people/new")
	b.get("/people/new").wants(t, http.StatusOK)
	if q := p.Asked()[1]; q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("the provider was asked %v", q)
	}
	o.later(6 * time.Minute)
	p.Set(func(p *idpfake.Provider) { p.Lazy = true })
	again(b).wants(t, http.StatusUnprocessableEntity, "did not ask for it")
	b.get("/people/new").goesTo(t, "/again?to=%2Fpeople%2Fnew")
	if got := o.reason(); got != "stale" {
		t.Errorf("on record is %q", got)
	}
	p.Set(func(p *idpfake.Provider) {
		p.Lazy, p.Who = false, idpfake.Claims{"sub": "other", "email": "other@lakeside.example", "email_verified": true, "groups": []string{"admins"}}
	})
	again(b).wants(t, http.StatusForbidden, "You are not let in here")
	b.get("/people/new").goesTo(t, "/again?to=%2Fpeople%2Fnew")
	if got := o.reason(); got != "other" {
		t.Errorf("on record is %q", got)
	}
	if _, err := o.store.StaffByEmail(t.Context(), "other@lakeside.example"); err == nil {
		t.Error("somebody was made in place of whoever confirms")
	}
	p.Set(func(p *idpfake.Provider) { p.Who = grace("admins") })
	q := b.atProvider(b.away("/again/provider"))
	b.post("/signout").wants(t, http.StatusOK)
	b.back(q).wants(t, http.StatusGone)
}

// Where the provider alone signs people in, what they have here does not, but for
// admins who are kept for when it is away.
func TestS32WhereTheProviderAloneSignsIn(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	plain, k := o.keyed("plain@lakeside.example", false)
	sender := o.member("sender@lakeside.example", true, store.RoleSender)
	spare := o.member("spare@lakeside.example", true, store.RoleAdmin)
	p.Who = idpfake.Claims{"sub": "both-1", "email": "both@lakeside.example", "email_verified": true, "groups": []string{"admins"}}
	both, bk := o.keyed("both@lakeside.example", true)
	b := o.browser()
	b.vouched(both.Email).goesTo(t, "/account")
	o.later(time.Minute)
	o.browser().signIn(both.Email, short, o.code(appSecret)).goesTo(t, "/") // as long as passwords do

	o.setProvider(o.own, o.ofLakeside(p), false)
	b.get("/account").goesTo(t, "/signin?to=%2Faccount")
	o.later(time.Minute)
	for who, code := range map[*store.Staff]string{&both: o.code(appSecret), &sender: o.code(appSecret)} {
		o.browser().signIn(who.Email, short, code).wants(t, http.StatusUnprocessableEntity, "That did not work")
	}
	o.browser().byKey(bk).wants(t, http.StatusUnprocessableEntity)
	o.browser().signIn(plain.Email, longWords, "").wants(t, http.StatusUnprocessableEntity) // one factor
	o.browser().byKey(k).goesTo(t, "/people")
	o.browser().signIn(spare.Email, short, o.code(appSecret)).goesTo(t, "/")

	b.vouched(both.Email).goesTo(t, "/account")
	b.get("/account").wants(t, http.StatusOK, "its own account alone")
	page := b.get("/again").wants(t, http.StatusOK, "Use your organisation’s account")
	if strings.Contains(page.text, `type="password"`) || strings.Contains(page.text, "/again/passkey") {
		t.Error("somebody is asked for what does not sign them in")
	}
	b.post("/again/passkey/ask").wants(t, http.StatusConflict, "Your organisation lets nothing else sign you in")
	b.post("/again/passkey", "passkey", "{}").wants(t, http.StatusConflict, "Your organisation lets nothing else sign you in")
	o.later(-2 * time.Minute) // nobody is asked again
	for _, path := range []string{"/account/password", "/account/app", "/account/passkey"} {
		p.Set(func(p *idpfake.Provider) { p.Proved = o.clock() })
		b.vouched(both.Email).goesTo(t, "/account")
		b.get(path).wants(t, http.StatusConflict, "Your organisation lets nothing else sign you in")
	}
	at := o.browser()
	at.byKey(k).goesTo(t, "/people")
	if page := at.get("/again").wants(t, http.StatusOK); strings.Contains(page.text, `type="password"`) {
		t.Error("who is kept for when the provider is away is asked for one factor")
	}
	at.post("/again/passkey", "passkey", at.signed("/again/passkey/ask", k.Use)).wants(t, http.StatusSeeOther)
	id := at.get("/account").field("id")
	at.post("/account/passkey/remove", "id", id).goesTo(t, "/account?done=lastway")
	at.get("/account?done=lastway").wants(t, http.StatusOK, "the last thing you can sign in by")
	p.Set(func(p *idpfake.Provider) {
		p.Who = idpfake.Claims{"sub": "spare-1", "email": spare.Email, "email_verified": true, "groups": []string{"admins"}}
	})
	o.browser().vouched(spare.Email).wants(t, http.StatusForbidden)
	if got := o.reason(); got != "spare" {
		t.Errorf("on record is %q", got)
	}
}

func TestS32SetUpLinksWhereTheProviderAloneSignsIn(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	o.member("spare@lakeside.example", true, store.RoleAdmin)
	o.setProvider(o.own, o.ofLakeside(p), false)
	link, b := o.invited("nina@lakeside.example"), o.browser() // an admin, among others
	secret := b.get(link).wants(t, http.StatusOK).field("secret")
	b.post(link, "secret", secret, "password", longWords).wants(t, http.StatusUnprocessableEntity, "Please set up the app too")
	b.post(link, "secret", secret, "password", short, "code", o.code(secret)).wants(t, http.StatusOK, "Keep these codes")
	must(t, "SetRoles", o.store.SetRoles(t.Context(), o.own.ID, o.own.another.ID, []store.Role{store.RoleSender}, operator, noon))
	admin := o.as(o.member("other@lakeside.example", true, store.RoleAdmin))
	page := admin.post(path("/people/", o.own.another.ID, "/invite")).wants(t, http.StatusOK)
	theirs := page.text[strings.Index(page.text, "/setup/"):]
	o.browser().get(theirs[:strings.IndexByte(theirs, '<')]).wants(t, http.StatusConflict, "Your organisation lets nothing else sign you in")
}

// Whatever somebody proves themselves by, their browser has another session from
// then on, and the former one is over.
func TestS13EachProofGivesAnotherSession(t *testing.T) {
	o := newOffice(t)
	p := o.withProvider()
	p.Who = idpfake.Claims{"sub": "nina-1", "email": "nina@lakeside.example", "email_verified": true, "groups": []string{"admins"}}
	_, k := o.keyed("nina@lakeside.example", false)
	b := o.browser()
	before := ""
	for name, prove := range map[string]func() answer{
		"a passkey": func() answer { return b.byKey(k) }, "the provider": func() answer { return b.vouched("nina@lakeside.example") },
		"a passkey again": func() answer {
			return b.post("/again/passkey", "passkey", b.signed("/again/passkey/ask", k.Use))
		},
		"the provider again": func() answer { return b.back(b.atProvider(b.away("/again/provider"))) },
	} {
		if before == "" {
			b.vouched("nina@lakeside.example").goesTo(t, "/account") // who is signed in confirms
			before = b.cookie("__Host-staff")
		}
		prove().wants(t, http.StatusSeeOther)
		now := b.cookie("__Host-staff")
		if now == before {
			t.Errorf("%s: the session is the same", name)
		}
		old := o.browser().do(http.MethodGet, "/account", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-staff", Value: before}) })
		old.goesTo(t, "/signin?to=%2Faccount")
		before = now
	}
}
