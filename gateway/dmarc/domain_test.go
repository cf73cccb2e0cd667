package dmarc

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"Clinic.Example":                       "clinic.example",
		"clinic.example.":                      "clinic.example",
		"a_b.clinic.example":                   "a_b.clinic.example",
		"ÄRZTIN.example":                       "xn--rztin-fra.example",
		"example":                              "",
		"":                                     "",
		".":                                    "",
		"a..example":                           "",
		"clinic example.com":                   "",
		"[192.0.2.1]":                          "",
		"a@clinic.example":                     "",
		"clinic\u3002example":                  "clinic.example", // a full stop, ideographic
		"cli\u200bnic.example":                 "clinic.example", // a space of no width
		"\xff.example":                         "",
		"a/b.example":                          "",
		"clinic.example\r\nX: ":                "",
		strings.Repeat("a", 64) + ".example":   "",
		strings.Repeat("a.", 125) + "example":  "",
		strings.Repeat("a.", 120) + "example.": strings.Repeat("a.", 120) + "example",
	} {
		if got, ok := canonical(in); got != want || ok != (want != "") {
			t.Errorf("canonical(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestAligned(t *testing.T) {
	tests := []struct {
		from, other     string
		strict, relaxed bool
	}{
		{"clinic.example", "clinic.example", true, true},
		{"clinic.example", "mail.clinic.example", false, true},
		{"a.clinic.example", "b.clinic.example", false, true},
		{"clinic.example", "otherclinic.example", false, false},
		{"clinic.co.uk", "shop.co.uk", false, false},
		{"clinic.co.uk", "co.uk", false, false},
		{"a.clinic.co.uk", "clinic.co.uk", false, true},
		{"a.github.io", "b.github.io", false, false},
		{"clinic.example", "", false, false},
	}
	for _, test := range tests {
		if got := aligned(test.from, test.other, strict); got != test.strict {
			t.Errorf("strict: %s and %s: got %v", test.from, test.other, got)
		}
		if got := aligned(test.from, test.other, relaxed); got != test.relaxed {
			t.Errorf("relaxed: %s and %s: got %v", test.from, test.other, got)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"clinic.example", "ÄRZTIN.example", "xn--a.b", "..", "a\x00.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := canonical(s)
		if !ok {
			return
		}
		if again, ok := canonical(got); !ok || again != got {
			t.Errorf("canonical(%q) = %q, and of that %q", s, got, again)
		}
		if strings.Contains(got, "@") || !isName(got) {
			t.Errorf("canonical(%q) = %q", s, got)
		}
	})
}
