package option

import (
	"errors"
	"strings"
	"testing"
	"time"

	"securetext/store/passcode"
	"securetext/store/person"
)

var places = []Place{Address, Header, JSON}

func languages() []string { return []string{"en", "es"} }

var morning = time.Date(2027, 1, 31, 15, 0, 0, 0, time.UTC)

func TestEveryExampleIsTaken(t *testing.T) {
	for _, place := range places {
		form := NewForm(place, languages)
		for _, row := range Table() {
			name := place.name(row)
			if name == "" {
				continue
			}
			if err := form.Set(name, row.Example); err != nil {
				t.Errorf("in %s: %v", place, err)
			}
		}
		want := Options{
			Life: 72 * time.Hour, Lang: "es", Reply: ReplyYes, Ack: AckYes, Notify: NotifyFailure,
			ReadBy: 4 * time.Hour, Remind: "1d.2d", TimeZone: "America/Chicago", For: named(t, "M"),
			Thread: "msg_06h0j3k95296pyh601q6dhgk5g",
		}
		want.Passcode = passcodeOf(t, "4711")
		if place != Address {
			want.Reference, want.SendAt, want.Hint = "lab-feed-a", morning, "the last four digits of your chart number"
		}
		if form.Options != want {
			t.Errorf("in %s: got %+v, want %+v", place, form.Options, want)
		}
	}
}

func TestTakenInManySpellings(t *testing.T) {
	for _, c := range []struct {
		place       Place
		name, value string
		want        Options
	}{
		{Address, "EXP", "12H", Options{Life: 12 * time.Hour}},
		{Address, "exp", "90d", Options{Life: MaxLife}},
		{Address, "exp", "1h", Options{Life: MinLife}},
		{Address, "lang", "es-419", Options{Lang: "es-419"}},
		{Address, "lang", "EN", Options{Lang: "EN"}},
		{Header, "x-securetext-lang", " es-MX ", Options{Lang: "es-MX"}},
		{Header, "X-SECURETEXT-NOTIFY", "Always", Options{Notify: NotifyAlways}},
		{Header, "X-SecureText-Reply", "No", Options{Reply: ReplyNo}},
		{Address, "REPLY", "Yes", Options{Reply: ReplyYes}},
		{Header, "X-SecureText-Ack", "Choices", Options{Ack: AckChoices}},
		{JSON, "reference", "lab:17", Options{Reference: "lab:17"}},
		{Address, "thread", "MSG_06H0J3K95296PYH601Q6DHGK5G", Options{Thread: "msg_06h0j3k95296pyh601q6dhgk5g"}},
		{JSON, "notify", "none", Options{Notify: NotifyNone}},
		{Address, "by", "15m", Options{ReadBy: MinReadBy}},
		{Address, "BY", "90M", Options{ReadBy: 90 * time.Minute}},
		{JSON, "read_by", "7d", Options{ReadBy: MaxReadBy}},
		{Address, "remind", "No", Options{Remind: NoRemind}},
		{Address, "remind", "1h.90d", Options{Remind: "1h.90d"}},
		{Header, "X-SecureText-Remind", "12H, 24h,3d", Options{Remind: "12h.1d.3d"}},
		{JSON, "remind", "24h", Options{Remind: "1d"}},
		{JSON, "send_at", "2027-01-31T16:00:00.0+01:00", Options{SendAt: morning}},
		{Header, "X-SecureText-Send-At", "2027-01-31T15:00:00Z", Options{SendAt: morning}},
		{Address, "tz", "America/North_Dakota/Center", Options{TimeZone: "America/North_Dakota/Center"}},
		{JSON, "time_zone", "UTC", Options{TimeZone: "UTC"}},
		{Address, "FOR", "M", Options{For: named(t, "M")}},
		{Address, "for", "Anne-Marie", Options{For: named(t, "Anne-Marie")}},
		{Header, "X-SecureText-For", " Bảo  O’Neil Jr. ", Options{For: named(t, "Bảo  O'Neil Jr.")}},
		{JSON, "for", "2", Options{For: named(t, "2")}},
		{Address, "passcode", "47-11", Options{Passcode: passcodeOf(t, "4711")}},
		{Header, "x-securetext-passcode", " Blue Bird ", Options{Passcode: passcodeOf(t, "bluebird")}},
		{JSON, "passcode", "４７１１", Options{Passcode: passcodeOf(t, "4711")}},
		{JSON, "passcode_hint", "los últimos 4 dígitos", Options{Hint: "los últimos 4 dígitos"}},
	} {
		form := NewForm(c.place, languages)
		if err := form.Set(c.name, c.value); err != nil {
			t.Errorf("%s %s=%s: %v", c.place, c.name, c.value, err)
		}
		if form.Options != c.want {
			t.Errorf("%s %s=%s: got %+v, want %+v", c.place, c.name, c.value, form.Options, c.want)
		}
	}
}

