package pickup_test

import (
	"flag"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	photos "securetext/pickup/photo"
	"securetext/store"
	"securetext/store/token"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// maxWeight is what a page may weigh with all that it loads, uncompressed.
const maxWeight = 30 << 10

// everyPage visits one page after the other. Between visits the clinic's story
// goes on, so their order matters.
func everyPage(t *testing.T, lang string, visit func(name string, p page)) {
	c := newClinic(t)
	write := func(l letter) delivered {
		l.Lang = lang
		return c.deliver(l)
	}
	b := c.browser()
	get := func(path string) page { return b.get(path, "Accept-Language", lang) }
	post := func(path, password string) page { return b.post(path, password, "Accept-Language", lang) }

	visit("home", get("/"))
	visit("senders", get("/senders"))
	visit("notfound", get("/m/"+token.New().Secret()))
	visit("refused", b.post("/signout", "", "Accept-Language", lang, "Sec-Fetch-Site", "cross-site"))
	text := write(plain("Dear Mrs. Bell,\n\nyour blood test is fine.\n\nDr. Reyes"))
	c.pass(time.Second) // in the list, the later is first
	html := write(rich(t))
	visit("enrol", get(text.path()))
	visit("enrol-common", post(text.path()+"/enrol", "password1"))
	visit("enrol-word", b.choose(text, secret, "two words", "Accept-Language", lang))
	post(text.path()+"/enrol", secret)
	post(text.path()+"/passkeys/decline", "")
	visit("message", get(text.path()))
	visit("message-html", get(html.path()))
	visit("message-html-text", get(html.path()+"?view=text"))
	visit("view-picture", get(html.path()+"/a/1/view"))
	visit("view-picture-large", get(html.path()+"/a/1/view?size=large"))
	visit("view-pdf", get(html.path()+"/a/2/view"))
	visit("view-closed", get(html.path()+"/a/3/view"))
	c.pass(time.Minute)
	confirm := write(asking(store.AckYes))
	visit("message-ack", get(confirm.path()))
	c.pass(time.Minute)
	choices := write(asking(store.AckChoices))
	visit("message-choices", get(choices.path()))
	b.answer(choices.path(), store.AnswerCall, "Accept-Language", lang)
	visit("message-answered", get(choices.path()))
	visit("message-other", get(text.path()+"/other/"+string(choices.ID)))
	everyReply(c, b, lang, visit)
	visit("sessions-one", get(text.path()+"/sessions"))
	for _, agent := range otherAgents {
		c.signedIn(text, agent)
	}
	visit("sessions", get(text.path()+"/sessions"))
	visit("sessions-done", post(text.path()+"/sessions/end-all", ""))
	visit("signedout", post("/signout", ""))
	visit("unlock", get(text.path()))
	for range store.FreeTries - 1 {
		post(text.path()+"/unlock", "wrong")
	}
	visit("unlock-wrong", post(text.path()+"/unlock", "wrong"))
	visit("throttled", post(text.path()+"/unlock", secret))

	l := plain("For somebody else")
	l.To = "+12114367700"
	other := write(l)
	everyPasskey(c, lang, visit)
	everyDoubt(c, lang, visit)
	everyThread(c, lang, visit)
	if err := c.store.Wipe(t.Context(), c.org.ID, other.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	visit("wiped", get(other.path()))
	c.pass(life)
	visit("expired", get(text.path()))
	visit("askagain", post(text.path()+"/ask", ""))
	visit("askagain-before", post(text.path()+"/ask", ""))
	c.drawLogo()
	visit("unlock-logo", get(write(plain("With a logo")).path()))
}

var (
	tokens  = regexp.MustCompile(`/m/[0-9a-z]{26}`)
	others  = regexp.MustCompile(`/other/[0-9a-z_]+`)
	hashes  = regexp.MustCompile(`\.[0-9a-f]{12}\.`)
	handles = regexp.MustCompile(`value="[0-9a-f]{16}"`)
	threads = regexp.MustCompile(`/reply/rpl_[0-9a-z]+`)
	formIDs = regexp.MustCompile(`value="[A-Z2-7]{26}"`)
	keys    = regexp.MustCompile(`value="psk_[0-9a-z]{26}"`)
)

// kept reports whether a page is in a golden file: all are in two languages, and
// in the others those that most patients see.
func kept(name, lang string) bool {
	return lang == "en" || lang == "es" || name == "enrol" || name == "message"
}

// Every page can be shown in every language: a text that is missing would make
// it the page of a fault.
func TestPagesAreAsTheyWere(t *testing.T) {
	for _, lang := range []string{"en", "es", "fr", "vi", "tl", "zh"} {
		everyPage(t, lang, func(name string, p page) {
			if strings.Contains(p.text, "<no value>") || strings.Contains(p.text, "ZgotmplZ") {
				t.Errorf("%s in %s shows what no template wrote", name, lang)
			}
			if p.StatusCode >= http.StatusInternalServerError || !strings.Contains(p.text, `<html lang="`+lang) {
				t.Errorf("%s in %s: got %d and %.60q", name, lang, p.StatusCode, p.text)
			}
			if !kept(name, lang) {
				return
			}
			got := hashes.ReplaceAllString(tokens.ReplaceAllString(p.text, "/m/TOKEN"), ".HASH.")
			got = others.ReplaceAllString(got, "/other/MESSAGE")
			got = formIDs.ReplaceAllString(threads.ReplaceAllString(got, "/reply/REPLY"), `value="NONCE"`)
			got = keys.ReplaceAllString(handles.ReplaceAllString(got, `value="HANDLE"`), `value="PASSKEY"`)
			file := filepath.Join("testdata", name+"."+lang+".golden.html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s in %s (- golden, + got; -update takes it over):\n%s", name, lang, d)
			}
		})
	}
}

func TestPagesAreLight(t *testing.T) {
	assets := 0
	for _, name := range []string{"site.css", "site.js", "icon.svg"} {
		info, err := fs.Stat(os.DirFS("../web/static"), name)
		if err != nil {
			t.Fatal(err)
		}
		assets += int(info.Size())
	}
	everyPage(t, "vi", func(name string, p page) {
		weight := assets + len(p.text)
		if strings.Contains(p.text, `href="/logo/`) {
			weight += photos.LogoBytes
		}
		if weight > maxWeight {
			t.Errorf("%s weighs %d bytes with all that it loads, want at most %d", name, weight, maxWeight)
		}
	})
}

func TestS16EveryPageIsPrivate(t *testing.T) {
	everyPage(t, "en", func(name string, p page) {
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := p.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		csp := p.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", name, csp)
		}
		if p.Header.Get("Strict-Transport-Security") == "" || p.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: a header is missing: %v", name, p.Header)
		}
		if strings.Contains(p.text, "style=") || regexp.MustCompile(`<script>|\son\w+=`).MatchString(p.text) {
			t.Errorf("%s holds style or script inline, which its policy refuses", name)
		}
		if regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).MatchString(strings.ReplaceAll(p.text, "https://lakeside.example", "")) {
			t.Errorf("%s loads or links to another site", name)
		}
	})
}
