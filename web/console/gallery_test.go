package console_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"securetext/store"
	"securetext/web/idp"
	"securetext/web/idp/idpfake"
	"securetext/web/webtest"
)

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
	o.watched(all)
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

// watched makes what is seen of sign-ins, deliveries and what is out of the ordinary.
func (o *office) watched(by store.Staff) {
	p := o.withProvider(func(s *idp.Settings) { s.Domains = append(s.Domains, "elsewhere.example") })
	o.addKeys(by)
	p.Set(func(p *idpfake.Provider) { p.Meta = idpfake.Claims{"authorization_endpoint": p.Issuer + "/stay"} })
	o.looked(2)
	o.count30()
	_, err := o.alarm(o.own, store.UnusualVolume, string(o.own.sender.ID))
	must(o, "alarm", err)
	_, err = o.alarm(o.own, store.BulkReading, string(o.own.patient.Recipient)+" 2001:db8:85a3::8a2e:370:7334")
	must(o, "alarm", err)
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
