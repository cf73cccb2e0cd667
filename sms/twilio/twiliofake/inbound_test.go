package twiliofake_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"securetext/sms/twilio/twiliofake"
)

// newInbox takes patients' texts and answers them with a type and a body.
func newInbox(t *testing.T, status int, kind, body string) (url string, got *[]call) {
	t.Helper()
	got = new([]call)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.ParseForm()
		signature := twiliofake.Sign(token, "http://"+req.Host+req.URL.RequestURI(), req.PostForm)
		*got = append(*got, call{req.PostForm, signature == req.Header.Get("X-Twilio-Signature")})
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/texts?v=1", got
}

func TestPatientsText(t *testing.T) {
	r := newRig(t)
	url, got := newInbox(t, 200, "text/xml; charset=utf-8", "<Response/>")
	for _, c := range []struct{ to, body, want string }{
		{from, "hello", from + "  hello "},
		{from, "stop", from + "  stop "},
		{"MG1", " Stop ", "+15005550009 MG1  Stop  STOP"},
		{"MG1", "yes", "+15005550009 MG1 yes START"},
		{"MG1", "info", "+15005550009 MG1 info HELP"},
		{"MG1", "stop it", "+15005550009 MG1 stop it "},
	} {
		if err := r.Text(to, c.to, c.body, url); err != nil {
			t.Fatal(err)
		}
		last := (*got)[len(*got)-1]
		form := last.form
		said := fmt.Sprintf("%s %s %s %s", form.Get("To"), form.Get("MessagingServiceSid"), form.Get("Body"), form.Get("OptOutType"))
		if said != c.want || form.Get("From") != to || !last.signed {
			t.Errorf("%q to %s: posted %q, signed: %v; want %q", c.body, c.to, said, last.signed, c.want)
		}
	}
	if err := r.Text(to, from, "hello", ""); err != nil {
		t.Errorf("a number without a URL: got error %v", err)
	}
}

func TestTextSaysWhatIsWrongWithTheAnswer(t *testing.T) {
	r := newRig(t)
	for want, c := range map[string]struct {
		status     int
		kind, body string
	}{
		"status 403":            {403, "text/plain", "forbidden"},
		"not said to be XML":    {200, "text/plain", "OK"},
		"no TwiML":              {200, "text/xml", "<Response>"},
		"expected element type": {200, "application/xml", "<Answer/>"},
	} {
		url, _ := newInbox(t, c.status, c.kind, c.body)
		if err := r.Text(to, from, "hello", url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s: got error %v, want one with %q", c.kind, c.body, err, want)
		}
	}
	empty, _ := newInbox(t, 204, "", "")
	if err := r.Text(to, from, "hello", empty); err != nil {
		t.Errorf("an empty answer: got error %v", err)
	}
	if err := r.Text(to, from, "hello", "http://127.0.0.1:1/"); err == nil {
		t.Error("nobody took the text, and nobody says so")
	}
}

func TestAfterStopTextsAreRefusedUntilStart(t *testing.T) {
	r := newRig(t)
	send := func(changes ...string) any {
		_, answer := r.do(t, "POST", messages, r.form(changes...))
		return answer["code"]
	}
	for _, c := range []struct {
		body string
		code any // nil: taken
	}{
		{"hello", nil}, {"STOP", 21610.0}, {"help", 21610.0}, {"stop", 21610.0}, {"Start ", nil},
		{"optout", 21610.0}, {"please start", 21610.0}, {"UNSTOP", nil},
	} {
		// What the webhook says does not matter: Twilio has acted already.
		r.Text(to, from, c.body, "http://127.0.0.1:1/")
		if got := send(); got != c.code {
			t.Errorf("after %q: code %v, want %v", c.body, got, c.code)
		}
	}
	r.Text(to, from, "STOP", "")
	if got := send("To", "+15551230002"); got != nil {
		t.Errorf("another patient: code %v", got)
	}
	r.Text("+15551230002", "MG1", "STOP", "")
	if got := send("To", "+15551230002"); got != nil {
		t.Errorf("from where the patient did not stop: code %v", got)
	}
	if n := len(r.Texts()); n != 5 {
		t.Errorf("took %d texts, want 5", n)
	}
}
