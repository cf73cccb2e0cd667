package sms_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"securetext/sms"
	"securetext/store/token"
)

func TestParseTemplate(t *testing.T) {
	// What a patient with a word gets, and one without. The first gets our
	// sentence where theirs has no place for the word.
	cases := []struct{ lang, in, with, without string }{
		{"en", "{org} ({word}): a message. {link}", "Bay (heron): a message.", "Bay: a message."},
		{"en", "  {org}: hello. {link}\n", "Bay (heron): your message is waiting. STOP to end.", "Bay: hello."},
		{"en", "{word} - {org}: hello. {link}", "heron - Bay: hello.", "Bay: hello."},
		{"en", "\"{word}\", {org}: hello {link}", `"heron", Bay: hello`, "Bay: hello"},
		{"en", "{word}: {org} {link}", "heron: Bay", "Bay"},
		{"en", "From {org}, [{word}], now {link}", "From Bay, [heron], now", "From Bay, now"},
		{"en", "From {org} [({word})]now {link}", "From Bay [(heron)]now", "From Bay now"},
		{"en", "{org} says {word} {link}", "Bay says heron", "Bay says"},
		{"fr", "{org} : un message privé {link}", "Bay (heron) : message non lu. Se désabonner : STOP.", "Bay : un message privé"},
		{"es", "{org}: 24 h, cafe\u0301 {link}", "Bay (heron): su mensaje le espera. STOP cancela.", "Bay: 24 h, café"},
		{"zh", "来自{org}「{word}」的信息。请阅读 {link}", "来自Bay「heron」的信息。请阅读", "来自Bay的信息。请阅读"},
		{"zh", "{org}: hello {link}", "Bay(heron)：未读信息，回STOP退订", "Bay: hello"},
	}
	for _, c := range cases {
		tmpl, err := sms.ParseTemplate(sms.Reminder, c.lang, c.in)
		if err != nil {
			t.Errorf("ParseTemplate(%q): %v", c.in, err)
			continue
		}
		for heron, want := range map[string]string{"heron": c.with, "": c.without} {
			v := sms.Voice{Org: orgName(t, "Bay"), Word: word(t, heron), Lang: c.lang, Templates: []sms.Template{tmpl}}
			if got := words(t, v, sms.Reminder, "https://a.co"); !strings.HasPrefix(got, want+" https://a.co/m/") {
				t.Errorf("%q says %q, want %q and the link", c.in, got, want)
			}
		}
		if again, err := sms.ParseTemplate(sms.Reminder, c.lang, tmpl.String()); err != nil || again != tmpl {
			t.Errorf("%q became %q, and that %q, %v", c.in, tmpl, again, err)
		}
	}
}

func TestParseTemplateRefuses(t *testing.T) {
	cases := []struct{ lang, in, reason string }{
		{"tlh", "{org} {link}", `"tlh"`},
		{"es-MX", "{org} {link}", `"es-MX"`},
		{"en", "", "{org} stands in it 0 times"},
		{"en", "hello {link}", "{org} stands in it 0 times"},
		{"en", "{org} {org} {link}", "{org} stands in it 2 times"},
		{"en", "{word} {org} {word} {link}", "{word} stands in it 2 times"},
		{"en", "{org} hello", "end with {link}"},
		{"en", "{org} {link} {link}", "end with {link}"},
		{"en", "{org} {link} now", "end with {link}"},
		{"en", "{org} {link}.", "end with {link}"},
		{"en", "{org}{link}", "end with {link}"},
		{"en", "{org}  {link}", "end with {link}"},
		{"en", "{org}\n{link}", "end with {link}"},
		{"en", "{org} {subject} {link}", `character 7: "{subject}"`},
		{"en", "{org} {phone} {link}", `character 7: "{phone}"`},
		{"en", "{Org} {link}", `character 1: "{Org}"`},
		{"en", "{ org } {link}", `character 1: "{ org }"`},
		{"en", "é {} {org} {link}", `character 3: "{}"`},
		{"en", "{{org}} {link}", `character 1: "{"`},
		{"en", "{org}} {link}", `character 6: "}"`},
		{"en", "{org} { {link}", `character 7: "{"`},
		{"en", "{org} a\nb {link}", `character 8: '\n' cannot be seen`},
		{"en", "{org} a\x00b {link}", `character 8: '\x00' cannot be seen`},
		{"en", "{org} a\xffb {link}", "character 8"},
		{"zh", "{org} a\u202eb {link}", `character 8: '\u202e' cannot be seen`},
		{"zh", "{org}\u0301 {link}", "character 6"},
		{"fr", "{org} : être {link}", "character 9: 'ê' cannot be sent"},
		{"en", "{org} 🏥 {link}", "cannot be sent"},
		{"en", "{org} see http://x {link}", "character 15: looks like a link"},
		{"en", "{org} WWW. x {link}", "character 7: looks like a link"},
		{"en", "{org} evil.example {link}", "character 10: looks like a link"},
		{"en", "{org} 10.0 {link}", "looks like a link"},
		{"en", "{org}.com {link}", "character 5: looks like a link"},
		{"en", "my.{word} {org} {link}", "looks like a link"},
		{"en", "{org} evil ({word}).com {link}", "looks like a link"},
		{"en", "{org} www ({word}). {link}", "looks like a link"},
		{"zh", "{org} evil。example {link}", "looks like a link"},
		{"zh", "{org} ｗｗｗ．坏 {link}", "looks like a link"},
		{"en", "{org} call 5550 {link}", "character 12: looks like a number"},
		{"zh", "{org} ５５５５ {link}", "looks like a number"},
		{"en", "a{org} {link}", "character 1: a space"},
		{"en", "{org}7 {link}", "character 5: a space"},
		{"en", "{org}{word} {link}", "character 5: a space"},
		{"en", "{org} ({word}): " + strings.Repeat("a", 39) + "b {link}", "too long: 1, with the longest"},
		{"en", "{org}: " + strings.Repeat("€", 30) + " {link}", "too long: 6, with the longest"},
		{"zh", "{org}：" + strings.Repeat("信", 30) + " {link}", "too long: "},
	}
	for _, c := range cases {
		_, err := sms.ParseTemplate(sms.NewMessage, c.lang, c.in)
		if !errors.Is(err, sms.ErrTemplate) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("ParseTemplate(%s, %q): got error %v, want one with %q", c.lang, c.in, err, c.reason)
		}
	}
	for _, kind := range []sms.Kind{sms.Enrolled, sms.OneCode, sms.Helped, sms.Stopped, sms.Started, ""} {
		if _, err := sms.ParseTemplate(kind, "en", "{org}: hello. {link}"); !errors.Is(err, sms.ErrTemplate) {
			t.Errorf("kind %q: got error %v, want ErrTemplate", kind, err)
		}
	}
}

