package sms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store/token"
)

const publicURL = "https://messages.clinic.example"

// languages are the tags that texts are tested in: all that have wording, one
// that has none, and regional forms.
var languages = []string{"en", "es", "es-MX", "EN-us", "tlh", ""}

func TestS02TheLinkIsThePublicURLAndTheTokenAndEndsTheText(t *testing.T) {
	tok := token.New()
	for _, lang := range languages {
		body := linkText(t, lang, "Riverside Clinic", publicURL, tok).Body()
		if want := " " + publicURL + "/m/" + tok.Secret(); !strings.HasSuffix(body, want) {
			t.Errorf("%q: text %q does not end with the link", lang, body)
		}
		if !strings.HasPrefix(body, "Riverside Clinic: ") {
			t.Errorf("%q: text %q does not begin with the org", lang, body)
		}
	}
}

func TestEveryTextIsOneSegment(t *testing.T) {
	longest := strings.Repeat("W", sms.MaxOrgName)
	base := "https://" + strings.Repeat("h", sms.MaxPublicURL-len("https://"))
	for _, lang := range languages {
		texts := []sms.Text{linkText(t, lang, longest, base, token.New())}
		for _, orgPhone := range []string{"", "+1 (555) 010-1234 ext 123", "+1 (555) 010-12 ext 1234", "nobody"} {
			texts = append(texts, sms.EnrolledText("txt_1", number(t), lang, orgName(t, longest), orgPhone))
		}
		for _, text := range texts {
			if text.Segments() != 1 || text.Encoding() != sms.GSM7 {
				t.Errorf("%q: %d segments of %s: %s", lang, text.Segments(), text.Encoding(), text.Body())
			}
		}
	}
}

func TestTextsSpeakThePatientsLanguage(t *testing.T) {
	for lang, want := range map[string]string{"en": "secure message", "es": "mensaje seguro", "es-MX": "mensaje seguro", "ES": "mensaje seguro", "tlh": "secure message"} {
		if body := linkText(t, lang, "Clinic", publicURL, token.New()).Body(); !strings.Contains(body, want) {
			t.Errorf("%q: %q does not say %q", lang, body, want)
		}
	}
}

func TestTheEnrolledTextNamesWhomToCall(t *testing.T) {
	for phone, want := range map[string]string{
		"(555) 010-1234":            "Call (555) 010-1234",
		"":                          "Call us.",
		"ask for Ana":               "Call us.",
		"1\u200b2":                  "Call us.",
		strings.Repeat("5", 25):     "Call us.",
		"+1 (555) 010-12 ext 12345": "Call us.",
	} {
		body := sms.EnrolledText("txt_1", number(t), "en", orgName(t, "Clinic"), phone).Body()
		if !strings.HasSuffix(body, want) {
			t.Errorf("phone %q: text %q does not end with %q", phone, body, want)
		}
	}
}

func TestS24TextsAndLinksNeverPrint(t *testing.T) {
	tok := token.New()
	base, err := sms.ParsePublicURL(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	text := linkText(t, "en", "Clinic", publicURL, tok)
	inside := struct {
		text sms.Text
		link sms.Link
	}{text, base.Link(tok)}
	var out bytes.Buffer
	for _, v := range []any{text, &text, base.Link(tok), inside, &inside, []sms.Text{text}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("text", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v)
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(j)
	}
	for _, secret := range []string{tok.Secret(), fmt.Sprintf("%x", tok.Secret()), "secure message", "5551230001"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("printed %q: %s", secret, &out)
		}
	}
	if !strings.Contains(out.String(), "[text]") {
		t.Error("a text does not show as [text]")
	}
}

func TestFindToken(t *testing.T) {
	tok := token.New()
	got, ok := sms.FindToken(linkText(t, "es", "A/m/B", publicURL, tok).Body())
	if !ok || got != tok {
		t.Error("the token of a text was not found again")
	}
	for _, body := range []string{"", "no link", publicURL + "/m/", publicURL + "/m/short", publicURL + "/m/" + tok.Secret() + "."} {
		if _, ok := sms.FindToken(body); ok {
			t.Errorf("found a token in %q", body)
		}
	}
}

func linkText(t *testing.T, lang, org, base string, tok token.Token) sms.Text {
	t.Helper()
	u, err := sms.ParsePublicURL(base)
	if err != nil {
		t.Fatal(err)
	}
	return sms.LinkText("txt_1", number(t), lang, orgName(t, org), u.Link(tok))
}

func orgName(t *testing.T, s string) sms.OrgName {
	t.Helper()
	n, err := sms.ParseOrgName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func number(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.Parse("+15551230001", "")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
