package phone

import "testing"

func TestPremiumNumbersAreKnown(t *testing.T) {
	for written, want := range map[string]bool{
		"+19002345678": true, "+449091234567": true, "+499001123456": true, // premium rate
		"+448432345678": true, // shared cost
		"+12114367789":  false, "+12015550123": false, "+447400123456": false, "+491512345678": false,
	} {
		n, err := Parse(written, "")
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if got := n.Premium(); got != want {
			t.Errorf("%s: %v, want %v", written, got, want)
		}
	}
	if (Number{}).Premium() {
		t.Error("no number at all is premium")
	}
}
