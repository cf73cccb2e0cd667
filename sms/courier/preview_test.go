package courier

import (
	"strings"
	"testing"

	"securetext/sms"
	"securetext/store"
)

func TestAPreviewIsTheTextThatGoesOut(t *testing.T) {
	url, err := sms.ParsePublicURL("https://msg.clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	link := " https://msg.clinic.example/m/" + strings.Repeat("x", 26)
	org := store.Org{SMSName: "Lakeside", Lang: "en"}
	for _, c := range []struct{ lang, want string }{
		{"en", "Lakeside: you have a secure message. STOP to end." + link},
		{"es", "Lakeside: tiene un mensaje seguro. STOP cancela." + link},
		{"", "Lakeside: you have a secure message. STOP to end." + link},
	} {
		got, err := Preview(org, sms.NewMessage, c.lang, url)
		if err != nil || got != c.want {
			t.Errorf("in %q: got %q, %v, want %q", c.lang, got, err, c.want)
		}
	}
	org.Policy.Templates = []store.Template{{Kind: "link", Lang: "en", Text: "{org}: news for you. STOP to end. {link}"}}
	if got, err := Preview(org, sms.NewMessage, "en", url); err != nil || got != "Lakeside: news for you. STOP to end."+link {
		t.Errorf("with a sentence of its own: got %q, %v", got, err)
	}
	if got, err := Preview(org, sms.Reminder, "en", url); err != nil || got != "Lakeside: your message is waiting. STOP to end."+link {
		t.Errorf("the reminder: got %q, %v", got, err)
	}
	if _, err := Preview(store.Org{SMSName: "\x00"}, sms.NewMessage, "en", url); err == nil {
		t.Error("an org without a name for texts: got no error")
	}
}
