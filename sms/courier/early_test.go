package courier_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/sms/courier"
	"securetext/store"
)

// In these cases it is seven in the evening in New York when they begin.

// mind runs a courier and a minder for so long.
func (j *journey) mind(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	m := &courier.Minder{Store: j.Store, Directory: j.Store, Log: j.log.logger(), Now: time.Now, Every: time.Minute}
	var all sync.WaitGroup
	all.Go(func() { _ = m.Run(ctx) })
	j.run(t, d, func(c *courier.Config) { c.Poll = time.Minute })
	all.Wait()
}

// way is one road that takes all.
func way() (lanes, *diary) {
	d := &diary{}
	return lanes{"first": {Sender: &teller{"first", nil, d}}}, d
}

// quiet is the clinic with quiet hours from six in the evening to eight.
func (j *journey) quiet(t *testing.T) *journey {
	t.Helper()
	other := *j
	other.org, other.desk = j.clinic(t, "Hillside", store.Policy{Roads: "first", Quiet: store.Quiet{From: 18 * 60, To: 8 * 60}})
	return &other
}

func lives(d time.Duration) func(*store.Message) {
	return func(m *store.Message) { m.Expires = m.Created.Add(d) }
}

func TestAFirstTextWaitsForQuietHoursToEnd(t *testing.T) {
	l, d := way()
	travel(t, l, func(t *testing.T, j *journey) {
		begin := time.Now()
		c := j.quiet(t)
		waits, urgent := c.letter(t, 1), c.letter(t, 2, func(m *store.Message) { m.ReadBy = m.Created.Add(100 * time.Hour) })
		j.run(t, time.Minute)
		c.wantEvents(t, urgent, "accepted:api sent")
		c.wantEvents(t, waits, "accepted:api deferred:quiet_hours")
		j.run(t, 24*time.Hour, func(c *courier.Config) { c.Poll = time.Minute })
		c.wantEvents(t, waits, "accepted:api deferred:quiet_hours sent")
		_, at := d.about("first sends to " + numbered(1))
		if want := begin.Add(13 * time.Hour); len(at) != 1 || at[0].Sub(want) > 2*time.Minute || at[0].Before(want) {
			t.Errorf("sent at %v, want %v", at, want)
		}
	})
}

// Its sender hears at once of a message that will not live until morning.
func TestAFirstTextThatCannotWaitForQuietHoursToEndFailsAtOnce(t *testing.T) {
	l, _ := way()
	travel(t, l, func(t *testing.T, j *journey) {
		c := j.quiet(t)
		id := c.letter(t, 1, lives(time.Hour))
		j.run(t, 10*time.Second)
		c.wantEvents(t, id, "accepted:api failed:quiet_hours")
		due, err := j.DueNotices(t.Context(), 10, time.Minute, time.Now())
		if err != nil || len(due) != 1 || due[0].Kind != store.Failed || due[0].Message != id {
			t.Errorf("mails %+v, %v, want one that it failed", due, err)
		}
	})
}

func TestAReminderWaitsForTheDayAndForItsTurn(t *testing.T) {
	l, d := way()
	travel(t, l, func(t *testing.T, j *journey) {
		begin := time.Now()
		remind := func(m *store.Message) { m.Remind = []time.Duration{5 * time.Hour, 50 * time.Hour} }
		id := j.letter(t, 1, remind)
		j.mind(t, 60*time.Hour)
		// At midnight it waits for the morning, and then for a day after the first
		// text: that is an evening again.
		j.wantEvents(t, id, "accepted:api sent deferred:reminder quiet_hours deferred:reminder too_often sent:reminder deferred:reminder quiet_hours")
		_, at := d.about("first sends")
		if len(at) != 2 || at[1].Sub(begin) < 24*time.Hour || at[1].Sub(begin) > 24*time.Hour+3*time.Minute {
			t.Errorf("sent at %v, want a day between", at)
		}
	})
}

func TestAReminderThatComesTooLateIsSkipped(t *testing.T) {
	l, d := way()
	travel(t, l, func(t *testing.T, j *journey) {
		id := j.letter(t, 1, lives(12*time.Hour), func(m *store.Message) { m.Remind = []time.Duration{5 * time.Hour} })
		overdue := j.letter(t, 2, lives(12*time.Hour), func(m *store.Message) { m.ReadBy = m.Created.Add(6 * time.Hour) })
		j.mind(t, 11*time.Hour)
		j.wantEvents(t, id, "accepted:api sent skipped:reminder quiet_hours")
		if got := j.events(t, overdue); !strings.HasPrefix(got, "accepted:api sent overdue skipped:overdue quiet_hours") {
			t.Errorf("events %q", got)
		}
		if sent, _ := d.about("first sends"); len(sent) != 2 {
			t.Errorf("sent %q", sent)
		}
		if n := strings.Count(j.log.String(), "reminder skipped"); n != 2 {
			t.Errorf("logged %d times", n)
		}
	})
}

// A wait of some seconds is not worth an event, and the last minutes of the day
// not worth a text that might be in hand when they are over.
func TestTheEdgesOfTheDay(t *testing.T) {
	l, d := way()
	travel(t, l, func(t *testing.T, j *journey) {
		begin := time.Now()
		remind := func(m *store.Message) { m.Remind = []time.Duration{25 * time.Hour} }
		time.Sleep(59*time.Minute + 30*time.Second)
		late := j.letter(t, 1, remind) // whose reminder is due half a minute before nine in the evening, a day on
		time.Sleep(12 * time.Hour)
		soon := j.letter(t, 2, remind, func(m *store.Message) { m.Remind = []time.Duration{24 * time.Hour} }) // ... before eight in the morning
		j.mind(t, 48*time.Hour)
		j.wantEvents(t, soon, "accepted:api sent sent:reminder")
		j.wantEvents(t, late, "accepted:api sent deferred:reminder quiet_hours sent:reminder")
		for _, n := range []int{1, 2} {
			_, at := d.about("first sends to " + numbered(n))
			if len(at) == 2 && at[1].Sub(begin)%(24*time.Hour) < 13*time.Hour {
				t.Errorf("the reminder to %d went out %v after seven in the evening", n, at[1].Sub(begin))
			}
		}
	})
}
