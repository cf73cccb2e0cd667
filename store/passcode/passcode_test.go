package passcode

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestS09HowAPasscodeIsWrittenDoesNotCount(t *testing.T) {
	for _, same := range [][]string{
		{"1234", "12-34", " 1 2 3 4 ", "12–34", "12−34", "１２３４", "١٢٣٤", "۱۲۳۴", "१२३४", "12\u00a034", "12\u200e34", "①②③④"},
		{"bluebird", "BlueBird", "BLUE BIRD", "blue-bird", "ｂｌｕｅｂｉｒｄ"},
		{"straße", "STRASSE", "Strasse"},
		{"élan vital", "ÉLANVITAL", "e\u0301lan vital"},
		{"nguyễn", "NGUYỄN"},
		{"नमस्ते", " नमस्ते "},
		{"王小明七", "王 小 明 七"},
	} {
		first, err := Parse(same[0])
		if err != nil {
			t.Fatalf("%q: %v", same[0], err)
		}
		for _, s := range same {
			if got, err := Parse(s); err != nil || got != first {
				t.Errorf("%q is not the same as %q (error %v)", s, same[0], err)
			}
		}
	}
	one, _ := Parse("1234")
	for _, s := range []string{"1235", "12345", "123 four", "4321", "0234"} {
		if other, err := Parse(s); err != nil || other == one {
			t.Errorf("%q counts as 1234 (error %v)", s, err)
		}
	}
}

func TestWhatIsNoPasscode(t *testing.T) {
	for _, s := range []string{
		"", "123", "1-2-3", "- - - -", "12.34", "1234!", "1234\n", "12/34", "1234\x00", "1234\xff", "½½½½", "😀😀😀😀",
		strings.Repeat("a", Max+1), strings.Repeat("ﷺ", 4),
	} {
		if p, err := Parse(s); !errors.Is(err, ErrMalformed) || p != (Passcode{}) || err.Error() != ErrMalformed.Error() {
			t.Errorf("%q: got error %v, want ErrMalformed and nothing more", s, err)
		}
	}
	for _, s := range []string{"1234", strings.Repeat("a", Max), strings.Repeat("a-", Max)} {
		if _, err := Parse(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// Whatever script a digit is of, it is one of ours.
func TestEveryDigitIsRead(t *testing.T) {
	n := 0
	for r := range unicode.MaxRune {
		if unicode.IsDigit(r) {
			n++
			if got := plain(r); got < '0' || got > '9' {
				t.Errorf("%U is read as %U", r, got)
			}
		}
	}
	if n < 600 {
		t.Errorf("only %d digits were tried", n)
	}
}

func TestS09AHintMustNotHoldThePasscode(t *testing.T) {
	p, _ := Parse("12-34")
	for text, want := range map[string]bool{
		"the last four digits of your chart number": false, "it is 1234": true, "１ ２ ３ ４": true, "chart 98-12-34": true, "": false,
	} {
		if got := p.Within(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
	if (Passcode{}).Within("anything") {
		t.Error("no passcode stands in a text")
	}
}

func TestS24PasscodesPrintAsNothing(t *testing.T) {
	p, err := Parse("sword fish")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "passcode", p, "in", struct{ P Passcode }{p})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "passcode", p)
	j, err := json.Marshal(map[string]any{"p": p, "in": []Passcode{p}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprint(p), fmt.Sprintf("%v %+v %#v %s %q %x %d", p, p, p, p, p, p, p), fmt.Sprintf("%+v", struct{ P Passcode }{p}), log.String(), string(j),
	} {
		if strings.Contains(s, "sword") || strings.Contains(s, "73776f7264") || !strings.Contains(s, "[passcode]") {
			t.Errorf("got %q", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1234", "blue bird", "１２-３４", "ﷺ", "\xff", "ẞẞẞẞ", "ᾳᾳᾳᾳ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(p.Secret())
		if n := utf8.RuneCountInString(p.Secret()); err != nil || again != p || n < Min || n > Max || !p.Within("x"+s) {
			t.Errorf("%q is read as another when it is read again (error %v)", s, err)
		}
	})
}
