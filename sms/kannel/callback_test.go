package kannel_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"securetext/sms"
	"securetext/sms/kannel"
)

// signature is made here anew, so that it cannot change unseen: Kannel may hold
// one for as long as a text lives.
func signature(secret, id string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("text:" + id))
	return hex.EncodeToString(mac.Sum(nil))
}

func report(id, kind, answer string) url.Values {
	return url.Values{"text": {id}, "sig": {signature(secret, id)}, "type": {kind}, "answer": {answer}}
}

func called(method string, query url.Values) *http.Request {
	return httptest.NewRequest(method, "http://10.0.0.7:8080/sms/kannel/status?"+query.Encode(), nil)
}

const receipt = "id:42 sub:001 dlvrd:000 submit date:2611260900 done date:2611260901 "

func TestCallbackReadsTheReport(t *testing.T) {
	k := newKannel(t, "http://127.0.0.1:1")
	cases := []struct {
		kind, answer string
		want         sms.Status
	}{
		{"1", "", sms.Status{State: sms.Delivered}},
		{"1", receipt + "stat:DELIVRD err:000 text:Clinic: you have a s", sms.Status{State: sms.Delivered}},
		{"8", "ACK/", sms.Status{State: sms.Sent}},
		{"4", receipt + "stat:ENROUTE err:000", sms.Status{}},
		{"0", "", sms.Status{}},
		{"-1", "", sms.Status{}},
		{"128", "", sms.Status{}},
		{"2", receipt + "stat:UNDELIV err:001 text:", sms.Status{State: sms.Undelivered, Code: "kannel_undeliv", Transient: true}},
		{"2", receipt + "stat:undeliv err:001", sms.Status{State: sms.Undelivered, Code: "kannel_undeliv", Transient: true}},
		{"2", receipt + "stat:EXPIRED err:000", sms.Status{State: sms.Undelivered, Code: "kannel_expired", Transient: true}},
		{"2", receipt + "stat:DELETED err:000", sms.Status{State: sms.Undelivered, Code: "kannel_deleted"}},
		{"2", receipt + "stat:UNKNOWN err:000", sms.Status{State: sms.Undelivered, Code: "kannel_unknown"}},
		{"2", receipt + "stat:REJECTD err:00b", sms.Status{State: sms.Undelivered, Code: "kannel_rejectd"}},
		{"2", receipt + "stat:FAILED err:000", sms.Status{State: sms.Undelivered, Code: "kannel_failed", Transient: true}},
		{"2", receipt + "err:000 text:stat:REJECTD", sms.Status{State: sms.Undelivered, Code: "kannel_failed", Transient: true}},
		{"2", "", sms.Status{State: sms.Undelivered, Code: "kannel_failed", Transient: true}},
		{"34", "", sms.Status{State: sms.Undelivered, Code: "kannel_expired", Transient: true}},
		{"66", "", sms.Status{State: sms.Undelivered, Code: "kannel_unknown"}},
		{"16", "NACK/0x0000000b/Invalid Destination Address", sms.Status{State: sms.Failed, Code: "kannel_invalid", Means: sms.ErrDead}},
		{"16", "NACK/0x0000000a/Invalid Source Address", sms.Status{State: sms.Failed, Code: "kannel_sender", Means: sms.ErrHalt}},
		{"16", "NACK/0x0000000e/Invalid Password", sms.Status{State: sms.Failed, Code: "kannel_barred", Means: sms.ErrHalt}},
		{"16", "NACK/0x00000058/Throttling error", sms.Status{State: sms.Failed, Code: "kannel_carrier", Transient: true}},
		{"16", "NACK/0x00000445/Vendor-specific error", sms.Status{State: sms.Failed, Code: "kannel_nack"}},
		{"16", "NACK/0xzz/", sms.Status{State: sms.Failed, Code: "kannel_nack"}},
		{"16", "NACK/REJECTED", sms.Status{State: sms.Failed, Code: "kannel_nack"}},
		{"16", "NACK/validity expired", sms.Status{State: sms.Failed, Code: "kannel_expired", Transient: true}},
		{"16", "NACK/Retries Exceeded", sms.Status{State: sms.Failed, Code: "kannel_retries", Transient: true}},
		{"16", "NACK/no SMSC", sms.Status{State: sms.Failed, Code: "kannel_not_routable", Means: sms.ErrHalt}},
		{"16", "NACK/receiver in black-list", sms.Status{State: sms.Failed, Code: "kannel_denied", Means: sms.ErrPermanent}},
		{"16", "NACK/sender not in white-list", sms.Status{State: sms.Failed, Code: "kannel_sender", Means: sms.ErrHalt}},
		{"16", "", sms.Status{State: sms.Failed, Code: "kannel_nack"}},
	}
	for _, c := range cases {
		c.want.Text, c.want.ProviderID = "txt_1", "kannel_txt_1"
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got, err := k.Callback(called(method, report("txt_1", c.kind, c.answer))); err != nil || got != c.want {
				t.Errorf("%s %s %q: got %+v, %v; want %+v", method, c.kind, c.answer, got, err, c.want)
			}
		}
	}
}

