package sandbox

import (
	"maps"
	"strings"
	"sync"
	"time"

	"securetext/sms"
)

// spells remembers when the passing outcomes began: a phone that is off, a
// carrier that is busy. It is kept in memory alone, so after a restart, or in
// another process, a spell may begin once more; nothing gets stuck by that.
type spells struct {
	mu    sync.Mutex
	began map[string]time.Time
}

// left returns for how long the outcome still holds for a text, and begins a
// spell where none is remembered; 0: it is over, and the text is delivered.
func (s *spells) left(o Outcome, t sms.Text, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.began, func(_ string, began time.Time) bool { return now.Sub(began) >= phoneOff+calm })
	if s.began == nil {
		s.began = map[string]time.Time{}
	}
	key := o.Name + " " + words(t)
	began, known := s.began[key]
	if !known || now.Sub(began) >= o.lasts+calm {
		began = now
		s.began[key] = began
	}
	return max(0, began.Add(o.lasts).Sub(now))
}

// words is what a text says before its link. They have the org's name in them,
// so that those who rehearse at one time do not disturb each other.
func words(t sms.Text) string {
	before, _, _ := strings.Cut(t.Body(), "://")
	return before
}
