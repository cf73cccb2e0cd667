package option

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var places = []Place{Address, Header, JSON}

func languages() []string { return []string{"en", "es"} }

func TestEveryExampleIsTaken(t *testing.T) {
	for _, place := range places {
		form := NewForm(place, languages)
		for _, row := range Table() {
			name := place.name(row)
			if name == "" || row.Unavailable {
				continue
			}
			if err := form.Set(name, row.Example); err != nil {
				t.Errorf("in %s: %v", place, err)
			}
		}
		want := Options{Life: 72 * time.Hour, Lang: "es", Reply: NoReply, Notify: NotifyFailure}
		if place != Address {
			want.Reference = "lab-feed-a"
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
		{Header, "X-SecureText-Reply", "No", Options{Reply: NoReply}},
		{JSON, "reference", "lab:17", Options{Reference: "lab:17"}},
		{JSON, "notify", "none", Options{Notify: NotifyNone}},
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

func TestRefusedByNameWithWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		place       Place
		name, value string
		kind        error
		want        string
	}{
		{Address, "flavour", "mild", ErrUnknown, "unknown option flavour: an address can have exp, lang, reply, notify"},
		{Address, "ref", "a", ErrUnknown, "unknown option ref: an address can have exp, lang, reply, notify"},
		{Address, "", "3d", ErrUnknown, "unknown option: a name is made of letters; an address can have exp, lang, reply, notify"},
		{Header, "X-SecureText-Exp", "3d", ErrUnknown, "unknown option X-SecureText-Exp: a header can have X-SecureText-Expires, " +
			"X-SecureText-Lang, X-SecureText-Reply, X-SecureText-Notify, X-SecureText-Reference"},
		{JSON, "Lang", "es", ErrUnknown, "unknown option Lang: a request can have expires_in, lang, reply, notify, reference"},
		{Address, "EXP", "91d", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "0h", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "2161h", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "exp", "-3d", ErrValue, "refused option exp: must be from 1h to 90d, such as 12h or 3d"},
		{JSON, "expires_in", "soon", ErrValue, "refused option expires_in: must be from 1h to 90d, such as 12h or 3d"},
		{Address, "lang", "tlh", ErrValue, "refused option lang: must be one of en, es, with or without a region"},
		{Address, "lang", "es-", ErrValue, "refused option lang: must be one of en, es, with or without a region"},
		{Address, "reply", "yes", ErrValue, "refused option reply: yes is not available yet, only no is"},
		{Address, "reply", "maybe", ErrValue, "refused option reply: must be no"},
		{Header, "x-securetext-notify", "often", ErrValue, "refused option X-SecureText-Notify: must be none, failure or always"},
		{JSON, "reference", "a b", ErrValue, "refused option reference: must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -"},
		{JSON, "reference", strings.Repeat("a", 65), ErrValue, "refused option reference: must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -"},
		{Address, "passcode", "", ErrValue, "refused option passcode: is not available yet"},
		{JSON, "passcode", "swordfish", ErrValue, "refused option passcode: is not available yet"},
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
			if name == "" || row.Unavailable {
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
	header := Options{Life: 2 * time.Hour, Lang: "es", Notify: NotifyAlways, Reply: NoReply, Reference: "r"}
	want := Options{Life: time.Hour, Lang: "es", Notify: NotifyNone, Reply: NoReply, Reference: "r"}
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
