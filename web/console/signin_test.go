package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func TestS32SignInByPassword(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	b := o.browser()
	b.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
	b.signIn(" Nina@Lakeside.example ", longWords, "").goesTo(t, "/")
	b.get("/").goesTo(t, "/messages")
	b.get("/messages").wants(t, http.StatusOK, "Lakeside Family Clinic", "Nina Park")
	if e := o.wantBy(nina, store.StaffSignedIn); e.Detail != string(nina.ID) {
		t.Errorf("event: got %+v", e)
	}
	b.post("/signout").wants(t, http.StatusOK, "You are signed out")
	o.wantBy(nina, store.StaffSignedOut)
	b.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
}

func TestS32SignInByPasswordAndApp(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", true, store.RoleAdmin)
	b := o.browser()
	b.signIn(nina.Email, short, "").wants(t, http.StatusUnprocessableEntity, "That did not work")
	b.signIn(nina.Email, short, "000000").wants(t, http.StatusUnprocessableEntity)
	code := o.code(appSecret)
	b.signIn(nina.Email, short, code[:3]+" "+code[3:]).goesTo(t, "/")
	if e := o.wantBy(nina, store.StaffSignedIn); e.Detail != string(nina.ID)+" app" {
		t.Errorf("event: got %+v", e)
	}
}

func TestS32ACodeIsNotGoodTwice(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", true, store.RoleAdmin)
	code := o.code(appSecret)
	o.browser().signIn(nina.Email, short, code).goesTo(t, "/")
	o.browser().signIn(nina.Email, short, code).wants(t, http.StatusUnprocessableEntity)
	o.later(30 * time.Second)
	o.browser().signIn(nina.Email, short, o.code(appSecret)).goesTo(t, "/")
	o.browser().signIn(nina.Email, short, code).wants(t, http.StatusUnprocessableEntity)
	o.later(2 * time.Minute)
	late := o.code(appSecret)
	o.later(30 * time.Second)
	o.browser().signIn(nina.Email, short, late).goesTo(t, "/") // slow fingers
	late = o.code(appSecret)
	o.later(time.Minute + 30*time.Second)
	o.browser().signIn(nina.Email, short, late).wants(t, http.StatusUnprocessableEntity)
}

func TestS32ARecoveryCodeSignsInOnce(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", true, store.RoleAdmin)
	b := o.browser()
	b.signIn(nina.Email, short, "OI23-4567-89AB CDEF").goesTo(t, "/")
	b.get("/account").wants(t, http.StatusOK, "0 recovery codes left")
	o.browser().signIn(nina.Email, short, "0123-4567-89ab-cdef").wants(t, http.StatusUnprocessableEntity)
}

// Nobody learns from an answer whether there is such a person.
func TestS32RefusalsAreAlike(t *testing.T) {
	o := newOffice(t)
	o.member("nina@lakeside.example", true, store.RoleAdmin)
	gone := o.member("gone@lakeside.example", false, store.RoleAdmin)
	must(t, "SuspendStaff", o.store.SuspendStaff(t.Context(), o.own.ID, gone.ID, true, operator, noon))
	fresh := o.member("fresh@lakeside.example", false)
	must(t, "InviteStaff", o.store.InviteStaff(t.Context(), o.own.ID, fresh.ID, store.Invite{Hash: [32]byte{1}, Until: noon.Add(time.Hour)}, operator, noon))
	var first string
	for _, c := range []struct{ email, typed, code string }{
		{"nobody@lakeside.example", longWords, ""}, {"nina@lakeside.example", "wrong words", ""}, {"nina@lakeside.example", short, "123456"},
		{"gone@lakeside.example", longWords, ""}, {"fresh@lakeside.example", longWords, ""}, {"", "", ""},
	} {
		got := strings.ReplaceAll(o.browser().signIn(c.email, c.typed, c.code).wants(t, http.StatusUnprocessableEntity).text, c.email, "")
		if first == "" {
			first = got
		}
		if got != first && c.email != "" {
			t.Errorf("%s: the page is another than for somebody who is not there", c.email)
		}
	}
}

