package sms_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"securetext/sms"
	"securetext/store/token"
)

// kinds are all kinds of texts.
var kinds = []sms.Kind{sms.NewMessage, sms.Reminder, sms.Enrolled, sms.OneCode, sms.Helped, sms.Stopped, sms.Started}

// words is what a text of a kind says.
func words(t *testing.T, v sms.Voice, kind sms.Kind, base string) string {
	t.Helper()
	switch kind {
	case sms.NewMessage, sms.Reminder:
		return sms.LinkText("txt_1", number(t), v, kind, link(t, base, token.New())).Body()
	case sms.Enrolled:
		return sms.EnrolledText("txt_1", number(t), v).Body()
	case sms.OneCode:
		return sms.CodeText("txt_1", number(t), v, sms.NewCode()).Body()
	}
	return v.Reply(kind)
}

// The longest of everything, in signs of one septet and of two.
var (
	longestNames  = []string{strings.Repeat("W", sms.MaxOrgName), strings.Repeat("[", sms.MaxOrgName/2), "A"}
	longestWords  = []string{"", "abc", strings.Repeat("ñ", 12)}
	longestPhones = []string{"", "+1 (555) 010-1234 ext 12", "+1 (555) 010-1234 ext 1234", "nobody"}
	longestURLs   = []string{"https://a.co", "https://m.example", "https://" + strings.Repeat("h", sms.MaxPublicURL-len("https://"))}
)

func TestEveryTextIsOneSegment(t *testing.T) {
	for _, lang := range slices.Concat(sms.Languages(), languages) {
		for _, kind := range kinds {
			for _, name := range longestNames {
				for _, w := range longestWords {
					for _, phone := range longestPhones {
						for _, base := range longestURLs {
							v := sms.Voice{Org: orgName(t, name), Phone: phone, Lang: lang, Word: word(t, w)}
							body := words(t, v, kind, base)
							n, e := sms.Measure(body)
							if n != 1 || e != sms.GSM7 && !strings.HasPrefix(lang, "zh") {
								t.Errorf("%q, %s: %d segments of %s: %s", lang, kind, n, e, body)
							}
							if !strings.HasPrefix(body, name) || !strings.Contains(body, w) || strings.ContainsAny(body, "{}") || strings.Contains(body, "()") {
								t.Errorf("%q, %s: not filled in well: %s", lang, kind, body)
							}
						}
					}
				}
			}
		}
	}
}

// Whatever else, a text says how to end texts, or how to have them again, in a
// word that we know.
func TestEveryTextSaysHowToEndThem(t *testing.T) {
	for _, lang := range sms.Languages() {
		for _, kind := range kinds {
			body, want := words(t, sms.Voice{Org: orgName(t, "Bay Clinic"), Lang: lang}, kind, publicURL), "STOP"
			if kind == sms.Stopped {
				want = "START"
			}
			if !strings.Contains(body, want) || strings.Contains(body, "START") != (want == "START") || sms.ParseKeyword(want) == "" {
				t.Errorf("%s, %s: does not say %s: %s", lang, kind, want, body)
			}
		}
	}
}

func TestTextsSpeakThePatientsLanguage(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "you have a secure message", "en-US": "you have a secure message", "EN_us": "you have a secure message",
		"es": "tiene un mensaje seguro", "es-MX": "tiene un mensaje seguro", "ES": "tiene un mensaje seguro",
		"fr": "message privé", "fr-CA": "message privé",
		"tl": "may mensahe po kayo", "fil": "may mensahe po kayo", "fil-PH": "may mensahe po kayo",
		"vi": "quy vi co tin bao mat", "vi-VN": "quy vi co tin bao mat",
		"zh": "新信息", "zh-Hans": "新信息", "zh-CN": "新信息", "zh-SG": "新信息", "zh-Hans-TW": "新信息", "cmn": "新信息",
		"zh-Hant": "you have a secure message", "zh-TW": "you have a secure message", "zh-HK": "you have a secure message", "yue": "you have a secure message",
		"tlh": "you have a secure message", "": "you have a secure message", "!": "you have a secure message", "es-!": "tiene un mensaje seguro",
	} {
		v := sms.Voice{Org: orgName(t, "Bay Clinic"), Lang: lang}
		if body := words(t, v, sms.NewMessage, "https://m.example"); !strings.Contains(body, want) {
			t.Errorf("%q: %q does not say %q", lang, body, want)
		}
	}
}

