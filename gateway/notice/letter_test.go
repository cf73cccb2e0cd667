package notice

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms/phone"
	"securetext/sms/reason"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

var update = flag.Bool("update", false, "write the golden mails anew")

// desk is a mailer that only writes, and an org whose keys it has.
type desk struct {
	*Mailer
	org store.Org
}

func newDesk(t testing.TB) desk {
	t.Helper()
	source := orgKeys{}
	keys := seal.NewKeyring(source, seal.NewKey())
	source["org_1"] = sealtest.OrgKey(t, keys, "org_1", 1)
	m, err := New(Config{
		Keys: keys, Sender: senderFunc(nil), From: "Secure mail <notices@clinic.example>", Hostname: "clinic.example", Console: "https://staff.clinic.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	return desk{m, store.Org{ID: "org_1", Name: "Lakeside Clinic", Lang: "en", Policy: store.Policy{Confirm: store.ConfirmAlways}}}
}

// orgKeys is where stored org keys come from.
type orgKeys map[string]seal.OrgKey

func (s orgKeys) OrgKey(_ context.Context, org string, _ int) (seal.OrgKey, error) {
	if k, ok := s[org]; ok {
		return k, nil
	}
	return seal.OrgKey{}, store.ErrNotFound
}

// notice is one about a step of a message, as a mailer claims it.
func (k desk) notice(t testing.TB, kind store.Kind, detail string) store.DueNotice {
	t.Helper()
	d := store.DueNotice{
		Kind: kind, Detail: detail, At: noon, Org: k.org,
		Sender:  store.Sender{ID: "snd_1", Org: k.org.ID, Email: "reyes@lakeside.example"},
		Message: "msg_01", Reference: "visit 12", Created: noon.Add(-10 * time.Minute), Queued: noon, Recipient: "rcp_1",
	}
	key, wrapped, err := k.Keys.NewDataKey(t.Context(), d.Place())
	if err != nil {
		t.Fatal(err)
	}
	d.NumberKey, d.Number = wrapped, key.Seal(seal.Plaintext(theNumber), d.Place())
	return d
}

// shownIn are the languages of the golden files.
var shownIn = map[string][]string{
	"accepted": {"en", "es"}, "read": {"en", "es"}, "delivered-report": {"en", "es"}, "failed-report": {"en", "es"},
	"failed": codes, "overdue": codes, "asked": {"en"}, "disowned": {"en"}, "question": {"en"}, "call": codes, "replied": codes, "expired": {"en"},
}

// letters are the mails of the golden files, by the files' names.
func letters(t testing.TB) map[string][]byte {
	t.Helper()
	k := newDesk(t)
	all := map[string][]byte{}
	for _, lang := range codes {
		for _, c := range []struct {
			name, detail, envID string
			kind                store.Kind
		}{
			{name: "accepted", kind: store.Accepted, detail: "smtp"},
			{name: "read", kind: store.Read},
			{name: "delivered-report", kind: store.Delivered, envID: "QQ314159"},
			{name: "failed", kind: store.Failed, detail: "twilio_21635"},
			{name: "failed-report", kind: store.Failed, detail: "twilio_30005", envID: "QQ314159"},
			{name: "overdue", kind: store.Overdue, detail: "2"},
			{name: "asked", kind: store.Asked},
			{name: "disowned", kind: store.Disowned},
			{name: "question", kind: store.Acknowledged, detail: "question"},
			{name: "call", kind: store.Acknowledged, detail: "call"},
			{name: "replied", kind: store.Replied, detail: "rpl_01"},
			{name: "expired", kind: store.Expired},
		} {
			if !slices.Contains(shownIn[c.name], lang) {
				continue // a test holds all languages to all words
			}
			d := k.notice(t, c.kind, c.detail)
			d.EnvID, d.Org.Lang, d.ReadBy = c.envID, lang, noon.Add(-5*time.Minute)
			all[c.name+"."+lang+".eml"] = k.write(t, d)
		}
	}
	return all
}

// write composes the mail of a notice as the mailer would.
func (k desk) write(t testing.TB, d store.DueNotice) []byte {
	t.Helper()
	number, err := k.open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return k.compose(d, mail.Address{Address: d.Sender.Email}, number)
}

func TestGoldenMails(t *testing.T) {
	for name, got := range letters(t) {
		path := filepath.Join("testdata", name)
		got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: got\n%s", name, got)
		}
	}
}

func TestEveryLanguageHasAllWords(t *testing.T) {
	for lang, w := range wordings {
		if !strings.HasPrefix(w.lang, lang) || !strings.Contains(w.closing, "{org}") || slices.Contains([]string{
			w.labels.why, w.labels.next, w.labels.phone, w.labels.accepted, w.labels.message, w.labels.reference, w.labels.console}, "") {
			t.Errorf("%s: closing or a label is missing", lang)
		}
		for _, kind := range []store.Kind{
			store.Accepted, store.Delivered, store.Failed, store.Read, store.Overdue, store.Asked, store.Disowned,
			store.Acknowledged, store.Expired,
		} {
			if s := w.steps[kind]; !strings.Contains(s.subject, "{end}") || s.lead == "" || (s.when == "") != (kind == store.Accepted) {
				t.Errorf("%s: words for %s are missing", lang, kind)
			}
		}
		if a := answers[w.lang]; slices.Contains([]string{a.label, a.question, a.call}, "") {
			t.Errorf("%s: words for an answer are missing", lang)
		}
		if takeOver[w.lang] == "" {
			t.Errorf("%s: how to take a message over is missing", lang)
		}
		for _, r := range reason.All() {
			if e, own := w.reasons[r]; own == (lang == fallback) || own && (e.why == "" || e.next == "") {
				t.Errorf("%s: words for %s are missing, or have two homes", lang, r)
			}
		}
	}
}

func TestLanguageOfATag(t *testing.T) {
	for tag, want := range map[string]string{
		"es-MX": "es", "fr-CA": "fr", "vi": "vi", "tl": "tl", "fil-PH": "tl", "tlh": "en",
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-hans": "zh-Hans", "zh-Hant-TW": "en", "zh-HK": "en",
		"de": "en", "": "en", "%%": "en",
	} {
		if got := wordingFor(tag).lang; got != want {
			t.Errorf("%q: got %s, want %s", tag, got, want)
		}
	}
}

func TestWhyAMessageFailedIsSaidInEveryLanguage(t *testing.T) {
	for code, r := range map[string]reason.Reason{"kannel_expired": reason.Unreachable, "quiet_hours": reason.Expired, "": reason.Unknown} {
		want := r.Explain()
		if got := wordingFor("en").explain(code); got != (explanation{want.Why, want.Next}) {
			t.Errorf("%q: %q, want the words of package reason", code, got)
		}
		if got := wordingFor("es").explain(code); got != wordings["es"].reasons[r] {
			t.Errorf("%q in Spanish: %q", code, got)
		}
	}
}

func TestMaskedShowsCountryAndTwoDigits(t *testing.T) {
	for number, want := range map[string]string{
		theNumber: "+1 ••• ••• ••89", "+442079460958": "+44 ••• ••• ••58", "+35312345678": "+353 ••• ••• ••78", "+2904123": "+290 ••• ••• ••23",
	} {
		n, err := phone.Parse(number, "")
		if err != nil {
			t.Fatalf("%s: %v", number, err)
		}
		if got := masked(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Nothing that a mail shows, decoded or not, tells more of the number, even when
// what the sender chose repeats it; nor does the log.
func TestS24AMailTellsLittleOfTheNumber(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.notices.due = func(d *store.DueNotice) {
		d.Reference, d.EnvID = "call (211) 436-7789 about Zebulon", "2114367789@secure.text"
		d.Detail = "sent to 2114367789"
	}
	r.walk(t)
	r.run(t)
	wait(t, "four mails", func() bool { return len(r.peer.mails()) == 4 })
	everything := r.log.String()
	for _, m := range r.peer.mails() {
		plain, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(bytes.ReplaceAll(m.text, []byte("=_"), nil))))
		if err != nil {
			t.Fatal(err)
		}
		everything += string(m.text) + string(plain)
	}
	if !strings.Contains(everything, "ending 89") || !strings.Contains(everything, "••89") {
		t.Fatal("the mails do not say which phone is meant")
	}
	for _, secret := range []string{"2114367789", "4367789", "436-77", "43677", "211436", "Zebulon", "/m/", "secure.text"} {
		if strings.Contains(everything, secret) {
			t.Errorf("%q shows", secret)
		}
	}
}

func FuzzLetter(f *testing.F) {
	f.Add("Lakeside Clinic", "visit 12", "QQ314159", "twilio_30003", "es")
	f.Add("Clínica\r\nBcc: x@y.example\r\n\r\n", "\u2028\u202e.\r\n.\r\n", "a\r\nX: y", "5\n\n--b", "zh-Hans")
	f.Add("\xff\xfe", "--=_msg_01.failed--", "2114367789", "+1 (211) 436-7789", "fr-CA")
	f.Add(strings.Repeat("é", 4000), strings.Repeat("=", 4000), strings.Repeat("x", 101), strings.Repeat("y", 4000), strings.Repeat("z-", 400))
	k := newDesk(f)
	base := k.notice(f, store.Failed, "")
	f.Fuzz(func(t *testing.T, org, reference, envID, detail, lang string) {
		d := base
		d.Org.Name, d.Org.Lang, d.Reference, d.EnvID, d.Detail = org, lang, reference, envID, detail
		raw := k.write(t, d)
		for line := range strings.SplitSeq(string(raw), "\r\n") {
			if strings.ContainsAny(line, "\r\n") || len(line) > 998 || !isASCII(line) {
				t.Fatalf("line %q", line)
			}
		}
		in, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if want := 10; len(in.Header) != want && len(in.Header) != want+1 {
			t.Errorf("%d header fields: %v", len(in.Header), in.Header)
		}
		if envID != "" {
			fields := report(t, raw)
			if n := len(fields); n < 6 || n > 8 || fields.Get("X") != "" {
				t.Errorf("fields %v", fields)
			}
		}
	})
}

func FuzzCode(f *testing.F) {
	f.Add(550, "5.1.1 no <reyes@lakeside.example> here")
	f.Add(451, "4.7.1")
	f.Add(554, "9.1.1 x\n5.1.1 y")
	f.Fuzz(func(t *testing.T, n int, words string) {
		got := code(&textproto.Error{Code: n, Msg: words})
		rest, ok := strings.CutPrefix(got, fmt.Sprintf("smtp_%d", n))
		if !ok || strings.Trim(rest, "_.0123456789") != "" || len(rest) > len("_5.123.123") {
			t.Errorf("got %q", got)
		}
	})
}

func BenchmarkLetter(b *testing.B) {
	k := newDesk(b)
	d := k.notice(b, store.Failed, "twilio_30005")
	d.EnvID = "QQ314159"
	for b.Loop() {
		k.write(b, d)
	}
}
