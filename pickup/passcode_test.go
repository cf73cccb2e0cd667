package pickup_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/passcode"
	"securetext/store/seal"
)

const (
	agreed = "47-11"
	hint   = "the last four digits of your chart number"
)

// guarded is a letter that asks for what was agreed.
func guarded(text string) letter {
	l := plain(text)
	l.Passcode, l.Hint = agreed, hint
	return l
}

func passcodeOf(t testing.TB, s string) passcode.Passcode {
	t.Helper()
	p, err := passcode.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// give types a passcode on the link's page.
func (b *browser) give(d delivered, typed string, header ...string) page {
	b.Helper()
	return b.do(http.MethodPost, d.path()+"/passcode", url.Values{"passcode": {typed}}, header...)
}

func TestS09APasscodeComesBeforeAnythingElse(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(guarded("Hello"))
	b := c.browser()
	for _, path := range []string{"", "?code=texted", "?view=text"} {
		p := b.get(d.path() + path)
		p.want(t, 200, "One question first", "Lakeside Family Clinic", hint, `action="`+d.path()+`/passcode"`, `inputmode="text" autocomplete="off"`,
			`href="tel:5550100142"`, `href="`+d.path()+`/notmine"`)
		p.wantNo(t, `name="password"`, `name="code"`, "ending", "Hello", "4711", "Dr. Ana Reyes", "forgot")
		if len(p.Cookies()) != 0 {
			t.Errorf("GET %s sets cookies (S03)", path)
		}
	}
	for _, path := range []string{"/passcode", "/forgot", "/enrol", "/unlock", "/html", "/a/1", "/reset"} {
		if p := b.get(d.path() + path); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != d.path() {
			t.Errorf("GET %s: got %d to %q", path, p.StatusCode, p.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/enrol", "/unlock", "/forgot", "/code", "/code/check", "/forgot/check", "/reset", "/ack"} {
		b.post(d.path()+path, secret).want(t, 303)
	}
	if got := c.kinds(d); len(got) != 0 || b.session() != "" {
		t.Fatalf("got events %v before a passcode", got)
	}

	b.give(d, "4712").want(t, 422, "That is not right", `aria-invalid="true"`, hint)
	for _, typed := range []string{"", "12", "half a page of text, and more", "4.7.1.1"} { // which cannot be right, and are no tries
		b.give(d, typed).want(t, 422, "That is not right")
	}
	p := b.give(d, " 47 11 ")
	p.want(t, 303)
	if p.Header.Get("Location") != d.path() {
		t.Errorf("the right one leads to %q", p.Header.Get("Location"))
	}
	b.get(d.path()).want(t, 200, "Choose a password")
	b.post(d.path()+"/enrol", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
	want := []store.Kind{store.Opened, store.PasscodeFailed, store.Vouched, store.Enrolled, store.Read}
	if got := c.kinds(d); !slices.Equal(got, want) {
		t.Errorf("got events %v, want %v", got, want)
	}
	for _, s := range []string{"4711", "47 11", "4712", hint} {
		if strings.Contains(c.logged(), s) {
			t.Errorf("the log holds %q", s)
		}
	}
	// From now on nobody is asked, on whatever phone.
	b.post("/signout", "")
	next := c.deliver(guarded("Hello again"))
	b.get(next.path()).want(t, 200, "Your password")
	c.browser().get(next.path()).want(t, 200, "Your password")
}

// Whoever else has the link does not set the password in the patient's place.
func TestS09APasscodeIsGoodInTheBrowserThatGaveIt(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(guarded("Hello"))
	b, stranger := c.browser(), c.browser()
	b.give(d, agreed).want(t, 303)
	stranger.get(d.path()).want(t, 200, "One question first")
	stranger.post(d.path()+"/enrol", secret).want(t, 303)
	c.policy(store.Policy{CodeFirst: true})
	stranger.prove(c.deliver(plain("One without")), "/code")
	c.policy(store.Policy{})
	stranger.get(d.path()).want(t, 200, "One question first")
	stranger.post(d.path()+"/enrol", secret).want(t, 303)
	if stranger.session() != "" {
		t.Fatal("a stranger set the password")
	}
	c.pass(store.ProofLife)
	b.get(d.path()).want(t, 200, "One question first")
	b.post(d.path()+"/enrol", secret).want(t, 303)
	if b.session() != "" {
		t.Fatal("a passcode of long ago set a password")
	}
	b.give(d, agreed).want(t, 303)
	b.get(d.path()).want(t, 200, "Choose a password")
}

func TestS09OldLinksTakeAPasscodeAndThenACode(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(guarded("Hello"))
	c.pass(pickup.DefaultGrace + time.Second)
	b := c.browser()
	b.get(d.path()).want(t, 200, "One question first")
	b.give(d, agreed).want(t, 303)
	b.get(d.path()).want(t, 200, "One quick step first")
	b.prove(d, "/code")
	b.get(d.path()).want(t, 200, "Choose a password")
	b.post(d.path()+"/enrol", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
}

// A live session of who enrolled without a passcode shows nothing that has one.
func TestS09ALiveSessionIsAskedToo(t *testing.T) {
	c := newClinic(t)
	first := c.deliver(plain("The first"))
	b := c.enrolled(first)
	l := guarded("The second")
	l.Ack = store.AckYes
	d := c.deliver(l)
	b.get(d.path()).want(t, 200, "One question first", hint)
	b.get(first.path()).wantNo(t, string(d.ID))
	other := first.path() + "/other/" + string(d.ID)
	for _, path := range []string{d.path() + "/html", other, other + "/html"} {
		b.get(path).want(t, 303)
	}
	for _, path := range []string{d.path() + "/ack", other + "/ack"} {
		b.do(http.MethodPost, path, url.Values{"choice": {"read"}}).want(t, 303)
	}
	if got := c.kinds(d); len(got) != 0 {
		t.Errorf("got events %v before the passcode", got)
	}
	b.give(d, agreed).want(t, 303)
	b.get(d.path()).want(t, 200, "The second")
	b.get(other).want(t, 200, "The second")
	e := c.events(d)
	if i := slices.IndexFunc(e, func(e store.Event) bool { return e.Kind == store.Vouched }); i < 0 || e[i].By.Kind != store.ByRecipient {
		t.Errorf("got events %+v, want it given by the recipient", e)
	}
}

// Somebody set the password by a link that was passed on. The patient's passcode
// does not let them in.
func TestS09APasscodeVouchesForNobodyElse(t *testing.T) {
	c := newClinic(t)
	former := c.enrolled(c.deliver(plain("The first")))
	d := c.deliver(guarded("The second"))
	patient := c.browser()
	patient.give(d, agreed).want(t, 303)
	patient.get(d.path()).want(t, 200, "Your password")
	former.get(d.path()).want(t, 200, "One question first")
	if n := c.countKind(d, store.Read); n != 0 {
		t.Error("it was shown to who set the password")
	}
}

func TestS11APasscodeIsAskedForAfterAReset(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(guarded("Hello"))
	b := c.browser()
	b.give(d, agreed).want(t, 303)
	b.post(d.path()+"/enrol", secret).want(t, 303)
	c.pass(store.ProofLife)
	other := c.browser() // who has the number now
	other.prove(d, "/forgot")
	other.post(d.path()+"/reset", "another teapot 9").want(t, 200, "Your new password is saved")
	next := c.deliver(guarded("The next"))
	other.get(next.path()).want(t, 200, "One question first")
}

// Five wrong ones of whoever has the link, then a code; five more of whoever has
// the phone, then the clinic.
func TestS08WrongPasscodesNeverLockThePatientOut(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(guarded("Hello"))
	for range store.PasscodeTries - 1 {
		c.browser().give(d, "0815").want(t, 422, "That is not right", `name="passcode"`)
	}
	stranger := c.browser()
	stranger.give(d, "0815").want(t, 422, "too many wrong answers", "ending 89", `action="`+d.path()+`/code"`)
	p := stranger.get(d.path())
	p.want(t, 200, "One quick step first")
	p.wantNo(t, `name="passcode"`)
	stranger.give(d, agreed).want(t, 303) // which is not looked at
	stranger.get(d.path()).wantNo(t, "Choose a password")

	b := c.browser()
	b.prove(d, "/code")
	b.get(d.path()).want(t, 200, "One question first")
	b.give(d, agreed).want(t, 303)
	b.post(d.path()+"/enrol", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
	if n := c.countKind(d, store.PasscodeFailed); n != store.PasscodeTries {
		t.Errorf("%d wrong ones are events, want %d", n, store.PasscodeTries)
	}
}

func TestS08TenWrongPasscodesTakeTheClinic(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(guarded("Hello"))
	b := c.browser()
	for range store.PasscodeTries {
		b.give(d, "0815")
	}
	b.prove(d, "/code")
	for range store.PasscodeTries - 1 {
		b.give(d, "0815").want(t, 422, "That is not right")
	}
	for _, p := range []page{b.give(d, "0815"), b.get(d.path()), c.browser().get(d.path())} {
		p.want(t, 403, "Too many wrong tries", "Lakeside Family Clinic", `href="tel:5550100142"`)
		p.wantNo(t, "<form")
	}
	if err := c.store.UnlockRecipient(t.Context(), c.org.ID, d.Recipient, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	b.give(d, agreed).want(t, 303)
	b.get(d.path()).want(t, 200, "Choose a password")
}

// A sender may say which passcode, or nothing of it; what stands there is text.
func TestS09WithoutAHintThePageNamesTheClinic(t *testing.T) {
	c := newClinic(t)
	l := guarded("Hello")
	l.Hint = ""
	c.browser().get(c.deliver(l).path()).want(t, 200, "Type the passcode that you and Lakeside Family Clinic agreed on.")
	l.Hint = `<b>your "pet"</b>`
	c.browser().get(c.deliver(l).path()).want(t, 200, `&lt;b&gt;your &#34;pet&#34;&lt;/b&gt;`)
}

// A passkey comes after the passcode, as a password does.
func TestS09APasscodeComesBeforeAPasskey(t *testing.T) {
	c := newClinic(t)
	_, b, r := c.withPasskey()
	d := c.deliver(guarded("Hello"))
	p := b.get(d.path())
	p.want(t, 200, "One question first")
	p.wantNo(t, "data-passkey")
	b.post(d.path()+"/passkey/ask", "").want(t, 303)
	b.post(d.path()+"/passkey", "").want(t, 303)
	stranger := c.browser()
	for range store.PasscodeTries {
		stranger.give(d, "0815")
	}
	stranger.get(d.path()).wantNo(t, "data-passkey") // a code comes first, and nothing in its place
	b.prove(d, "/code")
	b.give(d, agreed).want(t, 303)
	b.get(d.path()).want(t, 200, "data-passkey")
	b.tapPasskey(d, r).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
}

// Codes and passcodes that were hashed with a former phone key are good while that is
// known.
func TestS09WhatWasHashedWithAFormerKeyIsGood(t *testing.T) {
	former := seal.NewKey()
	c := newClinic(t, func(c *pickup.Config) { c.Index = seal.NewIndex(seal.NewKey(), former) })
	c.index = seal.NewIndex(former)
	d := c.deliver(guarded("Hello"))
	c.pass(pickup.DefaultGrace + time.Second)
	b := c.browser()
	b.give(d, "4712").want(t, 422, "That is not right")
	b.give(d, agreed).want(t, 303)
	b.prove(d, "/code")
	b.get(d.path()).want(t, 200, "Choose a password")
}