// A link leaves Chinese little room. English is better than two segments, and
// than a text without the patient's word.
func TestChineseIsSpokenWhereItFits(t *testing.T) {
	cases := []struct {
		kind            sms.Kind
		org, word, base string
		chinese         bool
	}{
		{sms.NewMessage, "Bay Clinic", "", "https://m.example", true},
		{sms.NewMessage, "City Clinic", "", "https://m.example", true},
		{sms.NewMessage, "Riverside Clinic", "", "https://m.example", false},
		{sms.NewMessage, "Bay Clinic", "", "https://messages.clinic.example", false},
		{sms.NewMessage, "Bay Clinic", "heron", "https://m.example", false},
		{sms.NewMessage, "Bay", "heron", "https://m.example", true},
		{sms.Reminder, "Bay Clinic", "", "https://m.example", true},
		{sms.Reminder, "Riverside Clinic", "", "https://m.example", false},
		{sms.Enrolled, longestNames[0], longestWords[2], "", true},
		{sms.OneCode, longestNames[0], longestWords[2], "", true},
		{sms.Helped, longestNames[0], longestWords[2], "", true},
		{sms.Stopped, longestNames[0], longestWords[2], "", true},
		{sms.Started, longestNames[0], longestWords[2], "", true},
	}
	for _, c := range cases {
		v := sms.Voice{Org: orgName(t, c.org), Lang: "zh", Word: word(t, c.word), Phone: longestPhones[1]}
		body := words(t, v, c.kind, c.base)
		if n, e := sms.Measure(body); n != 1 || (e == sms.UCS2) != c.chinese || strings.ContainsFunc(body, han) != c.chinese {
			t.Errorf("%s of %s on %s: %d segments of %s, want Chinese: %v: %s", c.kind, c.org, c.base, n, e, c.chinese, body)
		}
	}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestTheWordStandsBesideTheName(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "Bay (heron): ", "es": "Bay (heron): ", "fr": "Bay (heron) : ", "tl": "Bay (heron): ", "vi": "Bay (heron): ", "zh": "Bay(heron)：",
	} {
		bare := strings.NewReplacer(" (heron)", "", "(heron)", "").Replace(want)
		for _, kind := range kinds {
			v := sms.Voice{Org: orgName(t, "Bay"), Lang: lang, Word: word(t, "heron")}
			if body := words(t, v, kind, "https://m.example"); !strings.HasPrefix(body, want) {
				t.Errorf("%s, %s: got %q, want %q first", lang, kind, body, want)
			}
			v.Word = sms.Word{}
			if body := words(t, v, kind, "https://m.example"); !strings.HasPrefix(body, bare) {
				t.Errorf("%s, %s: got %q, want %q first", lang, kind, body, bare)
			}
		}
	}
}

func TestTextsNameWhomToCall(t *testing.T) {
	for phone, want := range map[string]string{
		"(555) 010-1234":            "Call (555) 010-1234.",
		"":                          "Call us.",
		"ask for Ana":               "Call us.",
		"1\u200b2":                  "Call us.",
		strings.Repeat("5", 25):     "Call us.",
		"+1 (555) 010-12 ext 12345": "Call us.",
	} {
		v := sms.Voice{Org: orgName(t, "Clinic"), Phone: phone, Lang: "en"}
		for _, body := range []string{sms.EnrolledText("txt_1", number(t), v).Body(), v.Reply(sms.Helped)} {
			if !strings.Contains(body, want) {
				t.Errorf("phone %q: text %q does not say %q", phone, body, want)
			}
		}
	}
}

func TestThereIsNoReplyWithALink(t *testing.T) {
	v := sms.Voice{Org: orgName(t, "Clinic"), Lang: "en"}
	for _, kind := range []sms.Kind{sms.NewMessage, sms.Reminder, sms.Enrolled, sms.OneCode, "other"} {
		if words := v.Reply(kind); words != "" {
			t.Errorf("reply of %q: %s", kind, words)
		}
	}
}

func TestAnOrgsOwnSentenceGoesBeforeOurs(t *testing.T) {
	v := sms.Voice{Org: orgName(t, "Bay Clinic"), Word: word(t, "heron"), Templates: []sms.Template{
		{Kind: sms.NewMessage, Lang: "en"}, // nothing is in it
		template(t, sms.NewMessage, "en", "{word} - {org}: you have mail. {link}"),
		template(t, sms.NewMessage, "fr", "{org} : vous avez un message. STOP pour finir. {link}"),
		template(t, sms.NewMessage, "zh", "{org}（{word}）：给您留言了，请您尽快点击阅读，谢谢 {link}"),
	}}
	cases := []struct {
		lang string
		kind sms.Kind
		want string
	}{
		{"en", sms.NewMessage, "heron - Bay Clinic: you have mail. https"},
		{"en-US", sms.NewMessage, "heron - Bay Clinic: you have mail. https"},
		{"tlh", sms.NewMessage, "heron - Bay Clinic: you have mail. https"},
		{"en", sms.Reminder, "Bay Clinic (heron): your message is waiting. STOP to end. https"},
		{"es", sms.NewMessage, "Bay Clinic (heron): tiene un mensaje seguro. STOP cancela. https"},
		{"fr", sms.NewMessage, "Bay Clinic (heron) : message privé. Se désabonner : STOP. https"}, // the word has no place in theirs
		{"zh", sms.NewMessage, "heron - Bay Clinic: you have mail. https"},                        // theirs and ours do not fit
	}
	for _, c := range cases {
		v.Lang = c.lang
		if body := words(t, v, c.kind, "https://m.example"); !strings.HasPrefix(body, c.want) {
			t.Errorf("%s, %s: got %q, want %q first", c.lang, c.kind, body, c.want)
		}
	}
	v.Word, v.Lang = sms.Word{}, "fr"
	if body := words(t, v, sms.NewMessage, publicURL); !strings.HasPrefix(body, "Bay Clinic : vous avez un message. STOP pour finir. https") {
		t.Errorf("a patient without a word: %s", body)
	}
	v.Lang = "zh"
	if body := words(t, v, sms.NewMessage, "https://m.example"); !strings.HasPrefix(body, "Bay Clinic：新信息，回STOP退订 https") {
		t.Errorf("a sentence that does not fit: %s", body)
	}
}
