package twilio_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"securetext/sms"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
)

const inbound = "https://clinic.example/texts?v=1"

func newInbound(t testing.TB) *twilio.Twilio {
	return newTwilio(t, "http://127.0.0.1:1", func(c *twilio.Config) { c.InboundURL = inbound })
}

func texted(pairs ...string) url.Values {
	form := url.Values{"MessageSid": {anySID}, "From": {patient}, "To": {"+15550000001"}, "Body": {"hello"}, "NumMedia": {"0"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// inboundPost is a text as it arrives behind a proxy, under another host and path.
func inboundPost(form url.Values, signature string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:8080/x?v=2", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	return r
}

func TestInboundReadsWhoTextedWhat(t *testing.T) {
	tw := newInbound(t)
	for _, c := range []struct {
		form url.Values
		word sms.Keyword
		to   string
	}{
		{texted(), "", "+15550000001"},
		{texted("Body", " stop. "), sms.Stop, "+15550000001"},
		{texted("Body", "Unstop"), sms.Start, "+15550000001"},
		{texted("Body", "help"), sms.Help, "+15550000001"},
		{texted("Body", "stop", "To", "55512"), sms.Stop, "55512"},
		{texted("MessagingServiceSid", "MG1"), "", "+15550000001 MG1"},
		{texted("MessagingServiceSid", "MG1", "OptOutType", "STOP", "Body", "no mas"), sms.Stop, "+15550000001 MG1"},
		{texted("OptOutType", "START", "Body", "stop"), sms.Start, "+15550000001"},
		{texted("OptOutType", "HELP"), sms.Help, "+15550000001"},
		{texted("OptOutType", "SOMETHING", "Body", "stop"), sms.Stop, "+15550000001"},
		{texted("Body", strings.Repeat("\u505c", 1600)), "", "+15550000001"},
		{texted("To", ""), "", ""},
	} {
		got, err := tw.Inbound(inboundPost(c.form, twiliofake.Sign(authToken, inbound, c.form)))
		if err != nil || got.From.E164() != patient || got.Keyword != c.word || strings.Join(got.To, " ") != c.to {
			t.Errorf("%.20q: got %+v, %v", c.form, got, err)
		}
	}
}

func TestS31ForgedInboundTextsAreRefused(t *testing.T) {
	tw := newInbound(t)
	form := texted("Body", "START")
	right := twiliofake.Sign(authToken, inbound, form)
	for name, r := range map[string]*http.Request{
		"no signature":       inboundPost(form, ""),
		"another token":      inboundPost(form, twiliofake.Sign("other", inbound, form)),
		"another form":       inboundPost(texted("Body", "STOP"), right),
		"the request's URL":  inboundPost(form, twiliofake.Sign(authToken, "http://10.0.0.7:8080/x?v=2", form)),
		"the callback's URL": inboundPost(form, twiliofake.Sign(authToken, callback, form)),
	} {
		if in, err := tw.Inbound(r); !errors.Is(err, sms.ErrForged) || !in.From.IsZero() || in.To != nil {
			t.Errorf("%s: got %+v, %v; want sms.ErrForged", name, in, err)
		}
	}
	deaf := newCallbacks(t)
	if _, err := deaf.Inbound(inboundPost(form, right)); !errors.Is(err, sms.ErrForged) {
		t.Errorf("without an inbound URL: got error %v", err)
	}
	if _, err := deaf.Inbound(inboundPost(form, twiliofake.Sign(authToken, "", form))); !errors.Is(err, sms.ErrForged) {
		t.Errorf("signature of no URL: got error %v", err)
	}
}

func TestMalformedInboundTextsAreRefused(t *testing.T) {
	tw := newInbound(t)
	twice := texted()
	twice.Add("From", "+15551230002")
	for name, form := range map[string]url.Values{
		"short code": texted("From", "55512"), "name": texted("From", "CLINIC"), "channel": texted("From", "whatsapp:"+patient),
		"no from": texted("From", ""), "two": twice, "large": texted("Body", strings.Repeat("x", 32<<10)),
	} {
		_, err := tw.Inbound(inboundPost(form, twiliofake.Sign(authToken, inbound, form)))
		if !errors.Is(err, sms.ErrMalformed) || strings.Contains(err.Error(), "555") {
			t.Errorf("%s: got error %v, want sms.ErrMalformed", name, err)
		}
	}
}

// A patient texts by the fake, and is read and answered as Twilio has it.
func TestInboundFromTheFake(t *testing.T) {
	fake, base, _ := newFake(t)
	var got []sms.Inbound
	var tw *twilio.Twilio
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, err := tw.Inbound(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		got = append(got, in)
		tw.Reply(w, "Words that Twilio has of its own.")
	}))
	defer hook.Close()
	tw = newTwilio(t, base, func(c *twilio.Config) { c.InboundURL = hook.URL + "/texts" })
	for _, to := range []string{"+15550000001", "MG1"} {
		if err := fake.Text(patient, to, "Stop", hook.URL+"/texts"); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || got[0].Keyword != sms.Stop || got[1].Keyword != sms.Stop || !slices.Contains(got[1].To, "MG1") {
		t.Errorf("got %+v", got)
	}
	_, err := tw.Send(t.Context(), newText(t, "txt_1"))
	checkError(t, err, sms.ErrOptedOut, "twilio_21610")
	if err := fake.Text(patient, "+15550000001", "START", hook.URL+"/other"); err == nil {
		t.Error("a text to a URL that is not the configured one was taken")
	}
	if _, err := tw.Send(t.Context(), newText(t, "txt_2")); err != nil {
		t.Errorf("after START: got error %v", err)
	}
}

func TestReplySaysNothing(t *testing.T) {
	for _, words := range []string{"", "You are opted out."} {
		w := httptest.NewRecorder()
		newInbound(t).Reply(w, words)
		want := `<?xml version="1.0" encoding="UTF-8"?><Response/>`
		if w.Code != http.StatusOK || w.Body.String() != want || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
			t.Errorf("%q: status %d, %q", words, w.Code, w.Body)
		}
	}
}

func FuzzInbound(f *testing.F) {
	tw := newInbound(f)
	good := texted("Body", "STOP")
	f.Add(good.Encode(), twiliofake.Sign(authToken, inbound, good))
	f.Add("From=%2B1;", "AAAA")
	f.Add("%", "")
	f.Fuzz(func(t *testing.T, body, signature string) {
		r := inboundPost(nil, signature)
		r.Body = io.NopCloser(strings.NewReader(body))
		in, err := tw.Inbound(r)
		if err == nil && (body != good.Encode() || in.Keyword != sms.Stop) {
			t.Fatalf("%q passed as %+v", body, in)
		}
		if err != nil && !errors.Is(err, sms.ErrForged) && !errors.Is(err, sms.ErrMalformed) {
			t.Fatal(err)
		}
	})
}
