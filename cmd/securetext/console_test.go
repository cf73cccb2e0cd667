package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	"securetext/store"
)

// fill sends the form of a page that leads to an address, with these values in it.
func (b *browser) fill(p *page, ending string, values url.Values) (*page, error) {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && strings.HasSuffix(attr(n, "action"), ending) {
			all := fields(n)
			for name, v := range values {
				all[name] = v
			}
			return b.post(p, n, all)
		}
	}
	return nil, fmt.Errorf("the page has no form that leads to %s: %s", ending, p.text)
}

// From the first link to a message that the patient read: the console beside all
// other roles, on both stacks.
func TestS32ConsoleOfARealService(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.setting("CONSOLE_URL", fmt.Sprintf("https://localhost:%d", w.first.console))
		w.serve()
		var made staffInviteLine
		w.json(&made, "staff", "add", "ana@riverside.example", "--name=Ana Lima", "--roles=sender,admin,auditor")
		staff := w.browser()
		ok := func(p *page, err error) *page {
			t.Helper()
			if err != nil || p.status != http.StatusOK {
				t.Fatalf("got %+v, %v", p, err)
			}
			return p
		}
		p := ok(staff.open(made.SetUp))
		secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]{32})"`).FindStringSubmatch(p.text)[1]
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		const typed = "otters swim"
		p = ok(staff.fill(p, p.at.Path, url.Values{"password": {typed}, "code": {code}}))
		secrets := []string{typed, secret, strings.TrimPrefix(made.SetUp, fmt.Sprintf("https://localhost:%d/setup/", w.first.console))}
		for _, m := range regexp.MustCompile(`<li><code>([0-9a-z-]{19})`).FindAllStringSubmatch(p.text, -1) {
			secrets = append(secrets, m[1], strings.ReplaceAll(m[1], "-", ""))
		}
		if len(secrets) != 3+16 {
			t.Fatalf("no recovery codes: %s", p.text)
		}
		base := fmt.Sprintf("https://localhost:%d", w.first.console)

		p = ok(staff.open(base + "/compose"))
		draft := url.Values{"to": {"(211) 436-7789"}, "subject": {"Your results"}, "text": {"Good news: negative."}, "act": {"preview"}}
		p = ok(staff.fill(p, "/compose", draft))
		if !strings.Contains(p.text, "Riverside Clinic: you have a secure message. STOP to end. https://localhost:") {
			t.Errorf("no preview of the text: %s", p.text)
		}
		draft.Set("act", "send")
		p = ok(staff.fill(p, "/compose", draft))
		if !strings.HasPrefix(p.at.Path, "/messages/msg_") {
			t.Fatalf("at %s: %s", p.at, p.text)
		}
		message := store.MessageID(strings.TrimPrefix(p.at.Path, "/messages/"))
		if got, err := w.browser().withPassword(w.link("+12114367789", 1)); err != nil || !strings.Contains(got.text, "Good news: negative.") {
			t.Fatalf("the patient reads %+v, %v", got, err)
		}
		w.until("the console tells that it was read", func() bool {
			p = ok(staff.open(base + "/messages/" + string(message)))
			return strings.Contains(p.text, "<h1>Read</h1>")
		})
		if strings.Contains(p.text, "negative") || strings.Contains(p.text, "4367789") {
			t.Error("the console shows content or a number")
		}
		at := base + "/messages/" + string(message)
		if p := ok(staff.open(at + "/look/page")); !strings.Contains(p.text, "Good news: negative.") {
			t.Errorf("its sender does not see it as the patient did: %s", p.text)
		}
		if events := w.cli("events", "--kind=shown_to_sender"); !strings.Contains(events, `"by_kind":"staff","by":"`+string(made.ID)) {
			t.Errorf("that the sender looked is not on record: %s", events)
		}
		if p := ok(staff.fill(p, "/extend", url.Values{"expires_in": {"30d"}})); !strings.Contains(p.text, "can be read for longer now") {
			t.Errorf("it is not extended: %s", p.text)
		}

		// What the console ends is over in the patient's browser.
		to := regexp.MustCompile(`/recipients/rcp_[0-9a-z]+`).FindString(p.text)
		p = ok(staff.open(base + to))
		if !strings.Contains(p.text, "Chrome on Android") {
			t.Error("the patient's session is not in sight")
		}
		ok(staff.fill(p, "/revoke", nil))
		events := w.cli("events", "--kind=revoked")
		if !strings.Contains(events, `"by_kind":"staff","by":"`+string(made.ID)) {
			t.Errorf("revoked by somebody else: %s", events)
		}

		// Nothing that was typed, shown or kept by a browser is stored, or in the log (S24).
		places := map[string][]byte{"log": []byte(w.procs[0].log.String())}
		w.atRest(places)
		home, _ := url.Parse(base)
		for _, c := range staff.client.Jar.Cookies(home) {
			secrets = append(secrets, c.Value)
		}
		for place, bytes := range places {
			for _, s := range append(secrets, "negative", "4367789") {
				if holds(bytes, s) {
					t.Errorf("%s holds %q", place, s)
				}
			}
		}

		// What the command line says of a person counts at the next request.
		w.cli("staff", "suspend", "ana@riverside.example")
		if p, err := staff.open(base + "/messages"); err != nil || p.at.Path != "/signin" {
			t.Errorf("suspended, and still at %v, %v", p.at, err)
		}
		if p, err := staff.open(fmt.Sprintf("https://localhost:%d/messages", w.first.http)); err != nil || p.status != http.StatusNotFound {
			t.Errorf("the console stands on the patients' site: %+v, %v", p, err)
		}
	})
}
