package sms_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"securetext/sms"
)

func TestParseWord(t *testing.T) {
	for in, want := range map[string]string{
		"heron": "heron", "  Heron\n": "heron", "HÉRON": "héron", "garça": "garca", "Ñandú": "ñandu", "Đào": "dào",
		"Ördög": "ördög", "e\u0301tang": "étang", "ŒUVRE": "oeuvre", "Łódka": "lodka", strings.Repeat("a", 12): strings.Repeat("a", 12),
	} {
		w, err := sms.ParseWord(in)
		if err != nil || w.Secret() != want {
			t.Errorf("ParseWord(%q) = %q, %v; want %q", in, w.Secret(), err, want)
		}
	}
	if (sms.Word{}).Secret() != "" {
		t.Error("no word is one")
	}
}

func TestParseWordRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		"": "3 letters", " ": "3 letters", "ab": "3 letters", strings.Repeat("a", 13): "13 letters", "two words": "one word",
		"heron1": "letters", "a.b": "letters", "heron!": "letters", "{org}": "letters", "鹭鹭鹭": "letters", "цапля": "letters", "δέλτα": "letters", "he\x00ron": "letters", "wwwTM™": "letters",
		"stop": "another meaning", "STOP": "another meaning", "Help": "another meaning", "start": "another meaning", "cancel": "another meaning",
		"yes": "another meaning", "ayuda": "another meaning", "Arrêt": "another meaning", "dừng": "another meaning",
	} {
		_, err := sms.ParseWord(in)
		if !errors.Is(err, sms.ErrWord) || !strings.Contains(err.Error(), reason) {
			t.Errorf("ParseWord(%q): got error %v, want one with %q", in, err, reason)
		}
	}
}

func FuzzParseWord(f *testing.F) {
	for _, s := range []string{"heron", "Arrêt", "İstanbul", "ﬁsh", "a\u0301bc", "\xff\xff\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := sms.ParseWord(s)
		if err != nil {
			if !errors.Is(err, sms.ErrWord) || w.Secret() != "" {
				t.Fatalf("%q: %q, %v", s, w.Secret(), err)
			}
			return
		}
		if n := utf8.RuneCountInString(w.Secret()); n < 3 || n > 12 {
			t.Fatalf("%q became one of %d letters", s, n)
		}
		if _, e := sms.Measure(w.Secret()); e != sms.GSM7 {
			t.Fatalf("%q became one of %s", s, e)
		}
		if again, err := sms.ParseWord(w.Secret()); err != nil || again.Secret() != w.Secret() {
			t.Fatalf("%q became %q and then %q, %v", s, w.Secret(), again.Secret(), err)
		}
	})
}
