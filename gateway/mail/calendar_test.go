package mail_test

import (
	"strings"
	"testing"
)

func TestInvitation(t *testing.T) {
	event := func(lines ...string) string {
		return "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\n" +
			"BEGIN:VEVENT\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	cases := []struct{ name, raw, text string }{
		{"what, when and where", event("SUMMARY;LANGUAGE=en:Blood test\\, fasting", "DTSTART;TZID=\"W. Europe: Berlin\":20261124T143000",
			"DTEND;TZID=\"W. Europe: Berlin\":20261124T150000", "LOCATION:Room 2\\;", "  3rd floor"),
			"What: Blood test, fasting\nWhen: 2026-11-24 14:30 to 15:00 (W. Europe: Berlin)\nWhere: Room 2; 3rd floor"},
		{"in UTC over midnight", event("SUMMARY:Night", "DTSTART:20261124T233000Z", "DTEND:20261125T003000Z"),
			"What: Night\nWhen: 2026-11-24 23:30 to 2026-11-25 00:30 (UTC)"},
		{"a day", event("SUMMARY:Fast", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125"), "What: Fast\nWhen: 2026-11-24"},
		{"three days", event("SUMMARY:Fast", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261127", "RRULE:FREQ=YEARLY"),
			"What: Fast\nWhen: 2026-11-24 to 2026-11-26, and again"},
		{"notes and cancelled", event("STATUS:CANCELLED", "SUMMARY:Visit", "DESCRIPTION:Call us\\nsoon"),
			"This appointment is cancelled.\nWhat: Visit\n\nCall us\nsoon"},
		{"nonsense", event("SUMMARY:Visit", "DTSTART:soon", "DTEND", ":", "LOCATION"), "What: Visit"},
	}
	for _, c := range cases {
		got := parse(t, "Subject: Invitation\n"+c.raw)
		if got.Text != c.text || len(got.Attachments) != 1 || got.Attachments[0].Type != "text/calendar" {
			t.Errorf("%s: %q, want %q; %d attachments", c.name, got.Text, c.text, len(got.Attachments))
		}
		if got := parse(t, multi("alternative", "\nCome at two", c.raw)); got.Text != "Come at two" || len(got.Attachments) != 1 {
			t.Errorf("%s: text beside it is %q", c.name, got.Text)
		}
	}
	if got := parse(t, "Subject: s\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"); got.Text != "" {
		t.Errorf("no appointment: %q", got.Text)
	}
}
