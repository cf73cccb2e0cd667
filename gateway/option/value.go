package option

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for machines and containers without one
	"unicode"
	"unicode/utf8"

	"securetext/store/passcode"
	"securetext/store/person"
)

var (
	span      = regexp.MustCompile(`^([0-9]{1,4})([mhd])$`)
	langTag   = regexp.MustCompile(`^([A-Za-z]{2,3})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$`)
	zoneName  = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+/-]{0,63}$`) // without files such as localtime
	messageID = regexp.MustCompile(`^msg_[0-9a-hj-km-np-tv-z]{26}$`)
	reference = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
)

func setLife(f *Form, value string) string {
	life, ok := parseSpan(value)
	if !ok || life < MinLife || life > MaxLife || minutes(value) {
		return "must be from 1h to 90d, such as 12h or 3d"
	}
	f.Options.Life = life
	return ""
}

func setReadBy(f *Form, value string) string {
	by, ok := parseSpan(value)
	if !ok || by < MinReadBy || by > MaxReadBy {
		return "must be from 15m to 7d, such as 4h"
	}
	f.Options.ReadBy = by
	return ""
}

// units are what a span is counted in.
var units = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": day}

// parseSpan reads minutes, hours or days: 90m, 12h, 3d.
func parseSpan(s string) (time.Duration, bool) {
	m := span.FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1]) // four digits
	return time.Duration(n) * units[m[2]], true
}

// minutes reports whether a span is written in minutes.
func minutes(s string) bool { return strings.HasSuffix(strings.ToLower(s), "m") }

// formatSpan is what [parseSpan] reads, for whole minutes.
func formatSpan(d time.Duration) string {
	unit := "m"
	switch {
	case d%day == 0:
		unit = "d"
	case d%time.Hour == 0:
		unit = "h"
	}
	return strconv.Itoa(int(d/units[unit])) + unit
}

func setLang(f *Form, value string) string {
	spoken := f.languages()
	m := langTag.FindStringSubmatch(value)
	if m == nil || !slices.Contains(spoken, strings.ToLower(m[1])) {
		return "must be one of " + strings.Join(spoken, ", ") + ", with or without a region"
	}
	f.Options.Lang = value
	return ""
}

func setReply(f *Form, value string) string {
	switch r := Reply(strings.ToLower(value)); r {
	case ReplyYes, ReplyNo:
		f.Options.Reply = r
		return ""
	}
	return "must be yes or no"
}

func setAck(f *Form, value string) string {
	switch a := Ack(strings.ToLower(value)); a {
	case AckNo, AckYes, AckChoices:
		f.Options.Ack = a
		return ""
	}
	return "must be yes, choices or no"
}

func setNotify(f *Form, value string) string {
	switch n := Notify(strings.ToLower(value)); n {
	case NotifyNone, NotifyFailure, NotifyAlways:
		f.Options.Notify = n
		return ""
	}
	return "must be none, failure or always"
}

func setSendAt(f *Form, value string) string {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil || at.IsZero() {
		return "must be a date and a time with a time zone, such as 2027-01-31T09:00:00-06:00"
	}
	f.Options.SendAt = at.UTC()
	return ""
}

func setTimeZone(f *Form, value string) string {
	_, err := time.LoadLocation(value)
	if err != nil || !zoneName.MatchString(value) || value == "Local" { // the machine's own
		return "must be the name of a time zone, such as America/Chicago"
	}
	f.Options.TimeZone = value
	return ""
}

func setFor(f *Form, value string) string {
	who, err := person.Parse(value)
	if err != nil {
		return err.Error() // which repeats nothing of it
	}
	f.Options.For = who
	return ""
}

func setThread(f *Form, value string) string {
	id := strings.ToLower(value) // as some mail programs write addresses
	if !messageID.MatchString(id) {
		return "must be the id of a message, as you got it when that was sent"
	}
	f.Options.Thread = id
	return ""
}

func setReference(f *Form, value string) string {
	if !reference.MatchString(value) {
		return "must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -"
	}
	f.Options.Reference = value
	return ""
}

func setPasscode(f *Form, value string) string {
	p, err := passcode.Parse(value)
	if err != nil {
		return "must have 4 to 32 letters and digits; spaces and hyphens do not count"
	}
	f.Options.Passcode = p
	return ""
}

func setHint(f *Form, value string) string {
	if !IsHint(value) {
		return "must have 1 to 80 characters in one line"
	}
	f.Options.Hint = value
	return ""
}

// maxHint is how many characters a hint may have.
const maxHint = 80

// IsHint reports whether a text may tell patients which passcode is asked for.
func IsHint(s string) bool {
	n := utf8.RuneCountInString(s)
	return 1 <= n && n <= maxHint && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
