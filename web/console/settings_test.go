package console_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/setting"
	"securetext/web/console"
)

// as it is now.
func (o *office) org() store.Org {
	o.Helper()
	g, err := o.store.Org(o.Context(), o.own.ID)
	must(o, "Org", err)
	return g
}

// form is a section's form as a browser has it, with some fields typed anew.
func (b *browser) form(path string, pairs ...string) url.Values {
	b.Helper()
	page := b.get(path).wants(b, http.StatusOK)
	form := url.Values{"version": {page.field("version")}}
	o := b.o.org()
	for _, s := range append(setting.All(), setting.Template(sms.NewMessage, "es"), setting.Template(sms.Reminder, "es")) {
		if strings.Contains(page.text, `name="`+s.Name+`"`) {
			form.Set(s.Name, s.Get(o))
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// change previews and confirms a change.
func (b *browser) change(path string, pairs ...string) {
	b.Helper()
	form := b.form(path, pairs...)
	b.do(http.MethodPost, path, form).wants(b, http.StatusOK, "what it does")
	b.do(http.MethodPost, path+"/set", form).goesTo(b, "/settings?done=settings")
}

func TestS33SettingsChangeOnlyOnceConfirmed(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	before, events := o.org(), o.count()
	form := b.form("/settings/messages", "life", "7d", "reply", "yes")
	page := b.do(http.MethodPost, "/settings/messages", form).wants(t, http.StatusOK,
		"Messages sent from now on can be opened for 7 days, not 14 days, unless a message says. The one that is out keeps its own.",
		"Patients may write back", "Can be opened for 14 days 7 days", "Patients may write back No Yes")
	if page.field("life") != "7d" || page.field("version") != "1" {
		t.Errorf("the form that goes on has life %q and version %q", page.field("life"), page.field("version"))
	}
	if o.count() != events || len(store.Changed(before, o.org())) > 0 {
		t.Fatal("the preview changed something")
	}
	b.do(http.MethodPost, "/settings/messages", with(form, "act", "edit")).wants(t, http.StatusOK, "See what it does")
	b.do(http.MethodPost, "/settings/messages/set", form).goesTo(t, "/settings?done=settings")
	if got := o.org(); got.Life != 7*24*time.Hour || !got.Policy.Reply || !slices.Equal(store.Changed(before, got), []string{"life", "reply"}) {
		t.Errorf("changed: %v, to %v", store.Changed(before, got), got.Life)
	}
	if e := o.wantBy(o.own.rules, store.PolicySet); e.Detail != "version=2 life reply" {
		t.Errorf("event: got %q", e.Detail)
	}
	b.get("/settings?done=settings").wants(t, http.StatusOK, "The settings are changed", "7 days")
	b.do(http.MethodPost, "/settings/messages", b.form("/settings/messages")).wants(t, http.StatusUnprocessableEntity, "Nothing is different")
}

// What a form lacks stays as it is, and is no more in the form that goes on.
func TestS32NothingIsSetThatWasNotShown(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	b.change("/settings/messages", "remind", "24h")
	page := b.post("/settings/messages", "version", "2", "reply", "yes").wants(t, http.StatusOK, "Patients may write back No Yes")
	for _, name := range []string{"life", "remind", "ack", "confirm"} {
		if strings.Contains(page.text, `name="`+name+`"`) {
			t.Errorf("the form that goes on has %s, which nobody sent", name)
		}
	}
	b.post("/settings/messages/set", "version", "2", "reply", "yes").goesTo(t, "/settings?done=settings")
	if got := o.org(); !got.Policy.Reply || len(got.Policy.Remind) != 1 {
		t.Errorf("replies: %t, reminders: %v", got.Policy.Reply, got.Policy.Remind)
	}
}

func with(form url.Values, name, value string) url.Values {
	more := url.Values{}
	for k, v := range form {
		more[k] = v
	}
	more.Set(name, value)
	return more
}

// Of two admins the second is told, and keeps what they typed; what the first set
// stays.
func TestTwoAdminsAtOnce(t *testing.T) {
	o := newOffice(t)
	o.hire(o.own, "kim@lakeside.example", "Kim Novak", store.RoleAdmin)
	first, second := o.as(o.own.rules), o.as(o.hire(o.own, "lee@lakeside.example", "Lee Wong", store.RoleAdmin))
	late := second.form("/settings/messages", "remind", "12h")
	first.change("/settings/messages", "life", "3d")
	for _, path := range []string{"/settings/messages", "/settings/messages/set"} {
		page := second.do(http.MethodPost, path, late).wants(t, http.StatusConflict,
			"Changed meanwhile by Rosa Diaz", "Can be opened for 14 days 3 days", "nothing is lost")
		if page.field("remind") != "12h" || page.field("life") != "3d" || page.field("version") != "2" {
			t.Errorf("%s: the form has remind %q, life %q, version %q", path, page.field("remind"), page.field("life"), page.field("version"))
		}
	}
	if got := o.org(); got.Life != 3*24*time.Hour || got.Version != 2 {
		t.Errorf("life is %v in version %d", got.Life, got.Version)
	}
	second.change("/settings/messages", "remind", "12h")
	if got := o.org(); got.Life != 3*24*time.Hour || !slices.Equal(got.Policy.Remind, []time.Duration{12 * time.Hour}) {
		t.Errorf("in the end: life %v, reminders %v", got.Life, got.Policy.Remind)
	}
}

func TestHistoryOfSettings(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	b.change("/settings/messages", "life", "7d")
	o.later(time.Minute)
	b.change("/settings/clinic", "phone", "(555) 010-0199")
	changed := o.org()
	changed.Policy.Daily, changed.Policy.Keep = 5, 3000*24*time.Hour // by the operator
	must(t, "SetOrg", o.store.SetOrg(t.Context(), store.OrgChange{Org: changed, By: operator, At: o.clock()}))
	b.get("/settings/history").wants(t, http.StatusOK, "Version 4 Now", "by Operator ana", "Messages in 24 hours No limit 5", "Records are kept for 2192 days 3000 days",
		"by Rosa Diaz", "Phone number to call (555) 010-0142 (555) 010-0199", "Can be opened for 14 days 7 days", "Logo None 60 × 20 (", "How it began.")
	page := b.get("/settings/history/1").wants(t, http.StatusOK, "Go back to version 1", "for 14 days, not 7 days", "call (555) 010-0142, not (555) 010-0199")
	if strings.Contains(page.plain(), "Messages in 24 hours") {
		t.Error("what is the operator's goes back")
	}
	b.post("/settings/history/1/set", "version", "3").goesTo(t, "/settings/history?done=changed")
	b.post("/settings/history/1/set", "version", page.field("version")).goesTo(t, "/settings/history?done=settings")
	if got := o.org(); got.Life != 14*24*time.Hour || got.Phone != "(555) 010-0142" || got.Policy.Daily != 5 || got.Version != 5 {
		t.Errorf("back: %v, %s, %d a day, version %d", got.Life, got.Phone, got.Policy.Daily, got.Version)
	}
	o.wantBy(o.own.rules, store.PolicySet)
	b.get("/settings/history/5").wants(t, http.StatusOK, "Nothing: all that you may change is so now")
	for _, none := range []string{"6", "-1", "x"} {
		b.get("/settings/history/"+none).wants(t, http.StatusNotFound)
	}
	for i := range 25 {
		g := o.org()
		g.Policy.Daily = 100 + i
		must(t, "SetOrg", o.store.SetOrg(t.Context(), store.OrgChange{Org: g, By: operator, At: o.clock()}))
	}
	b.get("/settings/history").wants(t, http.StatusOK, "Version 30", "Version 6", "Older")
	older := b.get("/settings/history?before=6").wants(t, http.StatusOK, "Version 5", "Version 0")
	if strings.Contains(older.plain(), "Older") {
		t.Error("there is more than there is")
	}
	b.get("/settings/history?before=x").wants(t, http.StatusBadRequest)
	stranger := o.as(o.other.rules).get("/settings/history")
	if stranger.wants(t, http.StatusOK, "Version 1"); strings.Contains(stranger.plain(), "Version 2") {
		t.Error("another org's history is shown")
	}
}

// What a preview says of each setting.
func TestWhatAChangeDoes(t *testing.T) {
	o := newOffice(t)
	o.write(o.own, "+14165550123", "toronto")
	b := o.as(o.own.rules)
	for _, try := range []struct{ path, name, value, want string }{
		{"clinic", "name", "Bay Clinic", "All pages say “Bay Clinic”, not “Lakeside Family Clinic”"},
		{"clinic", "sms_name", "Bay", "Bay: you have a secure message. STOP to end."},
		{"clinic", "sms_name", "Bay", "tell them beforehand"},
		{"clinic", "phone", "555-0199", "call 555-0199, not (555) 010-0142"},
		{"clinic", "lang", "es", "in Spanish, not English, unless a message says. The 2 that are out keep theirs."},
		{"clinic", "lang", "es", "tiene un mensaje seguro"},
		{"clinic", "time_zone", "Europe/Paris", "Europe/Paris counts, not America/Chicago"},
		{"messages", "life", "12h", "for 12 hours, not 14 days"},
		{"messages", "life", "1d", "for 1 day, not 14 days"},
		{"messages", "remind", "24h,3d", "1 day and 3 days after the first text"},
		{"messages", "reply", "yes", "Patients may write back to messages sent from now on"},
		{"messages", "ack", "choices", "three buttons: understood, a question, please call"},
		{"messages", "confirm", "failure", "Senders get a mail when a patient could not be reached"},
		{"texts", "quiet", "21:00-08:00", "from 21:00 to 08:00 by the patient’s clock"},
		{"texts", "quiet", "21:00-08:00", "texts of 1 message wait at the moment"},
		{"texts", "countries", "us", "Messages to numbers outside US will be refused. 1 patient who got a message in the last 30 days is affected."},
		{"texts", "countries", "US, CA", "Messages to numbers outside US, CA will be refused. No patient who got a message in the last 30 days is affected."},
		{"signin", "step_up", "always", "After that, every time: a texted code and the password"},
		{"signin", "step_up", "new_device", "On a phone or computer not used before, a texted code as well."},
		{"signin", "code_first", "yes", "The first time: a texted code, and then choose a password."},
		{"signin", "passcode", "required", "Before anything else: the passcode, once."},
		{"signin", "passcode", "required", "A message without a passcode is refused from now on"},
		{"signin", "passcode_hint", "your chart number", "ask for “your chart number”"},
		{"wording/es", "template_link_es", "{org}: hay algo nuevo. {link}", "Nothing in it says how to end the texts"},
		{"wording/es", "template_link_es", "{org}: hay algo nuevo. STOP cancela. {link}", "Lakeside: hay algo nuevo. STOP cancela. https://msg.example/m/"},
		{"wording/es", "template_link_es", "{org}: hay algo nuevo. STOP cancela. {link}", "of 160 characters of one segment (GSM-7)"},
	} {
		path := "/settings/" + try.path
		before := o.org()
		b.do(http.MethodPost, path, b.form(path, try.name, try.value)).wants(t, http.StatusOK, strings.Replace(try.want, "Lakeside:", before.SMSName+":", 1))
	}
	if o.org().Version != 1 {
		t.Error("a preview changed something")
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	for _, try := range []struct{ path, name, value, want string }{
		{"clinic", "name", "", "Must have 1 to 100 characters"},
		{"clinic", "sms_name", "a name that is too long for any text", "a text has room for 30"},
		{"messages", "life", "100d", "between 1h and 90d"},
		{"texts", "quiet", "all night", "21:00-08:00"},
		{"texts", "countries", "Texas", "not a country code"},
		{"wording/es", "template_link_es", "Call 5550100", "{org} stands in it 0 times"},
	} {
		path := "/settings/" + try.path
		page := b.do(http.MethodPost, path, b.form(path, try.name, try.value))
		if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(strings.ToLower(page.plain()), strings.ToLower(try.want)) {
			t.Errorf("%s=%q: got %d, want %q:\n%s", try.name, try.value, page.StatusCode, try.want, page.plain())
		}
		b.do(http.MethodPost, path+"/set", b.form(path, try.name, try.value)).wants(t, http.StatusUnprocessableEntity)
	}
	// What is the operator's is not read from any form.
	form := b.form("/settings/texts", "quiet", "21:00-08:00", "daily", "1", "hook", "https://evil.example/", "texts", "console", "test", "yes", "region", "FR")
	b.do(http.MethodPost, "/settings/texts/set", form).goesTo(t, "/settings?done=settings")
	if e := o.last(o.own, store.PolicySet); e.Detail != "version=2 quiet" {
		t.Errorf("changed: %s", e.Detail)
	}
	b.get("/settings/wording/de").wants(t, http.StatusNotFound)
	page := b.get("/settings/texts").wants(t, http.StatusOK, "What the operator sets", "Messages in 24 hours No limit")
	if strings.Contains(page.text, `name="daily"`) {
		t.Error("what is the operator's can be typed")
	}
}

// Every setting has its page; those of the operator are on none to be changed.
func TestEverySettingHasItsPage(t *testing.T) {
	o := newOffice(t)
	b, pages := o.as(o.own.rules), ""
	for _, path := range []string{"clinic", "messages", "texts", "signin"} {
		pages += b.get("/settings/"+path).wants(t, http.StatusOK).text
	}
	for _, s := range setting.All() {
		if label, ok := console.LabelOf(s.Name); !ok || !strings.Contains(pages, html.EscapeString(label)) {
			t.Errorf("%s is on no page, and the history calls it %q", s.Name, label)
		}
		if n := strings.Count(pages, `name="`+s.Name+`"`); n != map[bool]int{true: 0, false: 1}[s.Operators] {
			t.Errorf("%s can be changed in %d places", s.Name, n)
		}
	}
}

// A wide text is counted as such, and one that does not fit gives way.
func TestTextsOfEachLanguageAreCounted(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	for lang, want := range map[string]string{"en": "(GSM-7)", "vi": "(GSM-7)", "zh": "of 70 characters of one segment (UCS-2)"} {
		b.get("/settings/wording/"+lang).wants(t, http.StatusOK, "The text of a new message in", want)
	}
	g := o.org()
	must(t, "Set", setting.Template(sms.NewMessage, "zh").Set(&g, "{org}您好有新消息请点击，回STOP退订 {link}"))
	must(t, "SetOrg", o.store.SetOrg(t.Context(), store.OrgChange{Org: g, By: operator, At: noon}))
	b.get("/settings/wording/zh").wants(t, http.StatusOK, "These are our words: yours do not fit")
}
