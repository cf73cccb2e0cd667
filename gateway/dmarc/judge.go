package dmarc

import "errors"

// judge puts the three together. err is that of the record's discovery.
func judge(from string, wish published, err error, sender Identity, signatures []Identity) Result {
	sender.Aligned = aligned(from, sender.Domain, wish.spf)
	for i, s := range signatures {
		signatures[i].Aligned = aligned(from, s.Domain, wish.dkim)
	}
	r := Result{Domain: from, Record: wish.at, Policy: wish.policyFor(from), SPF: sender, DKIM: signatures}
	switch {
	case errors.Is(err, errTemporary):
		r.Verdict = TempError
	case err != nil:
		r.Verdict, r.Detail = PermError, err.Error()
	case r.said(OutcomePass) != "":
		r.Verdict, r.Aligned = Pass, r.said(OutcomePass)
	case r.said(OutcomeTempError) != "":
		r.Verdict = TempError
	case wish.at == "":
		r.Verdict = None
	default:
		r.Verdict = Fail
	}
	return r
}

// said is the method by which an aligned domain has the outcome, if any. What
// happened to domains that are not aligned changes nothing, so their broken
// DNS delays nobody.
func (r Result) said(o Outcome) Method {
	for _, s := range r.DKIM {
		if s.Aligned && s.Outcome == o {
			return MethodDKIM
		}
	}
	if r.SPF.Aligned && r.SPF.Outcome == o {
		return MethodSPF
	}
	return ""
}
