package courier

import (
	"testing"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/token"
)

func TestWhoseTextIsIt(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	tok, other := token.New(), token.New()
	body := func(t token.Token) string { return "Clinic: read https://clinic.example/m/" + t.Secret() }
	linked := store.Doubt{Text: "txt_link", Link: tok.Hash(), At: at}
	plain := store.Doubt{Text: "txt_plain", At: at}
	cases := []struct {
		name  string
		doubt store.Doubt
		found sms.Found
		want  store.TextID
	}{
		{"its own link", linked, sms.Found{Body: body(tok), At: at}, "txt_link"},
		{"its own link, whatever the clock", linked, sms.Found{Body: body(tok), At: at.Add(time.Hour)}, "txt_link"},
		{"another link", linked, sms.Found{Body: body(other), At: at}, ""},
		{"words without a link", linked, sms.Found{Body: "A password was set", At: at}, ""},
		{"no body, that time", linked, sms.Found{At: at.Add(2 * time.Second)}, "txt_link"},
		{"no body, a clock that is slow", linked, sms.Found{At: at.Add(-30 * time.Second)}, "txt_link"},
		{"no body, before", linked, sms.Found{At: at.Add(-2 * time.Minute)}, ""},
		{"no body, late, but within the claim", linked, sms.Found{At: at.Add(110 * time.Second)}, "txt_link"},
		{"no body, long after", linked, sms.Found{At: at.Add(10 * time.Minute)}, ""},
		{"a text that carries no link", plain, sms.Found{Body: "A password was set", At: at}, "txt_plain"},
		{"a text that carries no link, before", plain, sms.Found{Body: "A password was set", At: at.Add(-time.Hour)}, ""},
		{"a link for one that carries none", plain, sms.Found{Body: body(other), At: at}, ""},
	}
	for _, c := range cases {
		if id, ok := whose([]store.Doubt{c.doubt}, c.found, 2*time.Minute); id != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.name, id, ok, c.want)
		}
	}
	if id, _ := whose([]store.Doubt{plain, linked}, sms.Found{Body: body(tok), At: at}, 2*time.Minute); id != "txt_link" {
		t.Errorf("of two doubts: got %q", id)
	}
}
