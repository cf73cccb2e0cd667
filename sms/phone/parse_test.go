package phone_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"securetext/sms/phone"
)

func TestParse(t *testing.T) {
	cases := []struct{ written, region, want string }{
		{"2114367789", "US", "+12114367789"}, // no assigned area code, and yet a number to try
		{"211-436-7789", "US", "+12114367789"},
		{"(211) 436.7789", "US", "+12114367789"},
		{"211/436/7789", "US", "+12114367789"},
		{"12114367789", "US", "+12114367789"},
		{"1 (211) 436-7789", "US", "+12114367789"},
		{"+12114367789", "DE", "+12114367789"},
		{"+1 211 436 7789", "", "+12114367789"},
		{" +1-211-436-7789 ", "", "+12114367789"},
		{"0012114367789", "US", "+12114367789"},
		{"+15551230001", "US", "+15551230001"},
		{"+442079460958", "US", "+442079460958"},
		{"00442079460958", "US", "+442079460958"},
		{"+44 (0)20 7946 0958", "US", "+442079460958"},
		{"020 7946 0958", "GB", "+442079460958"},
		{"442079460958", "GB", "+442079460958"},
		{"00 44 20 7946 0958", "AU", "+442079460958"},
		{"030/901820", "DE", "+4930901820"},
		{"06 698 12345", "IT", "+390669812345"}, // Italy keeps its zero
		{"079 312 34 56", "CH", "+41793123456"},
		{"011 15-2345-6789", "AR", "+5491123456789"},
		{"+18095551234", "US", "+18095551234"},
	}
	for _, c := range cases {
		n, err := phone.Parse(c.written, c.region)
		if err != nil || n.E164() != c.want {
			t.Errorf("Parse(%q, %q) = %q, %v; want %q", c.written, c.region, n.E164(), err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	cases := []struct{ written, region, reason string }{
		{"", "US", "no digits"},
		{" ()-", "US", "no digits"},
		{"+", "US", "no digits"},
		{"0114367789", "US", "call abroad"}, // the library's answer is Austria
		{"011 44 20 7946 0958", "US", "call abroad"},
		{"0011 44 20 7946 0958", "AU", "two ways"},
		{"4367789", "US", "area code is missing"},
		{"436-7789", "US", "area code is missing"},
		{"+14367789", "US", "area code is missing"},
		{"0436778912", "US", "0 or 1"},
		{"+10114367789", "US", ""},
		{"211436778", "US", "too few"},
		{"1", "US", "too few"},
		{"21143677891234", "US", "too many"},
		{"+4912345678901234567", "US", "too many"},
		{strings.Repeat("2", 65), "US", "too long"},
		{"1-800-FLOWERS", "US", "letters"},
		{"clinic", "US", "letters"},
		{"tel:+12114367789", "US", "letters"},
		{"2114367789x12", "US", "letters"},
		{"2114367789;ext=12", "US", "extension"},
		{"2114367789,12", "US", "extension"},
		{"2114367789#12", "US", "extension"},
		{"*2114367789", "US", "extension"},
		{"٢١١٤٣٦٧٧٨٩", "US", "0 to 9"},
		{"\uff12\uff11\uff11\uff14\uff13\uff16\uff17\uff17\uff18\uff19", "US", "0 to 9"},
		{"\uff0b12114367789", "US", "sign that no"},
		{"++12114367789", "US", "plus sign inside"},
		{"2114367789+exp", "US", "plus sign inside"},
		{"\u202a+12114367789\u202c", "US", "sign that no"},
		{"2114367789\x00", "US", "sign that no"},
		{"2114367789\n", "US", "sign that no"},
		{"211\xff4367789", "US", "sign that no"},
		{"2114367789", "", "no country code"},
		{"2114367789", "XX", "no country code"},
		{"+9992114367789", "US", "country code does not exist"},
		{"+0442079460958", "US", ""},
		{"911", "US", ""},
	}
	for _, c := range cases {
		n, err := phone.Parse(c.written, c.region)
		if !errors.Is(err, phone.ErrNotNumber) || !n.IsZero() {
			t.Errorf("Parse(%q, %q) = %q, %v; want ErrNotNumber", c.written, c.region, n.E164(), err)
			continue
		}
		if !strings.Contains(err.Error(), c.reason) {
			t.Errorf("Parse(%q, %q): reason %q does not say %q", c.written, c.region, err, c.reason)
		}
	}
}

// TestParseKeepsNumbersApart writes one number in many ways, and another one
// that differs in one digit: the first are all equal, the second never is.
func TestParseKeepsNumbersApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := []byte(rapid.StringMatching(`[2-9][0-9]{9}`).Draw(t, "digits"))
		plain := parse(t, string(digits))
		if plain.E164() != "+1"+string(digits) {
			t.Fatalf("%s became %s", digits, plain.E164())
		}
		if dressed := parse(t, dress(t, digits)); dressed != plain {
			t.Fatalf("punctuation changed %s into %s", plain.E164(), dressed.E164())
		}
		at := rapid.IntRange(1, 9).Draw(t, "at")
		digits[at] = '0' + (digits[at]-'0'+1)%10
		if parse(t, string(digits)) == plain {
			t.Fatalf("two numbers became %s", plain.E164())
		}
	})
}

func parse(t *rapid.T, s string) phone.Number {
	n, err := phone.Parse(s, "US")
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return n
}

// dress puts punctuation between digits and, maybe, a country code before them.
func dress(t *rapid.T, digits []byte) string {
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", "1", "+1", "001", "+1 ", "1-"}).Draw(t, "prefix"))
	for _, d := range digits {
		b.WriteString(rapid.SampledFrom([]string{"", "", " ", ".", "-", "/", "(", ")"}).Draw(t, "sign"))
		b.WriteByte(d)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2114367789", "+44 20 7946 0958", "0114367789", "0011442079460958", "0049 30 901820", "+39 06 698", ";ext=1", "+", "٢"} {
		for _, region := range []string{"US", "AU", "BR", ""} {
			f.Add(s, region)
		}
	}
	f.Fuzz(func(t *testing.T, s, region string) {
		n, err := phone.Parse(s, region)
		if err != nil {
			if !errors.Is(err, phone.ErrNotNumber) || !n.IsZero() {
				t.Fatalf("Parse(%q, %q) = %q, %v", s, region, n.E164(), err)
			}
			return
		}
		again, err := phone.Parse(n.E164(), "")
		if err != nil || again != n {
			t.Fatalf("Parse(%q, %q) = %q, read again as %q, %v", s, region, n.E164(), again.E164(), err)
		}
		if n.Masked() == "" || strings.Contains(n.Masked(), n.E164()[3:]) {
			t.Fatalf("%q is masked as %q", n.E164(), n.Masked())
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := phone.Parse("(211) 436-7789", "US"); err != nil {
			b.Fatal(err)
		}
	}
}
