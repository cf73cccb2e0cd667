package phone_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"securetext/sms/phone"
)

const digits = "+12114367789"

func number(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s, "")
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return n
}

func TestS24NumberPrintsAsNothing(t *testing.T) {
	n := number(t, digits)
	type patient struct {
		Phone  phone.Number
		hidden phone.Number
	}
	values := []any{n, &n, patient{n, n}, &patient{n, n}, []phone.Number{n}, map[phone.Number]int{n: 1}, fmt.Errorf("send to %v", n)}
	for _, v := range values {
		for _, verb := range "vsqxXdbocUeEfFgGtTpw" {
			for _, flags := range []string{"", "+", "#", "-20", "020", ".3", " "} {
				format := "%" + flags + string(verb)
				mustHide(t, format, fmt.Sprintf(format, v))
			}
		}
	}
	for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%q", "%x"} {
		if got := fmt.Sprintf(verb, n); got != "[phone number]" {
			t.Errorf("%s shows %q", verb, got)
		}
	}
}

func TestS24NumberMarshalsAsNothing(t *testing.T) {
	n := number(t, digits)
	for _, v := range []any{n, &n, map[phone.Number]int{n: 1}, struct{ To phone.Number }{n}} {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		mustHide(t, "JSON", string(out))
	}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("texted", "to", n, "all", []phone.Number{n}, "in", struct{ To phone.Number }{n})
	}
	mustHide(t, "slog", out.String())
	if !strings.Contains(out.String(), "[phone number]") {
		t.Errorf("slog shows %s", out.String())
	}
}

func TestS24ErrorsDoNotRepeatTheNumber(t *testing.T) {
	for _, s := range []string{"2114367789;ext=7", "211436778x", "21143677891234", "0112114367789", "+9992114367789"} {
		_, err := phone.Parse(s, "US")
		if !errors.Is(err, phone.ErrNotNumber) {
			t.Fatalf("Parse(%q): got error %v, want ErrNotNumber", s, err)
		}
		mustHide(t, "error", err.Error())
	}
}

// mustHide looks for the national number, as digits or as hex of them. A pointer
// may print as any digits, but not as so many of these.
func mustHide(t *testing.T, how, out string) {
	t.Helper()
	bare := strings.NewReplacer(" ", "", "0x", "", "0X", "", ",", "").Replace(strings.ToLower(out))
	for _, secret := range []string{"2114367789", fmt.Sprintf("%x", "2114367789")} {
		if strings.Contains(bare, secret) {
			t.Errorf("%s shows the number: %s", how, out)
		}
	}
}

func TestNumberIsComparable(t *testing.T) {
	a, b, c := number(t, digits), number(t, "+1 (211) 436-7789"), number(t, "+12114367780")
	seen := map[phone.Number]bool{a: true}
	if a != b || !seen[b] {
		t.Error("one number, written twice, is not equal to itself")
	}
	if a == c || seen[c] {
		t.Error("two numbers are equal")
	}
}

func TestZeroNumber(t *testing.T) {
	var n phone.Number
	if !n.IsZero() || n.E164() != "" || n.Country() != "" || n.Masked() != "" {
		t.Errorf("zero Number: E164 %q, Country %q, Masked %q", n.E164(), n.Country(), n.Masked())
	}
	if number(t, digits).IsZero() {
		t.Error("a number is zero")
	}
}

func TestCountryAndMasked(t *testing.T) {
	cases := []struct{ number, country, masked string }{
		{"+12114367789", "", "+1 ••• ••• 7789"},
		{"+12125550123", "US", "+1 ••• ••• 0123"},
		{"+16135550123", "CA", "+1 ••• ••• 0123"},
		{"+18095551234", "DO", "+1 ••• ••• 1234"},
		{"+442079460958", "GB", "+44 ••• ••• 0958"},
		{"+390612345678", "IT", "+39 ••• ••• 5678"},
		{"+80012345678", "", "+800 ••• ••• 78"},
		{"+6834002", "NU", "+683 ••• ••• 02"},
	}
	for _, c := range cases {
		n := number(t, c.number)
		if n.Country() != c.country || n.Masked() != c.masked {
			t.Errorf("%s: Country %q, Masked %q; want %q, %q", c.number, n.Country(), n.Masked(), c.country, c.masked)
		}
	}
}

func TestKnownRegion(t *testing.T) {
	for region, want := range map[string]bool{"US": true, "GB": true, "us": false, "": false, "XX": false, "1": false} {
		if got := phone.KnownRegion(region); got != want {
			t.Errorf("KnownRegion(%q) = %v", region, got)
		}
	}
}
