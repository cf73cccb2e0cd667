package phone_test

import "testing"

func TestSharesCode(t *testing.T) {
	for _, c := range []struct {
		written, region string
		want            bool
	}{
		{digits, "US", true}, {digits, "CA", true}, {digits, "GB", false}, {digits, "", false}, {digits, "XX", false},
		{"+442079460958", "GB", true}, {"+80012345678", "US", false},
	} {
		if got := number(t, c.written).SharesCode(c.region); got != c.want {
			t.Errorf("%s and %q: %v", c.written, c.region, got)
		}
	}
}

func TestBlock(t *testing.T) {
	if a, b, c := number(t, "+12114367789"), number(t, "+12114367000"), number(t, "+12114377789"); a.Block() != b.Block() || a.Block() == c.Block() {
		t.Errorf("blocks %q, %q, %q", a.Block(), b.Block(), c.Block())
	}
}
