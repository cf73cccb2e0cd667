package letter

import "testing"

func TestS19Links(t *testing.T) {
	for href, want := range map[string]string{
		"https://lakeside.example/find?a=1&b=2#c": "https://lakeside.example/find?a=1&b=2#c",
		"HTTP://Lakeside.example":                 "http://Lakeside.example",
		"https://lakeside.example:8443/a%20b":     "https://lakeside.example:8443/a%20b",
		"https://bücher.example/":                 "https://xn--bcher-kva.example/",
		"https://аррӏе.example:8443/":             "https://xn--80ak6aa92e.example:8443/",
		"https://[2001:db8::1]/":                  "https://[2001:db8::1]/",
		"mailto:reyes@lakeside.example":           "mailto:reyes@lakeside.example",
		"mailto:a@b.example?subject=x&body=y":     "mailto:a@b.example",
		"tel:+1-555-010-0142":                     "tel:+15550100142",
		"tel:(555)%20010-0142":                    "tel:5550100142",
		"TEL:911":                                 "tel:911",
	} {
		if got := safeLink(href); got != want {
			t.Errorf("%q: got %q, want %q", href, got, want)
		}
		if got := safeLink(want); got != want {
			t.Errorf("%q becomes %q", want, got)
		}
	}
	for _, href := range []string{
		"", "#main", "/m/x", "//trap.example", "https:", "https:trap.example", "https:///trap.example", "https://", "http://user@trap.example/",
		"https://bank.example:pw@trap.example/", "https://bank.example/\u202emoc", "https://bank.example/%E2%80%AEmoc", "https://bank.example:x/",
		"javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://a.example/x",
		"intent://x#Intent;end", "market://x", "sms:+15550100", "about:blank", "view-source:https://a.example", "ws://a.example",
		"mailto:", "mailto:?to=a@b.example", "mailto:a@b.example,c@d.example", "mailto:a@b.example%0aBcc:c@d.example", `mailto:"a@b"@c.example`,
		"tel:*%2306%23", "tel:*#06#", "tel:%2A%2306%23", "tel:**21*555%23", "tel:+15550100,,1234", "tel:+15550100;postd=1", "tel:5550100p1", "tel:",
		"tel://*%2306%23", "tel:12", "tel:٠١٢٣٤٥٦",
	} {
		if got := safeLink(href); got != "" {
			t.Errorf("%q leads to %q", href, got)
		}
	}
}

func FuzzS19Links(f *testing.F) {
	for _, s := range []string{"https://a.example/b?c#d", "tel:+1 555", "mailto:a@b.example?x", "https://bücher.example", "http://[::1]:80/%41"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := safeLink(s)
		if again := safeLink(once); again != once {
			t.Errorf("%q becomes %q, then %q", s, once, again)
		}
	})
}
