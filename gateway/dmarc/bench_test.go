package dmarc

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"securetext/gateway/dmarc/fakedns"
)

// BenchmarkEvaluate judges signed mails, small and as large as one may be.
func BenchmarkEvaluate(b *testing.B) {
	key, err := fakedns.NewRSAKey("clinic.example", "sel", 2048)
	if err != nil {
		b.Fatal(err)
	}
	for name, lines := range map[string]int{"2KiB": 16, "25MiB": 25 << 20 / 100} {
		b.Run(name, func(b *testing.B) {
			z := fakedns.New()
			z.TXT("clinic.example", "v=spf1 ip4:192.0.2.0/28 -all")
			z.TXT("_dmarc.clinic.example", "v=DMARC1; p=reject")
			if err := z.Publish(key); err != nil {
				b.Fatal(err)
			}
			signed, err := key.Sign([]byte(letter + strings.Repeat(strings.Repeat("result ", 14)+"\r\n", lines)))
			if err != nil {
				b.Fatal(err)
			}
			check := &Check{Resolver: z}
			in := Input{Client: netip.MustParseAddr(ownServer), MailFrom: "ana@clinic.example", From: "clinic.example", Raw: signed, At: time.Now()}
			b.SetBytes(int64(len(signed)))
			b.ReportAllocs()
			for b.Loop() {
				if r, err := check.Evaluate(b.Context(), in); err != nil || r.Verdict != Pass {
					b.Fatalf("got %s, %v", r, err)
				}
			}
		})
	}
}

func BenchmarkParseRecord(b *testing.B) {
	const txt = "v=DMARC1; p=reject; sp=quarantine; adkim=s; aspf=r; pct=100; rua=mailto:dmarc@clinic.example; fo=1"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseRecord(txt); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWorstHeader is a header at its bounds, made to be looked through and
// copied as often as can be.
func BenchmarkWorstHeader(b *testing.B) {
	z := fakedns.New()
	key, err := fakedns.NewKey("evil.example", "sel")
	if err != nil {
		b.Fatal(err)
	}
	if err := z.Publish(key); err != nil {
		b.Fatal(err)
	}
	signature := "DKIM-Signature: v=1; a=ed25519-sha256; d=evil.example; s=sel; h=from" + strings.Repeat(":x", maxSignedNames-2) +
		"; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; c=relaxed/relaxed; b=AA==\r\n"
	mail := strings.Repeat(signature, defaultSignatures) + strings.Repeat("X: y\r\n", maxFields-defaultSignatures-1) +
		"X: " + strings.Repeat("\r\n "+strings.Repeat("y", 115), maxLines-1) + "\r\n\r\n"
	check := &Check{Resolver: z}
	in := Input{Client: netip.MustParseAddr(stranger), From: "clinic.example", Raw: []byte(mail), At: time.Now()}
	for b.Loop() {
		if r, err := check.Evaluate(b.Context(), in); err != nil || len(r.DKIM) != defaultSignatures || r.DKIM[0].Outcome != OutcomeFail {
			b.Fatalf("got %s, %v", r, err)
		}
	}
}
