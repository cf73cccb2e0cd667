package dmarc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"securetext/gateway/dmarc/fakedns"
)

// TestS26SignaturesNotBelieved: each of these is good cryptography, or would be.
func TestS26SignaturesNotBelieved(t *testing.T) {
	past := fmt.Sprint(time.Now().Add(-time.Hour).Unix())
	tests := []struct {
		name string
		mail func(w *world) string
		want Outcome
	}{
		{"body length", func(w *world) string {
			return forge(t, w.key, letter, map[string]string{"l": "5"})
		}, OutcomeFail},
		{"from not signed", func(w *world) string {
			return forge(t, w.key, letter, map[string]string{"h": "subject:to"})
		}, OutcomePermError},
		{"expired", func(w *world) string {
			return forge(t, w.key, letter, map[string]string{"x": past})
		}, OutcomePermError},
		{"sha1", func(w *world) string {
			return forge(t, w.key, letter, map[string]string{"a": "rsa-sha1"})
		}, OutcomePermError},
		{"identity elsewhere", func(w *world) string {
			return forge(t, w.key, letter, map[string]string{"i": "@evil.example"})
		}, OutcomePermError},
		{"revoked key", func(w *world) string {
			w.TXT("old._domainkey.clinic.example", "v=DKIM1; k=ed25519; p=")
			return forge(t, w.key, letter, map[string]string{"s": "old"})
		}, OutcomePermError},
		{"two keys at the name", func(w *world) string {
			w.TXT(w.key.Name(), "v=DKIM1; k=ed25519; p=AAAA")
			return w.sign(w.key, letter)
		}, OutcomePermError},
		{"key too large to be one", func(w *world) string {
			w.TXT("fat._domainkey.clinic.example", "v=DKIM1; p="+strings.Repeat("A", maxTXT))
			return forge(t, w.key, letter, map[string]string{"s": "fat"})
		}, OutcomePermError},
		{"body changed", func(w *world) string {
			return strings.Replace(w.sign(w.key, letter), "is ready", "is late", 1)
		}, OutcomeFail},
		{"subject changed", func(w *world) string {
			return strings.Replace(w.sign(w.key, letter), "your result", "your bill", 1)
		}, OutcomeFail},
		{"second subject on top", func(w *world) string {
			return "Subject: call this number\r\n" + w.sign(w.key, letter)
		}, OutcomePolicy},
		{"second subject, name in disguise", func(w *world) string {
			return "sUbJeCt : call this number\r\n" + w.sign(w.key, letter)
		}, OutcomePolicy},
		{"subject not signed", func(w *world) string {
			return w.sign(w.key, letter, "From", "To")
		}, OutcomePolicy},
		{"second from on top", func(w *world) string {
			return "From: eve@clinic.example\r\n" + w.sign(w.key, letter)
		}, OutcomePolicy},
		{"second content type, not signed", func(w *world) string {
			return "Content-Type: multipart/mixed; boundary=x\r\n" + w.sign(w.key, letter, "From", "Subject")
		}, OutcomePolicy},
		{"selector that is no name", func(w *world) string {
			return forge(t, w.key, letter, map[string]string{"s": "a b/../c"})
		}, OutcomePermError},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, "v=DMARC1; p=reject")
			r := w.evaluate(fromStranger(test.mail(w)))
			if r.Verdict != Fail || len(r.DKIM) != 1 || r.DKIM[0].Outcome != test.want {
				t.Errorf("got %s, want dkim=%s", r, test.want)
			}
		})
	}
}

func TestS26ShortKeysAreNotBelieved(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0") // to make one, and so that ours is the check that refuses it
	for bits, want := range map[int]Outcome{768: OutcomePermError, 1024: OutcomePass} {
		key, err := fakedns.NewRSAKey("clinic.example", "short", bits)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, "v=DMARC1; p=reject")
		if err := w.Publish(key); err != nil {
			t.Fatal(err)
		}
		if r := w.evaluate(fromStranger(w.sign(key, letter))); r.DKIM[0].Outcome != want {
			t.Errorf("%d bits: got %s, want dkim=%s", bits, r, want)
		}
	}
}

func TestOversignedAndFoldedFieldsPass(t *testing.T) {
	folded := strings.Replace(letter, "Subject: your result", "Subject: your\r\n result", 1)
	w := newWorld(t, "v=DMARC1; p=reject")
	r := w.evaluate(fromStranger(w.sign(w.key, folded, "From", "From", "Subject", "Subject", "Date")))
	if r.Verdict != Pass {
		t.Errorf("got %s", r)
	}
}

