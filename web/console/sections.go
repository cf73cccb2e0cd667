package console

import (
	"cmp"
	"slices"

	"securetext/sms"
	"securetext/store"
	"securetext/store/setting"
)

// settingsPath is where the settings are.
const settingsPath = "/settings"

// section is a page of settings.
type section struct {
	Path, Title, Lead string
	Lang              string // of the sentences that it has, if it has any
	Fields            []field
	Shown             []field // the operator's, to be read alone
}

// field is a setting as a page has it.
type field struct {
	setting.Setting
	Label, Hint string
	Choices     []choice // any of them; none: it is typed
	Empty       string   // the value that an empty field stands for
	Long        bool     // of several lines
	Spans       bool     // lengths of time
	Max         int
}

type choice struct{ Value, Words string }

// fieldOf makes a field of the setting of that name, which there is: a test walks all.
func fieldOf(name string, f field) field {
	f.Setting, _ = setting.Named(name)
	return f
}

var yesNo = []choice{{setting.Yes, "Yes"}, {setting.No, "No"}}

// sections are the pages of settings that have an address of their own.
func sections() []section {
	return []section{
		{
			Path: settingsPath + "/clinic", Title: "Your organisation", Lead: "How patients know you and reach you.",
			Fields: []field{
				fieldOf("name", field{Label: "Name", Hint: "As patients read it on every page.", Max: 100}),
				fieldOf("sms_name", field{Label: "Name in texts", Hint: "Short, so that every text stays one segment.", Max: 30}),
				fieldOf("phone", field{Label: "Phone number to call", Hint: "As patients are to read it.", Max: 40}),
				fieldOf("lang", field{Label: "Language", Hint: "Of texts and pages, unless a message says.", Choices: languageChoices()}),
				fieldOf("time_zone", field{Label: "Time zone", Hint: "Such as America/Chicago. For patients whose number tells none, and for these pages.", Max: 64}),
			},
		}, {
			Path: settingsPath + "/messages", Title: "Messages", Lead: "What counts for a message unless its sender says otherwise.",
			Fields: []field{
				fieldOf("life", field{Label: "Can be opened for", Hint: "Hours or days, 1h to 90d. Then its content is destroyed.", Spans: true, Max: 10}),
				fieldOf("remind", field{Label: "Reminders while it is unread", Hint: "How long after the first text, such as 24h,72h. Empty: none.", Empty: setting.None, Spans: true, Max: 40}),
				fieldOf("reply", field{Label: "Patients may write back", Choices: yesNo}),
				fieldOf("ack", field{Label: "Patients are asked for an answer by a button", Choices: []choice{
					{setting.No, "No"}, {string(store.AckYes), "That it was read"}, {string(store.AckChoices), "Understood, a question, or please call"},
				}}),
				fieldOf("confirm", field{Label: "Mails to senders", Choices: []choice{
					{string(store.ConfirmNone), "None"}, {string(store.ConfirmFailure), "When the patient could not be reached"}, {string(store.ConfirmAlways), "In any case"},
				}}),
			},
		}, {
			Path: settingsPath + "/texts", Title: "When and where texts go", Lead: "What counts for all texts of your organisation.",
			Fields: []field{
				fieldOf("quiet", field{Label: "Quiet hours", Hint: "By the patient’s clock, such as 21:00-08:00. Only urgent messages are texted then. Empty: none.", Empty: setting.None, Max: 11}),
				fieldOf("countries", field{Label: "Countries", Hint: "Where texts may go: codes of two letters such as US, CA. Empty: anywhere.", Empty: setting.Anywhere, Max: 200}),
			},
			Shown: []field{
				fieldOf("daily", field{Label: "Messages in 24 hours", Empty: "0"}),
				fieldOf("region", field{Label: "Numbers without a country code are of"}),
				fieldOf("texts", field{Label: "Texts go by", Empty: setting.Usual}),
				fieldOf("hook", field{Label: "Overdue messages are told to", Empty: setting.None}),
				fieldOf("keep", field{Label: "Records are kept for", Spans: true}),
				fieldOf("test", field{Label: "For tests: nothing reaches a carrier", Choices: yesNo}),
			},
		}, {
			Path: settingsPath + "/signin", Title: "How patients sign in", Lead: "What stands between a link and the message.",
			Fields: []field{
				fieldOf("step_up", field{Label: "A texted code, besides the password", Choices: []choice{
					{string(store.StepUpNewDevice), "On a phone or computer not used before"}, {string(store.StepUpAlways), "Every time"}, {string(store.StepUpNever), "Only after ten wrong passwords"},
				}}),
				fieldOf("code_first", field{Label: "A texted code before the first password", Hint: "Otherwise a link is enough for 24 hours.", Choices: yesNo}),
				fieldOf("passcode", field{Label: "A passcode that the sender and the patient agreed on", Choices: []choice{
					{setting.Optional, "If the sender says so"}, {setting.Required, "Until the patient gave one"},
				}}),
				fieldOf("passcode_hint", field{Label: "What tells patients which passcode", Hint: "Such as “the last four digits of your chart number”. Everybody with the link sees it. Empty: nothing.", Empty: setting.None, Max: 80}),
			},
		},
	}
}

