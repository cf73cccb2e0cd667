package courier_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/store"
)

// slack is how late what is due may be seen to be done: each part looks for work
// now and then, and a claim holds some minutes.
const slack = seldom + 5*time.Minute

// An oracle knows the events of five weeks, and what they should be.
type oracle struct {
	*weeks
	over       time.Time
	byMessage  map[store.MessageID][]store.Event
	sentTo     map[store.RecipientID][]time.Time
	refusals   map[store.RecipientID][]store.Event // Refused and Allowed, in turn
	deliveries map[store.MessageID]int             // texts that did reach the phone
}

func newOracle(t *testing.T, w *weeks) *oracle {
	t.Helper()
	all, err := w.Events(t.Context(), store.EventFilter{Limit: 1 << 20})
	must(t, "Events", err)
	o := &oracle{
		w, w.now(), map[store.MessageID][]store.Event{}, map[store.RecipientID][]time.Time{},
		map[store.RecipientID][]store.Event{}, map[store.MessageID]int{},
	}
	for _, e := range all {
		o.byMessage[e.Message] = append(o.byMessage[e.Message], e)
		switch e.Kind {
		case store.Sent:
			o.sentTo[e.Recipient] = append(o.sentTo[e.Recipient], e.At)
		case store.Refused, store.Allowed:
			o.refusals[e.Recipient] = append(o.refusals[e.Recipient], e)
		}
	}
	for _, x := range w.carrier.texts {
		if id, ok := o.messageOf(t, x); ok && x.done.State == "delivered" {
			o.deliveries[id]++
		}
	}
	return o
}

func (o *oracle) messageOf(t *testing.T, x *carried) (store.MessageID, bool) {
	t.Helper()
	tok, ok := sms.FindToken(x.Body())
	if !ok {
		return "", false
	}
	link, err := o.Link(t.Context(), tok.Hash(), store.DeviceHash{}, o.over)
	must(t, "Link", err)
	return link.Message, true
}

func (o *oracle) judge(t *testing.T) {
	kinds := map[store.Kind]int{}
	for id, l := range o.letters {
		for _, check := range []func(*testing.T, *letter, []store.Event){
			o.hours, o.rests, o.ends, o.reminders, o.rounds, o.firstText, o.state,
		} {
			check(t, l, o.byMessage[id])
		}
		for _, e := range o.byMessage[id] {
			kinds[e.Kind]++
		}
		if t.Failed() {
			o.show(t, l)
			break
		}
	}
	t.Logf("%d messages: %v", len(o.letters), kinds)
	for _, k := range []store.Kind{
		store.Accepted, store.Sent, store.Delivered, store.Undelivered, store.Failed, store.Read, store.Taken, store.Wiped,
		store.Expired, store.Deferred, store.Overdue, store.Notified,
	} {
		if kinds[k] == 0 {
			t.Errorf("nothing was %s in five weeks", k)
		}
	}
}

// show tells all of a message with which something is wrong.
func (o *oracle) show(t *testing.T, l *letter) {
	t.Helper()
	t.Logf("message %s of %s in %s, quiet %v, reminders %v, sent at %v, to be read by %v, until %v",
		l.ID, l.org.Name, l.zone, l.org.Policy.Quiet, l.Remind, l.SendAt, l.ReadBy, l.Expires)
	for _, e := range o.byMessage[l.ID] {
		t.Logf("  %v %s %s", e.At, e.Kind, e.Detail)
	}
	t.Logf("all texts to the number: %v", o.sentTo[l.To.ID])
	for _, e := range o.refusals[l.To.ID] {
		t.Logf("  %v %s %s", e.At, e.Kind, e.Detail)
	}
}

// kindOf is the sort of text that an event is about.
func kindOf(e store.Event) store.TextKind {
	for _, k := range []store.TextKind{store.ReminderText, store.OverdueText} {
		if word, _, _ := strings.Cut(e.Detail, " "); word == string(k) {
			return k
		}
	}
	return store.LinkText
}