func with(query url.Values, name string, values ...string) url.Values {
	query[name] = values
	return query
}

func TestS31ForgedCallbacksAreRefused(t *testing.T) {
	k := newKannel(t, "http://127.0.0.1:1")
	good := func() url.Values { return report("txt_1", "1", "") }
	for name, query := range map[string]url.Values{
		"nothing at all":         {},
		"no signature":           with(good(), "sig"),
		"an empty one":           with(good(), "sig", ""),
		"garbage":                with(good(), "sig", "????"),
		"in capitals":            with(good(), "sig", strings.ToUpper(signature(secret, "txt_1"))),
		"another text":           with(good(), "text", "txt_2"),
		"no text":                with(good(), "text"),
		"no text, and signed":    report("", "1", ""),
		"another secret":         with(good(), "sig", signature("another secret of some length", "txt_1")),
		"the key of inbound":     with(good(), "sig", kannel.InboundKey(secret)),
		"the secret":             with(good(), "sig", secret),
		"a text called like one": with(report("inbound", "1", ""), "sig", kannel.InboundKey(secret)),
	} {
		if s, err := k.Callback(called(http.MethodGet, query)); !errors.Is(err, sms.ErrForged) || s != (sms.Status{}) {
			t.Errorf("%s: got %+v, %v; want sms.ErrForged", name, s, err)
		}
	}
}

func TestMalformedCallbacksAreRefused(t *testing.T) {
	k := newKannel(t, "http://127.0.0.1:1")
	good := func() url.Values { return report("txt_1", "1", "") }
	broken := called(http.MethodGet, good())
	broken.URL.RawQuery += "&answer=%zz"
	for name, r := range map[string]*http.Request{
		"another method": called(http.MethodPut, good()),
		"two texts":      called(http.MethodGet, with(good(), "text", "txt_1", "txt_2")),
		"two types":      called(http.MethodGet, with(good(), "type", "2", "1")),
		"no type":        called(http.MethodGet, with(good(), "type")),
		"a word of type": called(http.MethodGet, with(good(), "type", "delivered")),
		"too long":       called(http.MethodGet, with(good(), "answer", strings.Repeat("a", 17<<10))),
		"broken":         broken,
	} {
		if s, err := k.Callback(r); !errors.Is(err, sms.ErrMalformed) || s != (sms.Status{}) {
			t.Errorf("%s: got %+v, %v; want sms.ErrMalformed", name, s, err)
		}
	}
}

func inbound(from, to, words string) url.Values {
	return url.Values{"key": {kannel.InboundKey(secret)}, "from": {from}, "to": {to}, "charset": {"UTF-8"}, "text": {words}}
}

func TestInboundReadsWhatPatientsText(t *testing.T) {
	k := newKannel(t, "http://127.0.0.1:1")
	for _, c := range []struct {
		query url.Values
		to    []string
		want  sms.Keyword
	}{
		{inbound(patient, clinic, "Stop "), []string{clinic, clinic[1:]}, sms.Stop},
		{inbound("0015551230001", "12345", "help"), []string{"12345", "+12345"}, sms.Help},
		{inbound(patient, "BayClinic", "start"), []string{"BayClinic"}, sms.Start},
		{inbound(patient, clinic, "I feel worse today"), []string{clinic, clinic[1:]}, ""},
		{inbound(patient, clinic, ""), []string{clinic, clinic[1:]}, ""},
		{inbound(patient, clinic, "停止"), []string{clinic, clinic[1:]}, sms.Stop},
		{with(inbound(patient, clinic, "\x50\x5c\x6b\x62"), "charset", "UTF-16BE"), []string{clinic, clinic[1:]}, sms.Stop},
		{with(inbound(patient, clinic, "\x50\x5c\x6b"), "charset", "UTF-16BE"), []string{clinic, clinic[1:]}, ""},
	} {
		got, err := k.Inbound(called(http.MethodGet, c.query))
		if err != nil || got.From.E164() != patient || !slices.Equal(got.To, c.to) || got.Keyword != c.want {
			t.Errorf("%v: got %q to %q, %v; want %q to %q", c.query["text"], got.Keyword, got.To, err, c.want, c.to)
		}
	}
}