// What parses renders to one segment that ends in the link, and holds nothing
// but its own words, the name, the patient's word and the link.
func FuzzParseTemplate(f *testing.F) {
	for _, s := range []string{
		"{org} ({word}): a message. {link}", "{word} - {org}: x {link}", "{org} evil ({word}).com {link}", "{org}：新信息，回STOP退订 {link}",
		"{org} 12({word})34 {link}", "w({word})ww. {org} {link}", "{org}[({word})] € {link}", "“{word}”，{org} {link}", "{org} \xff {link}",
	} {
		f.Add("en", s, false)
		f.Add("zh", s, true)
	}
	suspect := regexp.MustCompile(`(?i)://|www\.|\pL\.\pL|\pN{4}|\pC`)
	f.Fuzz(func(t *testing.T, lang, s string, bare bool) {
		tmpl, err := sms.ParseTemplate(sms.NewMessage, lang, s)
		if err != nil {
			if !errors.Is(err, sms.ErrTemplate) {
				t.Fatal(err)
			}
			return
		}
		for _, base := range longestURLs {
			v := sms.Voice{Org: orgName(t, strings.Repeat("Q", sms.MaxOrgName)), Word: word(t, "heron"), Lang: lang, Templates: []sms.Template{tmpl}}
			if base == longestURLs[0] {
				v.Org = orgName(t, "Q")
			}
			if bare {
				v.Word = sms.Word{}
			}
			tok := token.New()
			text := sms.LinkText("txt_1", number(t), v, sms.NewMessage, link(t, base, tok))
			said, ends := strings.CutSuffix(text.Body(), " "+base+"/m/"+tok.Secret())
			if text.Segments() != 1 || !ends {
				t.Fatalf("%q: %d segments of %s: %s", s, text.Segments(), text.Encoding(), text.Body())
			}
			if suspect.MatchString(said) {
				t.Fatalf("%q says %q", s, said)
			}
			if ours := words(t, sms.Voice{Org: v.Org, Word: v.Word, Lang: lang}, sms.NewMessage, base); strings.HasPrefix(ours, said+" ") {
				continue // it did not fit
			}
			if lang != "zh" && text.Encoding() != sms.GSM7 {
				t.Fatalf("%q travels as %s", s, text.Encoding())
			}
			filled := strings.NewReplacer("{org}", v.Org.String(), "{word}", v.Word.Secret()).Replace(tmpl.String())
			if !within(said, filled) {
				t.Fatalf("%q says %q", s, said)
			}
		}
	})
}

// within reports whether s is what is left of whole when some is left out,
// apart from spaces.
func within(s, whole string) bool {
	for _, r := range s {
		if r == ' ' {
			continue
		}
		_, rest, found := strings.Cut(whole, string(r))
		if !found {
			return false
		}
		whole = rest
	}
	return true
}
