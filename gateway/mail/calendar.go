package mail

import (
	"strings"
	"time"
)

const (
	maxEvents   = 10      // appointments of one calendar that are summed up
	maxCalendar = 1 << 20 // bytes of it that are looked at
)

// summary says in words what an iCalendar object asks for (RFC 5545): what, when
// and where. It is "" if there is no appointment in it.
func summary(calendar string) string {
	var all []string
	var event *appointment
	cancelled := false
	for line := range strings.SplitSeq(unfoldCalendar(calendar), "\n") {
		name, params, value := calendarLine(line)
		switch {
		case name == "METHOD":
			cancelled = strings.EqualFold(value, "CANCEL")
		case name == "BEGIN" && strings.EqualFold(value, "VEVENT"):
			event = &appointment{cancelled: cancelled}
		case event == nil:
		case name == "END" && strings.EqualFold(value, "VEVENT"):
			if words := event.String(); words != "" && len(all) < maxEvents {
				all = append(all, words)
			}
			event = nil
		default:
			event.add(name, params, value)
		}
	}
	return strings.Join(all, "\n\n")
}

// unfoldCalendar joins the lines that go on with a blank.
func unfoldCalendar(s string) string {
	return strings.NewReplacer("\r", "", "\n ", "", "\n\t", "").Replace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// calendarLine splits NAME;PARAM=VALUE:VALUE. A colon within quotes ends nothing.
func calendarLine(line string) (name, params, value string) {
	inQuotes := false
	for i, c := range []byte(line) {
		switch {
		case c == '"':
			inQuotes = !inQuotes
		case c == ':' && !inQuotes:
			name, params, _ = strings.Cut(line[:i], ";")
			return strings.ToUpper(strings.TrimSpace(name)), params, strings.TrimSpace(line[i+1:])
		}
	}
	return "", "", ""
}

// appointment is what is summed up of one VEVENT.
type appointment struct {
	what, where, notes string
	start, end         moment
	cancelled, repeats bool
}

func (a *appointment) add(name, params, value string) {
	switch name {
	case "SUMMARY":
		a.what = calendarText(value)
	case "LOCATION":
		a.where = calendarText(value)
	case "DESCRIPTION":
		a.notes = calendarText(value)
	case "DTSTART":
		a.start = readMoment(params, value)
	case "DTEND":
		a.end = readMoment(params, value)
	case "RRULE", "RDATE":
		a.repeats = true
	case "STATUS":
		a.cancelled = a.cancelled || strings.EqualFold(value, "CANCELLED")
	}
}

// String is the appointment in words, or "" if it says nothing.
func (a *appointment) String() string {
	when := a.when()
	if a.repeats && when != "" {
		when += ", and again"
	}
	var lines []string
	for _, l := range [][2]string{{"What: ", a.what}, {"When: ", when}, {"Where: ", a.where}, {"\n", a.notes}} {
		if l[1] != "" {
			lines = append(lines, l[0]+l[1])
		}
	}
	if a.cancelled && len(lines) > 0 {
		lines = append([]string{"This appointment is cancelled."}, lines...)
	}
	return strings.Join(lines, "\n")
}

func (a *appointment) when() string {
	if a.start.text == "" {
		return ""
	}
	when := a.start.text
	switch {
	case a.end.text == "" || a.end.text == a.start.text || a.start.allDay && !a.lasts():
	case !a.start.allDay && a.end.day() == a.start.day():
		when += " to " + strings.TrimPrefix(a.end.text, a.start.day()+" ")
	default:
		when += " to " + a.end.text
	}
	if a.start.zone != "" {
		when += " (" + a.start.zone + ")"
	}
	return when
}

// lasts reports whether an appointment without hours takes more than a day. Its
// end is the day after the last, which is put right here.
func (a *appointment) lasts() bool {
	end, err := time.Parse(dayFormat, a.end.text)
	if err != nil {
		return false
	}
	a.end.text = end.AddDate(0, 0, -1).Format(dayFormat)
	return a.end.text != a.start.text
}

// moment is a date, or a date and time in a zone.
type moment struct {
	text, zone string
	allDay     bool
}

const dayFormat = "2006-01-02"

func (m moment) day() string { return m.text[:min(len(m.text), len(dayFormat))] }

// readMoment reads "20261124T143000Z" and "20261124".
func readMoment(params, value string) moment {
	zone := ""
	for param := range strings.SplitSeq(params, ";") {
		if name, v, _ := strings.Cut(param, "="); strings.EqualFold(name, "TZID") {
			zone = cut(cleanLine(strings.Trim(v, `"`)), 100)
		}
	}
	local, isUTC := strings.CutSuffix(value, "Z")
	if isUTC {
		zone = "UTC"
	}
	if t, err := time.Parse("20060102T150405", local); err == nil {
		return moment{text: t.Format(dayFormat + " 15:04"), zone: zone}
	}
	if t, err := time.Parse("20060102", value); err == nil {
		return moment{text: t.Format(dayFormat), allDay: true}
	}
	return moment{}
}

var calendarEscapes = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`)

// calendarText undoes the escapes of a TEXT value.
func calendarText(value string) string {
	return strings.TrimSpace(cleanText(calendarEscapes.Replace(value)))
}
