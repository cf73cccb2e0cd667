package setting

import (
	"cmp"
	"fmt"
	"slices"

	"securetext/sms"
	"securetext/store"
)

// TemplateKinds are the kinds of texts that an org may have sentences of its own for.
var TemplateKinds = []sms.Kind{sms.NewMessage, sms.Reminder}

// Template is the org's own sentence for a kind of text in a language. Empty: ours
// stands.
func Template(kind sms.Kind, lang string) Setting {
	return Setting{
		Name: "template_" + string(kind) + "_" + lang,
		Get: func(o store.Org) string {
			i := slices.IndexFunc(o.Policy.Templates, isOf(kind, lang))
			if i < 0 {
				return ""
			}
			return o.Policy.Templates[i].Text
		},
		Set: func(o *store.Org, s string) error {
			left := slices.DeleteFunc(slices.Clone(o.Policy.Templates), isOf(kind, lang))
			if o.Policy.Templates = left; s == "" {
				return nil
			}
			t, err := sms.ParseTemplate(kind, lang, s)
			if err != nil {
				return err
			}
			o.Policy.Templates = append(left, store.Template{Kind: string(kind), Lang: lang, Text: t.String()})
			slices.SortFunc(o.Policy.Templates, byPlace)
			return nil
		},
	}
}

func isOf(kind sms.Kind, lang string) func(store.Template) bool {
	return func(t store.Template) bool { return t.Kind == string(kind) && t.Lang == lang }
}

// byPlace keeps the order of sentences from being a difference.
func byPlace(a, b store.Template) int {
	return cmp.Or(cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Kind, b.Kind))
}

// Change is a setting that differs, as people write its values. Of a logo it says
// how large it is, and what tells it from others.
type Change struct{ Name, From, To string }

// Diff tells what differs between two states of an org, in the order of [All].
func Diff(a, b store.Org) (list []Change) {
	changed := store.Changed(a, b)
	for _, s := range all {
		if slices.Contains(changed, s.Name) {
			list = append(list, Change{s.Name, s.Get(a), s.Get(b)})
		}
	}
	list = append(list, templates(a, b)...)
	if a.Logo != b.Logo {
		list = append(list, Change{"logo", logo(a), logo(b)})
	}
	return list
}

func templates(a, b store.Org) (list []Change) {
	for _, lang := range sms.Languages() {
		for _, kind := range TemplateKinds {
			t := Template(kind, lang)
			if from, to := t.Get(a), t.Get(b); from != to {
				list = append(list, Change{t.Name, from, to})
			}
		}
	}
	return list
}

func logo(o store.Org) string {
	if o.Logo.ID == "" {
		return None
	}
	id := string(o.Logo.ID)
	return fmt.Sprintf("%d × %d (%s)", o.Logo.Width, o.Logo.Height, id[max(0, len(id)-4):])
}
