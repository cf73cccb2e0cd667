package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"securetext/pickup/session"
	"securetext/store"
	"securetext/web/webtest"
)

// desk is a Chromium at somebody's work.
type desk struct {
	*testing.T
	o   *office
	ctx context.Context
}

func newDesk(t *testing.T, o *office) *desk {
	t.Helper()
	return &desk{t, o, webtest.Open(t, t.TempDir())}
}

func (d *desk) visit(path string) {
	d.Helper()
	webtest.Do(d.T, d.ctx, chromedp.Navigate(d.o.server.URL+path))
}

func (d *desk) text() string { return webtest.Eval[string](d.T, d.ctx, "document.body.innerText") }

func (d *desk) wants(words ...string) {
	d.Helper()
	for _, w := range words {
		if got := d.text(); !strings.Contains(got, w) {
			d.Errorf("the page lacks %q:\n%s", w, got)
		}
	}
}

// fill types into fields by their ids.
func (d *desk) fill(pairs ...string) {
	d.Helper()
	for i := 0; i < len(pairs); i += 2 {
		webtest.Do(d.T, d.ctx, chromedp.SendKeys(chromedp.ID(pairs[i]), pairs[i+1]))
	}
}

// press presses the button or follows the link that says so, and waits for the page.
func (d *desk) press(words string) {
	d.Helper()
	webtest.Eval[chromedp.Void](d.T, d.ctx, `document.querySelectorAll('[data-next]').forEach(el => el.removeAttribute('data-next'));
		[...document.querySelectorAll('main button, main a, nav a, header button')].find(el => el.textContent.trim() === `+quote(words)+`).setAttribute('data-next', '')`)
	ctx, cancel := context.WithTimeout(d.ctx, 30*time.Second)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS("[data-next]")))
	if err != nil {
		d.Fatalf("press %q: %v", words, err)
	}
	if res.Status >= 500 {
		d.Errorf("press %q: got status %d", words, res.Status)
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }

// as gives the browser a session of a person's.
func (d *desk) as(s store.Staff) {
	d.Helper()
	b := d.o.as(s)
	_, err := chromedp.Call(d.ctx, network.SetCookie, network.SetCookieParams{
		Name: session.StaffCookieName, Value: b.cookie(session.StaffCookieName), URL: d.o.server.URL, Path: "/", Secure: new(true),
		HTTPOnly: new(true), SameSite: network.CookieSameSiteStrict,
	})
	must(d, "set cookie", err)
}

