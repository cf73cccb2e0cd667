package setting_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/setting"
)

var clinic = store.Org{
	ID: "org_1", Name: "Lakeside Family Clinic", SMSName: "Lakeside", Phone: "(555) 010-0142", Region: "US", Lang: "en", Life: 14 * 24 * time.Hour,
	Policy: store.Policy{Confirm: store.ConfirmNone, StepUp: store.StepUpNever, TimeZone: "America/Chicago", Hook: "https://lakeside.example/s3cret?key=1"},
}

// others is another value of each setting that can be set.
var others = map[string]string{
	"name": "Bay Clinic", "sms_name": "Bay", "phone": "555-0199", "region": "CA", "lang": "vi", "time_zone": "Europe/Paris",
	"life": "3d", "remind": "1h,2d", "reply": "yes", "ack": "choices", "confirm": "always", "quiet": "21:00-08:00", "countries": "US,CA",
	"step_up": "always", "code_first": "yes", "passcode": "required", "passcode_hint": "your chart number", "daily": "500", "test": "yes", "keep": "3650d",
}

func TestEverySettingIsReadAsItIsWritten(t *testing.T) {
	for _, s := range setting.All() {
		if s.Set == nil {
			continue
		}
		o := clinic
		was, other := s.Get(o), others[s.Name]
		for _, value := range []string{was, other, was} {
			if err := s.Set(&o, value); err != nil || s.Get(o) != value {
				t.Errorf("%s: set to %q, it is %q, %v", s.Name, value, s.Get(o), err)
			}
			if want := []setting.Change{{s.Name, was, value}}; value == other && !slices.Equal(setting.Diff(clinic, o), want) {
				t.Errorf("%s: Diff tells %v, want %v", s.Name, setting.Diff(clinic, o), want)
			}
		}
		if d := setting.Diff(clinic, o); d != nil {
			t.Errorf("%s: set back, there is still %v", s.Name, d)
		}
	}
}

func TestWhatIsTheOperatorsIsKept(t *testing.T) {
	then := clinic
	then.Policy.Roads, then.Policy.Hook = "kannel", "https://bay.example/"
	for _, s := range setting.All() {
		if s.Set == nil {
			continue
		}
		if err := s.Set(&then, others[s.Name]); err != nil {
			t.Fatal(err)
		}
	}
	got := setting.Kept(then, clinic)
	for _, s := range setting.All() {
		if want := map[bool]store.Org{true: clinic, false: then}[s.Operators]; s.Get(got) != s.Get(want) {
			t.Errorf("%s: got %q, want %q", s.Name, s.Get(got), s.Get(want))
		}
	}
}

// What versions name has a row, or is told apart.
func TestEverySettingHasARow(t *testing.T) {
	for _, part := range []any{clinic, store.Policy{Countries: []string{"US"}, Remind: store.DefaultRemind, Ack: store.AckYes, Templates: []store.Template{{}}}} {
		b, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		var names map[string]any
		if err := json.Unmarshal(b, &names); err != nil {
			t.Fatal(err)
		}
		for name := range names {
			if _, ok := setting.Named(name); !ok && name != "policy" && name != "templates" {
				t.Errorf("%s has no row", name)
			}
		}
	}
}

func TestWhatIsNoValue(t *testing.T) {
	for name, values := range map[string][]string{
		"name": {"", " ", strings.Repeat("x", 101), "two\nlines", "\u202eevil"}, "sms_name": {"", strings.Repeat("x", 31), "診療所"},
		"phone": {"", "call us", strings.Repeat("1", 41)}, "region": {"", "U", "ZZ"}, "lang": {"", "de", "EN"}, "time_zone": {"", "Local", "Mars/Base"},
		"life": {"", "59m", "91d", "soon"}, "remind": {"", "0h", "3h,2h", "soon"}, "reply": {"", "maybe"}, "ack": {"", "maybe"},
		"confirm": {"", "sometimes"}, "quiet": {"", "21-08", "25:00-08:00"}, "countries": {"", "USA", "US,,CA"}, "step_up": {"", "sometimes"},
		"code_first": {"", "true"}, "passcode": {"", "yes"}, "passcode_hint": {"", strings.Repeat("x", 81), "two\nlines"}, "daily": {"", "-1", "many"}, "test": {"", "1"}, "keep": {"", "d", "5y", "2191d", "10", "101y", "-7y", "7dy", "3000yd", "36601d"},
	} {
		s, ok := setting.Named(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		for _, value := range values {
			if o := clinic; s.Set(&o, value) == nil {
				t.Errorf("%s: %q was taken, as %q", name, value, s.Get(o))
			}
		}
	}
}

func TestSentencesAreSettings(t *testing.T) {
	const own = "{org} ({word}): news for you. STOP to end. {link}"
	link, reminder := setting.Template(sms.NewMessage, "en"), setting.Template(sms.Reminder, "es")
	o := clinic
	for _, s := range []setting.Setting{reminder, link} {
		if err := s.Set(&o, own); err != nil || s.Get(o) != own {
			t.Fatalf("%s: %q, %v", s.Name, s.Get(o), err)
		}
	}
	want := []setting.Change{{"template_link_en", "", own}, {"template_reminder_es", "", own}}
	if d := setting.Diff(clinic, o); !slices.Equal(d, want) {
		t.Errorf("Diff: got %v, want %v", d, want)
	}
	other := clinic
	for _, s := range []setting.Setting{link, reminder} { // the other way round
		if err := s.Set(&other, own); err != nil {
			t.Fatal(err)
		}
	}
	if d := store.Changed(o, other); len(d) > 0 {
		t.Errorf("their order is a difference: %v", d)
	}
	if err := link.Set(&o, "no name and no link"); err == nil {
		t.Error("what is no sentence was taken")
	}
	if err := link.Set(&other, ""); err != nil || link.Get(other) != "" || reminder.Get(other) != own {
		t.Errorf("taken away: %q and %q, %v", link.Get(other), reminder.Get(other), err)
	}
}

func TestAHookIsShownWithoutItsSecret(t *testing.T) {
	s, _ := setting.Named("hook")
	if got := s.Get(clinic); got != "https://lakeside.example/…" {
		t.Errorf("got %q", got)
	}
	if got := s.Get(store.Org{}); got != setting.None {
		t.Errorf("without one: got %q", got)
	}
}

func TestALogoIsToldBySize(t *testing.T) {
	o := clinic
	o.Logo = store.Logo{ID: "lgo_1", Width: 120, Height: 40}
	if d := setting.Diff(clinic, o); len(d) != 1 || d[0].From != setting.None || !strings.HasPrefix(d[0].To, "120 × 40") {
		t.Errorf("Diff: got %v", d)
	}
}
