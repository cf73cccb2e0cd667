package fakedns

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

func TestRecordsAreFoundInAnyCaseWithOrWithoutDot(t *testing.T) {
	z := New()
	z.TXT("Clinic.Example", "one", "two")
	z.MX("clinic.example", "mx1.clinic.example", "mx2.clinic.example")
	z.Addr("mx1.clinic.example", "192.0.2.1", "2001:db8::1")
	z.PTR("192.0.2.1", "mx1.clinic.example")
	z.CNAME("alias.example", "clinic.example")

	for _, name := range []string{"clinic.example", "clinic.example.", "CLINIC.example", "alias.example."} {
		if txt, err := z.LookupTXT(t.Context(), name); err != nil || !slices.Equal(txt, []string{"one", "two"}) {
			t.Errorf("LookupTXT(%q) = %q, %v", name, txt, err)
		}
	}
	mx, err := z.LookupMX(t.Context(), "clinic.example.")
	if err != nil || len(mx) != 2 || mx[0].Host != "mx1.clinic.example." || mx[0].Pref >= mx[1].Pref {
		t.Errorf("LookupMX = %v, %v", mx, err)
	}
	if ips, err := z.LookupIPAddr(t.Context(), mx[0].Host); err != nil || len(ips) != 2 {
		t.Errorf("LookupIPAddr = %v, %v", ips, err)
	}
	if names, err := z.LookupAddr(t.Context(), "192.0.2.1"); err != nil || !slices.Equal(names, []string{"mx1.clinic.example."}) {
		t.Errorf("LookupAddr = %v, %v", names, err)
	}
	if n := z.Asked("clinic.example"); n != 4 {
		t.Errorf("Asked = %d, want 4", n)
	}
	if n := z.Lookups(); n != 7 || len(z.Questions()) != n {
		t.Errorf("Lookups = %d, want 7", n)
	}
}

func TestTroublesLookAsInTheNetPackage(t *testing.T) {
	z := New()
	z.TXT("good.example", "text")
	z.Fail("down.example")
	z.Hang("silent.example")
	z.CNAME("loop.example", "pool.example")
	z.CNAME("pool.example", "loop.example")

	tests := []struct {
		name                string
		notFound, temporary bool
	}{
		{"none.example", true, false},
		{"down.example", false, true},
		{"loop.example", false, true},
		{"silent.example", false, true},
	}
	for _, test := range tests {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err := z.LookupTXT(ctx, test.name)
		cancel()
		var dns *net.DNSError
		if !errors.As(err, &dns) || dns.IsNotFound != test.notFound || dns.Temporary() != test.temporary {
			t.Errorf("%s: got error %#v", test.name, err)
		}
	}

	z.Mend("down.example")
	z.TXT("down.example", "up again")
	if _, err := z.LookupTXT(t.Context(), "down.example"); err != nil {
		t.Errorf("after Mend: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := z.LookupTXT(ended, "good.example"); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: got error %v", err)
	}
}

func TestSignedMailVerifies(t *testing.T) {
	mail := []byte("From: ana@clinic.example\r\nSubject: hello\r\n\r\nHi\r\n")
	small, err := NewKey("clinic.example", "ed")
	if err != nil {
		t.Fatal(err)
	}
	usual, err := NewRSAKey("clinic.example", "rsa", 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []Key{small, usual} {
		z := New()
		if err := z.Publish(key, "t=s"); err != nil {
			t.Fatal(err)
		}
		signed, err := key.Sign(mail)
		if err != nil {
			t.Fatal(err)
		}
		lookup := func(name string) ([]string, error) { return z.LookupTXT(t.Context(), name) }
		found, err := dkim.VerifyWithOptions(bytes.NewReader(signed), &dkim.VerifyOptions{LookupTXT: lookup})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			t.Errorf("%s: %v, %v", key.Algorithm(), found, err)
		}
	}
}