// A new person's first day, without any script: set-up with an app, signing in, and
// a message on its way.
func TestBrowserASendersDay(t *testing.T) {
	o := newOffice(t)
	o.later(time.Minute) // so that what is written here is the newest
	d := newDesk(t, o)
	webtest.NoScript(t, d.ctx)
	link := o.invited("nina@lakeside.example")
	o.addSender(o.own, "nina@lakeside.example", "Dr. Nina Park")
	d.visit(link)
	secret := strings.ReplaceAll(regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`).FindString(d.text()), " ", "")
	d.fill("password", short, "code", o.code(secret))
	d.press("Set up")
	d.wants("Keep these codes")
	d.press("Go on")
	d.wants("Messages", "··· 0147")
	d.press("Write")
	d.press("Put it in")
	d.fill("to", "+12015550123")
	d.press("Look at the text first")
	d.wants("The text that goes to the phone", "nothing is in the way")
	d.choose("attachments", "Result.txt", "All is well.")
	d.press("Send")
	d.wants("Your message is stored", "Waiting to be texted", "··· 0123")
	if f := o.drafts[0].Files; len(f) != 1 || string(f[0].Data) != "All is well." || o.drafts[0].Text != "Your result is ready. All is well." {
		t.Errorf("the message came with %d files", len(f))
	}
	d.readsAReply()
	d.press("Take charge")
	d.wants("You have charge of this message")
	d.press("Take back")
	d.press("Destroy the message")
	d.wants("Nobody can read it any more")
	d.press("Sign out")
	d.wants("You are signed out")
	d.visit("/messages")
	o.later(time.Minute)
	d.fill("email", "nina@lakeside.example", "password", short, "code", o.code(secret))
	d.press("Sign in")
	d.wants("Messages", "Wiped")
}

// until waits for what an expression says to be so.
func (d *desk) until(expression string) {
	d.Helper()
	for end := time.Now().Add(30 * time.Second); !webtest.Eval[bool](d.T, d.ctx, expression); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("it is not so: %s", expression)
		}
	}
}

// choose puts a file into a field.
func (d *desk) choose(id, name, text string) {
	d.Helper()
	file := filepath.Join(d.TempDir(), name)
	must(d, "WriteFile", os.WriteFile(file, []byte(text), 0o600))
	webtest.Do(d.T, d.ctx, chromedp.SetUploadFiles(chromedp.ID(id), []string{file}))
}

// readsAReply has the patient of the newest message write back, and looks at that
// and at the message as they see it.
func (d *desk) readsAReply() {
	d.Helper()
	list, err := d.o.store.Messages(d.Context(), store.MessageFilter{Org: d.o.own.ID, Limit: 1})
	must(d, "Messages", err)
	m := store.Message{ID: list[0].ID}
	_, patient, err := d.o.deliver(m)
	must(d, "deliver", err)
	_, err = d.o.replyTo(m, patient, "It itches.")
	must(d, "Reply", err)
	d.visit(path("/messages/", m.ID))
	d.press("See it as the patient")
	shown := `document.querySelector('iframe').contentDocument`
	d.until(shown + `?.querySelector('h1')?.textContent === 'Your results' && ` + shown + `.querySelector('iframe') !== null`)
	d.press("Back to the message")
	d.press("1 new reply")
	d.wants("New reply")
	d.visit(path("/messages/", m.ID))
	d.press("Read what the patient wrote")
	d.wants("It itches.", "Wound.png")
	d.press("View")
	d.until(`document.querySelector('main img').naturalWidth === 1`)
	d.press("Back to what the patient wrote")
	d.press("Back to the message")
	d.fill("expires_in", "999h")
	d.press("Extend")
	d.wants("The message can be read for longer now", "Once")
}

func TestBrowserAnAdminsDay(t *testing.T) {
	o := newOffice(t)
	o.signedIn(o.own, "Chrome on Android")
	d := newDesk(t, o)
	d.as(o.own.rules)
	d.visit("/")
	d.press("Patients")
	d.fill("number", "(201) 555-0147")
	d.press("Find")
	d.wants("Patient ··· 0147", "Chrome on Android")
	d.press("End all sessions now")
	d.wants("All sessions of this recipient are over", "Nowhere at the moment")
	d.press("Reset the password")
	d.wants("None yet")
	d.press("Stop texts")
	d.wants("Staff stopped them")
	d.press("Let texts go out again")
	d.wants("Texts go to this recipient again")
	d.press("People")
	d.press("Add a person")
	d.fill("email", "new@lakeside.example", "name", "New Person")
	webtest.Do(t, d.ctx, chromedp.Click(chromedp.CSS("[name=roles][value=auditor]")))
	d.press("Add")
	d.wants("A link for New Person", "/setup/")
	d.press("Senders")
	d.press("Add a sender")
	d.fill("email", "new@lakeside.example", "name", "Dr. New")
	d.press("Add")
	d.fill("label", "Front desk")
	d.press("Make it")
	d.wants("not shown again", "new@lakeside.example")
	d.press("Done")
	d.wants("App password: Front desk")
	d.press("End it")
	d.wants("It is no longer good")
}

// Two admins at two desks: many messages wiped, one read in an emergency.
func TestBrowserTwoAdminsDay(t *testing.T) {
	o := newOffice(t)
	o.write(o.own, "+12015550188", "batch:9")
	rosa, kim := newDesk(t, o), newDesk(t, o)
	webtest.NoScript(t, rosa.ctx)
	rosa.as(o.own.rules)
	kim.as(o.own.second)
	rosa.visit("/messages")
	rosa.press("Two people")
	rosa.press("Wipe many messages")
	rosa.fill("references", "batch:9")
	webtest.Do(t, rosa.ctx, chromedp.SetValue(chromedp.CSS("#reason"), "wrong_recipient"))
	rosa.press("Ask another admin")
	rosa.wants("Another admin has to approve this now", "Nobody approves their own")
	here := func(d *desk) string { return webtest.Eval[string](t, d.ctx, "location.pathname") }
	kim.visit(here(rosa))
	kim.wants("this message and no other", "They went to the wrong patients")
	kim.press("Approve")
	kim.wants("It is on record that you did", "Being wiped")
	_, err := o.store.WipeAsked(t.Context(), 10, o.clock())
	must(t, "WipeAsked", err)
	rosa.visit(here(rosa))
	rosa.wants("Done: 1 of 1 gone through", "1 wiped", "Kim Cho")

	rosa.visit(path("/messages/", o.own.message.ID))
	rosa.press("Emergency access")
	webtest.Do(t, rosa.ctx, chromedp.SetValue(chromedp.CSS("#reason"), "safety"))
	rosa.press("Ask another admin")
	kim.visit(here(rosa))
	kim.wants("Rosa Diaz can read the message for 15 minutes")
	kim.press("Approve")
	rosa.visit(here(rosa))
	rosa.press("Read the message")
	rosa.wants("A secret of the patient's.")
	rosa.press("Close it")
	rosa.press("Sign out")
	kim.press("Alerts")
	kim.wants("Emergency access to a message")
	webtest.Do(t, rosa.ctx, chromedp.NavigateBack())
	if strings.Contains(rosa.text(), "A secret of") {
		t.Error("Back shows it again")
	}
}

// An admin's day among the settings, without any script.
func TestBrowserAnAdminsSettings(t *testing.T) {
	o := newOffice(t)
	d := newDesk(t, o)
	webtest.NoScript(t, d.ctx)
	d.as(o.own.rules)
	d.visit("/")
	d.press("Settings")
	d.wants("Can be opened for", "14 days")
	d.visit("/settings/messages")
	webtest.Do(t, d.ctx, chromedp.SetValue(chromedp.ID("life"), "7d"))
	d.press("See what it does")
	d.wants("can be opened for 7 days, not 14 days", "The one that is out keeps its own")
	d.press("Go back to the form")
	d.press("See what it does")
	d.press("Change it")
	d.wants("The settings are changed", "7 days")
	d.visit("/settings/wording/es")
	d.fill("template_link_es", "{org}: hay algo nuevo. {link}")
	d.press("See what it does")
	d.wants("Nothing in it says how to end the texts")
	d.press("Leave it")
	d.press("History")
	d.wants("by Rosa Diaz")
	d.press("Go back to this: version 1")
	d.wants("for 14 days, not 7 days")
	d.press("Change it")
	d.wants("The settings are changed", "Version 3")
	file := filepath.Join(t.TempDir(), "logo.png")
	must(t, "WriteFile", os.WriteFile(file, picture(t, 300, 90, false), 0o600))
	d.visit("/settings/logo")
	webtest.Do(t, d.ctx, chromedp.SetUploadFiles(chromedp.ID("file"), []string{file}))
	d.press("See what it does")
	if n := webtest.Eval[int](t, d.ctx, `document.querySelector('main .logo').naturalWidth`); n != 240 {
		t.Errorf("the new logo is shown %d pixels wide", n)
	}
	d.press("Change it")
	d.visit("/suppression")
	d.fill("add", "(201) 555-0147")
	d.press("Stop texts")
	d.wants("Staff stopped them")
	d.press("Let texts go out again")
	d.wants("Texts go to this recipient again")
}

func TestBrowserAnAuditorsDay(t *testing.T) {
	o := newOffice(t)
	o.looked(1)
	d := newDesk(t, o)
	d.as(o.own.audits)
	d.visit("/")
	d.wants("Newest first", "Person added")
	d.fill("number", "(201) 555-0147")
	d.press("Find")
	d.wants("Of one patient", "First password set")
	d.press("Export these")
	d.wants("oldest first")
	got := webtest.Eval[string](t, d.ctx, `fetch('/events/export', {method: 'POST', body: new URLSearchParams(new FormData(document.querySelector('main form')))}).then(r => r.text())`)
	if !strings.HasPrefix(got, "seq,at,kind,") || !strings.Contains(got, ",enrolled,") || strings.Contains(got, "org_added") {
		t.Errorf("the export is %q", got)
	}
	d.visit("/events")
	webtest.Do(t, d.ctx, chromedp.SetValue(chromedp.CSS("#person"), string(o.own.another.ID)))
	d.press("Show")
	d.wants("Of one person or sender", "Person added", "Tom Lee")
	d.press("Account for a patient’s disclosures")
	d.fill("number", "(201) 555-0147")
	d.press("Make the report")
	d.wants("1 in all", "The patient", "Save as CSV")
	d.press("Alerts")
	d.wants("Many wrong passwords or codes", "Tom Lee")
	d.press("Take note")
	d.wants("you took note", "There is none that nobody took note of")
	d.press("All")
	d.wants("Omar Haddad took note")
	d.visit("/messages")
	d.wants("Your roles do not allow this")
}

// A page that is not to be kept is not shown again by Back, once signed out.
func TestS16BrowserBackShowsNothingAfterSigningOut(t *testing.T) {
	o := newOffice(t)
	d := newDesk(t, o)
	d.as(o.own.rules)
	d.visit(path("/messages/", o.own.message.ID))
	d.wants("··· 0147")
	d.press("Sign out")
	webtest.Do(t, d.ctx, chromedp.NavigateBack())
	d.wants("Sign in")
	if strings.Contains(d.text(), "0147") {
		t.Error("the page is shown again")
	}
}

// A page of another site can neither frame the console nor post to it.
func TestS15BrowserOtherSitesGetNothing(t *testing.T) {
	o := newOffice(t)
	d := newDesk(t, o)
	d.as(o.own.rules)
	target := o.server.URL + path("/recipients/", o.own.patient.Recipient, "/reset")
	evil := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method="post" action="%s"></form><script>document.forms[0].submit()</script>`, target)
	}))
	defer evil.Close()
	before := o.count()
	for _, at := range []string{evil.URL, strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)} { // the latter is sent the cookie
		webtest.Do(t, d.ctx, chromedp.Navigate(at), chromedp.Sleep(time.Second))
	}
	if o.count() != before {
		t.Error("another site's form was taken")
	}
	if len(o.events(o.own, store.Reset)) != 0 {
		t.Error("a patient was reset")
	}
}
