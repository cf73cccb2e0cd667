package sms_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"securetext/sms"
)

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// Of 100,000 codes, each digit stands in each place about 10,000 times, with a
// deviation of 95; and the codes that come again are about 4,840, with one of 70.
func TestNewCodeIsSixDigitsAllAlikeLikely(t *testing.T) {
	const many = 100_000
	var at [6][10]int
	seen := map[string]bool{}
	for range many {
		c := sms.NewCode().Secret()
		if !sixDigits.MatchString(c) {
			t.Fatalf("%q is no code", c)
		}
		seen[c] = true
		for i, d := range c {
			at[i][d-'0']++
		}
	}
	for i, counts := range at {
		for d, n := range counts {
			if n < many/10-700 || n > many/10+700 {
				t.Errorf("digit %d is %d in %d of %d codes", i+1, d, n, many)
			}
		}
	}
	if again := many - len(seen); again < 4300 || again > 5400 {
		t.Errorf("%d of %d codes came again", again, many)
	}
}

func TestParseCode(t *testing.T) {
	for in, want := range map[string]string{
		"012345": "012345", " 123 456\n": "123456", "123-456": "123456", "12–34—56": "123456", "1 2 3 4 5 6": "123456",
		"123\u00a0456": "123456", "123\u2011456": "123456", "123−456": "123456", "\t000000": "000000",
	} {
		c, err := sms.ParseCode(in)
		if err != nil || c.Secret() != want {
			t.Errorf("ParseCode(%q) = %q, %v; want %q", in, c.Secret(), err, want)
		}
	}
	if (sms.OneTimeCode{}).Secret() != "" {
		t.Error("no code is one")
	}
}

func TestParseCodeRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "-", "12345", "1234567", "12345a", "abcdef", "+12345", "123.456", "123,456", "12345\x00", "１２３４５６", "١٢٣٤٥٦", "1234５", "é1234",
	} {
		c, err := sms.ParseCode(in)
		if !errors.Is(err, sms.ErrCode) || c.Secret() != "" {
			t.Errorf("ParseCode(%q) = %q, %v; want ErrCode", in, c.Secret(), err)
		}
		if err != nil && len(in) > 4 && strings.Contains(err.Error(), in) {
			t.Errorf("the error quotes %q", in)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"123456", "12-34 56", "１２３４５６", "\xff\xff", "000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := sms.ParseCode(s)
		switch {
		case err != nil && (!errors.Is(err, sms.ErrCode) || c.Secret() != ""):
			t.Fatalf("%q: %q, %v", s, c.Secret(), err)
		case err == nil && !sixDigits.MatchString(c.Secret()):
			t.Fatalf("%q became %q", s, c.Secret())
		}
	})
}

// A code's text says the code and for how long it is good, warns of who asks for
// it, and leads nowhere.
func TestCodeTextsSayTheCodeAndNoLink(t *testing.T) {
	warnings := map[string]string{
		"en": "Nobody will call", "es": "Nadie", "fr": "Personne", "tl": "Walang tatawag", "vi": "Khong ai goi", "zh": "无人会来电",
	}
	for _, lang := range sms.Languages() {
		v := sms.Voice{Org: orgName(t, "Bay Clinic"), Lang: lang, Word: word(t, "heron")}
		c := sms.NewCode()
		body := sms.CodeText("txt_1", number(t), v, c).Body()
		for _, want := range []string{"Bay Clinic", "heron", c.Secret(), "10", warnings[lang]} {
			if want == "" || !strings.Contains(body, want) {
				t.Errorf("%s: %q does not say %q", lang, body, want)
			}
		}
		if strings.Contains(body, "/") {
			t.Errorf("%s: %q has a link", lang, body)
		}
	}
}
