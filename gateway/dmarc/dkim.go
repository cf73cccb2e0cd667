package dmarc

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/emersion/go-msgauth/dkim"
)

// checkDKIM verifies the signatures of a mail. The library refuses those that
// leave out From, bear an l= tag, have expired, use SHA-1 or a key of less than
// 1024 bits; believe refuses more.
func (c *Check) checkDKIM(ctx context.Context, in Input) []Identity {
	counts, ok := countFields(in.Raw)
	if !ok {
		return nil
	}
	most := cmp.Or(c.MaxSignatures, defaultSignatures)
	keys := &keys{dns: c.bounded(most), strict: map[string]bool{}}
	// The reader must not fail: the library would leave goroutines behind. Its
	// WriteTo is hidden, or the library would copy the body twice as a whole.
	raw := bufio.NewReaderSize(struct{ io.Reader }{bytes.NewReader(in.Raw)}, 64<<10)
	found, err := dkim.VerifyWithOptions(raw, &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return keys.lookup(ctx, name) },
		MaxVerifications: most,
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		// With any other error the library clears that of the signature it
		// befell, which then looks as if it had passed.
		return nil
	}
	ids := make([]Identity, 0, len(found))
	for _, v := range found {
		domain, _ := canonical(v.Domain)
		ids = append(ids, Identity{Domain: domain, Outcome: believe(v, in, counts, keys)})
	}
	return ids
}

func believe(v *dkim.Verification, in Input, counts fieldCounts, keys *keys) Outcome {
	switch {
	case dkim.IsTempFail(v.Err):
		return OutcomeTempError
	case dkim.IsPermFail(v.Err):
		return OutcomePermError
	case v.Err != nil:
		return OutcomeFail
	case !v.Expiration.IsZero() && in.At.After(v.Expiration):
		return OutcomePermError
	case keys.forbid(v):
		return OutcomePermError
	case !counts.coveredBy(v.HeaderKeys):
		return OutcomePolicy
	}
	return OutcomePass
}

// keys looks up public keys and minds their flags (RFC 6376 section 3.6.1),
// which the library reads and passes over.
type keys struct {
	dns    *bounded
	mu     sync.Mutex
	strict map[string]bool // domains with a key that signs for no subdomain
}

// lookup is called by a goroutine for each signature.
func (k *keys) lookup(ctx context.Context, name string) ([]string, error) {
	txts, err := k.dns.LookupTXT(ctx, name)
	if err != nil || len(txts) != 1 {
		return txts, err
	}
	flags := keyFlags(txts[0])
	if flags["y"] {
		// Mail signed by a key in testing is to be treated as if unsigned.
		return nil, nil
	}
	if flags["s"] {
		_, domain, _ := strings.Cut(name, "._domainkey.")
		k.mu.Lock()
		k.strict[domain] = true
		k.mu.Unlock()
	}
	return txts, nil
}

// forbid tells that the key's owner keeps subdomains from using it, and v is
// on behalf of one.
func (k *keys) forbid(v *dkim.Verification) bool {
	_, behalf, _ := strings.Cut(v.Identifier, "@")
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.strict[v.Domain] && behalf != v.Domain
}

func keyFlags(txt string) map[string]bool {
	flags := map[string]bool{}
	for tag := range strings.SplitSeq(txt, ";") {
		name, value, _ := strings.Cut(tag, "=")
		if strings.Trim(name, blanks) != "t" {
			continue
		}
		for flag := range strings.SplitSeq(value, ":") {
			flags[strings.Trim(flag, blanks)] = true
		}
	}
	return flags
}
