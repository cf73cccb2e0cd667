package mail_test

import (
	"strings"
	"testing"

	"securetext/gateway/mail"
)

func TestFrom(t *testing.T) {
	ana := "ana@clinic.example"
	cases := []struct {
		header, name, addr string
		ambiguous          bool
	}{
		{"From: ana@clinic.example", "", ana, false},
		{"From: <ana@clinic.example>", "", ana, false},
		{"From: Ana Pena <ana@clinic.example>", "Ana Pena", ana, false},
		{`From: "Pena, Ana" <ana@clinic.example>`, "Pena, Ana", ana, false},
		{"From: =?utf-8?q?Pe=C3=B1a=2C_Ana?= <ana@clinic.example>", "Peña, Ana", ana, false},
		{"From: =?x-unknown?q?Pe=F1a?= <ana@clinic.example>", "Peña", ana, false},
		{"From: Pe\xf1a <ana@clinic.example>", "Peña", ana, false},
		{"From: ana@clinic.example (Ana)", "Ana", ana, false},
		{"From: Ana Pena\n <ana@clinic.example>", "Ana Pena", ana, false},
		{`From: "ana@clinic.example" <ana@clinic.example>`, ana, ana, false},

		{"To: x@y.z", "", "", false},
		{"From:", "", "", false},
		{"From: Ana", "", "", false},
		{"From: undisclosed:;", "", "", false},

		{"From: ana@clinic.example, eve@evil.example", "", "", true},
		{"From: ana@clinic.example\nFrom: eve@evil.example", "", "", true},
		{"From: ana@clinic.example\nFrom: ana@clinic.example", "", "", true},
		{"From: ana@clinic.example\nfrom : eve@evil.example", "", "", true},
		{"From: ana@clinic.example <eve@evil.example>", "", "", true},
		{"From: <ana@clinic.example> <eve@evil.example>", "", "", true},
		{"From: ana@clinic.example," + strings.Repeat(" ", 20000) + "eve@evil.example", "", "", true},
		{"From: " + strings.Repeat(" ", 20000) + "eve@evil.example", "", "", true},
		{"From: ana@clinic.example\r , eve@evil.example", "", "", true},
		{"From: ana@clinic.example\nrubbish\n , eve@evil.example", "", "", true},
		{"From: staff: ana@clinic.example;", "", "", true},
		{`From: "ana@clinic.example"@evil.example`, "", "", true},
		{"From: ana@clinic.example@evil.example", "", "", true},

		// A display name must not pass for the address.
		{`From: "ana@clinic.example" <eve@evil.example>`, "", "eve@evil.example", false},
		{"From: =?utf-8?q?ana=40clinic=2Eexample?= <eve@evil.example>", "", "eve@evil.example", false},
		{"From: =?utf-8?q?ana=40clinic=2Eexample=3E=2C_=3Cx=40y=2Ez?= <eve@evil.example>", "", "eve@evil.example", false},
		{"From: =?utf-8?q?ana=EF=BC=A0clinic=2Eexample?= <eve@evil.example>", "", "eve@evil.example", false},
		{"From: =?utf-8?q?Ana=0D=0AFrom:_x?= <eve@evil.example>", "", "", false},
		{"From: =?utf-8?q?=E2=80=AEanA?= <eve@evil.example>", "anA", "eve@evil.example", false},

		{"From: ana@[192.0.2.1]", "", "", false},
		{`From: "a b"@clinic.example`, "", "", false},
	}
	for _, c := range cases {
		got := parse(t, c.header+"\nSubject: s\n\nHello")
		if got.From.Name != c.name || got.From.Addr != c.addr || got.FromAmbiguous != c.ambiguous {
			t.Errorf("%.100q: %q, %q, ambiguous %v; want %q, %q, %v",
				c.header, got.From.Name, got.From.Addr, got.FromAmbiguous, c.name, c.addr, c.ambiguous)
		}
	}
}

func TestMessageID(t *testing.T) {
	for header, want := range map[string]string{
		"Message-ID: <a.b@c>":         "a.b@c",
		"Message-Id:\n <a.b@c>\n":     "a.b@c",
		"Message-ID: a.b@c":           "a.b@c",
		"Message-ID: <a.b@c> (extra)": "a.b@c",
		"Message-ID: ":                "",
		"X-Message-ID: <a>":           "",
	} {
		c, err := mail.Parse([]byte(header+"\nSubject: s\n\nHello"), mail.DefaultLimits)
		if err != nil || c.MessageID != want {
			t.Errorf("%q: %v, want %q", header, err, want)
		}
	}
}
