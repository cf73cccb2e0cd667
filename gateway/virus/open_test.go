package virus

import (
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	for raw, want := range map[string]Scanner{
		"":                          nil,
		"clamd://av":                clamd{server{"tcp", "av:3310"}},
		"clamd://av/":               clamd{server{"tcp", "av:3310"}},
		"clamd://[::1]:3311":        clamd{server{"tcp", "[::1]:3311"}},
		"unix:///run/clamd.ctl":     clamd{server{"unix", "/run/clamd.ctl"}},
		"icap://av/avscan":          icap{server{"tcp", "av:1344"}, "/avscan"},
		"icap://[::1]:1/a/b?mode=x": icap{server{"tcp", "[::1]:1"}, "/a/b?mode=x"},
	} {
		got, err := Open(raw)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", raw, got, err, want)
		}
	}
}

var badURLs = []string{
	"av:3310", "clamd://", "clamd://:3310", "clamd://av:0", "clamd://av:99999", "clamd://av/x", "clamd://av?x=1", "clamd:av",
	"unix://run/clamd.ctl", "unix:///", "unix:///a?b", "icap://av", "icap://av/", "icap://:1344/a", "icap://av/a#b",
	"http://av/", "icap://ana:s3cret@av/a", "clamd://s3cret@av", "icap://av/\r\nX: s3cret", "icap://s3cret%zz/",
}

func TestBadURLsAreRefusedWithoutQuotingThem(t *testing.T) {
	for _, raw := range badURLs {
		s, err := Open(raw)
		if err == nil || s != nil {
			t.Errorf("%q was taken: %+v", raw, s)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}
