package pickup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/seal/sealtest"
)

// everyPerson visits the pages of people who share a phone. It goes on where
// everyDoubt is.
func everyPerson(c *clinic, lang string, visit func(name string, p page)) {
	l := plain("Dear Maria, your blood test is fine.")
	l.Lang, l.To, l.For = lang, "+12114367722", "Maria"
	d := c.deliver(l)
	b := c.browser()
	wish := []string{"Accept-Language", lang}
	get := func(path string) page { return b.get(d.path()+path, wish...) }
	visit("person-enrol", get(""))
	visit("person-notmine", get("/notmine"))
	b.post(d.path()+"/enrol", secret, wish...)
	visit("person-message", get(""))
	b.post("/signout", "")
	visit("person-unlock-wrong", b.post(d.path()+"/unlock", "another teapot 9", wish...))
	visit("person-notmine-done", b.post(d.path()+"/notmine", "", wish...))
}

// family are two people on one phone: each with a message, and a third message
// that names nobody.
func (c *clinic) family() (maria, jon, nobody delivered) {
	c.Helper()
	for name, d := range map[string]*delivered{"Maria": &maria, "J.": &jon, "": &nobody} {
		l := plain("Only for <" + name + ">")
		l.For = name
		*d = c.deliver(l)
	}
	return maria, jon, nobody
}

const (
	marias = "three walnut teapots"
	jons   = "a heron in the rain"
)

