package courier

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

// texted is when the first text of the cases went out, and readBy when those are
// overdue that are to be read by some time.
var (
	texted = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	readBy = texted.Add(48 * time.Hour)
)

func TestWhatIsDoneAboutAnUnreadMessage(t *testing.T) {
	const h = time.Hour
	after := func(d time.Duration) time.Time { return texted.Add(d) }
	overdue := func(d time.Duration) time.Time { return readBy.Add(d) }
	twice := []time.Duration{24 * h, 72 * h}
	cases := []struct {
		name string
		w    store.Watch
		hook bool
		now  time.Time
		want store.Watched
	}{
		{"the first reminder, and when the next is due", store.Watch{Remind: twice}, false, after(24 * h), store.Watched{Text: store.ReminderText, Reminded: 1, Due: after(72 * h)}},
		{"the last reminder", store.Watch{Remind: twice, Reminded: 1}, false, after(72 * h), store.Watched{Text: store.ReminderText, Reminded: 2}},
		{"looked at too soon", store.Watch{Remind: twice, Reminded: 1}, false, after(72*h - 1), store.Watched{Reminded: 1, Due: after(72 * h)}},
		{"nothing is left to do", store.Watch{Remind: twice, Reminded: 2}, false, after(99 * h), store.Watched{Reminded: 2}},
		{"two reminders were missed: one text", store.Watch{Remind: []time.Duration{h, 2 * h, 96 * h}}, false, after(50 * h), store.Watched{Text: store.ReminderText, Reminded: 2, Due: after(96 * h)}},
		{"all reminders were missed: one text", store.Watch{Remind: twice}, false, after(500 * h), store.Watched{Text: store.ReminderText, Reminded: 2}},
		{"one who gets no texts is not reminded, but it is done", store.Watch{Remind: twice, Refused: true}, false, after(24 * h), store.Watched{Reminded: 1, Due: after(72 * h)}},
		{"to be read before the next reminder", store.Watch{Remind: twice, ReadBy: readBy}, false, after(24 * h), store.Watched{Text: store.ReminderText, Reminded: 1, Due: readBy}},
		{"to be read after the next reminder", store.Watch{Remind: []time.Duration{h, 2 * h}, ReadBy: readBy}, false, after(h), store.Watched{Text: store.ReminderText, Reminded: 1, Due: after(2 * h)}},
		{"to be read, and no reminder is left", store.Watch{Remind: []time.Duration{h}, Reminded: 1, ReadBy: readBy}, false, after(2 * h), store.Watched{Reminded: 1, Due: readBy}},
		{"one who gets no texts, to be read", store.Watch{Remind: []time.Duration{h}, ReadBy: readBy, Refused: true}, false, after(h), store.Watched{Reminded: 1, Due: readBy}},

		{"overdue: another text, in place of all reminders", store.Watch{Remind: twice, Reminded: 1, ReadBy: readBy}, true, readBy, store.Watched{Overdue: true, Text: store.OverdueText, Reminded: 2, Rounds: 1, Due: overdue(15 * time.Minute)}},
		{"overdue without reminders", store.Watch{ReadBy: readBy}, false, readBy, store.Watched{Overdue: true, Text: store.OverdueText, Rounds: 1, Due: overdue(15 * time.Minute)}},
		{"found overdue long after", store.Watch{ReadBy: readBy}, false, overdue(9 * h), store.Watched{Overdue: true, Text: store.OverdueText, Rounds: 1, Due: overdue(9*h + 15*time.Minute)}},
		{"overdue for one who gets no texts: the mail at once", store.Watch{ReadBy: readBy, Refused: true}, true, readBy, store.Watched{Overdue: true, Mail: true, Rounds: 2, Due: overdue(30 * time.Minute)}},
		{"the mail after the text", store.Watch{ReadBy: readBy, Rounds: 1}, true, overdue(h), store.Watched{Mail: true, Rounds: 2, Due: overdue(h + 30*time.Minute)}},
		{"refused after the text", store.Watch{ReadBy: readBy, Rounds: 1, Refused: true}, true, overdue(h), store.Watched{Mail: true, Rounds: 2, Due: overdue(h + 30*time.Minute)}},
		{"the webhook after the mail", store.Watch{ReadBy: readBy, Rounds: 2}, true, overdue(h), store.Watched{Hook: true, Rounds: 3, Due: overdue(2 * h)}},
		{"without a webhook the mail again", store.Watch{ReadBy: readBy, Rounds: 2}, false, overdue(h), store.Watched{Mail: true, Rounds: 3, Due: overdue(2 * h)}},
		{"the webhook again", store.Watch{ReadBy: readBy, Rounds: 3}, true, overdue(h), store.Watched{Hook: true, Rounds: 4, Due: overdue(3 * h)}},
		{"twice as long each time", store.Watch{ReadBy: readBy, Rounds: 5}, true, overdue(h), store.Watched{Hook: true, Rounds: 6, Due: overdue(9 * h)}},
		{"up to twelve hours", store.Watch{ReadBy: readBy, Rounds: 6}, true, overdue(h), store.Watched{Hook: true, Rounds: 7, Due: overdue(13 * h)}},
		{"for ever", store.Watch{ReadBy: readBy, Rounds: 1000}, false, overdue(h), store.Watched{Mail: true, Rounds: 1001, Due: overdue(13 * h)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.w.Message, c.w.Attempt, c.w.Texted = "msg_1", 7, texted
			c.want.Message, c.want.Attempt = "msg_1", 7
			if d := cmp.Diff(c.want, follow(c.w, c.hook, c.now)); d != "" {
				t.Errorf("follow: (-want +got)\n%s", d)
			}
		})
	}
}