// of are the events of some kinds.
func of(events []store.Event, kinds ...store.Kind) []store.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e store.Event) bool { return !slices.Contains(kinds, e.Kind) })
}

// end is when a message was read, taken or over.
func (o *oracle) end(events []store.Event) time.Time {
	if list := of(events, store.Read, store.Taken, store.Wiped, store.Expired); len(list) > 0 {
		return list[0].At
	}
	return o.over
}

// refused reports whether the recipient got no texts at some time of a stretch.
func (o *oracle) refused(l *letter, from, to time.Time) bool {
	since := time.Time{}
	for _, e := range o.refusals[l.To.ID] {
		switch {
		case e.Kind == store.Refused && since.IsZero():
			since = e.At
		case e.Kind == store.Allowed:
			if !since.After(to) && e.At.After(from) {
				return true
			}
			since = time.Time{}
		}
	}
	return !since.IsZero() && !since.After(to)
}

// open reports whether a clock on the wall is within a window of minutes.
func open(local time.Time, from, to int) bool {
	now := local.Hour()*60 + local.Minute()
	if from <= to {
		return from <= now && now < to
	}
	return now >= from || now < to
}

// hours: no reminder goes out but between 8:00 and 21:00 where the patient is, nor
// in the clinic's quiet hours, which only urgent first texts break.
func (o *oracle) hours(t *testing.T, l *letter, events []store.Event) {
	zone, err := time.LoadLocation(l.zone)
	must(t, "LoadLocation", err)
	quiet := l.org.Policy.Quiet
	for _, e := range of(events, store.Sent) {
		local, kind := e.At.In(zone), kindOf(e)
		if kind != store.LinkText && !open(local, 8*60, 21*60) {
			t.Errorf("a %s went out at %v", kind, local)
		}
		began := local.Add(-30 * time.Second) // a first text may be in hand when they begin
		if (kind != store.LinkText || l.ReadBy.IsZero()) && quiet.From != quiet.To && open(local, quiet.From, quiet.To) && open(began, quiet.From, quiet.To) {
			t.Errorf("a text of kind %s went out at %v, in quiet hours", kind, local)
		}
	}
}

// rests: a reminder follows no text within a day, and is the third in a week at
// most.
func (o *oracle) rests(t *testing.T, l *letter, events []store.Event) {
	for _, e := range of(events, store.Sent) {
		if kindOf(e) != store.ReminderText {
			continue
		}
		week := 0
		for _, at := range o.sentTo[l.To.ID] {
			before := e.At.Sub(at)
			if before > 0 && before < store.RestDay {
				t.Errorf("a reminder went out at %v, %v after another text", e.At, before)
			}
			if before >= 0 && before < store.RestWeek {
				week++
			}
		}
		if week > store.MaxTexts {
			t.Errorf("the reminder at %v is text %d within a week", e.At, week)
		}
	}
}

// ends: nothing goes out once it is of no use.
func (o *oracle) ends(t *testing.T, l *letter, events []store.Event) {
	const inHand = 30 * time.Second
	end := o.end(events)
	for _, e := range of(events, store.Sent) {
		if kindOf(e) != store.LinkText && e.At.After(end.Add(inHand)) {
			t.Errorf("a %s went out at %v, after all was over", kindOf(e), e.At)
		}
		for _, gone := range of(events, store.Wiped, store.Expired) {
			if e.At.After(gone.At.Add(inHand)) {
				t.Errorf("a text went out at %v, after the message was %s", e.At, gone.Kind)
			}
		}
		if o.refused(l, e.At, e.At) && o.refused(l, e.At.Add(-inHand), e.At.Add(-inHand)) {
			t.Errorf("a text went out at %v to one who gets none", e.At)
		}
	}
	if over := of(events, store.Wiped, store.Expired); len(over) == 0 && l.Expires.Before(o.over.Add(-slack)) {
		t.Error("its life is over, and no event says so")
	}
	if gone := of(events, store.Expired); len(gone) > 0 && (gone[0].At.Before(l.Expires) || gone[0].At.After(l.Expires.Add(slack))) {
		t.Errorf("it expired at %v", gone[0].At)
	}
}

