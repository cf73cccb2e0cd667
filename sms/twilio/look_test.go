package twilio_test

import (
	"errors"
	"testing"

	"securetext/sms"
	"securetext/sms/twilio"
)

func TestLookTellsLandlinesAndNumbersThatNobodyHas(t *testing.T) {
	fake, base, _ := newFake(t)
	tw := newTwilio(t, base, func(c *twilio.Config) { c.Lookup, c.LookupURL, c.BaseURL = true, base, "http://127.0.0.1:1" })
	to := newText(t, "txt_1").To()
	if err := tw.Look(t.Context(), to); err != nil {
		t.Errorf("a mobile: got error %v", err)
	}
	for _, c := range []struct {
		kind  string
		valid bool
		want  error // nil: none
		code  string
	}{
		{"mobile", true, nil, ""},
		{"landline", true, sms.ErrLandline, "twilio_lookup_landline"},
		{"fixedVoip", true, nil, ""},
		{"nonFixedVoip", true, nil, ""},
		{"unknown", true, nil, ""},
		{"", true, nil, ""},
		{"", false, sms.ErrDead, "twilio_lookup_invalid"},
		{"mobile", false, sms.ErrDead, "twilio_lookup_invalid"},
	} {
		fake.SetLine(patient, c.kind, c.valid)
		err := tw.Look(t.Context(), to)
		if c.want == nil && err == nil {
			continue
		}
		checkError(t, err, c.want, c.code)
	}
	if asked := fake.Lookups(); len(asked) != 9 || asked[0] != patient {
		t.Errorf("looked up %v", asked)
	}
	if n := len(fake.Texts()); n != 0 {
		t.Errorf("looking sent %d texts", n)
	}
}

func TestLookAsksNobodyUnlessItMay(t *testing.T) {
	fake, base, _ := newFake(t)
	fake.SetLine(patient, "landline", true)
	tw := newTwilio(t, base, func(c *twilio.Config) { c.LookupURL = base })
	if err := tw.Look(t.Context(), newText(t, "txt_1").To()); !errors.Is(err, sms.ErrNotAsked) || len(fake.Lookups()) != 0 {
		t.Errorf("got error %v after %d lookups", err, len(fake.Lookups()))
	}
}

// What is no answer about the number must not make it a dead one.
func TestLookDoesNotGuess(t *testing.T) {
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`{}`:                               {200, "twilio_lookup_empty"},
		`{"messages": []}`:                 {200, "twilio_lookup_empty"},
		`{"code": 20404, "message": "no"}`: {404, "twilio_20404"},
	} {
		checkError(t, questions(t, newBroken(t, want.status, body))["Look"], nil, want.code)
	}
}

func TestLookNeedsTheToken(t *testing.T) {
	_, base, _ := newFake(t)
	tw := newTwilio(t, base, func(c *twilio.Config) { c.Lookup, c.LookupURL, c.AuthToken = true, base, "wrong" })
	checkError(t, tw.Look(t.Context(), newText(t, "txt_1").To()), sms.ErrHalt, "twilio_20003")
}
