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

func TestReadSuppressionAsSpreadsheetsWriteIt(t *testing.T) {
	const list = "\ufeffphone,reason,since\r\n\"+12114367780\",opted_out,\r\n 2114367780 , opted_out ,2027-01-31T09:00:00Z\r\n" +
		"1.21144E+10,dead,\r\n2114367781,dead,\r\n\"211\"4367782\",dead,\r\n"
	lines, bad, err := readSuppression(strings.NewReader(list), "US")
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || lines[0].number.E164() != "+12114367780" || lines[0].why != store.OptedOut || lines[1].why != store.Dead {
		t.Errorf("got %d lines, want the one that is there twice, and another", len(lines))
	}
	if len(bad) != 2 || !strings.HasPrefix(bad[0].Error(), "line 4: ") || !strings.HasPrefix(bad[1].Error(), "line 6: ") {
		t.Errorf("got %v, want lines 4 and 6", bad)
	}
	for _, none := range []string{"", "phone;reason;since\n", "phone,reason\n", "2114367780,dead,\n"} {
		if _, _, err := readSuppression(strings.NewReader(none), "US"); err == nil {
			t.Errorf("%q is taken for a list", none)
		}
	}
}
