package session_test

import (
	"testing"
	"time"

	"securetext/pickup/session"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestS13PatientLimits(t *testing.T) {
	if got, want := session.PatientLimits, (session.Limits{Idle: 15 * time.Minute, Absolute: 4 * time.Hour}); got != want {
		t.Errorf("limits are %+v, want %+v", got, want)
	}
}

func TestS13StaffLimits(t *testing.T) {
	if got, want := session.StaffLimits, (session.Limits{Idle: 15 * time.Minute, Absolute: 8 * time.Hour}); got != want {
		t.Errorf("limits are %+v, want %+v", got, want)
	}
}

func TestS13LimitsEndSessions(t *testing.T) {
	for _, c := range []struct {
		name          string
		created, seen time.Duration // before now
		limits        session.Limits
		expired       bool
	}{
		{"new", 0, 0, session.PatientLimits, false},
		{"just within both", 4*time.Hour - 1, 15*time.Minute - 1, session.PatientLimits, false},
		{"idle too long", time.Hour, 15 * time.Minute, session.PatientLimits, true},
		{"too old, though in use", 4 * time.Hour, 0, session.PatientLimits, true},
		{"made by a clock ahead of ours", -time.Minute, -time.Minute, session.PatientLimits, false},
		{"no limits were set", 0, 0, session.Limits{}, true},
		{"no times were set", noon.Sub(time.Time{}), noon.Sub(time.Time{}), session.PatientLimits, true},
	} {
		s := session.Session{Created: noon.Add(-c.created), Seen: noon.Add(-c.seen)}
		if got := c.limits.Expired(s, noon); got != c.expired {
			t.Errorf("%s: expired %t, want %t", c.name, got, c.expired)
		}
	}
}
