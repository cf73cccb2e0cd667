package memory_test

import (
	"testing"
	"time"

	"securetext/pickup/session"
	"securetext/pickup/session/memory"
	"securetext/pickup/session/sessiontest"
)

func TestS13Conformance(t *testing.T) {
	sessiontest.Run(t, func(*testing.T) session.Store { return memory.New(session.PatientLimits) })
}

func BenchmarkFind(b *testing.B) {
	st := memory.New(session.PatientLimits)
	now := time.Now()
	key := session.NewID().Key()
	s := session.Session{Org: "org1", Recipient: "rcp1", Created: now, Seen: now}
	if err := st.Save(b.Context(), key, s, now); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := st.Find(b.Context(), key, now); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