func TestFieldsQuotedInTheBodyAreNotCounted(t *testing.T) {
	quoting := strings.Replace(letter, "\r\n\r\n", "\r\n\r\n  > forwarded:\r\nFrom: bo@lab.example\r\nSubject: values\r\n\r\n", 1)
	w := newWorld(t, "v=DMARC1; p=reject")
	if r := w.evaluate(fromStranger(w.sign(w.key, quoting))); r.Verdict != Pass {
		t.Errorf("got %s", r)
	}
}

func TestExpiryByTheMailsOwnTime(t *testing.T) {
	w := newWorld(t, "")
	expires := time.Now().Add(time.Hour)
	in := fromStranger(forge(t, w.key, letter, map[string]string{"x": fmt.Sprint(expires.Unix())}))
	if r := w.evaluate(in); r.Verdict != Pass {
		t.Errorf("before it expires: got %s", r)
	}
	in.At = expires.Add(time.Minute)
	if r := w.evaluate(in); r.Verdict != None {
		t.Errorf("after it expired: got %s", r)
	}
}

func TestFlagsOfKeysAreMinded(t *testing.T) {
	w := newWorld(t, "")
	trial := w.newKey("trial.clinic.example", "t=y")
	if r := w.evaluate(fromStranger(w.sign(trial, letter))); r.Verdict != None {
		t.Errorf("key in testing: got %s", r)
	}
	own := w.newKey("own.clinic.example", "t=s")
	if r := w.evaluate(fromStranger(forge(t, own, letter, map[string]string{"i": "@own.clinic.example"}))); r.Verdict != Pass {
		t.Errorf("key for the domain alone, used so: got %s", r)
	}
	if r := w.evaluate(fromStranger(forge(t, own, letter, map[string]string{"i": "@x.own.clinic.example"}))); r.Verdict != None {
		t.Errorf("key for the domain alone, used for another: got %s", r)
	}
}

func TestOnlyTheFirstSignaturesAreVerified(t *testing.T) {
	w := newWorld(t, "v=DMARC1; p=reject")
	mail := w.sign(w.key, letter)
	for i := range 20 {
		mail = w.sign(w.newKey(fmt.Sprintf("list%d.example", i)), mail)
	}
	r := w.evaluate(fromStranger(mail))
	if r.Verdict != Fail || len(r.DKIM) != defaultSignatures {
		t.Errorf("got %s, want %d signatures verified", r, defaultSignatures)
	}
	if n := w.Asked(w.key.Name()); n != 0 {
		t.Errorf("key of the last signature asked for %d times", n)
	}
}

func TestHeadersOutOfBoundsAreNotVerified(t *testing.T) {
	for name, field := range map[string]string{
		"signature of many names": "DKIM-Signature: v=1; h=" + strings.Repeat("a:", maxSignedNames),
		"long signature":          "DKIM-Signature: v=1;\r\n b=" + strings.Repeat("\r\n AAAAAAAAAAAAAAA", maxSignature/16),
		"field of many lines":     "X: x" + strings.Repeat("\r\n x", maxLines),
		"many fields":             strings.Repeat("X: x\r\n", maxFields) + "X: x",
		"long header":             "X: " + strings.Repeat("x", maxHeader),
	} {
		w := newWorld(t, "v=DMARC1; p=reject")
		r := w.evaluate(fromStranger(field + "\r\n" + w.sign(w.key, letter)))
		if r.Verdict != Fail || len(r.DKIM) != 0 {
			t.Errorf("%s: got %s", name, r)
		}
	}
}

func TestHeadersNearTheirBoundsAreVerified(t *testing.T) {
	header := strings.Repeat("X: x\r\n", maxFields/2) + "To: a@clinic.example" + strings.Repeat(",\r\n b@clinic.example", maxLines/2) + "\r\n"
	w := newWorld(t, "v=DMARC1; p=reject")
	if r := w.evaluate(fromStranger(header + w.sign(w.key, letter, "From", "Subject", "Date"))); r.DKIM[0].Outcome != OutcomePolicy {
		t.Errorf("second To on top: got %s", r)
	}
	bare := strings.Replace(letter, "To: 2114367789@secure.text\r\n", "", 1)
	if r := w.evaluate(fromStranger(header + w.sign(w.key, bare, "From", "Subject", "Date"))); r.Verdict != Pass {
		t.Errorf("got %s", r)
	}
}
