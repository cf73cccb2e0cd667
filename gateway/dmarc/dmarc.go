// Package dmarc tells whether a mail from the internet is from whom it says.
//
// [Check.Evaluate] takes what the SMTP session knows and the raw mail, and
// judges SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) together. Its
// [Verdict] is all that a relay needs:
//
//   - Pass: DKIM or SPF passed for a domain aligned with that of the From
//     field. Nothing else opens the door.
//   - Fail: the domain has a DMARC record, and nothing aligned passed: 550,
//     whatever the policy. A policy of none asks receivers to let such mail
//     through; whoever trusts the From field must not.
//   - None: the same for a domain without a record: 550. With an aligned pass
//     (relaxed, as RFC 7489 has it by default) the verdict is Pass.
//   - TempError: DNS could not tell in time: 451, the sender tries again.
//   - PermError: the domain's record cannot be used (two of them, no policy, far
//     too large), or the From domain is none: 550. We do not guess what the
//     owner meant.
//
// The caller sees to it that there is one From field with one address: a mail
// with two never reaches this package.
//
// All lookups are bounded in number and time and end with the context. Results
// hold domains and fixed words alone, never an address, so they may be logged.
package dmarc

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

const (
	defaultTimeout    = 5 * time.Second
	defaultLookups    = 50
	defaultSignatures = 5
)

// Check evaluates mails. Its zero limits mean the defaults. It is safe for use
// by several goroutines; fields must not change while it is used.
type Check struct {
	// Resolver is asked for everything. It must be set; net.DefaultResolver will do.
	Resolver Resolver
	// Timeout ends all lookups for one mail: 5 s by default.
	Timeout time.Duration
	// MaxLookups bounds what SPF may ask about one mail, addresses of mail
	// servers included: 50 by default. The RFC's own limits of ten terms that
	// look something up, and of two that find nothing, hold besides.
	MaxLookups int
	// MaxSignatures is how many DKIM signatures of a mail are verified, from
	// the top: 5 by default.
	MaxSignatures int
}

// Input is one mail and how it came.
type Input struct {
	// Client is the address of the SMTP client.
	Client netip.Addr
	// HELO is the name the client gave in EHLO or HELO.
	HELO string
	// MailFrom is the reverse path without brackets; empty for the null sender.
	MailFrom string
	// From is the domain of the one address in the From field.
	From string
	// Raw is the mail as it was received, lines ended by CRLF. It is not changed.
	Raw []byte
	// At is when the mail came: signatures that had expired by then, or by the
	// system's clock, do not count.
	At time.Time
}

// Evaluate judges one mail. What DNS or the mail do wrong is in the verdict;
// the error is not nil only if ctx ended, and then the mail was not judged.
func (c *Check) Evaluate(ctx context.Context, in Input) (Result, error) {
	from, ok := canonical(in.From)
	if !ok {
		return Result{Verdict: PermError, Policy: PolicyNone, Detail: "from domain is none"}, nil
	}
	within, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()

	var (
		wish       published
		err        error
		sender     Identity
		signatures []Identity
		methods    sync.WaitGroup
	)
	// Side by side, so that a slow answer for one leaves the others their time.
	methods.Go(func() { wish, err = c.discover(within, from) })
	methods.Go(func() { sender = c.checkSPF(within, in) })
	methods.Go(func() { signatures = c.checkDKIM(within, in) })
	methods.Wait()

	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("evaluate dmarc: %w", context.Cause(ctx))
	}
	return judge(from, wish, err, sender, signatures), nil
}
