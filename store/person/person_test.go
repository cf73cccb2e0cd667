package person

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestOnePersonInManySpellings(t *testing.T) {
	for key, spellings := range map[string][]string{
		"m":           {"M.", "m", " M ", "M", "m..", ". m ."},
		"maria":       {"Maria", "MARIA", " maria."},
		"maría":       {"María", "MARI\u0301A", "Mari\u0301a."},
		"anne marie":  {"Anne Marie", "anne   marie", "ANNE MARIE."},
		"o'neil":      {"O'Neil", "O’Neil"},
		"m. j":        {"M. J.", "m.  j"},
		"strasse":     {"Straße", "STRASSE"},
		"nguyễn":      {"Nguyễn", "NGUYỄN", "Nguye\u0302\u0303n"},
		"美玲":          {"美玲"},
		"राधिका":      {"राधिका"},
		"2":           {"2"},
		"jean-pierre": {"Jean-Pierre"},
	} {
		for _, s := range spellings {
			n, err := Parse(s)
			if err != nil || n.Key() != key || n.IsZero() {
				t.Errorf("%q: got the key %q and error %v, want %q", s, n.Key(), err, key)
			}
			if first, _ := Parse(spellings[0]); n.Folded() != first.Folded() || n.Folded().Key() != key {
				t.Errorf("%q is not the same person as %q", s, spellings[0])
			}
		}
	}
}

func TestANameKeepsItsSpelling(t *testing.T) {
	n, err := Parse("  M. ")
	if err != nil || n.Written() != "M." {
		t.Errorf("got %q, %v", n.Written(), err)
	}
	again, _ := Parse("M.")
	if n != again {
		t.Error("one spelling is not equal to itself")
	}
	if (Name{}).Folded() != (Name{}) || (Name{}).Written() != "" || (Name{}).Key() != "" || !(Name{}).IsZero() {
		t.Error("nobody in particular has a name")
	}
}

func TestWhatIsNoName(t *testing.T) {
	for _, s := range []string{
		"", " ", ".", "-", "' '", strings.Repeat("m", 21), "M\n", "a\tb", "M\u00a0J", "M/J", "M@J", "<b>", "M&M", "M_J", "M,J", "😀",
		"\u0301m", "\u202eM", "M\u200bJ", "a\x00", "\xff", "M+J", "M=J", "2114367789", "01-02-1955", "12345", "M ١٢٣٤٥", ".\u0301m", "\"M\"",
	} {
		n, err := Parse(s)
		if !errors.Is(err, ErrName) || !n.IsZero() {
			t.Errorf("%q: got %v, error %v", s, n, err)
		}
	}
	if _, err := Parse(strings.Repeat("Ñ", 20)); err != nil {
		t.Errorf("20 letters: %v", err)
	}
}

func TestS24NamesNeverPrint(t *testing.T) {
	n, err := Parse("Zebulon")
	if err != nil {
		t.Fatal(err)
	}
	hidden := struct{ n Name }{n}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		for _, v := range []any{n, &n, hidden, []Name{n}} {
			if got := fmt.Sprintf(verb, v); strings.Contains(strings.ToLower(got), "zebulon") || strings.Contains(got, "5a6562") {
				t.Errorf("%s shows %s", verb, got)
			}
		}
	}
	b, err := json.Marshal(map[string]any{"n": n, "h": hidden})
	if err != nil || bytes.Contains(b, []byte("Zebulon")) {
		t.Errorf("JSON shows %s, %v", b, err)
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("x", "n", n, "h", hidden)
	}
	if strings.Contains(log.String(), "Zebulon") {
		t.Errorf("the log shows %s", log.String())
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"M.", " anne   Marie ", "O’Neil", "\u0301", "राधिका", "İ", "ﬁ", "ǅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err != nil {
			return
		}
		if key := n.Key(); key == "" || strings.ContainsAny(key, "\r\n<>&\"/@+=:") {
			t.Fatalf("%q has the key %q", s, key)
		}
		again, err := Parse(n.Written())
		if err != nil || again != n {
			t.Fatalf("%q written as %q is read otherwise: %v", s, n.Written(), err)
		}
	})
}
