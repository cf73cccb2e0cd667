package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestS01TokenShape(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s := New().Secret()
		if len(s) != Length || strings.Trim(s, alphabet) != "" || seen[s] {
			t.Fatal("want 26 fresh characters of Crockford's base32")
		}
		seen[s] = true
	}
}

func TestS01TokenIsReadAsTyped(t *testing.T) {
	tok := New()
	got, err := Parse(strings.ToUpper(tok.Secret()))
	if err != nil || got.Hash() != tok.Hash() {
		t.Errorf("upper case: %v", err)
	}
	a, _ := Parse("o1i1lOIL00000000000000000z")
	b, err := Parse("0111101100000000000000000Z")
	if err != nil || a.Hash() != b.Hash() {
		t.Errorf("look-alikes: %v", err)
	}
}

func TestMalformedTokens(t *testing.T) {
	for _, s := range []string{"", "x", strings.Repeat("u", Length), strings.Repeat("0", Length+1), strings.Repeat("0", Length-1) + "é", strings.Repeat("-", Length)} {
		if _, err := Parse(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got error %v, want ErrMalformed", s, err)
		}
	}
}

func TestS24TokenNeverPrints(t *testing.T) {
	tok := New()
	out := fmt.Sprintf("%v %+v %#v %s %q %x %v", tok, tok, tok, tok, tok, tok, []any{&tok, struct{ T Token }{tok}})
	j, _ := json.Marshal(tok)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", tok)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", tok)
	if all := out + string(j) + log.String(); strings.Contains(all, tok.Secret()) || strings.Contains(all, fmt.Sprintf("%x", tok.Secret())) {
		t.Errorf("the token shows: %s", all)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(New().Secret())
	f.Add("OILoil")
	f.Fuzz(func(t *testing.T, s string) {
		tok, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(tok.Secret())
		if err != nil || again != tok {
			t.Errorf("not the same when read again: %v", err)
		}
	})
}