// Whoever guesses makes browsers that nobody knows wait, and not the person's own.
func TestS32GuessingLocksOutStrangersOnly(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	own := o.browser()
	own.signIn(nina.Email, longWords, "").goesTo(t, "/")
	for range store.FreeTries {
		o.browser().signIn(nina.Email, "a guess", "").wants(t, http.StatusUnprocessableEntity)
	}
	o.browser().signIn(nina.Email, longWords, "").wants(t, http.StatusUnprocessableEntity)
	own.post("/signout").wants(t, http.StatusOK)
	own.signIn(nina.Email, longWords, "").goesTo(t, "/")
	o.later(store.MaxDelay)
	o.browser().signIn(nina.Email, longWords, "").goesTo(t, "/")
	if got := len(o.events(o.own, store.StaffSignInFailed)); got != store.FreeTries {
		t.Errorf("failed sign-ins on record: got %d, want %d", got, store.FreeTries)
	}
	forged := o.browser()
	forged.client.Jar = own.client.Jar // with nina's mark, as another person
	for range store.FreeTries {
		forged.signIn(o.own.rules.Email, "a guess", "").wants(t, http.StatusUnprocessableEntity)
	}
	o.browser().signIn(o.own.rules.Email, "a guess", "")
	if got := len(o.events(o.own, store.StaffSignInFailed)); got != 2*store.FreeTries {
		t.Errorf("the mark of one person counts for another: %d failed sign-ins", got)
	}
}

func TestS32WrongPasswordsFromOneAddress(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	for range 20 {
		o.browser().signIn("nobody@lakeside.example", "a guess", "").wants(t, http.StatusUnprocessableEntity)
	}
	got := o.browser().signIn(nina.Email, longWords, "").wants(t, http.StatusTooManyRequests, "too many wrong passwords")
	if got.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	o.later(10 * time.Minute)
	o.browser().signIn(nina.Email, longWords, "").goesTo(t, "/")
}

