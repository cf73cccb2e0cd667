package option

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// Numbers are found in the strangest places: none of their digits may come back
// in a refusal, which goes into replies and logs.
func TestS24RefusalsRepeatNoNumber(t *testing.T) {
	const number = "2114367789"
	for _, place := range places {
		for _, row := range Table() {
			if name := place.name(row); name != "" {
				value := number + " Zebulon"
				if strings.HasPrefix(row.JSON, "passcode") { // which may be so
					value += "\n" + value
				}
				checkQuiet(t, NewForm(place, languages).Set(name, value))
				checkQuiet(t, NewForm(place, languages).Set(name+number, "no"))
			}
		}
		checkQuiet(t, NewForm(place, languages).Set(number, number))
	}
}

// own are the digits that refusals have of themselves.
var own = regexp.MustCompile(`1h to 90d, such as 12h or 3d|1 to 64 of the characters A-Z a-z 0-9|15m to 7d, such as 4h|` +
	`up to 5 times from 1h to 90d that rise, such as 24h.72h|2027-01-31T09:00:00-06:00|1 to 20 letters, digits \(4 at most\)|4 to 32 letters|1 to 80 characters`)

// checkQuiet wants a refusal in one plain line without a value or a digit.
func checkQuiet(t *testing.T, err error) {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || errors.Is(err, ErrUnknown) == errors.Is(err, ErrValue) {
		t.Fatalf("error %v, want a refusal of one kind", err)
	}
	text := own.ReplaceAllString(err.Error(), "")
	if strings.ContainsAny(text, "0123456789\r\n\x00") || strings.Contains(text, "Zebulon") {
		t.Errorf("a refusal repeats what was written: %q", err)
	}
	for _, r := range text {
		if r < ' ' || r > '~' {
			t.Errorf("a refusal is not plain ASCII: %q", err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, local := range []string{
		"2114367789", "2114367789+exp=3d+lang=es+reply=no+notify=always", "+12114367789+passcode", "1+passcode=47-11", "1+passcode=٤٧١١", "+", "++", "+=",
		"2114367789+exp=9999d", "1+2114367789", "1+lang=es-2114367789", "1+\r\nRSET=1", "1+ｅｘｐ=３d", "1+exp=3d+EXP=3d",
		"1+by=4h+remind=24h.72h+tz=America/Chicago", "1+remind=no+by=7d", "1+remind=1h,2h", "1+tz=../../etc/localtime",
		"1+for=M", "1+for=M.+lang=es", "1+for=Zebulon 2114367789 of Chicago", "1+for=’", "1+for=\u202eM",
	} {
		f.Add(local)
	}
	f.Fuzz(func(t *testing.T, local string) {
		number, options, found := Cut(local)
		if found && number+"+"+options != local || !found && number != local {
			t.Fatalf("%q was cut into %q and %q", local, number, options)
		}
		form := NewForm(Address, languages)
		if err := form.SetAll(options); err != nil {
			checkQuiet(t, err)
		}
		checkPossible(t, form.Options)
	})
}

func FuzzSet(f *testing.F) {
	for _, row := range Table() {
		f.Add(row.Header, row.Example)
		f.Add(row.JSON, "x"+row.Example)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, place := range places {
			form := NewForm(place, languages)
			if err := form.Set(name, value); err != nil {
				checkQuiet(t, err)
			} else if err := form.Set(name, value); err == nil {
				t.Errorf("%q was taken twice", name)
			}
			checkPossible(t, form.Options)
		}
	})
}

// checkPossible wants nothing in o that the rest of the program could not do.
func checkPossible(t *testing.T, o Options) {
	t.Helper()
	if o.Life != 0 && (o.Life < MinLife || o.Life > MaxLife) {
		t.Errorf("a life of %v", o.Life)
	}
	if len(o.Lang) > len("eng-Latn-419") || len(o.Reference) > 64 || strings.ContainsAny(o.Lang+o.Reference, " \r\n<>&\"") {
		t.Errorf("a language of %q, a reference of %q", o.Lang, o.Reference)
	}
	if o.ReadBy != 0 && (o.ReadBy < MinReadBy || o.ReadBy > MaxReadBy) {
		t.Errorf("to be read by %v", o.ReadBy)
	}
	spans := o.Remind.Spans()
	if (o.Remind == "" || o.Remind == NoRemind) != (len(spans) == 0) || len(spans) > 0 && RemindAt(spans) != o.Remind {
		t.Errorf("reminders %q are at %v", o.Remind, spans)
	}
	last := time.Duration(0)
	for _, s := range spans {
		if s%time.Hour != 0 || s <= last || s > MaxLife {
			t.Errorf("reminders at %v", spans)
		}
		last = s
	}
	if _, err := time.LoadLocation(o.TimeZone); err != nil || len(o.TimeZone) > 64 {
		t.Errorf("a time zone of %q", o.TimeZone)
	}
	if name := o.For.Written(); utf8.RuneCountInString(name) > 20 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) ||
		strings.ContainsAny(name, "<>&\"@+=,;:/") || (name == "") != (o.For.Key() == "") {
		t.Errorf("a name of %q", name)
	}
	if n := utf8.RuneCountInString(o.Hint); n > maxHint || strings.ContainsAny(o.Hint, "\r\n\x00") {
		t.Errorf("a hint of %d characters", n)
	}
	if o.Reply != "" && o.Reply != ReplyYes && o.Reply != ReplyNo {
		t.Errorf("a reply of %q", o.Reply)
	}
}