// kindsOfTexts are what texts that have sentences are called.
var kindsOfTexts = map[sms.Kind]string{sms.NewMessage: "The text of a new message", sms.Reminder: "The reminder"}

// wording is the page of the sentences in a language.
func wording(lang string) section {
	sec := section{
		Path: settingsPath + "/wording/" + lang, Title: "Texts in " + languageWords(lang), Lang: lang,
		Lead: "Your own words, in place of ours. {org} stands for your name and must be in it once, {word} for the patient’s own word, and {link} for the link, which ends it.",
	}
	for _, kind := range setting.TemplateKinds {
		sec.Fields = append(sec.Fields, field{
			Setting: setting.Template(kind, lang), Label: kindsOfTexts[kind], Hint: "Empty: our words. One segment, with STOP in it.", Long: true, Max: 300,
		})
	}
	return sec
}

// shown is a value as its field has it.
func (f field) shown(value string) string {
	if value == f.Empty {
		return ""
	}
	return value
}

// typed is the value of what a field has.
func (f field) typed(text string) string { return cmp.Or(text, f.Empty) }

// nothing is what the values of empty fields are called.
var nothing = map[string]string{setting.None: "None", setting.Anywhere: "Anywhere", setting.Usual: "As usual", "0": "No limit", "": "Our words"}

// Words are a value in words.
func (f field) Words(value string) string {
	if i := slices.IndexFunc(f.Choices, func(c choice) bool { return c.Value == value }); i >= 0 {
		return f.Choices[i].Words
	}
	switch {
	case value == f.Empty:
		return cmp.Or(nothing[value], value)
	case f.Spans:
		return spansWords(value)
	}
	return value
}

// fieldNamed finds the field of a setting, by its name in versions.
func fieldNamed(name string) (field, bool) {
	all := sections()
	for _, lang := range sms.Languages() {
		all = append(all, wording(lang))
	}
	for _, sec := range all {
		for _, f := range slices.Concat(sec.Fields, sec.Shown) {
			if f.Name != name {
				continue
			}
			if sec.Lang != "" {
				f.Label += " in " + languageWords(sec.Lang)
			}
			return f, true
		}
	}
	if name == "logo" {
		return field{Label: "Logo", Empty: setting.None}, true
	}
	return field{Label: name}, false
}

func languageChoices() (list []choice) {
	for _, lang := range sms.Languages() {
		list = append(list, choice{lang, languageWords(lang)})
	}
	return list
}

// languageWords is what a language is called.
func languageWords(lang string) string {
	return cmp.Or(map[string]string{
		"en": "English", "es": "Spanish", "fr": "French", "tl": "Tagalog", "vi": "Vietnamese", "zh": "Simplified Chinese",
	}[lang], lang)
}