const persons = "must have 1 to 20 letters, digits (4 at most), spaces and . - ', at least one of them a letter or a digit"

// named is a person's name.
func named(t *testing.T, name string) person.Name {
	t.Helper()
	who, err := person.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

const passcodes = "must have 4 to 32 letters and digits; spaces and hyphens do not count"

func passcodeOf(t *testing.T, s string) passcode.Passcode {
	t.Helper()
	p, err := passcode.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const reminders = "must be no, or up to 5 times from 1h to 90d that rise, such as 24h.72h"

func TestRefusedByNameWithWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		place       Place
		name, value string
		kind        error
		want        string
	}{
		{Address, "flavour", "mild", ErrUnknown, "unknown option flavour: an address can have exp, lang, reply, ack, notify, by, remind, tz, thread, for, passcode"},
		{Address, "ref", "a", ErrUnknown, "unknown option ref: an address can have exp, lang, reply, ack, notify, by, remind, tz, thread, for, passcode"},
		{Address, "", "3d", ErrUnknown, "unknown option: a name is made of letters; an address can have exp, lang, reply, ack, notify, by, remind, tz, thread, for, passcode"},
		{Header, "X-SecureText-Exp", "3d", ErrUnknown, "unknown option X-SecureText-Exp: a header can have X-SecureText-Expires, " +
			"X-SecureText-Lang, X-SecureText-Reply, X-SecureText-Ack, X-SecureText-Notify, X-SecureText-Read-By, X-SecureText-Remind, X-SecureText-Send-At, " +
			"X-SecureText-Time-Zone, X-SecureText-Thread, X-SecureText-Reference, X-SecureText-For, X-SecureText-Passcode, X-SecureText-Passcode-Hint"},
		{JSON, "Lang", "es", ErrUnknown, "unknown option Lang: a request can have expires_in, lang, reply, ack, notify, read_by, remind, send_at, time_zone, thread, reference, for, passcode, passcode_hint"},
		{Address, "EXP", "91d", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "0h", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "2161h", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "-3d", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{JSON, "expires_in", "soon", ErrValue, "refused option expires_in: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "90m", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "by", "14m", ErrValue, "refused option by: must be from 15m to 7d, such as 4h"},
		{Address, "by", "8d", ErrValue, "refused option by: must be from 15m to 7d, such as 4h"},
		{JSON, "read_by", "2027-01-31T09:00:00Z", ErrValue, "refused option read_by: must be from 15m to 7d, such as 4h"},
		{Address, "remind", "", ErrValue, "refused option remind: " + reminders},
		{Address, "remind", "24h.", ErrValue, "refused option remind: " + reminders},
		{Address, "remind", "24h.1d", ErrValue, "refused option remind: " + reminders},
		{Address, "remind", "90m", ErrValue, "refused option remind: " + reminders},
		{JSON, "remind", "90m , 24h", ErrValue, "refused option remind: " + reminders},
		{Address, "remind", "91d", ErrValue, "refused option remind: " + reminders},
		{JSON, "remind", "1h.2h.3h.4h.5h.6h", ErrValue, "refused option remind: " + reminders},
		{Address, "send_at", "x", ErrUnknown, "unknown option: a name is made of letters; an address can have exp, lang, reply, ack, notify, by, remind, tz, thread, for, passcode"},
		{JSON, "send_at", "2027-01-31T09:00:00", ErrValue, "refused option send_at: must be a date and a time with a time zone, such as 2027-01-31T09:00:00-06:00"},
		{JSON, "send_at", "0001-01-01T00:00:00Z", ErrValue, "refused option send_at: must be a date and a time with a time zone, such as 2027-01-31T09:00:00-06:00"},
		{Address, "tz", "america/chicago", ErrValue, "refused option tz: must be the name of a time zone, such as America/Chicago"},
		{Address, "tz", "", ErrValue, "refused option tz: must be the name of a time zone, such as America/Chicago"},
		{Header, "X-SecureText-Time-Zone", "Local", ErrValue, "refused option X-SecureText-Time-Zone: must be the name of a time zone, such as America/Chicago"},
		{Address, "ack", "maybe", ErrValue, "refused option ack: must be yes, choices or no"},
		{JSON, "time_zone", "CST", ErrValue, "refused option time_zone: must be the name of a time zone, such as America/Chicago"},
		{JSON, "time_zone", "localtime", ErrValue, "refused option time_zone: must be the name of a time zone, such as America/Chicago"},
		{Address, "lang", "tlh", ErrValue, "refused option lang: must be one of en, es, with or without a region"},
		{Address, "lang", "es-", ErrValue, "refused option lang: must be one of en, es, with or without a region"},
		{Address, "reply", "maybe", ErrValue, "refused option reply: must be yes or no"},
		{JSON, "reply", "", ErrValue, "refused option reply: must be yes or no"},
		{Header, "x-securetext-notify", "often", ErrValue, "refused option X-SecureText-Notify: must be none, failure or always"},
		{JSON, "thread", "msg_1", ErrValue, "refused option thread: must be the id of a message, as you got it when that was sent"},
		{Header, "X-SecureText-Thread", "rpl_06h0j3k95296pyh601q6dhgk5g", ErrValue, "refused option X-SecureText-Thread: must be the id of a message, as you got it when that was sent"},
		{JSON, "thread", "msg_06h0j3k95296pyh601q6dhgkil", ErrValue, "refused option thread: must be the id of a message, as you got it when that was sent"},
		{JSON, "reference", "a b", ErrValue, "refused option reference: must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -"},
		{JSON, "reference", strings.Repeat("a", 65), ErrValue, "refused option reference: must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -"},
		{Address, "for", "", ErrValue, "refused option for: " + persons},
		{Address, "for", ".", ErrValue, "refused option for: " + persons},
		{Address, "for", "Maria_Bell", ErrValue, "refused option for: " + persons},
		{Header, "X-SecureText-For", "Maria, Jon", ErrValue, "refused option X-SecureText-For: " + persons},
		{JSON, "for", strings.Repeat("m", 21), ErrValue, "refused option for: " + persons},
		{Address, "for", "01-02-1955", ErrValue, "refused option for: " + persons},
		{JSON, "for", "M\u202e", ErrValue, "refused option for: " + persons},
		{Address, "passcode", "", ErrValue, "refused option passcode: " + passcodes},
		{JSON, "passcode", "1-2-3", ErrValue, "refused option passcode: " + passcodes},
		{JSON, "passcode", "sword.fish", ErrValue, "refused option passcode: " + passcodes},
		{Header, "X-SecureText-Passcode", strings.Repeat("a", 33), ErrValue, "refused option X-SecureText-Passcode: " + passcodes},
		{JSON, "passcode_hint", "", ErrValue, "refused option passcode_hint: must have 1 to 80 characters in one line"},
		{JSON, "passcode_hint", strings.Repeat("é", 81), ErrValue, "refused option passcode_hint: must have 1 to 80 characters in one line"},
		{JSON, "passcode_hint", "two\nlines", ErrValue, "refused option passcode_hint: must have 1 to 80 characters in one line"},
		{JSON, "passcode_hint", "turned \u202earound", ErrValue, "refused option passcode_hint: must have 1 to 80 characters in one line"},
		{Address, "passcode_hint", "x", ErrUnknown, "unknown option: a name is made of letters; an address can have exp, lang, reply, ack, notify, by, remind, tz, thread, for, passcode"},
	} {
		form := NewForm(c.place, languages)
		err := form.Set(c.name, c.value)
		if !errors.Is(err, c.kind) || err.Error() != c.want {
			t.Errorf("%s %s=%s: error %q, want %q", c.place, c.name, c.value, err, c.want)
		}
		if form.Options != (Options{}) {
			t.Errorf("%s %s=%s: set in spite of it: %+v", c.place, c.name, c.value, form.Options)
		}
	}
}

func TestTwiceInOnePlaceIsRefused(t *testing.T) {
	for _, place := range places {
		for _, row := range Table() {
			name := place.name(row)
			if name == "" {
				continue
			}
			form := NewForm(place, languages)
			if err := form.Set(name, row.Example); err != nil {
				t.Fatal(err)
			}
			first := form.Options
			var refusal *Refusal
			if err := form.Set(name, row.Example); !errors.As(err, &refusal) || !errors.Is(err, ErrValue) {
				t.Fatalf("%s twice: error %v", name, err)
			}
			if refusal.Name != name || refusal.Why != "is given twice" || form.Options != first {
				t.Errorf("%s twice: %v, %+v", name, refusal, form.Options)
			}
		}
	}
}

// An address is for one recipient, a header for all of them.
func TestAddressGoesOverHeader(t *testing.T) {
	address := Options{Life: time.Hour, Notify: NotifyNone}
	header := Options{
		Life: 2 * time.Hour, Lang: "es", Notify: NotifyAlways, Reply: ReplyNo, Reference: "r",
		ReadBy: time.Hour, Remind: "1h", SendAt: morning, TimeZone: "UTC", Passcode: passcodeOf(t, "4711"), Hint: "h", For: named(t, "M."), Thread: "msg_06h0j3k95296pyh601q6dhgk5g",
	}
	want := header
	want.Life, want.Notify = time.Hour, NotifyNone
	if got := address.Over(header); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Options{}).Over(header); got != header {
		t.Errorf("got %+v, want %+v", got, header)
	}
}

func TestCut(t *testing.T) {
	for local, want := range map[string][2]string{
		"2114367789":                 {"2114367789", ""},
		"2114367789+exp=3d+lang=es":  {"2114367789", "exp=3d+lang=es"},
		"+12114367789+exp=3d":        {"+12114367789", "exp=3d"},
		" + 1 211 436 7789 +exp= 3d": {" + 1 211 436 7789 ", "exp= 3d"},
		"+44":                        {"+44", ""},
	} {
		number, options, found := Cut(local)
		if number != want[0] || options != want[1] || found != (want[1] != "") {
			t.Errorf("%q: got %q, %q, %v", local, number, options, found)
		}
	}
	if _, options, found := Cut("2114367789+"); options != "" || !found {
		t.Errorf("a plus at the end went unnoticed: %q, %v", options, found)
	}
}

func TestSetAllRefusesWhatIsEmpty(t *testing.T) {
	for _, options := range []string{"", "exp=3d+", "+exp=3d", "exp=3d++lang=es", "exp", "=3d", "exp=3d+exp=3d"} {
		if err := NewForm(Address, languages).SetAll(options); err == nil {
			t.Errorf("%q was taken", options)
		}
	}
}

func TestIsHeader(t *testing.T) {
	for name, want := range map[string]bool{
		"X-SecureText-Expires": true, "x-securetext-flavour": true, "X-SECURETEXT-": true,
		"X-SecureText": false, "Subject": false, "": false,
	} {
		if got := IsHeader(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
}

// A caller that changes its copy of the table changes nothing here.
func TestTableIsACopy(t *testing.T) {
	Table()[0].Address = "changed"
	if err := NewForm(Address, languages).Set("exp", "3d"); err != nil {
		t.Error(err)
	}
}
