package mail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"securetext/gateway/mail"
)

func TestS24ContentPrintsAsNothing(t *testing.T) {
	c := parse(t, "From: Secret <secret@clinic.example>\nMessage-ID: <secret@x>\nSubject: secret\n"+
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsecret\n"+
		"--b\nContent-Type: text/html\n\n<p>secret</p>\n"+
		"--b\nContent-Type: image/png; name=secret.png\nContent-ID: <secret>\n\nsecret\n--b--\n")
	values := []any{*c, c, c.From, &c.From, c.Attachments, c.Attachments[0], &c.Attachments[0], struct{ Mail *mail.Content }{c}, []mail.Content{*c}}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
			mustHide(t, verb, fmt.Sprintf(verb, v))
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		mustHide(t, "JSON", string(out))
		var log bytes.Buffer
		for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
			slog.New(h).Info("read", "mail", v)
		}
		mustHide(t, "slog", log.String())
	}
}

func TestS24ErrorsHoldNothingOfTheMail(t *testing.T) {
	for _, raw := range []string{
		"secret is no field",
		"To: secret@x\n\n",
		"Subject: secret\nContent-Type: text/plain; secret" + strings.Repeat("; secret=secret", 60) + "\n\nsecret",
		"Subject: secret\nContent-Type: multipart/mixed; boundary=secret" + strings.Repeat("x", 80) + "\n\nsecret",
	} {
		_, err := mail.Parse([]byte(raw), mail.DefaultLimits)
		if err == nil {
			t.Errorf("%.20q was accepted", raw)
			continue
		}
		mustHide(t, "error", err.Error())
	}
}

func mustHide(t *testing.T, how, out string) {
	t.Helper()
	bare := strings.NewReplacer(" ", "", "0x", "", ",", "").Replace(strings.ToLower(out))
	for _, secret := range []string{"secret", fmt.Sprintf("%x", "secret"), fmt.Sprintf("%x", "Secret")} {
		if strings.Contains(bare, secret) {
			t.Errorf("%s shows the mail: %s", how, out)
		}
	}
}