func TestS13ANewSessionAtEverySignIn(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	b := o.browser()
	got := b.signIn(nina.Email, longWords, "")
	cookies := strings.Join(got.Header.Values("Set-Cookie"), "\n")
	if !strings.Contains(cookies, "__Host-staff=") || strings.Count(cookies, "; HttpOnly; Secure; SameSite=Strict") != 2 {
		t.Errorf("cookies: %s", cookies)
	}
	first := b.cookie("__Host-staff")
	b.signIn(nina.Email, longWords, "").goesTo(t, "/")
	if second := b.cookie("__Host-staff"); first == "" || second == first {
		t.Error("the session is the one of before")
	}
	old := o.browser()
	old.do(http.MethodGet, "/messages", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-staff", Value: first}) }).
		goesTo(t, "/signin?to=%2Fmessages")
	stolen := b.cookie("__Host-staff")
	out := b.post("/signout")
	if out.Header.Get("Clear-Site-Data") == "" {
		t.Error("signing out clears nothing")
	}
	old.do(http.MethodGet, "/messages", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-staff", Value: stolen}) }).
		goesTo(t, "/signin?to=%2Fmessages")
}

func TestS13StaffSessionsEnd(t *testing.T) {
	o := newOffice(t)
	idle := o.as(o.own.rules)
	o.later(15*time.Minute - time.Second)
	idle.get("/messages").wants(t, http.StatusOK)
	o.later(15 * time.Minute)
	idle.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
	busy := o.as(o.own.rules)
	for range 47 {
		o.later(10 * time.Minute)
		busy.get("/messages").wants(t, http.StatusOK)
	}
	o.later(10 * time.Minute)
	busy.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
}

// After signing in one is where one wanted to be, and never elsewhere.
func TestSignInLeadsBackAndNowhereElse(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.RoleAdmin)
	for to, want := range map[string]string{
		"/messages?status=read": "/messages?status=read", "": "/", "https://evil.example/": "/", "//evil.example/x": "/", "///evil.example/x": "/", "////evil.example": "/", "/%2Fevil.example": "/",
		`/\evil.example`: "/", "javascript:alert(1)": "/", "/\tx": "/", "messages": "/",
	} {
		b := o.browser()
		if got := b.do(http.MethodGet, "/signin", nil, func(r *http.Request) { q := r.URL.Query(); q.Set("to", to); r.URL.RawQuery = q.Encode() }); got.field("to") != want {
			t.Errorf("the form leads %q to %q, want %q", to, got.field("to"), want)
		}
		b.post("/signin", "email", nina.Email, "password", longWords, "to", to).goesTo(t, want)
	}
}

func TestS32ThePasswordAgain(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", true, store.RoleAdmin)
	b := o.browser()
	b.signIn(nina.Email, short, o.code(appSecret)).goesTo(t, "/")
	wipe := path("/messages/", o.own.message.ID, "/wipe")
	b.get(wipe).wants(t, http.StatusOK, "Take the message back?")
	o.later(5*time.Minute + time.Second)
	again := "/again?to=%2Fmessages%2F" + string(o.own.message.ID) + "%2Fwipe"
	b.post(wipe).goesTo(t, again)
	p := b.get(again).wants(t, http.StatusOK, "takes your password once more", "Code from your app")
	before := b.cookie("__Host-staff")
	b.post("/again", "to", p.field("to"), "password", short, "code", "").wants(t, http.StatusUnprocessableEntity, "That did not work")
	b.post("/again", "to", p.field("to"), "password", short, "code", o.code(appSecret)).goesTo(t, wipe)
	if b.cookie("__Host-staff") == before {
		t.Error("the session is the one of before (S13)")
	}
	b.post(wipe).goesTo(t, path("/messages/", o.own.message.ID, "?done=wipe"))
	if e := o.wantBy(nina, store.Wiped); e.Message != o.own.message.ID {
		t.Errorf("event: got %+v", e)
	}
}

// No secret that was typed or shown is in the log, and no number.
func TestS24ConsoleLogsNoSecrets(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", true, store.AllRoles...)
	b := o.browser()
	code := o.code(appSecret)
	b.signIn(nina.Email, short, code).goesTo(t, "/")
	b.post("/recipients/find", "number", number)
	b.post("/compose", "to", number, "subject", "Fasting", "text", "Come fasting", "act", "send")
	secret := tags.ReplaceAllString(b.post(path("/senders/", o.own.sender.ID, "/password"), "label", "x").text, "\n")
	must(t, "Close", o.store.Close())
	b.get("/messages").wants(t, http.StatusInternalServerError, "Something went wrong here")
	log := o.logged()
	for _, word := range append(strings.Fields(secret), short, code, "5550147", "Fasting", "fasting", b.cookie("__Host-staff")) {
		if len(word) > 20 && strings.Contains(log, word) || len(word) <= 20 && word != "" && strings.ContainsAny(word, "0123456789") && strings.Contains(log, word) {
			t.Errorf("the log says %q", word)
		}
	}
	if !strings.Contains(log, "console request failed") || !strings.Contains(log, `"staff"`) && !strings.Contains(log, `"route":"/messages"`) {
		t.Errorf("the fault is not in the log: %s", log)
	}
}

func TestS14WithoutItsStoreNoSessionIsHonouredOrMade(t *testing.T) {
	o := newOffice(t)
	nina := o.member("nina@lakeside.example", false, store.AllRoles...)
	b, fresh := o.as(nina), o.browser()
	o.away.Store(true)
	for route, right := range rights {
		if right == "*" {
			continue
		}
		method, path := at(route, o.own)
		if got := b.do(method, path, filled()); got.StatusCode != http.StatusServiceUnavailable || strings.Contains(got.text, "0147") {
			t.Errorf("%s: got %d, want 503 and nothing shown", route, got.StatusCode)
		}
	}
	fresh.signIn(nina.Email, longWords, "").wants(t, http.StatusServiceUnavailable, "Too busy at the moment")
	if fresh.cookie("__Host-staff") != "" {
		t.Error("a session was given out")
	}
	o.away.Store(false)
	b.get("/messages").wants(t, http.StatusOK)
}