func TestS31ForgedInboundTextsAreRefused(t *testing.T) {
	k := newKannel(t, "http://127.0.0.1:1")
	for name, c := range map[string]struct {
		query url.Values
		want  error
	}{
		"no key":               {with(inbound(patient, clinic, "STOP"), "key"), sms.ErrForged},
		"another key":          {with(inbound(patient, clinic, "STOP"), "key", kannel.InboundKey("another secret of some length")), sms.ErrForged},
		"the secret":           {with(inbound(patient, clinic, "STOP"), "key", secret), sms.ErrForged},
		"a text's signature":   {with(inbound(patient, clinic, "STOP"), "key", signature(secret, "inbound")), sms.ErrForged},
		"two senders":          {with(inbound(patient, clinic, "STOP"), "from", patient, "+15551230002"), sms.ErrMalformed},
		"a national number":    {inbound("5551230001", clinic, "STOP"), sms.ErrMalformed},
		"a short code":         {inbound("12345", clinic, "STOP"), sms.ErrMalformed},
		"from nobody":          {inbound("", clinic, "STOP"), sms.ErrMalformed},
		"to nobody":            {inbound(patient, "", "STOP"), sms.ErrMalformed},
		"longer than any text": {inbound(patient, clinic, strings.Repeat("a", 17<<10)), sms.ErrMalformed},
	} {
		got, err := k.Inbound(called(http.MethodGet, c.query))
		if !errors.Is(err, c.want) || !got.From.IsZero() || got.Keyword != "" {
			t.Errorf("%s: got %q, %v; want %v", name, got.Keyword, err, c.want)
		}
	}
}

// TestInboundKeyIsWhatOpensslMakes keeps the command in its comment true:
// printf inbound | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
func TestInboundKeyIsWhatOpensslMakes(t *testing.T) {
	const want = "8b28c22a727ceb4956080cb68e482df5e5b8753414529a15e8e5d901128aa8d2"
	if got := kannel.InboundKey(secret); got != want {
		t.Errorf("InboundKey is %s, want %s", got, want)
	}
}

func TestReplyIsWhatKannelTextsBack(t *testing.T) {
	k := newKannel(t, "http://127.0.0.1:1")
	for words, coding := range map[string]string{"": "0", "You will get no more texts.": "0", "不再发送短信。": "2"} {
		w := httptest.NewRecorder()
		k.Reply(w, words)
		if w.Code != http.StatusOK || w.Body.String() != words ||
			w.Header().Get("Content-Type") != "text/plain; charset=UTF-8" || w.Header().Get("X-Kannel-Coding") != coding {
			t.Errorf("%q: answered %d %q %v", words, w.Code, w.Body, w.Header())
		}
	}
}

// FuzzCallback holds that nothing from outside is taken without the signature,
// and that nothing breaks what reads it.
func FuzzCallback(f *testing.F) {
	f.Add("text=txt_1&sig=00&type=1")
	f.Add(report("txt_1", "2", receipt+"stat:UNDELIV err:001 text:").Encode())
	f.Add(report("txt_1", "16", "NACK/0x0000000b/Invalid").Encode())
	f.Add(inbound(patient, clinic, "STOP").Encode())
	f.Fuzz(func(t *testing.T, query string) {
		k := newKannel(t, "http://127.0.0.1:1")
		r := httptest.NewRequest(http.MethodGet, "/sms/kannel/status", nil)
		r.URL.RawQuery = query
		status, err := k.Callback(r)
		if err == nil && (status.Text == "" || r.URL.Query().Get("sig") != signature(secret, status.Text)) {
			t.Errorf("took %+v", status)
		}
		if err != nil && status != (sms.Status{}) {
			t.Errorf("got %+v with %v", status, err)
		}
		in, err := k.Inbound(r)
		if err == nil && (in.From.IsZero() || len(in.To) == 0 || r.URL.Query().Get("key") != kannel.InboundKey(secret)) {
			t.Errorf("took an inbound text to %q", in.To)
		}
	})
}
