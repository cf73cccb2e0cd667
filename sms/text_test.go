package sms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store/token"
)

const publicURL = "https://messages.clinic.example"

// languages are tags that texts are tested in beside those that have wording:
// some that have none, and regional forms.
var languages = []string{"es-MX", "EN-us", "fil", "zh-Hans", "zh-TW", "tlh", ""}

func TestS02TheLinkIsThePublicURLAndTheTokenAndEndsTheText(t *testing.T) {
	tok := token.New()
	for _, lang := range slices.Concat(sms.Languages(), languages) {
		for _, kind := range []sms.Kind{sms.NewMessage, sms.Reminder} {
			v := sms.Voice{Org: orgName(t, "Riverside Clinic"), Lang: lang}
			body := sms.LinkText("txt_1", number(t), v, kind, link(t, publicURL, tok)).Body()
			if want := " " + publicURL + "/m/" + tok.Secret(); !strings.HasSuffix(body, want) {
				t.Errorf("%q: text %q does not end with the link", lang, body)
			}
			if !strings.HasPrefix(body, "Riverside Clinic") {
				t.Errorf("%q: text %q does not begin with the org", lang, body)
			}
		}
	}
}

func TestS24TextsLinksCodesAndWordsNeverPrint(t *testing.T) {
	tok := token.New()
	way, heron, code := link(t, publicURL, tok), word(t, "heron"), sms.NewCode()
	v := sms.Voice{Org: orgName(t, "Clinic"), Lang: "en", Word: heron}
	text := sms.LinkText("txt_1", number(t), v, sms.NewMessage, way)
	inside := struct {
		text sms.Text
		link sms.Link
		word sms.Word
		code sms.OneTimeCode
	}{text, way, heron, code}
	var out bytes.Buffer
	for _, v := range []any{text, &text, way, heron, &heron, code, &code, v, inside, &inside, []sms.Text{text}} {
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
	for _, secret := range []string{tok.Secret(), fmt.Sprintf("%x", tok.Secret()), "secure message", "heron", fmt.Sprintf("%x", "heron"), code.Secret(), fmt.Sprintf("%x", code.Secret()), "5551230001"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("printed %q: %s", secret, &out)
		}
	}
	for _, want := range []string{"[text]", "[link]", "[word]", "[code]"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing shows as %s", want)
		}
	}
}

func TestFindToken(t *testing.T) {
	tok, v := token.New(), sms.Voice{Org: orgName(t, "A/m/B"), Lang: "es"}
	got, ok := sms.FindToken(sms.LinkText("txt_1", number(t), v, sms.Reminder, link(t, publicURL, tok)).Body())
	if !ok || got != tok {
		t.Error("the token of a text was not found again")
	}
	for _, body := range []string{"", "no link", publicURL + "/m/", publicURL + "/m/short", publicURL + "/m/" + tok.Secret() + "."} {
		if _, ok := sms.FindToken(body); ok {
			t.Errorf("found a token in %q", body)
		}
	}
}

func link(t *testing.T, base string, tok token.Token) sms.Link {
	t.Helper()
	u, err := sms.ParsePublicURL(base)
	if err != nil {
		t.Fatal(err)
	}
	return u.Link(tok)
}

// word is a patient's word; "" is none.
func word(t *testing.T, s string) sms.Word {
	t.Helper()
	if s == "" {
		return sms.Word{}
	}
	w, err := sms.ParseWord(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func template(t *testing.T, kind sms.Kind, lang, s string) sms.Template {
	t.Helper()
	tmpl, err := sms.ParseTemplate(kind, lang, s)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
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
