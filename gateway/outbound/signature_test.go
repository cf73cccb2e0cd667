package outbound

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The header was computed by openssl dgst -sha256 -hmac.
const (
	key    = "0123456789abcdef0123456789abcdef"
	body   = `{"text":"txt_06h0j3k95296pyh601q6dhgk5g","id":"gw-1","state":"delivered"}`
	header = "t=1790000000,v1=74c64e9b008e000bba85cea9fb9b981568c26eb380a16029861bc686af96b41d"
)

var signedAt = time.Unix(1790000000, 0)

func TestSignature(t *testing.T) {
	s := NewSecret(key)
	if got := s.Sign(signedAt, body); got != header {
		t.Errorf("got %s, want %s", got, header)
	}
	for name, c := range map[string]struct {
		header []string
		body   string
		now    time.Time
		want   bool
	}{
		"as signed":         {[]string{header}, body, signedAt, true},
		"a later version":   {[]string{header + ", v2=??"}, body, signedAt, true},
		"nearly too old":    {[]string{header}, body, signedAt.Add(Tolerance), true},
		"too old":           {[]string{header}, body, signedAt.Add(Tolerance + time.Second), false},
		"of the future":     {[]string{header}, body, signedAt.Add(-Tolerance - time.Second), false},
		"another body":      {[]string{header}, body + " ", signedAt, false},
		"another time":      {[]string{strings.Replace(header, "t=1790000000", "t=1790000001", 1)}, body, signedAt, false},
		"half of it":        {[]string{header[:len(header)-32]}, body, signedAt, false},
		"twice":             {[]string{header, header}, body, signedAt, false},
		"two macs":          {[]string{header + ",v1=00"}, body, signedAt, false},
		"none":              {nil, body, signedAt, false},
		"an empty one":      {[]string{""}, body, signedAt, false},
		"a time of letters": {[]string{strings.Replace(header, "1790000000", "now", 1)}, body, signedAt, false},
	} {
		if got := s.Signed(c.header, c.body, c.now); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if NewSecret(key+"!").Signed([]string{header}, body, signedAt) {
		t.Error("another secret's signature holds")
	}
}

func TestS24ASecretNeverPrints(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{NewSecret(key), []any{NewSecret(key)}} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, key) || strings.Contains(got, fmt.Sprintf("%x", key)) {
				t.Errorf("%s shows %s", verb, got)
			}
		}
	}
}

func TestManySecretsSignOneAfterTheOther(t *testing.T) {
	former, now := NewSecret(key), NewSecret(key+"!")
	got := Sign(signedAt, body, now, former)
	alone := func(s Secret) string { _, v1, _ := strings.Cut(s.Sign(signedAt, body), ","); return v1 }
	if want := "t=1790000000," + alone(now) + "," + alone(former); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
