package configs

import (
	"testing"
	"time"
)

func TestDurationsTakeDays(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"14d": 14 * day, "0d": 0, "90s": 90 * time.Second, "1h30m": 90 * time.Minute} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "14", "-1h", "-1d", "1.5d", "1d12h", "70000d", "soon"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestALifeHasBounds(t *testing.T) {
	if got, err := ParseLife("90d"); err != nil || got != 90*24*time.Hour {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"59m", "91d", "x"} {
		if got, err := ParseLife(text); err == nil {
			t.Errorf("ParseLife(%q) = %v, want an error", text, got)
		}
	}
}

func FuzzDuration(f *testing.F) {
	f.Add("14d")
	f.Add("-1h")
	f.Add("99999999999d")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := ParseDuration(FormatDuration(d)); err != nil || again != d {
			t.Errorf("%q is %v, shown as %s, read as %v, %v", text, d, FormatDuration(d), again, err)
		}
	})
}
