package dmarc

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRecord(t *testing.T) {
	whole := record{policy: PolicyReject, subdomains: PolicyReject, percent: 100}
	with := func(change func(*record)) record {
		r := whole
		change(&r)
		return r
	}
	tests := []struct {
		txt  string
		want record
		err  error
	}{
		{"v=DMARC1; p=reject", whole, nil},
		{"v=DMARC1;p=reject;", whole, nil},
		{" v = DMARC1 ; p = Reject ; ; ", whole, nil},
		{"v=DMARC1; P=REJECT; Sp=None", with(func(r *record) { r.subdomains = PolicyNone }), nil},
		{"v=DMARC1; p=reject; adkim=s; aspf=S", with(func(r *record) { r.dkim, r.spf = strict, strict }), nil},
		{"v=DMARC1; p=reject; adkim=strict; pct=101; ri=-1; fo=z; x=y; junk", whole, nil},
		{"v=DMARC1; p=reject; pct=0", with(func(r *record) { r.percent = 0 }), nil},
		{"v=DMARC1; p=reject; pct=-5", whole, nil},
		{"v=DMARC1; p=maybe; rua=mailto:d@clinic.example", record{policy: PolicyNone, subdomains: PolicyNone, percent: 100}, nil},
		{"v=DMARC1; p=reject; sp=maybe; rua=mailto:d@clinic.example", record{policy: PolicyNone, subdomains: PolicyNone, percent: 100}, nil},
		{"v=DMARC1", record{}, errNoPolicy},
		{"v=DMARC1; p=", record{}, errNoPolicy},
		{"v=DMARC1; p=maybe; rua=mailto:", record{}, errNoPolicy},
		{"v=DMARC1; p=reject; sp=maybe", record{}, errNoPolicy},
		{"v=DMARC1; p=none; p=reject", record{}, errTwice},
		{"v=DMARC1; p=none; P=reject", record{}, errTwice},
	}
	for _, test := range tests {
		if !isRecord(test.txt) {
			t.Errorf("%q is not taken for a record", test.txt)
		}
		if got, err := parseRecord(test.txt); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%q: got %+v, %v, want %+v, %v", test.txt, got, err, test.want, test.err)
		}
	}
}

func TestOtherTextsAreNoRecords(t *testing.T) {
	for _, txt := range []string{"", "v=DMARC2; p=none", "v=dmarc1; p=none", "p=none; v=DMARC1", "v=spf1 -all", "DMARC1", "v=DMARC1 p=reject"} {
		if isRecord(txt) {
			t.Errorf("%q is taken for a record", txt)
		}
	}
}

func TestOtherTextsBesideARecordAreIgnored(t *testing.T) {
	w := newWorld(t, "v=DMARC1; p=reject")
	w.TXT("_dmarc.clinic.example", "hello", "v=spf1 -all")
	if r := w.evaluate(fromClinic(letter)); r.Verdict != Pass || r.Record != "clinic.example" {
		t.Errorf("got %s", r)
	}
}

func TestRecordFarTooLargeIsNotRead(t *testing.T) {
	w := newWorld(t, "v=DMARC1; p=none; x="+strings.Repeat("x", maxTXT))
	if r := w.evaluate(fromClinic(letter)); r.Verdict != PermError || r.Detail != errTooLarge.Error() {
		t.Errorf("got %s", r)
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, txt := range []string{"v=DMARC1; p=reject; sp=none; pct=0; adkim=s", "v=DMARC1;;=;p", "v=DMARC1; p=none; rua=mailto:x", "=", "v=DMARC1; p=\x00"} {
		f.Add(txt)
	}
	f.Fuzz(func(t *testing.T, txt string) {
		if !isRecord(txt) {
			return
		}
		rec, err := parseRecord(txt)
		if err != nil {
			if rec != (record{}) {
				t.Errorf("an error and a record: %+v", rec)
			}
			return
		}
		for _, p := range []Policy{rec.policy, rec.subdomains} {
			if _, known := parsePolicy(string(p)); !known {
				t.Errorf("unknown policy %q", p)
			}
		}
		if rec.percent < 0 || rec.percent > 100 {
			t.Errorf("percent %d", rec.percent)
		}
	})
}
