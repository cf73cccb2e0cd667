package courier

import (
	"time"

	"securetext/store"
)

// The rounds after a message became overdue: first it is texted again, then its
// sender is told by mail, then the org's webhook again and again, or without one
// the sender. Each is twice as long after the one before. A recipient who gets no
// texts costs no round.
const (
	firstRound, longestRound = 15 * time.Minute, 12 * time.Hour

	textRound = 0
	mailRound = 1
)

// follow is what is to be done about a watch that is due. It knows no other time
// than now, and nothing of windows: when a text may go out is for the courier.
func follow(w store.Watch, hook bool, now time.Time) store.Watched {
	done := store.Watched{Message: w.Message, Attempt: w.Attempt, Reminded: w.Reminded, Rounds: w.Rounds}
	if w.ReadBy.IsZero() || now.Before(w.ReadBy) {
		remind(&done, w, now)
		return done
	}
	done.Overdue = w.Rounds == 0
	done.Reminded = len(w.Remind) // what follows takes their place
	round := w.Rounds
	if round == textRound && w.Refused {
		round = mailRound
	}
	switch {
	case round == textRound:
		done.Text = store.OverdueText
	case round == mailRound || !hook:
		done.Mail = true
	default:
		done.Hook = true
	}
	done.Rounds = round + 1
	done.Due = now.Add(roundAfter(round))
	return done
}

// remind is the part of a message that is not overdue. Reminders that were missed
// count as done with the one that is sent.
func remind(done *store.Watched, w store.Watch, now time.Time) {
	for done.Reminded < len(w.Remind) && !now.Before(w.Texted.Add(w.Remind[done.Reminded])) {
		done.Reminded++
		if !w.Refused {
			done.Text = store.ReminderText
		}
	}
	if done.Reminded < len(w.Remind) {
		done.Due = w.Texted.Add(w.Remind[done.Reminded])
	}
	if !w.ReadBy.IsZero() && (done.Due.IsZero() || w.ReadBy.Before(done.Due)) {
		done.Due = w.ReadBy
	}
}

// roundAfter is how long after a round the next one is due.
func roundAfter(round int) time.Duration {
	return min(longestRound, firstRound<<min(round, 16))
}
