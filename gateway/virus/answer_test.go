package virus

import (
	"crypto/sha256"
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestClamdAnswers(t *testing.T) {
	for answer, want := range map[string]Verdict{
		"stream: OK":                                    {},
		"stream: Eicar-Signature FOUND":                 {true, "Eicar-Signature"},
		"stream: Win.Test(0123abcd:68) FOUND":           {true, "Win.Test"},
		"stream: Heuristics.Limits.Exceeded FOUND":      {true, "Heuristics.Limits.Exceeded"},
		"stream:  FOUND":                                {true, "unnamed"},
		"stream: a\r\nb\x1b[2Jc<i> FOUND":               {true, "a__b__2Jc_i_"},
		"stream: " + strings.Repeat("é", 99) + " FOUND": {true, strings.Repeat("_", 40)},
	} {
		if got, err := (clamd{}).receive(strings.NewReader(answer + "\x00")); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", answer, got, err, want)
		}
	}
	for _, answer := range []string{"", "stream: OK", "OK FOUND", "stream: NOT OK\x00", "stream: FOUND\x00", "stream: oops ERROR\x00", "UNKNOWN COMMAND\x00"} {
		if got, err := (clamd{}).receive(strings.NewReader(answer)); err == nil || got != (Verdict{}) {
			t.Errorf("%q was understood: %+v", answer, got)
		}
	}
}

// judge is the verdict on "hello" of a server that answers so.
func judge(answer string) (Verdict, error) {
	x := &respmod{sent: sha256.New()}
	x.sent.Write([]byte("hello"))
	v, err := x.receive(strings.NewReader(answer))
	if err != nil {
		return v, err
	}
	return x.compared(v), nil
}

func TestICAPSentBack(t *testing.T) {
	const web = "HTTP/1.1 200 OK\r\n\r\n"
	for answer, want := range map[string]bool{
		"Encapsulated: res-hdr=0, res-body=19\r\n\r\n" + web + "5\r\nhello\r\n0\r\n\r\n":          false,
		"Encapsulated: res-hdr=0, res-body=19\r\n\r\n" + web + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n": false,
		"Encapsulated: res-body=0\r\n\r\n5\r\nhello\r\n0\r\n\r\n":                                 false,
		"Encapsulated: res-hdr=0, res-body=19\r\n\r\n" + web + "4\r\nhell\r\n0\r\n\r\n":           true,
		"Encapsulated: res-hdr=0, res-body=19\r\n\r\n" + web + "0\r\n\r\n":                        true,
		"Encapsulated: res-hdr=0, null-body=19\r\n\r\n" + web:                                     true,
		"\r\n": true,
	} {
		if v, err := judge("ICAP/1.0 200 OK\r\n" + answer); err != nil || v.Infected != want {
			t.Errorf("%q: got %+v, %v, want infected %v", answer, v, err, want)
		}
	}
	for _, answer := range []string{
		"Encapsulated: res-body=0\r\n\r\n5\r\nhello\r\n", "Encapsulated: res-body=0\r\n\r\n5\r\nhel", "Encapsulated: res-body=0\r\n\r\nx\r\n",
		"Encapsulated: res-body=-1\r\n\r\n", "Encapsulated: res-body=65535\r\n\r\n", "Encapsulated: res-body=9\r\n\r\nHTTP",
	} {
		if v, err := judge("ICAP/1.0 200 OK\r\n" + answer); err == nil || v != (Verdict{}) {
			t.Errorf("%q was understood: %+v", answer, v)
		}
	}
}

func TestICAPAnswers(t *testing.T) {
	const unchanged, changed = "ICAP/1.0 204 No Content\r\n", "ICAP/1.0 200 OK\r\n"
	for answer, want := range map[string]Verdict{
		unchanged:                              {},
		"ICAP/1.0 204\r\nISTag: x\r\n":         {},
		"ICAP/1.0 201 Created\r\n":             {true, "unnamed"},
		changed + "X-Virus-ID: Eicar Test\r\n": {true, "Eicar Test"},
		changed + "x-infection-found: Type=0; Resolution=2; Threat=Eicar;\r\nX-Virus-ID: other\r\n": {true, "Eicar"},
		changed + "X-Violations-Found: 1\r\n\tana-lima-hiv.pdf\r\n\tEicar\r\n":                      {true, "unnamed"},
		"ICAP/1.0 403 Forbidden\r\nX-Virus-ID: a<b\r\n":                                             {true, "a_b"},
		"ICAP/1.0 204 Monitor only\r\nX-Infection-Found: Type=2\r\n":                                {true, "unnamed"},
		unchanged + "X-Violations-Found: 0\r\n":                                                     {},
	} {
		if got, err := judge(answer + "\r\n"); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", answer, got, err, want)
		}
	}
	for _, answer := range []string{
		"", unchanged, "HTTP/1.1 204 No Content\r\n\r\n", "ICAP/1.0 100 Continue\r\n\r\n", "ICAP/1.0 404 No service\r\n\r\n",
		"ICAP/1.0 503\r\n\r\n", "ICAP/1.0 2040\r\n\r\n", "ICAP/1.0\r\n\r\n", "204\r\n\r\n", unchanged + "no colon\r\n\r\n",
		"ICAP/1.0 200 OK\r\nX-Virus-ID: a\x1bb\r\n\r\n",
	} {
		if got, err := judge(answer); err == nil || got != (Verdict{}) {
			t.Errorf("%q was understood: %+v", answer, got)
		}
	}
	if _, err := judge("ICAP/1.0 413 Too large\r\n\r\n"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("413: %v, want ErrTooLarge", err)
	}
}

// passes is how every answer begins that may pass content.
var passes = regexp.MustCompile(`^((stream: )?OK\x00|ICAP/1\.0 20[04])`)

func FuzzAnswers(f *testing.F) {
	for _, answer := range []string{
		"", "stream: OK\x00", "stream: Eicar FOUND\x00", "INSTREAM size limit exceeded. ERROR\x00",
		"ICAP/1.0 204 No Content\r\n\r\n", "ICAP/1.0 200 OK\r\nX-Infection-Found: Threat=a\r\n\tb;\r\n\r\n", "ICAP/1.0 200 OK\r\nX-Violations-Found: 1\r\n\r\n",
		"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=2\r\n\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		receiveClamd := func(answer string) (Verdict, error) { return clamd{}.receive(strings.NewReader(answer)) }
		for _, receive := range []func(string) (Verdict, error){receiveClamd, judge} {
			v, err := receive(answer)
			if err == nil && !v.Infected && !passes.MatchString(answer) {
				t.Errorf("%q passes as clean", answer)
			}
			if v.Infected == (v.Name == "") || len(v.Name) > maxName {
				t.Errorf("%q: %+v", answer, v)
			}
			for _, r := range v.Name {
				if r < ' ' || r > '~' {
					t.Errorf("%q: the name has %q", answer, r)
				}
			}
		}
	})
}
