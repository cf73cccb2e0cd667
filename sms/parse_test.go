package sms_test

import (
	"errors"
	"strings"
	"testing"

	"securetext/sms"
)

func TestParseOrgName(t *testing.T) {
	for in, want := range map[string]string{
		"Riverside Clinic":         "Riverside Clinic",
		"  St. Mary’s \t Hospital": "St. Mary's Hospital",
		"Clínica Ñandú — Año":      "Clinica Ñandu - Año",
		"Cafe\u0301 Médico":        "Café Médico",
		"Łódź & Co…":               "Lodz & Co...",
		"“Œuvre”":                  `"OEuvre"`,
		"line\nbreak\u2028two":     "line break two",
	} {
		got, err := sms.ParseOrgName(in)
		if err != nil || got.String() != want {
			t.Errorf("ParseOrgName(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseOrgNameRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		"":                                      "empty",
		" \n ":                                  "empty",
		"Clinic 🏥":                              "🏥",
		"診療所":                                   "診",
		"a\u202eb":                              `\u202e`,
		"a\x00b":                                `\x00`,
		strings.Repeat("W", sms.MaxOrgName+1):   "31 characters",
		strings.Repeat("[", sms.MaxOrgName/2+1): "32 characters",
	} {
		_, err := sms.ParseOrgName(in)
		if !errors.Is(err, sms.ErrOrgName) || !strings.Contains(err.Error(), reason) {
			t.Errorf("ParseOrgName(%q): got error %v, want one with %q", in, err, reason)
		}
	}
}

func TestParsePublicURL(t *testing.T) {
	for _, good := range []string{"https://clinic.example", "https://clinic.example:8443", "http://127.0.0.1:8080", "https://clinic.example/"} {
		if u, err := sms.ParsePublicURL(good); err != nil || u.String() != strings.TrimSuffix(good, "/") {
			t.Errorf("ParsePublicURL(%q) = %q, %v", good, u, err)
		}
	}
	for _, bad := range []string{
		"", "clinic.example", "ftp://clinic.example", "https://", "https://u:p@clinic.example", "https://clinic.example/x",
		"https://clinic.example?x", "https://clinic.example#x", "https://clínica.example", "https://" + strings.Repeat("h", sms.MaxPublicURL),
	} {
		if _, err := sms.ParsePublicURL(bad); !errors.Is(err, sms.ErrPublicURL) {
			t.Errorf("ParsePublicURL(%q): got error %v, want ErrPublicURL", bad, err)
		}
	}
}

func TestMeasure(t *testing.T) {
	cases := []struct {
		words    string
		segments int
		encoding sms.Encoding
	}{
		{"", 1, sms.GSM7},
		{strings.Repeat("a", 160), 1, sms.GSM7},
		{strings.Repeat("a", 161), 2, sms.GSM7},
		{strings.Repeat("a", 306), 2, sms.GSM7},
		{strings.Repeat("a", 307), 3, sms.GSM7},
		{strings.Repeat("€", 80), 1, sms.GSM7},
		{strings.Repeat("€", 80) + "a", 2, sms.GSM7},
		{"^{}\\[~]|", 1, sms.GSM7},
		{"ñüàéÑ¿¡§", 1, sms.GSM7},
		{"á", 1, sms.UCS2},
		{strings.Repeat("’", 70), 1, sms.UCS2},
		{strings.Repeat("’", 71), 2, sms.UCS2},
		{strings.Repeat("🏥", 35), 1, sms.UCS2},
		{strings.Repeat("🏥", 36), 2, sms.UCS2},
	}
	for _, c := range cases {
		if n, e := sms.Measure(c.words); n != c.segments || e != c.encoding {
			t.Errorf("Measure(%.10q…) = %d, %s; want %d, %s", c.words, n, e, c.segments, c.encoding)
		}
	}
}

func TestErrorsCarryTheirCode(t *testing.T) {
	err := error(&sms.Error{Code: "twilio_21610", RetryAfter: 7, Err: sms.ErrOptedOut})
	if !errors.Is(err, sms.ErrOptedOut) || !errors.Is(err, sms.ErrPermanent) || errors.Is(err, sms.ErrUnsure) {
		t.Errorf("%v is not what it was made of", err)
	}
	if sms.Code(err) != "twilio_21610" || sms.RetryAfter(err) != 7 {
		t.Errorf("Code %q, RetryAfter %v", sms.Code(err), sms.RetryAfter(err))
	}
	if plain := errors.New("x"); sms.Code(plain) != "unknown" || sms.RetryAfter(plain) != 0 {
		t.Error("an error of no sender has a code")
	}
}

func FuzzParseOrgName(f *testing.F) {
	for _, s := range []string{"Clinic", "Clínica", "{org}", "a\u0301", "\xff", "㎏"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := sms.ParseOrgName(s)
		if err != nil {
			if !errors.Is(err, sms.ErrOrgName) {
				t.Fatal(err)
			}
			return
		}
		if again, err := sms.ParseOrgName(name.String()); err != nil || again != name {
			t.Fatalf("%q became %q and then %q, %v", s, name, again, err)
		}
		if text := sms.EnrolledText("", number(t), sms.Voice{Org: name, Lang: "es"}); text.Segments() != 1 || text.Encoding() != sms.GSM7 {
			t.Fatalf("%q makes %d segments of %s", s, text.Segments(), text.Encoding())
		}
	})
}
