package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"securetext/pickup/session"
	"securetext/store"
	"securetext/web/idp"
	"securetext/web/idp/idpfake"
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

// gallery is every page of the console, in each of its states.
type gallery struct {
	name, path string
	form       url.Values // posted, if it is not nil
}

// furnish makes what the gallery shows.
func (o *office) furnish() (store.Staff, []gallery) {
	all := o.hire(o.own, "all@lakeside.example", "Rosa-Maria Diaz y Gutiérrez", store.AllRoles...)
	o.addSender(o.own, all.Email, "Dr. Rosa-Maria Diaz y Gutiérrez")
	o.signedIn(o.own, "Chrome on Android")
	o.signedIn(o.own, "")
	o.later(time.Minute)
	waits := o.write(o.own, "+12015550199", "lab-feed-a:2026-11-23.0001")
	wiped := o.write(o.own, "+12015550188", "")
	must(o, "Wipe", o.store.Wipe(o.Context(), o.own.ID, wiped.ID, operator, o.clock()))
	must(o, "Refuse", o.store.Refuse(o.Context(), o.own.ID, store.Recipient{ID: waits.To.ID}, store.OptedOut, operator, o.clock()))
	must(o, "PlaceHold", o.store.PlaceHold(o.Context(), store.Hold{
		ID: store.NewHoldID(o.clock()), Org: o.own.ID, Message: waits.ID, Matter: "26-CV-1187",
	}, operator, o.clock()))
	must(o, "AddAPIKey", o.store.AddAPIKey(o.Context(), store.APIKey{
		ID: store.NewKeyID(noon), Org: o.own.ID, Sender: o.own.sender.ID, Label: "lab results feed", Hash: store.HashSecret("k"),
		Scopes: []string{store.ScopeSend, store.ScopeRead}, Test: true, Expires: noon.Add(90 * 24 * time.Hour),
	}, operator, noon))
	gone := o.hire(o.own, "gone@lakeside.example", "Gone Away", store.RoleAdmin)
	must(o, "SuspendStaff", o.store.SuspendStaff(o.Context(), o.own.ID, gone.ID, true, operator, o.clock()))
	mine, err := o.compose(o.own.ID, o.ownSender(all), "+12015550177", "", operator)
	must(o, "Accept", err)
	_, patient, err := o.deliver(mine)
	must(o, "deliver", err)
	reply, err := o.replyTo(mine, patient, "It itches, and it is red.\nIs that right? See https://lakeside.example/wound")
	must(o, "Reply", err)
	must(o, "Acknowledge", o.store.Acknowledge(o.Context(), mine.ID, store.AnswerQuestion, patient, o.clock()))
	own := path("/messages/", mine.ID)
	p := o.withProvider(func(s *idp.Settings) { s.Domains = append(s.Domains, "elsewhere.example") })
	o.addKeys(all)
	p.Set(func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"authorization_endpoint": p.Issuer + "/stay"} })
	o.looked(2)
	o.count30()
	_, err = o.alarm(o.own, store.UnusualVolume, string(o.own.sender.ID))
	must(o, "alarm", err)
	_, err = o.alarm(o.own, store.BulkReading, string(o.own.patient.Recipient)+" 2001:db8:85a3::8a2e:370:7334")
	must(o, "alarm", err)
	by := store.Actor{Kind: store.ByStaff, ID: string(o.own.second.ID)}
	many, err := o.store.AskToWipe(o.Context(), store.Ask{ID: store.NewAskID(o.clock()), Org: o.own.ID, Reason: "wrong_recipient", Reference: "INC-204"},
		store.Selection{Sender: o.own.sender.ID}, by, o.clock())
	must(o, "AskToWipe", err)
	opened, err := o.store.AskToRead(o.Context(), store.Ask{ID: store.NewAskID(o.clock()), Org: o.own.ID, Message: o.own.message.ID, Reason: "safety"},
		store.Actor{Kind: store.ByStaff, ID: string(all.ID)}, o.clock())
	must(o, "AskToRead", err)
	must(o, "Approve", o.store.Approve(o.Context(), o.own.ID, opened.ID, "", by, o.clock()))
	m, r, w := path("/messages/", o.own.message.ID), path("/recipients/", o.own.patient.Recipient), path("/recipients/", waits.To.ID)
	draft := url.Values{"to": {"x"}, "subject": {"Your results"}, "text": {"All is well."}, "act": {"preview"}}
	fine := url.Values{"to": {number}, "subject": {"Your results"}, "text": {"All is well."}, "act": {"preview"}}
	return all, []gallery{
		{"messages", "/messages", nil}, {"messages-none", "/messages?status=read", nil}, {"messages-bad-number", "/messages/find", url.Values{"number": {"x"}}},
		{"message", m, nil}, {"message-waits", path("/messages/", waits.ID), nil}, {"message-wiped", path("/messages/", wiped.ID), nil},
		{"holds", "/holds", nil}, {"hold", m + "/hold", nil}, {"hold-refused", r + "/hold", url.Values{"matter": {"the Smith case"}}},
		{"wipe-held", path("/messages/", waits.ID, "/wipe"), nil},
		{"wipe", m + "/wipe", nil}, {"compose", "/compose", nil}, {"compose-refused", "/compose", draft}, {"compose-preview", "/compose", fine},
		{"message-replied", own, nil}, {"look", own + "/look", nil}, {"replies", own + "/replies", nil},
		{"reply-picture", path(own, "/reply/", reply, "/a/1/view"), nil},
		{"phrases", "/phrases", nil}, {"phrase", path("/phrases/", o.own.phrase), nil}, {"phrase-refused", "/phrases/new", url.Values{"text": {"x"}}},
		{"recipients", "/recipients", nil}, {"recipients-nobody", "/recipients/find", url.Values{"number": {"2015550111"}}},
		{"recipient", r + "?done=unlock", nil}, {"recipient-opted-out", w, nil},
		{"people", "/people", nil}, {"person", path("/people/", o.own.another.ID), nil}, {"person-suspended", path("/people/", gone.ID), nil},
		{"person-self", path("/people/", all.ID), nil}, {"newperson", "/people/new", nil},
		{"newperson-refused", "/people/new", url.Values{"email": {"x"}}}, {"link", path("/people/", o.own.another.ID, "/invite"), url.Values{}},
		{"senders", "/senders", nil}, {"sender", path("/senders/", o.own.sender.ID), nil}, {"newsender", "/senders/new", nil},
		{"secret", path("/senders/", o.own.spare.ID, "/password"), url.Values{"label": {"x"}}},
		{"events", path("/events?message=", o.own.message.ID), nil}, {"events-none", "/events?kind=expired", nil}, {"export", "/events/export?kind=read", nil},
		{"events-accounting", "/accounting", nil},
		{"events-accounting-report", "/accounting", url.Values{"number": {"(201) 555-0147"}}}, {"dashboard", "/dashboard", nil},
		{"asks", "/asks", nil}, {"asks-wipe", path("/asks/", many.ID), nil}, {"asks-emergency", path("/asks/", opened.ID), nil},
		{"asks-opened", path("/asks/", opened.ID, "/open"), url.Values{}}, {"asks-new", "/asks/new", nil}, {"asks-new-refused", "/asks/new", url.Values{"number": {"x"}}},
		{"message-emergency", m + "/emergency", nil},
		{"alerts", "/alerts", nil}, {"alerts-rules", "/alerts/rules", nil},
		{"settings", "/settings", nil}, {"settings-meanwhile", "/settings/messages", url.Values{"version": {"0"}, "life": {"90d"}}},
		{"settings-preview", "/settings/signin", url.Values{"version": {"1"}, "step_up": {"always"}, "code_first": {"yes"}, "passcode": {"required"}, "passcode_hint": {"your chart number"}}},
		{"settings-wording", "/settings/wording/vi", nil}, {"settings-logo", "/settings/logo", nil}, {"settings-history", "/settings/history", nil},
		{"suppression", "/suppression", nil},
		{"account", "/account", nil}, {"passkey", "/account/passkey", nil}, {"password", "/account/password", nil}, {"password-refused", "/account/password", url.Values{"password": {"short"}}},
		{"app", "/account/app", nil}, {"again", "/again?to=/messages", nil}, {"notfound", "/nothing", nil}, {"self", path("/people/", all.ID, "/suspend"), url.Values{}},
	}
}

