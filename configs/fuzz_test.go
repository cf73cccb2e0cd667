package configs

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode"
)

// Whatever a file holds, it is read or refused with a printable reason; what
// is read can be printed and reads the same again.
func FuzzLoad(f *testing.F) {
	for _, path := range []string{"embedded.env", "production.env"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("MESSAGE_LIFE=14d\r\nROLES=smtp,,api\nREDIS_URL=redis://h?addr=%zz\nPUBLIC_URL=https://[::1]:0\n=\n\x00")
	f.Add("ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key2 + "\nPEPPER_FILE=/p")
	f.Fuzz(func(t *testing.T, conf string) {
		disk := files{"conf": conf}
		c, err := load("conf", nil, disk.read)
		if err != nil {
			var bad Problems
			if !errors.As(err, &bad) || len(bad) == 0 {
				t.Fatalf("not a list of problems: %v", err)
			}
			for _, p := range bad {
				if p.Where == "" || p.Reason == "" || p.Fix == "" || strings.ContainsFunc(p.String(), unicode.IsControl) {
					t.Errorf("bad problem %q", p)
				}
			}
			return
		}
		var first, second strings.Builder
		if err := c.Print(&first); err != nil {
			t.Fatal(err)
		}
		if c, err = load("conf", nil, disk.read); err != nil {
			t.Fatalf("read once, then refused: %v", err)
		}
		if err := c.Print(&second); err != nil || first.String() != second.String() {
			t.Errorf("read twice, printed two ways")
		}
	})
}
