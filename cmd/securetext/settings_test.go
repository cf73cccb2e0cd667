package main

import (
	"strings"
	"testing"

	"securetext/store"
)

func TestS30WhereAWebhookMayLead(t *testing.T) {
	for hook, want := range map[string]struct{ public, private bool }{
		"https://clinic.example/overdue?key=1": {true, true},
		"https://8.8.8.8/overdue":              {true, true},
		"https://clinic.example:8443/":         {true, true},
		"https://localhost/overdue":            {false, true},
		"https://127.0.0.1/overdue":            {false, true},
		"https://10.1.2.3/overdue":             {false, true},
		"https://[::1]:8443/overdue":           {false, true},
		"https://169.254.169.254/latest":       {false, true},
		"https://gateway/overdue":              {false, true},
		"http://clinic.example/overdue":        {false, true},
		"https://ana:heron@clinic.example/":    {},
		"https://ana@clinic.example/":          {},
		"https://clinic.example/#top":          {},
		"https:///overdue":                     {},
		"clinic.example/overdue":               {},
		"":                                     {},
	} {
		for _, private := range []bool{false, true} {
			may := want.public
			if private {
				may = want.private
			}
			p := store.Policy{Hook: "before"}
			err := setHook(&p, hook, private)
			if (err == nil) != may || may && p.Hook != hook {
				t.Errorf("%q, private %v: got %q, error %v", hook, private, p.Hook, err)
			}
			if err != nil && strings.Contains(err.Error(), "heron") {
				t.Errorf("%q: the error repeats it: %v", hook, err)
			}
		}
	}
}