// ownSender is who sends by a person's address.
func (o *office) ownSender(s store.Staff) store.SenderID {
	o.Helper()
	own, err := o.store.SenderByEmail(o.Context(), s.Email)
	must(o, "SenderByEmail", err)
	return own.ID
}

// open shows a page of the gallery; a form is posted from a page of ours.
func (d *desk) open(g gallery) {
	d.Helper()
	if g.form == nil {
		d.visit(g.path)
		return
	}
	d.visit("/robots.txt")
	fields := ""
	for name, values := range g.form {
		fields += `f.append(Object.assign(document.createElement('input'), {name: ` + quote(name) + `, value: ` + quote(values[0]) + `}));`
	}
	ctx, cancel := context.WithTimeout(d.ctx, 30*time.Second)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](`const f = document.createElement('form'); f.method = 'post'; f.action = `+
		quote(g.path)+`; `+fields+` document.body.append(f); f.submit()`))
	must(d, "post "+g.path, err)
}

// strangers are the pages of whoever is not signed in.
func (o *office) strangers() []gallery {
	return []gallery{
		{"signin", "/signin", nil}, {"signin-wrong", "/signin", url.Values{"email": {"x@y.example"}, "password": {"x"}}},
		{"signin-unknown", "/signin/provider", url.Values{"email": {"x@y.example"}}},
		{"away", "/signin/provider", url.Values{"email": {"x@lakeside.example"}}}, {"back", "/signin/back", nil},
		{"setup", o.invited("nina@lakeside.example"), nil}, {"setup-gone", "/setup/" + strings.Repeat("x", 26), nil},
	}
}

