package memory

import (
	"strconv"
	"testing"
	"time"

	"securetext/pickup/session"
)

// Browsers that never come back must not fill the process.
func TestSweepForgetsWhatExpired(t *testing.T) {
	st := New(session.PatientLimits)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range 1000 {
		now = now.Add(time.Minute)
		s := session.Session{Org: "org1", Recipient: strconv.Itoa(i), Created: now, Seen: now}
		if err := st.Save(t.Context(), session.NewID().Key(), s, now); err != nil {
			t.Fatalf("Save: %v", err)
		}
	}
	if n, most := len(st.sessions), 16; n > most {
		t.Errorf("%d sessions are kept, want at most the %d of the last quarter of an hour", n, most)
	}
	if len(st.owned) != len(st.sessions) {
		t.Errorf("%d recipients are indexed for %d sessions", len(st.owned), len(st.sessions))
	}
}
