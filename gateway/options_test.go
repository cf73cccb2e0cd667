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
		"X-SecureText-Passcode: swordfish":                        "550 5.1.3 Refused option X-SecureText-Passcode: is not available yet",
		"X-SecureText-2114367789: 1\r\nX-SecureText-Expires: 12h": "550 5.1.3 Unknown option: ",
	} {
		if got := d.mail(own, patient, header+"\r\n"+simpleMail); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func TestOptionsOfAPost(t *testing.T) {
	for body, want := range map[string]option.Options{
		`"notify":"always","reply":"no"`:                       {Notify: option.NotifyAlways, Reply: option.NoReply},
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
		`"notify":"often"`:   "/notify must be none, failure or always",
		`"passcode":"x"`:     "/passcode is not available yet",
		`"reply":"yes"`:      "/reply yes is not available yet, only no is",
		`"expires_in":"99d"`: "/expires_in must be from 1h to 90d",
	} {
		_, err := understood(`{"to":"2114367789","subject":"s","text":"t",` + body + `}`)
		if err == nil || !strings.Contains(err.Error(), detail) {
			t.Errorf("%s: got error %v", body, err)
		}
	}
}

func TestWhoWantsToHearOfWhat(t *testing.T) {
	const always = store.NotifyAccepted | store.NotifyFailed | store.NotifyRead
	delivered := store.NotifyDelivered
	for _, c := range []struct {
		rule   store.Confirm
		asked  option.Notify
		notify *store.Notify
		auto   bool
		want   store.Notify
	}{
		{want: 0},
		{rule: store.ConfirmNone, want: 0},
		{rule: store.ConfirmFailure, want: store.NotifyFailed},
		{rule: store.ConfirmAlways, want: always},
		{rule: store.ConfirmAlways, asked: option.NotifyNone, want: 0},
		{rule: store.ConfirmNone, asked: option.NotifyFailure, want: store.NotifyFailed},
		{rule: store.ConfirmFailure, asked: option.NotifyAlways, want: always},
		{rule: store.ConfirmAlways, asked: option.NotifyAlways, notify: &delivered, want: store.NotifyDelivered},
		{rule: store.ConfirmAlways, notify: new(store.Notify), want: 0},
		{rule: store.ConfirmAlways, notify: &delivered, auto: true, want: 0},
	} {
		target := Target{Options: option.Options{Notify: c.asked}, Notify: c.notify}
		got := target.completed(store.Org{Policy: store.Policy{Confirm: c.rule}}, c.auto)
		if *got.Notify != c.want {
			t.Errorf("%+v: got %v, want %v", c, *got.Notify, c.want)
		}
	}
}
