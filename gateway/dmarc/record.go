package dmarc

import (
	"errors"
	"strconv"
	"strings"
)

var (
	errTwoRecords = errors.New("more than one dmarc record")
	errNoPolicy   = errors.New("dmarc record without a usable policy")
	errTwice      = errors.New("dmarc record with a tag twice")
)

// record is what we use of a DMARC record (RFC 7489 section 6.3). The zero
// value stands for none: no policy, relaxed alignment.
type record struct {
	policy, subdomains Policy
	dkim, spf          alignment
	percent            int
}

// isRecord tells DMARC records from whatever else is kept at the name.
func isRecord(txt string) bool {
	first, _, _ := strings.Cut(txt, ";")
	name, value, _ := strings.Cut(first, "=")
	return strings.Trim(name, blanks) == "v" && strings.Trim(value, blanks) == "DMARC1"
}

// blanks are all that may stand around a tag.
const blanks = " \t\r\n"

// parseRecord reads what isRecord let through. As the RFC says, unknown tags
// and bad values are passed over, but for the policy: that must be there,
// unless the owner asks for reports, which means that they are still looking.
func parseRecord(txt string) (record, error) {
	tags, err := parseTags(txt)
	if err != nil {
		return record{}, err
	}
	policy, ok := parsePolicy(tags["p"])
	subdomains := policy
	if sp, there := tags["sp"]; there && ok {
		subdomains, ok = parsePolicy(sp)
	}
	if !ok && !hasReports(tags["rua"]) {
		return record{}, errNoPolicy
	}
	if !ok {
		policy, subdomains = PolicyNone, PolicyNone
	}
	return record{
		policy:     policy,
		subdomains: subdomains,
		dkim:       parseAlignment(tags["adkim"]),
		spf:        parseAlignment(tags["aspf"]),
		percent:    parsePercent(tags["pct"]),
	}, nil
}

func parseTags(txt string) (map[string]string, error) {
	tags := map[string]string{}
	for tag := range strings.SplitSeq(txt, ";") {
		name, value, ok := strings.Cut(tag, "=")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.Trim(name, blanks))
		if _, twice := tags[name]; twice {
			return nil, errTwice
		}
		tags[name] = strings.Trim(value, blanks)
	}
	return tags, nil
}

func parsePolicy(s string) (Policy, bool) {
	switch p := Policy(strings.ToLower(s)); p {
	case PolicyNone, PolicyQuarantine, PolicyReject:
		return p, true
	}
	return PolicyNone, false
}

func parseAlignment(s string) alignment { return alignment(strings.EqualFold(s, "s")) }

func parsePercent(s string) int {
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil || n > 100 {
		return 100
	}
	return int(n)
}

func hasReports(rua string) bool {
	return len(rua) > len("mailto:") && strings.EqualFold(rua[:len("mailto:")], "mailto:")
}

// published is the record that applies to a From domain, and where it stands.
type published struct {
	record
	at string
}

// policyFor is the policy for from. Of pct only 0 counts, which asks for the
// next milder policy (RFC 7489 section 6.6.4): we throw no dice, since the same
// mail tried again must get the same answer.
func (p published) policyFor(from string) Policy {
	policy := p.policy
	if from != p.at {
		policy = p.subdomains
	}
	switch {
	case p.at == "":
		return PolicyNone
	case p.percent > 0:
		return policy
	case policy == PolicyReject:
		return PolicyQuarantine
	}
	return PolicyNone
}
