package twilio_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"securetext/sms"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
)

func newCallbacks(t testing.TB) *twilio.Twilio {
	return newTwilio(t, "http://127.0.0.1:1", func(c *twilio.Config) { c.CallbackURL = callback })
}

// posted is a callback as it arrives behind a proxy, under another host.
func posted(form url.Values, signature string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:8080/callbacks/twilio?text=txt_1", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	return r
}

func sign(form url.Values) string {
	return twiliofake.Sign(authToken, callback+"?text=txt_1", form)
}

func statusForm(status, code string) url.Values {
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}, "To": {patient}, "SomethingNew": {"x"}}
	if code != "" {
		form.Set("ErrorCode", code)
	}
	return form
}

func TestCallbackReadsTheStatus(t *testing.T) {
	tw := newCallbacks(t)
	cases := []struct {
		status, code string
		want         sms.Status
	}{
		{"accepted", "", sms.Status{State: sms.Sent}},
		{"scheduled", "", sms.Status{State: sms.Sent}},
		{"queued", "", sms.Status{State: sms.Sent}},
		{"sending", "", sms.Status{State: sms.Sent}},
		{"sent", "", sms.Status{State: sms.Sent}},
		{"delivered", "", sms.Status{State: sms.Delivered}},
		{"read", "", sms.Status{State: sms.Delivered}},
		{"canceled", "", sms.Status{State: sms.Failed}},
		{"failed", "30002", sms.Status{State: sms.Failed, Code: "twilio_30002", Means: sms.ErrHalt}},
		{"undelivered", "30001", sms.Status{State: sms.Undelivered, Code: "twilio_30001", Transient: true}},
		{"undelivered", "30003", sms.Status{State: sms.Undelivered, Code: "twilio_30003", Transient: true}},
		{"undelivered", "30004", sms.Status{State: sms.Undelivered, Code: "twilio_30004", Means: sms.ErrOptedOut}},
		{"undelivered", "30005", sms.Status{State: sms.Undelivered, Code: "twilio_30005", Means: sms.ErrDead}},
		{"undelivered", "30006", sms.Status{State: sms.Undelivered, Code: "twilio_30006", Means: sms.ErrLandline}},
		{"failed", "21610", sms.Status{State: sms.Failed, Code: "twilio_21610", Means: sms.ErrOptedOut}},
		{"undelivered", "30007", sms.Status{State: sms.Undelivered, Code: "twilio_30007", Means: sms.ErrHalt}},
		{"undelivered", "30008", sms.Status{State: sms.Undelivered, Code: "twilio_30008", Transient: true}},
		{"undelivered", "30034", sms.Status{State: sms.Undelivered, Code: "twilio_30034", Means: sms.ErrHalt}},
		{"undelivered", "30450", sms.Status{State: sms.Undelivered, Code: "twilio_30450", Means: sms.ErrHalt}},
		{"undelivered", "30459", sms.Status{State: sms.Undelivered, Code: "twilio_30459", Means: sms.ErrHalt}},
		{"undelivered", "30460", sms.Status{State: sms.Undelivered, Code: "twilio_30460"}},
		{"undelivered", "0", sms.Status{State: sms.Undelivered}},
		{"undelivered", "x", sms.Status{State: sms.Undelivered}},
		{"teleported", "", sms.Status{}},
		{"", "", sms.Status{}},
	}
	for _, c := range cases {
		form := statusForm(c.status, c.code)
		c.want.Text, c.want.ProviderID = "txt_1", "SM1"
		if got, err := tw.Callback(posted(form, sign(form))); err != nil || got != c.want {
			t.Errorf("%s %s: got %+v, %v; want %+v", c.status, c.code, got, err, c.want)
		}
	}
}

func TestS31ForgedCallbacksAreRefused(t *testing.T) {
	tw := newCallbacks(t)
	good := statusForm("delivered", "")
	changed := statusForm("failed", "")
	other := posted(good, sign(good))
	other.URL.RawQuery = "text=txt_2"
	more := posted(good, sign(good))
	more.URL.RawQuery += "&text=txt_2"
	hosts := posted(good, twiliofake.Sign(authToken, "http://evil.example/callbacks/twilio?text=txt_1", good))
	hosts.Host = "evil.example"
	hosts.Header.Set("X-Forwarded-Host", "evil.example")
	for name, r := range map[string]*http.Request{
		"no signature":        posted(good, ""),
		"another token":       posted(good, twiliofake.Sign("other", callback+"?text=txt_1", good)),
		"another form":        posted(changed, sign(good)),
		"another text":        other,
		"a text more":         more,
		"the request's host":  hosts,
		"garbage":             posted(good, "????"),
		"signature of no url": posted(good, twiliofake.Sign(authToken, "", good)),
	} {
		if s, err := tw.Callback(r); !errors.Is(err, sms.ErrForged) || s != (sms.Status{}) {
			t.Errorf("%s: got %+v, %v; want sms.ErrForged", name, s, err)
		}
	}
	silent := newTwilio(t, "http://127.0.0.1:1")
	if _, err := silent.Callback(posted(good, sign(good))); !errors.Is(err, sms.ErrForged) {
		t.Errorf("without a callback URL: got error %v", err)
	}
}

func TestMalformedCallbacksAreRefused(t *testing.T) {
	tw := newCallbacks(t)
	twice := statusForm("sent", "")
	twice.Add("MessageStatus", "delivered")
	large := statusForm("sent", "")
	large.Set("Pad", strings.Repeat("x", 32<<10))
	get := posted(twice, sign(twice))
	get.Method = http.MethodGet
	json := posted(nil, sign(nil))
	json.Header.Set("Content-Type", "application/json")
	broken := posted(nil, sign(nil))
	broken.Body = http.NoBody
	broken.Header.Del("Content-Type")
	for name, r := range map[string]*http.Request{
		"a name twice": posted(twice, sign(twice)), "large": posted(large, sign(large)), "GET": get, "JSON": json, "no type": broken,
	} {
		if _, err := tw.Callback(r); !errors.Is(err, sms.ErrMalformed) {
			t.Errorf("%s: got error %v, want sms.ErrMalformed", name, err)
		}
	}
}

func FuzzCallback(f *testing.F) {
	tw := newCallbacks(f)
	good := statusForm("delivered", "")
	f.Add(good.Encode(), "text=txt_1", sign(good))
	f.Add("MessageStatus=sent;", "text=%zz", "AAAA")
	f.Add("%", "", "")
	f.Fuzz(func(t *testing.T, body, query, signature string) {
		r := httptest.NewRequest(http.MethodPost, "/callbacks/twilio", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header["X-Twilio-Signature"] = []string{signature}
		status, err := tw.Callback(r)
		if err == nil && (body != good.Encode() || query != "text=txt_1") {
			t.Fatalf("%q %q passed as %+v", body, query, status)
		}
		if err != nil && !errors.Is(err, sms.ErrForged) && !errors.Is(err, sms.ErrMalformed) {
			t.Fatal(err)
		}
	})
}