// reminders: there are no more than were asked for, and one that nothing hinders
// goes out.
func (o *oracle) reminders(t *testing.T, l *letter, events []store.Event) {
	var outcomes []time.Time
	sent := 0
	for _, e := range of(events, store.Sent, store.Skipped, store.Failed, store.Undelivered) {
		if kindOf(e) == store.ReminderText {
			outcomes = append(outcomes, e.At)
			if e.Kind == store.Sent {
				sent++
			}
		}
	}
	lost := len(of(events, store.Undelivered))
	if sent > len(l.Remind)+lost {
		t.Errorf("%d reminders, of %d", sent, len(l.Remind))
	}
	if len(l.Remind) == 0 || !l.ReadBy.IsZero() {
		return
	}
	due := l.Created
	if l.SendAt.After(due) {
		due = l.SendAt
	}
	due = due.Add(l.Remind[0])
	until := due.Add(9 * 24 * time.Hour)
	texts := 0
	for _, at := range o.sentTo[l.To.ID] {
		if at.After(due.Add(-store.RestWeek)) && at.Before(until) {
			texts++
		}
	}
	hopeless := len(of(events, store.Failed)) > 0
	if o.end(events).After(until) && !o.refused(l, due, until) && !hopeless && texts < store.MaxTexts && len(outcomes) == 0 {
		t.Errorf("no reminder, though it was due at %v", due)
	}
}

// firstText: it goes out once, when it should, or an event says why not.
func (o *oracle) firstText(t *testing.T, l *letter, events []store.Event) {
	var sent, lost []store.Event
	for _, e := range events {
		switch {
		case e.Kind == store.Sent && kindOf(e) == store.LinkText:
			sent = append(sent, e)
		case e.Kind == store.Undelivered && kindOf(e) == store.LinkText:
			lost = append(lost, e)
		}
	}
	if len(sent) > 1+len(lost) {
		t.Errorf("%d first texts, of which %d were lost", len(sent), len(lost))
	}
	if len(sent) == 0 && len(of(events, store.Failed, store.Wiped, store.Expired)) == 0 {
		t.Error("no first text, and nothing says why")
	}
	if len(sent) > 0 && sent[0].At.Before(l.SendAt) {
		t.Errorf("the first text went out at %v", sent[0].At)
	}
}

// state: what is said of a message at last is what became of it.
func (o *oracle) state(t *testing.T, l *letter, events []store.Event) {
	delivered := o.deliveries[l.ID] > 0
	switch status := store.Status(events); status {
	case store.Read:
		if !delivered {
			t.Error("read, and no text arrived")
		}
	case store.Delivered:
		if !delivered || len(of(events, store.Read)) > 0 {
			t.Errorf("delivered, with %d texts that arrived", o.deliveries[l.ID])
		}
	case store.Undelivered, store.Failed:
		if delivered && !o.unasked(events) {
			t.Errorf("%s, and a text arrived", status)
		}
	case store.Accepted:
		if delivered && !o.unasked(events) || len(of(events, store.Wiped, store.Expired)) == 0 {
			t.Errorf("accepted, and nothing says more; %d texts arrived", o.deliveries[l.ID])
		}
	case store.Unlocked: // its link was the first to be opened, when it was over
		if !delivered {
			t.Error("opened, and no text arrived")
		}
	default:
		t.Errorf("status %s at the end", status)
	}
}

// unasked reports whether a message was over before it could be asked whether the
// text in doubt went out, of which nobody called back.
func (o *oracle) unasked(events []store.Event) bool {
	list := of(events, store.Deferred, store.Failed)
	if len(list) == 0 {
		return false
	}
	last := list[len(list)-1]
	return strings.HasSuffix(last.Detail, "carrier_unsure") && o.end(events).Sub(last.At) < slack
}
