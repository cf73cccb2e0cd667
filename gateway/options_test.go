package gateway

import (
	"strings"
	"testing"
	"time"

	"securetext/gateway/option"
	"securetext/store"
)

func TestOptionsOfAddressAndHeader(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<"+own+">", "250")
	d.say("RCPT TO:<2114367780+exp=3d+reply=no@secure.text>", "250")
	d.say("RCPT TO:<2114367781@secure.text>", "250")
	d.say("DATA", "354")
	d.send("From: " + own + "\r\nX-SecureText-Expires: 12h\r\nx-securetext-LANG: es\r\nX-SecureText-Reference: lab:7\r\nSubject: x\r\n\r\nbody\r\n.\r\n")
	d.expect("250")
	got := c.read(t)
	if len(got) != 2 || got[0].Expires.Sub(got[0].Created) != 72*time.Hour || got[1].Expires.Sub(got[1].Created) != 12*time.Hour ||
		got[0].Lang != "es" || got[1].Lang != "es" {
		t.Error("the address does not go over the header, or the header over the org")
	}
	infos, err := c.db.Messages(t.Context(), store.MessageFilter{Org: c.org.ID})
	must(t, err)
	if infos[0].Reference != "lab:7" {
		t.Errorf("reference %q", infos[0].Reference)
	}
	for header, want := range map[string]string{
		"X-SecureText-Flavour: mild":                              "550 5.1.3 Unknown option X-SecureText-flavour",
		"X-SecureText-Expires: soon":                              "550 5.1.3 Refused option X-SecureText-Expires: must be",
		"X-SecureText-Lang: es\r\nX-SecureText-Lang: en":          "550 5.1.3 Refused option X-SecureText-Lang: is given twice",
		"X-SecureText-Passcode: sword.fish":                       "550 5.1.3 Refused option X-SecureText-Passcode: must have 4 to 32",
		"X-SecureText-2114367789: 1\r\nX-SecureText-Expires: 12h": "550 5.1.3 Unknown option: ",
	} {
		if got := d.mail(own, patient, header+"\r\n"+simpleMail); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func TestOptionsOfAPost(t *testing.T) {
	for body, want := range map[string]option.Options{
		`"notify":"always","reply":"no"`:                       {Notify: option.NotifyAlways, Reply: option.ReplyNo},
		`"reply":"yes"`:                                        {Reply: option.ReplyYes},
		`"ack":"choices","notify":"none"`:                      {Ack: option.AckChoices, Notify: option.NotifyNone},
		`"read_by":"4h","remind":"24h,72h"`:                    {ReadBy: 4 * time.Hour, Remind: "1d.3d"},
		`"time_zone":"America/Chicago","remind":"no"`:          {TimeZone: "America/Chicago", Remind: option.NoRemind},
		`"passcode":"47-11","passcode_hint":"your pet"`:        {Passcode: passcodeOf(t, "4711"), Hint: "your pet"},
		`"expires_in":"3d","lang":"es-MX","reference":"lab:7"`: {Life: 72 * time.Hour, Lang: "es-MX", Reference: "lab:7"},
	} {
		sub, err := understood(`{"to":["2114367789","2114367780"],"subject":"s","text":"t",` + body + `}`)
		must(t, err)
		for _, to := range sub.To {
			if to.Options != want {
				t.Errorf("%s: got %+v", body, to.Options)
			}
		}
	}
	for body, detail := range map[string]string{
		`"notify":"often"`:                  "/notify must be none, failure or always",
		`"passcode":"x"`:                    "/passcode must have 4 to 32 letters and digits",
		`"passcode_hint":"your pet"`:        "/passcode_hint needs a passcode beside it",
		`"reply":"maybe"`:                   "/reply must be yes or no",
		`"expires_in":"99d"`:                "/expires_in must be from 1h to 90d",
		`"read_by":"2m"`:                    "/read_by must be from 15m to 7d",
		`"remind":"daily"`:                  "/remind must be no, or up to 5 times",
		`"remind":["24h"]`:                  "/remind must be a string",
		`"remind":"20d"`:                    "/remind must be before the end of the message, which can be read for 14d",
		`"read_by":"2h","expires_in":"1h"`:  "/read_by must be before the end of the message, which can be read for 1h",
		`"send_at":"2020-01-01T00:00:00Z"`:  "/send_at must be in the future",
		`"send_at":"2120-01-01T00:00:00Z"`:  "/send_at must be at most 90 days ahead",
		`"send_at":"tomorrow at nine"`:      "/send_at must be a date and a time with a time zone",
		`"time_zone":"America/Springfield"`: "/time_zone must be the name of a time zone",
	} {
		_, err := understood(`{"to":"2114367789","subject":"s","text":"t",` + body + `}`)
		if err == nil || !strings.Contains(err.Error(), detail) {
			t.Errorf("%s: got error %v", body, err)
		}
	}
}

func TestWhoWantsToHearOfWhat(t *testing.T) {
	const inAnyCase = store.NotifyAsked
	const always = store.NotifyAccepted | store.NotifyFailed | store.NotifyRead
	delivered := store.NotifyDelivered
	for _, c := range []struct {
		rule   store.Confirm
		asked  option.Notify
		notify *store.Notify
		by     time.Duration
		auto   bool
		want   store.Notify
	}{
		{want: inAnyCase},
		{rule: store.ConfirmNone, want: inAnyCase},
		{rule: store.ConfirmFailure, want: inAnyCase | store.NotifyFailed},
		{rule: store.ConfirmAlways, want: inAnyCase | always},
		{rule: store.ConfirmAlways, asked: option.NotifyNone, want: inAnyCase},
		{rule: store.ConfirmNone, asked: option.NotifyFailure, want: inAnyCase | store.NotifyFailed},
		{rule: store.ConfirmFailure, asked: option.NotifyAlways, want: inAnyCase | always},
		{rule: store.ConfirmAlways, asked: option.NotifyAlways, notify: &delivered, want: inAnyCase | store.NotifyDelivered},
		{rule: store.ConfirmAlways, notify: new(store.Notify), want: inAnyCase},
		{by: time.Hour, want: inAnyCase | store.NotifyOverdue},
		{rule: store.ConfirmAlways, notify: &delivered, by: time.Hour, auto: true, want: 0},
	} {
		target := Target{Options: option.Options{Notify: c.asked, ReadBy: c.by}, Notify: c.notify}
		got := target.completed(store.Org{Policy: store.Policy{Confirm: c.rule}}, c.auto)
		if *got.Notify != c.want {
			t.Errorf("%+v: got %v, want %v", c, *got.Notify, c.want)
		}
	}
}

// What cannot be is said of the recipient whom it is about, before anything is
// stored, whether the address or the header asks for it.
func TestOptionsOfAMailThatCannotBe(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	for _, try := range []struct{ to, header, want string }{
		{"2114367789+by=2h+exp=1h", "X-Nothing: here", "550 5.1.3 Refused option by: must be before the end of the message, which can be read for 1h"},
		{"2114367789+exp=1d", "X-SecureText-Remind: 12h, 24h", "550 5.1.3 Refused option remind: must be before the end of the message, which can be read for 1d"},
		{"2114367789", "X-SecureText-Send-At: 2020-01-01T00:00:00Z", "550 5.1.3 Refused option X-SecureText-Send-At: must be in the future"},
		{"2114367789+by=1m", "X-Nothing: here", "550 5.1.3 Refused option by: must be from 15m to 7d"},
	} {
		if got, _ := d.tell(own, try.to+"@secure.text", try.header+"\r\n"+simpleMail); !strings.HasPrefix(got, try.want) {
			t.Errorf("%s, %s: got %q, want %q", try.to, try.header, got, try.want)
		}
		d.say("RSET", "250")
	}
	if n := len(c.read(t)); n != 0 {
		t.Errorf("%d messages were stored", n)
	}
	if got := d.mail(own, "2114367789+by=4h+remind=24h.48h+tz=America/Chicago@secure.text", simpleMail); !strings.HasPrefix(got, "250") {
		t.Errorf("got %q", got)
	}
}
