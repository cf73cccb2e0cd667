package sms_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"securetext/sms"
)

var providers = []string{"twilio", "kannel", "webhook"}

func TestParseRoads(t *testing.T) {
	cases := []struct {
		in      string
		want    []sms.Road
		lines   string
		written string // empty: as it was
	}{
		{"", nil, "", ""},
		{" ", nil, "", ""},
		{"twilio", []sms.Road{{Provider: "twilio"}}, "twilio", ""},
		{"twilio:+15551230000", []sms.Road{{Provider: "twilio", From: "+15551230000"}}, "twilio:+15551230000", ""},
		{"kannel:12345@0.5", []sms.Road{{Provider: "kannel", From: "12345", Rate: 0.5}}, "kannel:12345", ""},
		{"twilio@10", []sms.Road{{Provider: "twilio", Rate: 10}}, "twilio", ""},
		{"webhook@1.0", []sms.Road{{Provider: "webhook", Rate: 1}}, "webhook", "webhook@1"},
		{"twilio@1000", []sms.Road{{Provider: "twilio", Rate: 1000}}, "twilio", ""},
		{
			" twilio:MG0123456789abcdef0123456789abcdef@1 , kannel ",
			[]sms.Road{{Provider: "twilio", From: "MG0123456789abcdef0123456789abcdef", Rate: 1}, {Provider: "kannel"}},
			"twilio:MG0123456789abcdef0123456789abcdef kannel", "twilio:MG0123456789abcdef0123456789abcdef@1,kannel",
		},
		{
			"twilio:+15551230000,twilio:+15551230001,twilio",
			[]sms.Road{{Provider: "twilio", From: "+15551230000"}, {Provider: "twilio", From: "+15551230001"}, {Provider: "twilio"}},
			"twilio:+15551230000 twilio:+15551230001 twilio", "",
		},
	}
	for _, c := range cases {
		got, err := sms.ParseRoads(c.in, providers)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("ParseRoads(%q) = %v, %v; want %v", c.in, got, err, c.want)
			continue
		}
		var lines []string
		for _, r := range got {
			lines = append(lines, r.Line())
		}
		if s := strings.Join(lines, " "); s != c.lines {
			t.Errorf("%q: lines %q, want %q", c.in, s, c.lines)
		}
		want := c.written
		if want == "" {
			want = strings.TrimSpace(c.in)
		}
		if s := sms.FormatRoads(got); s != want {
			t.Errorf("%q is written %q, want %q", c.in, s, want)
		}
	}
}

func TestParseRoadsRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		",":                                 `"" is none of twilio, kannel, webhook`,
		"twilio,":                           `"" is none of`,
		"pigeon":                            `"pigeon" is none of`,
		"Twilio":                            `"Twilio" is none of`,
		":+15551230000":                     `"" is none of`,
		"twilio:":                           "after twilio: comes",
		"twilio: +15551230000":              "after twilio: comes",
		"twilio:+1 555":                     "after twilio: comes",
		"twilio:a:b":                        "after twilio: comes",
		"twilio:" + strings.Repeat("1", 35): "after twilio: comes",
		"twilio@":                           "after @ comes",
		"twilio@0":                          "after @ comes",
		"twilio@0.000":                      "after @ comes",
		"twilio@-1":                         "after @ comes",
		"twilio@fast":                       "after @ comes",
		"twilio@1e3":                        "after @ comes",
		"twilio@inf":                        "after @ comes",
		"twilio@10000":                      "after @ comes",
		"twilio@1@2":                        "after @ comes",
		"twilio,twilio":                     "twilio stands there twice",
		"kannel:1@1,twilio,kannel:1@2":      "kannel:1 stands there twice",
		"twilio:1,twilio:2,twilio:3,twilio:4,twilio:5,twilio:6": "at most 5",
	} {
		roads, err := sms.ParseRoads(in, providers)
		if !errors.Is(err, sms.ErrRoad) || !strings.Contains(err.Error(), reason) || roads != nil {
			t.Errorf("ParseRoads(%q) = %v, %v; want an error with %q", in, roads, err, reason)
		}
	}
}

func FuzzParseRoads(f *testing.F) {
	for _, s := range []string{"twilio:+15551230000@1,kannel", "webhook@0.125", ",", "twilio@9999.999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		roads, err := sms.ParseRoads(s, providers)
		if err != nil {
			if !errors.Is(err, sms.ErrRoad) {
				t.Fatal(err)
			}
			return
		}
		if again, err := sms.ParseRoads(sms.FormatRoads(roads), providers); err != nil || !slices.Equal(again, roads) {
			t.Fatalf("%q became %v and then %v, %v", s, roads, again, err)
		}
	})
}
