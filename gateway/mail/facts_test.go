package mail_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"securetext/gateway/mail"
)

func TestAutoSubmitted(t *testing.T) {
	cases := map[string]bool{
		"To: x@y.z":                                                   false,
		"Auto-Submitted: no":                                          false,
		"Auto-Submitted: No (by hand)":                                false,
		"Auto-Submitted: auto-generated":                              true,
		"Auto-Submitted: auto-replied; x=\"y\"":                       true,
		"Precedence: bulk":                                            true,
		"Precedence: List":                                            true,
		"Precedence: first-class":                                     false,
		"X-Auto-Response-Suppress: All":                               true,
		"X-Auto-Response-Suppress: None":                              false,
		"List-Id: Staff <staff.clinic>":                               true,
		"Return-Path: <>":                                             true,
		"Return-Path: <ana@clinic.example>":                           false,
		"Content-Type: multipart/report; report-type=delivery-status": true,
	}
	for header, want := range cases {
		if c := parse(t, "Subject: s\n"+header+"\n\nHello"); c.AutoSubmitted != want {
			t.Errorf("%s: %v, want %v", header, c.AutoSubmitted, want)
		}
	}
}

func TestSender(t *testing.T) {
	cases := []struct {
		header, addr string
		ambiguous    bool
	}{
		{"X: y", "", false},
		{"Sender: Ana <ana@clinic.example>", "ana@clinic.example", false},
		{"Sender: ana@clinic.example, eve@evil.example", "", true},
		{"Sender: ana@clinic.example\nSender: eve@evil.example", "", true},
	}
	for _, c := range cases {
		got := parse(t, "From: bob@clinic.example\n"+c.header+"\n\nHello")
		if got.Sender.Addr != c.addr || got.SenderAmbiguous != c.ambiguous || got.From.Addr != "bob@clinic.example" {
			t.Errorf("%s: %q, ambiguous %v", c.header, got.Sender.Addr, got.SenderAmbiguous)
		}
	}
}

func TestAddressees(t *testing.T) {
	addrs := func(list []mail.Address) string {
		var all []string
		for _, a := range list {
			all = append(all, a.Addr)
		}
		return strings.Join(all, " ")
	}
	c := parse(t, "To: Lucía <2114367789@secure.text>,\n \"Last, First\" <b@x.example>\nTo: c@x.example\n"+
		"Cc: broken <, d@x.example, undisclosed:;\nBcc: secret@x.example\n\nHello")
	if to, cc := addrs(c.To), addrs(c.Cc); to != "2114367789@secure.text b@x.example c@x.example" || cc != "d@x.example" {
		t.Errorf("To %q, Cc %q", to, cc)
	}
	many := "ana@clinic.example" + strings.Repeat(",\n ana@clinic.example", 1500)
	c = parse(t, "To: "+many+"\nCc: "+many+"\n\nHello")
	if got := strings.Fields(addrs(c.To)); len(got) != 200 || len(c.Cc) != 0 || slices.ContainsFunc(got, func(a string) bool { return a != "ana@clinic.example" }) {
		t.Errorf("%d and %d addresses of 1501 each", len(got), len(c.Cc))
	}
}

func TestOptions(t *testing.T) {
	c := parse(t, "From: a@b.c\nX-SecureText-Exp: 3d\nx-securetext-LANG:\n  =?utf-8?q?es?=\nX-SecureText-: none\nX-SecureTextual: no\n"+
		"X-SecureText-Passcode:\nX-SecureText-Exp: 4d\n\nX-SecureText-Body: no")
	want := []mail.Option{{Name: "exp", Value: "3d"}, {Name: "lang", Value: "es"}, {Name: "passcode"}, {Name: "exp", Value: "4d"}}
	if !slices.Equal(c.Options, want) {
		t.Errorf("%d options, not the %d wanted in their order", len(c.Options), len(want))
	}
	_, err := mail.Parse([]byte("From: a@b.c\n"+strings.Repeat("X-SecureText-Exp: 3d\n", 51)+"\nHello"), mail.DefaultLimits)
	if !errors.Is(err, mail.ErrTooComplex) {
		t.Errorf("51 options: got error %v, want ErrTooComplex", err)
	}
}

func TestS29BodyHash(t *testing.T) {
	hash := func(raw string) [32]byte {
		c, err := mail.Parse([]byte(raw), mail.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		return c.BodyHash
	}
	long := strings.Repeat("x", 20000)
	base := hash("From: a@b.c\r\n\r\nHello\r\n\r\nyou" + long + "\r\n")
	same := []string{
		"From: a@b.c\nDate: later\n\nHello\n\nyou" + long + "\n",
		"Received: x\r\nFrom: a@b.c\r\n\r\nHello  \r\n\t\r\nyou" + long,
		"From: a@b.c\r\rHello\r\ryou" + long + "\r\r\r",
	}
	for _, raw := range same {
		if hash(raw) != base {
			t.Errorf("%.40q: another hash", raw)
		}
	}
	others := []string{
		"From: a@b.c\n\nHello\nyou" + long, "From: a@b.c\n\nHello\n\n you" + long, "From: a@b.c\n\nhello\n\nyou" + long,
		"From: a@b.c\n\n\nHello\n\nyou" + long, "From: a@b.c\n\nHello\n\nyou" + long + "x",
	}
	for _, raw := range others {
		if hash(raw) == base {
			t.Errorf("%.40q: the same hash", raw)
		}
	}
}
