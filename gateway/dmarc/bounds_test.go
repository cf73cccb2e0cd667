package dmarc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"securetext/gateway/dmarc/fakedns"
)

var _ Resolver = (*net.Resolver)(nil)

func TestS26LookupsAreBounded(t *testing.T) {
	w := newWorld(t, "")
	var terms []string
	for i := range 10 { // ten terms of ten servers each is what the RFC allows
		domain := fmt.Sprintf("m%d.evil.example", i)
		terms = append(terms, "mx:"+domain)
		for j := range 10 {
			host := fmt.Sprintf("h%d.%s", j, domain)
			w.MX(domain, host)
			w.Addr(host, "203.0.113.1")
		}
	}
	w.TXT("evil.example", "v=spf1 "+strings.Join(terms, " ")+" -all")
	in := fromStranger(letter)
	in.MailFrom, in.From = "x@evil.example", "evil.example"

	if r := w.evaluate(in); r.SPF.Outcome != OutcomePermError || r.Verdict != None {
		t.Errorf("got %s, want spf=permerror", r)
	}
	if n := w.Lookups(); n > defaultLookups+2 {
		t.Errorf("%d lookups, want at most %d", n, defaultLookups+2)
	}
}

func TestIncludesInALoopEnd(t *testing.T) {
	w := newWorld(t, "")
	w.TXT("loop.example", "v=spf1 include:loop.example -all")
	in := fromStranger(letter)
	in.MailFrom, in.From = "x@loop.example", "loop.example"
	if r := w.evaluate(in); r.SPF.Outcome != OutcomePermError {
		t.Errorf("got %s, want spf=permerror", r)
	}
	if n := w.Asked("loop.example"); n > 11 {
		t.Errorf("%d lookups", n)
	}
}

func TestS26HangingDNSEndsInTime(t *testing.T) {
	w := newWorld(t, "")
	w.Hang("_dmarc.clinic.example", "clinic.example", w.key.Name())
	started := time.Now()
	r := w.evaluate(fromStranger(w.sign(w.key, letter)))
	if r.Verdict != TempError {
		t.Errorf("got %s", r)
	}
	if took := time.Since(started); took > defaultTimeout {
		t.Errorf("took %v, want about 500ms", took)
	}
}

func TestSlowReverseLookupsAreTriedAgain(t *testing.T) {
	w := newWorld(t, "")
	w.TXT("ptr.example", "v=spf1 ptr -all")
	w.Hang(stranger)
	in := fromStranger(letter)
	in.MailFrom, in.From = "x@ptr.example", "ptr.example"
	if r := w.evaluate(in); r.Verdict != TempError {
		t.Errorf("got %s", r)
	}
}

func TestEvaluateEndsWithItsContext(t *testing.T) {
	w := newWorld(t, "")
	w.Hang("clinic.example")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	r, err := (&Check{Resolver: w}).Evaluate(ctx, fromStranger(letter))
	if !errors.Is(err, context.Canceled) || r.Verdict != "" {
		t.Errorf("got %q, %v", r.Verdict, err)
	}
}

func TestAllNamesAreAskedFullyQualified(t *testing.T) {
	w := newWorld(t, "")
	w.TXT("evil.example", "v=spf1 a:a.evil.example mx include:%{l}.evil.example exists:a%_b.evil.example ptr -all")
	w.Addr("a.evil.example", "203.0.113.1")
	w.PTR(stranger, "host.evil.example")
	in := fromStranger(w.sign(w.key, letter))
	in.MailFrom, in.From = "local@evil.example", "ward.clinic.example"
	w.evaluate(in)
	asked := w.Questions()
	if len(asked) < 6 {
		t.Errorf("only %q asked for", asked)
	}
	for _, name := range asked {
		if !strings.HasSuffix(name, ".") && name != stranger {
			t.Errorf("asked for %q: a search list would apply", name)
		}
	}
}

