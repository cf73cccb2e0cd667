package notice

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"

	"securetext/store"
)

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
