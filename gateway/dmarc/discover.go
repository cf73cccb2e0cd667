package dmarc

import "context"

// discover finds the record for from: its own or that of its organizational
// domain (RFC 7489 section 6.6.3). An empty one means that there is none. The
// error is errTemporary, or says what is wrong with the record.
func (c *Check) discover(ctx context.Context, from string) (published, error) {
	dns := c.bounded(2)
	found, err := recordAt(ctx, dns, from)
	org := organizational(from)
	if err != nil || found.at != "" || org == from {
		return found, err
	}
	return recordAt(ctx, dns, org)
}

func recordAt(ctx context.Context, dns *bounded, domain string) (published, error) {
	txts, err := dns.LookupTXT(ctx, "_dmarc."+domain)
	if isNotFound(err) {
		return published{}, nil
	}
	if err != nil {
		return published{}, reason(err)
	}
	var own []string
	for _, txt := range txts {
		if isRecord(txt) {
			own = append(own, txt)
		}
	}
	switch len(own) {
	case 0:
		return published{}, nil
	case 1:
		rec, err := parseRecord(own[0])
		return published{rec, domain}, err
	}
	return published{}, errTwoRecords
}