func TestResolversErrorsAreReducedToTheirKind(t *testing.T) {
	const secret = "ana.private.example"
	tests := []struct {
		err       error
		temporary bool
	}{
		{&net.DNSError{Err: "no such host", Name: secret, IsNotFound: true}, false},
		{fmt.Errorf("wrapped: %w", &net.DNSError{Name: secret, IsNotFound: true}), false},
		{&net.DNSError{Err: "both", Name: secret, IsNotFound: true, IsTemporary: true}, true},
		{&net.DNSError{Err: "server misbehaving", Name: secret}, true},
		{errors.New(secret), true},
		{context.DeadlineExceeded, true},
	}
	for _, test := range tests {
		got, ok := plain(test.err).(*net.DNSError)
		if !ok || got.Temporary() != test.temporary || got.IsNotFound == test.temporary {
			t.Errorf("%v: got %#v", test.err, got)
		}
		if strings.Contains(fmt.Sprintf("%+v", got), secret) {
			t.Errorf("%v still holds the name", got)
		}
	}
}

func TestResultsHoldNoAddresses(t *testing.T) {
	w := newWorld(t, "v=DMARC1; p=reject")
	in := fromStranger(forge(t, w.key, letter, map[string]string{"d": "ana@clinic.example", "i": "jo@ana@clinic.example"}))
	in.MailFrom = `"ana brown"@clinic.example`
	in.HELO = "ana@home"
	r := w.evaluate(in)

	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("judged", "result", r)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("judged", "result", r)
	fmt.Fprint(&out, r)
	for _, secret := range []string{"ana", "brown", "jo@", "@"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q in %s", secret, out.String())
		}
	}
	const want = "dmarc=fail header.from=clinic.example policy=reject; spf=fail smtp.domain=clinic.example; dkim=permerror header.d=-"
	if got := r.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBrokenInputIsJudgedAllTheSame(t *testing.T) {
	w := newWorld(t, "v=DMARC1; p=reject")
	for name, change := range map[string]func(*Input){
		"no mail":              func(in *Input) { in.Raw = nil },
		"header without end":   func(in *Input) { in.Raw = []byte("From: ana@clinic.example") },
		"client without an ip": func(in *Input) { in.Client = netip.Addr{} },
		"sender without an @":  func(in *Input) { in.MailFrom = "ana" },
		"no helo":              func(in *Input) { in.HELO, in.MailFrom = "", "" },
	} {
		in := fromStranger(letter)
		change(&in)
		if r := w.evaluate(in); r.Verdict != Fail {
			t.Errorf("%s: got %s", name, r)
		}
	}
}

// FuzzEvaluate lets strangers write the mail, the envelope and their DNS: they
// never come out as the clinic.
func FuzzEvaluate(f *testing.F) {
	key, err := fakedns.NewKey("evil.example", "sel")
	if err != nil {
		f.Fatal(err)
	}
	signed, err := key.Sign([]byte(letter))
	if err != nil {
		f.Fatal(err)
	}
	keyRecord, err := key.Record()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed, "x@evil.example", "mx.evil.example", "v=spf1 mx a ptr exists:%{ir}.%{l1r-}.%{d2} redirect=a.example", keyRecord, "v=DMARC1; p=none")
	f.Add([]byte("DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=sel; h=from:from; bh=AA==; b=AA==\r\n\r\n"), `"a@b"@evil.example`, "", "v=spf1 include:evil.example", "k=rsa; p=AA==", "v=DMARC1")
	f.Add([]byte("From: a\n\n"), "", "[::1]", "v=spf1 ip4:0.0.0.0/0", "t=y:s", "")
	f.Fuzz(func(t *testing.T, mail []byte, sender, helo, spfRecord, dkimRecord, dmarcRecord string) {
		z := fakedns.New()
		z.TXT("evil.example", spfRecord)
		z.TXT("sel._domainkey.evil.example", dkimRecord)
		z.TXT("_dmarc.evil.example", dmarcRecord)
		z.TXT("_dmarc.clinic.example", "v=DMARC1; p=reject")
		check := &Check{Resolver: z, Timeout: time.Minute}
		r, err := check.Evaluate(t.Context(), Input{
			Client: netip.MustParseAddr(stranger), HELO: helo, MailFrom: sender, From: "clinic.example", Raw: mail, At: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != Fail {
			t.Errorf("got %s", r)
		}
		if strings.ContainsAny(r.String(), "@\r\n") {
			t.Errorf("summary %q", r)
		}
		if n := z.Lookups(); n > defaultLookups+defaultSignatures+2 {
			t.Errorf("%d lookups", n)
		}
	})
}
