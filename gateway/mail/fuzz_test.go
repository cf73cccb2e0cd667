package mail_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"securetext/gateway/mail"
)

// small limits let the fuzzer reach them.
var small = mail.Limits{
	Size: 64 << 10, HeaderBytes: 2 << 10, HeaderFields: 30, Line: 1000, Depth: 4, Parts: 10,
	Attachments: 5, Params: 5, Boundary: 20, Budget: 2 * time.Second,
}

func FuzzParse(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(samples) == 0 {
		f.Fatal("no samples", err)
	}
	for _, path := range samples {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, raw := range []string{
		"", "\n", "From a@b\nFrom: a@b\n\nx", " fold\nFrom: a", "Subject: =?utf-8?q?=?=\n\nx",
		multi("alternative", "\na", "Content-Type: text/html\n\n<a href=x>b"),
		multi("digest", "\nFrom: a@b\n\nx"),
		"Content-Type: text/plain; a*0*=x'y'%z; a*1=\"\\\n\nx",
		"From: x\nContent-Transfer-Encoding: base64\n\n=A=\x00",
		"From: x\nContent-Transfer-Encoding: x-uue\n\nbegin 1\n\xff\x00",
		"From: x\nContent-Type: text/plain; format=flowed; delsp=yes\n\n> \n \n-- \n>> a ",
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, l := range []mail.Limits{mail.DefaultLimits, small} {
			c, err := mail.Parse(raw, l)
			switch {
			case err == nil:
				checkReadable(t, "mail", c)
			case refused(err) == nil:
				t.Errorf("error %v is none of the sentinels", err)
			}
		}
	})
}
