package dmarc

import (
	"fmt"
	"log/slog"
	"strings"
)

// Verdict is what a mail's evaluation came to. The package's documentation
// says what a relay answers to each.
type Verdict string

// Verdicts, in the words of RFC 8601.
const (
	Pass      Verdict = "pass"
	Fail      Verdict = "fail"
	None      Verdict = "none"
	TempError Verdict = "temperror"
	PermError Verdict = "permerror"
)

// Policy is what a domain's owner asks to be done with mail that fails.
type Policy string

// Policies of RFC 7489 section 6.3.
const (
	PolicyNone       Policy = "none"
	PolicyQuarantine Policy = "quarantine"
	PolicyReject     Policy = "reject"
)

// Outcome is what one method said of one domain, in the words of RFC 8601.
type Outcome string

// Outcomes. SPF has all but OutcomePolicy, which is a DKIM signature that holds
// and is not believed: what it covers can be shown in another light.
const (
	OutcomeNone      Outcome = "none"
	OutcomePass      Outcome = "pass"
	OutcomeFail      Outcome = "fail"
	OutcomeSoftFail  Outcome = "softfail"
	OutcomeNeutral   Outcome = "neutral"
	OutcomePolicy    Outcome = "policy"
	OutcomeTempError Outcome = "temperror"
	OutcomePermError Outcome = "permerror"
)

// Method is a way to authenticate a domain.
type Method string

// Methods that DMARC builds on.
const (
	MethodDKIM Method = "dkim"
	MethodSPF  Method = "spf"
)

// Identity is a domain, and what a method said of it.
type Identity struct {
	// Domain is in lower case and A-labels; empty if there was none, or none
	// that can be looked up.
	Domain  string
	Outcome Outcome
	// Aligned tells that Domain speaks for the From domain, whatever the outcome.
	Aligned bool
}

// Result is the verdict on a mail, and what it rests on.
type Result struct {
	Verdict Verdict
	// Domain is the From domain, in lower case and A-labels.
	Domain string
	// Record is the domain whose record applies: Domain, its organizational
	// domain, or empty for none.
	Record string
	// Policy is what that record asks for; PolicyNone without one.
	Policy Policy
	// Aligned is the method that made it pass; empty if none did. DKIM goes
	// first, as it binds the text and not only the way the mail came.
	Aligned Method
	SPF     Identity
	// DKIM has one entry a signature, in the order of the mail.
	DKIM []Identity
	// Detail says in fixed words why there is a PermError; otherwise empty.
	Detail string
}

// String is one line for the log in the manner of an Authentication-Results
// field (RFC 8601): domains and fixed words, no addresses.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dmarc=%s", r.Verdict)
	if r.Detail != "" {
		fmt.Fprintf(&b, " (%s)", r.Detail)
	}
	fmt.Fprintf(&b, " header.from=%s policy=%s", orDash(r.Domain), r.Policy)
	if r.Aligned != "" {
		fmt.Fprintf(&b, " aligned=%s", r.Aligned)
	}
	fmt.Fprintf(&b, "; spf=%s smtp.domain=%s", orNone(r.SPF.Outcome), orDash(r.SPF.Domain))
	if len(r.DKIM) == 0 {
		b.WriteString("; dkim=none")
	}
	for _, s := range r.DKIM {
		fmt.Fprintf(&b, "; dkim=%s header.d=%s", s.Outcome, orDash(s.Domain))
	}
	return b.String()
}

// LogValue implements [slog.LogValuer] by String.
func (r Result) LogValue() slog.Value { return slog.StringValue(r.String()) }

func orDash(domain string) string {
	if domain == "" {
		return "-"
	}
	return domain
}

func orNone(o Outcome) Outcome {
	if o == "" {
		return OutcomeNone
	}
	return o
}