func TestPagesSayWhomAMessageIsFor(t *testing.T) {
	c := newClinic(t)
	maria, _, nobody := c.family()
	b := c.browser()
	const forMaria = `<p class="whom">For <bdi>Maria</bdi></p>`
	for _, path := range []string{"", "/notmine"} {
		b.get(maria.path()+path).want(t, 200, forMaria)
	}
	b.get(maria.path()).want(t, 200, "Choose a password for Maria", "Are you not Maria? Give Maria the phone, or close this page.",
		`value="Lakeside Family Clinic, Maria, phone ending 89"`)
	b.post(maria.path()+"/enrol", marias).want(t, 303)
	b.get(maria.path()).want(t, 200, forMaria, "Only for &lt;Maria&gt;")
	b.post("/signout", "")
	b.get(maria.path()).want(t, 200, forMaria, "Password of Maria", "Are you not Maria?", "There is no Maria at this number",
		`value="Lakeside Family Clinic, Maria, phone ending 89"`)
	b.get(maria.path()+"/forgot").want(t, 200, forMaria, "Choose a new password", "Are you not Maria?")
	b.get(maria.path()+"/forgot?code=texted").want(t, 200, forMaria, "Type the code from our text", "Are you not Maria?")
	b.post(maria.path()+"/unlock", jons).want(t, 422, forMaria, "That is not the password of Maria")
	other := b.get(nobody.path())
	other.want(t, 200, "Choose a password", `value="Lakeside Family Clinic, phone ending 89"`, "This is not for me")
	other.wantNo(t, "Maria", `class="whom"`)
	if err := c.store.Wipe(t.Context(), c.org.ID, maria.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	b.get(maria.path()).want(t, 410, forMaria)
}

func TestS13EachPersonSeesOnlyTheirOwn(t *testing.T) {
	c := newClinic(t)
	maria, jon, nobody := c.family()
	b := c.browser()
	b.post(maria.path()+"/enrol", marias).want(t, 303)
	p := b.get(maria.path())
	p.want(t, 200, "Only for &lt;Maria&gt;")
	p.wantNo(t, "Other messages")
	before := b.session()
	for _, path := range []string{jon.path(), nobody.path()} {
		b.get(path).wantNo(t, "Only for")
	}
	b.post(jon.path()+"/enrol", jons).want(t, 303)
	b.get(jon.path()).want(t, 200, "Only for &lt;J.&gt;")
	if b.session() == before {
		t.Error("another person has the same session")
	}
	for _, path := range []string{
		maria.path(), jon.path() + "/other/" + string(maria.ID), jon.path() + "/other/" + string(nobody.ID), maria.path() + "/other/" + string(maria.ID),
	} {
		p := b.get(path)
		p.wantNo(t, "Only for")
		if p.StatusCode == 404 {
			p.wantNo(t, "Maria") // nor that there is such a message
		}
	}
}

// Whoever opens somebody else's link has the phone now.
func TestS13AnotherPersonsLinkEndsTheSession(t *testing.T) {
	c := newClinic(t)
	maria, jon, nobody := c.family()
	for _, opened := range []delivered{jon, nobody} {
		b := c.signedInWith(maria, marias)
		b.get(maria.path()).want(t, 200, "Only for &lt;Maria&gt;")
		b.get(opened.path(), "Sec-Purpose", "prefetch").want(t, 503)
		b.do("HEAD", opened.path(), nil).want(t, 200)
		b.get(maria.path()).want(t, 200, "Only for &lt;Maria&gt;")
		p := b.get(opened.path())
		p.want(t, 200, "Choose a password")
		// (To another number's, they stay signed in: TestSomebodyElsesSessionIsNone.)
		if p.Header.Get("Clear-Site-Data") == "" || b.session() != "" {
			t.Error("the browser keeps what the other saw")
		}
		b.get(maria.path()).want(t, 200, "Password of Maria")
	}
}

// A patient of two clinics stays signed in to one when the other's link is opened.
func TestAnotherClinicsLinkLeavesTheSession(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	c.org.ID, c.sender.ID, c.sender.Email = store.NewOrgID(noon), store.NewSenderID(noon), "desk@elsewhere.example"
	if err := c.store.AddOrg(t.Context(), c.org, sealtest.OrgKey(t, c.keys, c.org.ID, 1), ana, noon); err != nil {
		t.Fatal(err)
	}
	c.sender.Org = c.org.ID
	if err := c.store.AddSender(t.Context(), c.sender, ana, noon); err != nil {
		t.Fatal(err)
	}
	other := c.deliver(plain("Elsewhere"))
	b.get(other.path()).want(t, 200, "Choose a password")
	b.get(d.path()).want(t, 200, "Hello")
}

// signedInWith is a new browser in which that password was given, or set.
func (c *clinic) signedInWith(d delivered, password string) *browser {
	c.Helper()
	b := c.browser()
	if b.post(d.path()+"/enrol", password); b.session() == "" {
		b.post(d.path()+"/unlock", password).want(c, 303)
	}
	return b
}

func TestS05AnotherPersonsPasswordIsRefused(t *testing.T) {
	c := newClinic(t)
	maria, jon, _ := c.family()
	b := c.signedInWith(maria, marias)
	c.signedInWith(jon, jons)
	b.post("/signout", "")
	b.post(maria.path()+"/unlock", jons).want(t, 422)
	b.post(jon.path()+"/unlock", marias).want(t, 422)
	b.post(jon.path()+"/unlock", jons).want(t, 303)
	b.get(jon.path()).want(t, 200, "Only for &lt;J.&gt;")
}

func TestS06APasswordIsNotMadeOfTheName(t *testing.T) {
	c := newClinic(t)
	const made = "quillon 20242"
	named := c.deliver(letter{For: "Quillon", Content: store.Content{Text: "Hello"}})
	b := c.browser()
	b.post(named.path()+"/enrol", made).want(t, 422, "Too many people use that password")
	b.post(c.deliver(plain("Hello")).path()+"/enrol", made).want(t, 303)
}

func TestS11AResetOfOnePersonLeavesTheOther(t *testing.T) {
	c := newClinic(t)
	maria, jon, _ := c.family()
	c.signedInWith(maria, marias)
	other := c.signedInWith(jon, jons)
	b := c.browser()
	b.prove(maria, "/forgot")
	b.get(maria.path()+"/forgot").want(t, 200, "Your old password stops working", "Are you not Maria?", "Choose a password for Maria")
	b.post(maria.path()+"/reset", "another teapot 9").want(t, 200, "Your new password is saved", `For <bdi>Maria</bdi>`)
	b.get(maria.path()).want(t, 403)
	other.get(jon.path()).want(t, 200, "Only for &lt;J.&gt;")
	other.post("/signout", "")
	other.post(jon.path()+"/unlock", jons).want(t, 303)
}

func TestS12ThereIsNoSuchPerson(t *testing.T) {
	c := newClinic(t)
	maria, jon, nobody := c.family()
	b := c.browser()
	b.get(maria.path()+"/notmine").want(t, 200, "Is there no Maria at this number?", "Does Maria use this phone too?", "answer one with STOP",
		"no more texts for Maria from Lakeside Family Clinic to this number")
	b.post(maria.path()+"/notmine", "").want(t, 200, "You told us that there is no Maria at this number")
	for _, path := range []string{"", "/forgot"} {
		b.get(maria.path()+path).want(t, 403, "there is no Maria at this number")
	}
	for who, want := range map[store.RecipientID]store.Refusal{maria.Recipient: store.NotMine, jon.Recipient: "", nobody.Recipient: ""} {
		if got := c.refusal(who); got != want {
			t.Errorf("got refusal %q, want %q", got, want)
		}
	}
	late := c.deliver(letter{For: "Maria", Content: store.Content{Text: "Only for Maria"}})
	c.pass(pickup.DefaultGrace + time.Second)
	b.post(late.path()+"/code", "").want(t, 409)
	b.post(jon.path()+"/code", "").want(t, 303)
}

// A passkey tells who can unlock the phone: all of them.
func TestS10PeopleWhoShareAPhoneHaveNoPasskeys(t *testing.T) {
	c := newClinic(t)
	maria, _, nobody := c.family()
	b := c.signedInWith(nobody, secret)
	b.get(nobody.path()).want(t, 200, "/passkeys/add")
	b.get(nobody.path()+"/passkeys").want(t, 200)
	b = c.signedInWith(maria, marias)
	b.get(maria.path()).wantNo(t, "passkey")
	b.get(maria.path()+"/sessions").wantNo(t, "passkey")
	b.get(maria.path()+"/passkeys").want(t, 404)
	b.post(maria.path()+"/passkeys/ask", "").want(t, 404)
	b.post(maria.path()+"/passkeys/add", "").want(t, 404)
	b.post("/signout", "")
	b.get(maria.path()).wantNo(t, "data-passkey")
	b.post(maria.path()+"/passkey/ask", "").want(t, 404)
}

func TestS24TheNameIsInNoLog(t *testing.T) {
	c := newClinic(t)
	l := plain("Hello")
	l.For = "Zebulon"
	d := c.deliver(l)
	b := c.signedInWith(d, secret)
	for _, path := range []string{"", "/sessions", "/notmine", "/forgot", "/other/msg_none", "/a/7"} {
		b.get(d.path() + path)
	}
	b.post("/signout", "")
	b.post(d.path()+"/unlock", "wrong")
	b.post(d.path()+"/notmine", "")
	if log := c.logged(); strings.Contains(log, "Zebulon") || log == "" {
		t.Errorf("the log has the name: %.200s", log)
	}
	for _, e := range c.events(d) {
		if strings.Contains(e.Detail, "Zebulon") {
			t.Errorf("an event has the name: %s", e.Kind)
		}
	}
}

// Two people, one telephone.
func TestBrowserTwoPeopleOnOnePhone(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	maria, jon, _ := c.family()
	open := func(d delivered) { p.visit(c.server.URL + d.path()) }
	open(maria)
	p.wantText("For Maria")
	p.wantText("Are you not Maria?")
	if wide, small := p.overflow(), p.smallTargets(); wide > 0 || len(small) > 0 {
		t.Errorf("the page is %d px too wide, and is hard to hit at %v", wide, small)
	}
	p.submit(marias)
	p.wantText("Only for <Maria>")

	// He takes the phone, and goes back to what she read.
	open(jon)
	p.wantText("For J.")
	p.do(chromedp.NavigateBack())
	p.wantText("Password of Maria")
	p.wantNoText("Only for")
	open(jon)
	p.submit(jons)
	p.wantText("Only for <J.>")
	p.wantNoText("Only for <Maria>")
	p.wantNoText("Other messages")

	// Her turn again: his password is not hers, and Back shows her nothing of his.
	open(maria)
	p.submit(jons)
	p.wantText("That is not the password of Maria")
	p.submit(marias)
	p.wantText("Only for <Maria>")
	for range 6 {
		eval[chromedp.Void](p, "history.back()")
		p.do(chromedp.Sleep(500*time.Millisecond), chromedp.WaitReady(chromedp.CSS("body"))) // also where the browser will not send a form again
		p.wantNoText("Only for <J.>")
	}
	open(jon)
	p.wantText("Password of J.")
}

// A reset is one person's, and a STOP the number's.
func TestBrowserResetOfOnePersonAndSTOPOfBoth(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	maria, jon, nobody := c.family()
	c.signedInWith(maria, marias)
	c.signedInWith(jon, jons)
	c.pass(time.Minute)
	p.visit(c.server.URL + maria.path() + "/forgot")
	p.wantText("For Maria")
	p.do(chromedp.Click(chromedp.CSS("main form button")), chromedp.WaitVisible(chromedp.CSS("#code")))
	c.text()
	p.do(chromedp.SendKeys(chromedp.CSS("#code"), c.codes[maria.Recipient]), chromedp.Click(chromedp.CSS("main form button")),
		chromedp.WaitVisible(chromedp.CSS("#password")))
	p.wantText("Your old password stops working")
	p.submit("another teapot 9")
	p.wantText("Your new password is saved")
	p.visit(c.server.URL + maria.path())
	p.wantText("This message is closed for now")
	p.visit(c.server.URL + jon.path())
	p.submit(jons)
	p.wantText("Only for <J.>")

	stop := store.Recipient{ID: nobody.Recipient} // as the carrier's post is taken
	if err := c.store.Refuse(t.Context(), c.org.ID, stop, store.OptedOut, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Hour)
	p.do(chromedp.Click(chromedp.CSS("header button")), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
	for _, d := range []delivered{maria, jon} {
		p.visit(c.server.URL + d.path() + "/forgot")
		if d == maria {
			p.wantText("This message is closed for now") // held, so there is nothing to ask for
			continue
		}
		p.do(chromedp.Click(chromedp.CSS("main form button")), chromedp.WaitVisible(chromedp.CSS("a.button")))
		p.wantText("We cannot text this number")
	}
	later := c.seal(letter{To: number, For: "Maria", Content: store.Content{Text: "Only for Maria"}})
	by := store.Actor{Kind: store.BySender, ID: string(c.sender.ID)}
	if _, err := c.store.Accept(t.Context(), store.Acceptance{Messages: []store.Message{later}, By: by, Detail: "smtp", At: c.clock()}); err != nil {
		t.Fatal(err)
	}
	due, err := c.store.Due(t.Context(), 10, time.Minute, c.clock())
	if err != nil || len(due) != 1 || due[0].Refused != store.OptedOut {
		t.Errorf("got %d texts due, error %v, want one that is refused", len(due), err)
	}
}
