package notice

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"securetext/sms/phone"
	"securetext/store"
)

var update = flag.Bool("update", false, "write the golden mails anew")

// letters are the mails of the golden files, by the files' names.
func letters(t testing.TB) map[string][]byte {
	t.Helper()
	r := newRig(t, &peer{})
	m := r.mailer(t, func(c *Config) { c.Sender, c.Console = senderFunc(nil), "https://staff.clinic.example" })
	all := map[string][]byte{}
	for _, lang := range []string{"en", "es"} {
		for _, c := range []struct {
			name, detail, envID string
			kind                store.Kind
		}{
			{name: "accepted", kind: store.Accepted, detail: "smtp"},
			{name: "read", kind: store.Read},
			{name: "delivered-report", kind: store.Delivered, envID: "QQ314159"},
			{name: "failed", kind: store.Failed, detail: "twilio_21635"},
			{name: "failed-report", kind: store.Failed, detail: "twilio_30005", envID: "QQ314159"},
		} {
			d := r.notice(t, c.kind, c.detail)
			d.Message, d.EnvID, d.Org.Lang = "msg_01", c.envID, lang
			all[c.name+"."+lang+".eml"] = m.write(t, d)
		}
	}
	return all
}

// write composes the mail of a notice as the mailer would.
func (m *Mailer) write(t testing.TB, d store.DueNotice) []byte {
	t.Helper()
	number, err := m.open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return m.compose(d, mail.Address{Address: d.Sender.Email}, number)
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

// A report says the same thing to people and to programs (RFC 3464).
func TestAReportIsReadByPrograms(t *testing.T) {
	fields := report(t, letters(t)["failed-report.en.eml"])
	for name, want := range map[string]string{
		"Original-Envelope-Id": "QQ314159", "Reporting-MTA": "dns; clinic.example",
		"Final-Recipient": "x-phone; +1-xxx-xxx-xx89", "Action": "failed", "Status": "5.1.1",
		"Diagnostic-Code": "x-securetext; twilio_30005", "Last-Attempt-Date": "Mon, 02 Mar 2026 12:00:00 +0000",
		"Arrival-Date": "Mon, 02 Mar 2026 11:50:00 +0000",
	} {
		if got := fields.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := report(t, letters(t)["delivered-report.en.eml"]).Get("Action"); got != "delivered" {
		t.Errorf("Action of what was delivered: %q", got)
	}
}

// report returns the fields of a report's second part, of the message and of the
// recipient alike.
func report(t *testing.T, raw []byte) textproto.MIMEHeader {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "delivery-status" {
		t.Fatalf("type %s %v, %v", kind, params, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	if _, err := parts.NextPart(); err != nil {
		t.Fatal(err)
	}
	status, err := parts.NextPart()
	if err != nil || status.Header.Get("Content-Type") != "message/delivery-status" {
		t.Fatalf("second part: %v", err)
	}
	text, err := io.ReadAll(status)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("there is a third part, or the end is missing: %v", err)
	}
	groups := strings.Split(strings.TrimSuffix(string(text), "\r\n"), "\r\n\r\n")
	if len(groups) != 2 {
		t.Fatalf("%d groups of fields:\n%s", len(groups), text)
	}
	fields, err := mail.ReadMessage(strings.NewReader(groups[0] + "\r\n" + groups[1] + "\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return textproto.MIMEHeader(fields.Header)
}

func TestWhoGetsAReport(t *testing.T) {
	always := store.Policy{Confirm: store.ConfirmAlways}
	for _, c := range []struct {
		notice store.DueNotice
		want   bool
	}{
		{store.DueNotice{Kind: store.Failed, Org: store.Org{Policy: always}}, false},
		{store.DueNotice{Kind: store.Failed, Org: store.Org{Policy: always}, EnvID: "x"}, true},
		{store.DueNotice{Kind: store.Failed}, true},
		{store.DueNotice{Kind: store.Failed, Org: store.Org{Policy: store.Policy{Confirm: store.ConfirmNone}}}, true},
		{store.DueNotice{Kind: store.Delivered, Org: store.Org{Policy: always}}, true},
		{store.DueNotice{Kind: store.Accepted, EnvID: "x"}, false},
		{store.DueNotice{Kind: store.Read, EnvID: "x"}, false},
	} {
		if got := (letter{DueNotice: c.notice}).isReport(); got != c.want {
			t.Errorf("%s, policy %q, envelope id %q: %v", c.notice.Kind, c.notice.Org.Policy.Confirm, c.notice.EnvID, got)
		}
	}
}

func TestEveryLanguageHasAllWords(t *testing.T) {
	all := []reason{unknown}
	for _, r := range reasons {
		all = append(all, r)
	}
	for lang, w := range wordings {
		if w.lang != lang || !strings.Contains(w.closing, "{org}") || slices.Contains([]string{
			w.labels.why, w.labels.next, w.labels.phone, w.labels.accepted, w.labels.message, w.labels.reference, w.labels.console}, "") {
			t.Errorf("%s: closing or a label is missing", lang)
		}
		for _, kind := range []store.Kind{store.Accepted, store.Delivered, store.Failed, store.Read} {
			if s := w.steps[kind]; !strings.Contains(s.subject, "{end}") || s.lead == "" || (s.when == "") != (kind == store.Accepted) {
				t.Errorf("%s: words for %s are missing", lang, kind)
			}
		}
		for _, r := range all {
			if e := w.reasons[r]; e.why == "" || e.next == "" || statusOf[r] == "" {
				t.Errorf("%s: words for %s are missing", lang, r)
			}
		}
	}
	if got := wordingFor("es-MX").lang + wordingFor("fr").lang + wordingFor("").lang; got != "esenen" {
		t.Errorf("languages %q", got)
	}
}

func TestReasonOfACode(t *testing.T) {
	for code, want := range map[string]reason{
		"opted_out": optedOut, "twilio_30003": unreachable, "landline": landline, "dead": dead, "blocked": blocked, "expired": expired,
		"twilio_30450": barred, "twilio_99999": unknown, "": unknown, "enrolled twilio_30005": unknown,
	} {
		if got := reasonOf(code); got != want {
			t.Errorf("%q: %s, want %s", code, got, want)
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
	var rows []*row
	for _, kind := range []store.Kind{store.Accepted, store.Delivered, store.Failed, store.Read} {
		d := r.notice(t, kind, "sent to 2114367789")
		d.Reference, d.EnvID = "call (211) 436-7789 about Zebulon", "2114367789@secure.text"
		rows = append(rows, r.add(d))
	}
	r.run(t)
	r.until(t, "sent", rows...)
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
	f.Add("Lakeside Clinic", "visit 12", "QQ314159", "twilio_30003", true)
	f.Add("Clínica\r\nBcc: x@y.example\r\n\r\n", "\u2028\u202e.\r\n.\r\n", "a\r\nX: y", "5\n\n--b", false)
	f.Add("\xff\xfe", "--=_msg_01.failed--", "2114367789", "+1 (211) 436-7789", true)
	f.Add(strings.Repeat("é", 4000), strings.Repeat("=", 4000), strings.Repeat("x", 101), strings.Repeat("y", 4000), false)
	r := newRig(f, &peer{})
	m := r.mailer(f, func(c *Config) { c.Sender = senderFunc(nil) })
	base := r.notice(f, store.Failed, "")
	f.Fuzz(func(t *testing.T, org, reference, envID, detail string, spanish bool) {
		d := base
		d.Org.Name, d.Reference, d.EnvID, d.Detail = org, reference, envID, detail
		if spanish {
			d.Org.Lang = "es"
		}
		raw := m.write(t, d)
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
	r := newRig(b, &peer{})
	m := r.mailer(b, func(c *Config) { c.Sender = senderFunc(nil) })
	d := r.notice(b, store.Failed, "twilio_30005")
	d.EnvID = "QQ314159"
	for b.Loop() {
		m.write(b, d)
	}
}