// pageNames are those of every page, in the order of [desk.walk].
func (o *office) pageNames() (names []string) {
	_, pages := o.furnish()
	for _, g := range slices.Concat(o.strangers(), pages) {
		names = append(names, g.name)
	}
	return names
}

// walk opens every page.
func (d *desk) walk(look func(gallery)) {
	all, pages := d.o.furnish()
	for _, g := range d.o.strangers() {
		d.open(g)
		look(g)
	}
	for _, g := range pages {
		d.as(all) // each time, as one of them changes what the session stands on
		d.open(g)
		look(g)
	}
}

// Every page, on a phone, at a desk and in the smallest window there is.
func TestBrowserConsolePagesAreForEveryone(t *testing.T) {
	d := newDesk(t, newOffice(t))
	d.walk(d.examine)
}

func (d *desk) examine(g gallery) {
	d.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"desk", 1280, 800}, {"phone", 360, 640}, {"small", 320, 256}} {
		webtest.Do(d.T, d.ctx, chromedp.EmulateViewport(size.width, size.height))
		if n := webtest.Overflow(d.T, d.ctx); n > 0 {
			d.Errorf("%s on a %s is %d pixels too wide", g.name, size.name, n)
		}
		if size.name == "small" {
			continue
		}
		for _, scheme := range []string{"dark", "light"} {
			webtest.Scheme(d.T, d.ctx, scheme)
			for _, v := range webtest.Violations(d.T, d.ctx) {
				d.Errorf("%s, %s, %s: %s", g.name, size.name, scheme, v)
			}
		}
	}
	for _, el := range webtest.SmallTargets(d.T, d.ctx) {
		d.Errorf("%s: hard to hit: %s", g.name, el)
	}
	webtest.Eval[chromedp.Void](d.T, d.ctx, "document.documentElement.style.fontSize = '225%'") // twice ours
	if n := webtest.Overflow(d.T, d.ctx); n > 0 {
		d.Errorf("%s with text of twice the size is %d pixels too wide: %s", g.name, n, webtest.Eval[[]string](d.T, d.ctx,
			`[...document.querySelectorAll('main *, header *')].filter(el => el.getBoundingClientRect().right > innerWidth + 1).map(el => el.outerHTML.slice(0, 90))`))
	}
}

// WCAG 1.4.11 and 2.4.7, and every place is reached by the keyboard.
func TestBrowserConsoleByKeyboard(t *testing.T) {
	o := newOffice(t)
	all, pages := o.furnish()
	d := newDesk(t, o)
	for _, g := range append(pages, gallery{"signin", "/signin", nil}, gallery{"setup", o.invited("nina@lakeside.example"), nil}) {
		d.as(all)
		d.open(g)
		webtest.Eval[chromedp.Void](t, d.ctx, `document.querySelectorAll('details').forEach(el => el.open = true)`)
		webtest.FocusIsSeen(t, d.ctx, g.name)
		for look, features := range map[string][]*emulation.MediaFeature{
			"light": {{Name: "prefers-color-scheme", Value: "light"}}, "dark": {{Name: "prefers-color-scheme", Value: "dark"}},
			"forced colours": {{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: "dark"}},
		} {
			webtest.Look(t, d.ctx, "", features...)
			for _, el := range webtest.FaintEdges(t, d.ctx) {
				t.Errorf("%s, %s: an edge that is hard to see: %s", look, g.name, el)
			}
		}
		webtest.Look(t, d.ctx, "")
	}
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
