package mail

import (
	"bytes"
	"testing"
	"time"
)

// FuzzScan holds the walk to what the rest relies on: it ends within the limits,
// and every byte of a body is a byte of the mail, in order and used once.
func FuzzScan(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\n\npre\n--a\n\none\n--a\nContent-Type: multipart/mixed; boundary=aa\n\n--aa\n\ntwo\n--a--\npost"))
	f.Add([]byte("Content-Type: multipart/x; boundary=\"\"\n\n--guess\nA: b\n\nx\n--guess--"))
	f.Add([]byte("From a@b\r\nA: b\r\n c\r\nrubbish\r\nTo: x\r\n\r\nbody"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := &scanner{raw: raw, limits: DefaultLimits, until: deadline(time.Now().Add(time.Minute))}
		root, err := s.scan()
		if err != nil {
			return
		}
		rest, parts := raw, 0
		var walk func(p *part, depth int)
		walk = func(p *part, depth int) {
			if depth > DefaultLimits.Depth {
				t.Fatalf("depth %d", depth)
			}
			at := bytes.Index(rest, p.body)
			if at < 0 {
				t.Fatalf("body %q is not in what is left of the mail", p.body)
			}
			rest = rest[at+len(p.body):]
			for _, child := range p.children {
				parts++
				walk(child, depth+1)
			}
		}
		walk(root, 0)
		if parts > DefaultLimits.Parts {
			t.Fatalf("%d parts", parts)
		}
	})
}
