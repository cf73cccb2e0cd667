package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var enrolChecks = []check{
	{"a first password signs in, and the patient is told by text", enrolTells},
	{"S09: of fifty first passwords at once exactly one wins", enrolRace},
	{"a second message's link cannot set another password", enrolOnce},
	{"S09: a link older than the grace sets no password", enrolTooLate},
	{"the link of a message that is gone sets no password", enrolGone},
}

func enrolTells(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	v := c.enrol(t, hash)
	want := store.Viewer{Org: c.Org.ID, Recipient: m.To.ID, Epoch: v.Epoch, Addr: home}
	if v != want {
		t.Errorf("Enrol: got %+v, want the recipient at home", v)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Enrolled)
	if e := c.last(t, store.Enrolled); e.Recipient != m.To.ID || e.By.Addr != home {
		t.Errorf("event: got %+v, want the recipient and the address", e)
	}
	c.wantStatus(t, m.ID, store.Unlocked)
	d := c.oneDue(t, Noon)
	if d.Kind != store.EnrolledText || d.Recipient != m.To.ID {
		t.Errorf("Due: got %s, want the notice that a password was set", d.Kind)
	}
	c.opensNumber(t, d.NumberKey, d.Number, d.Place(), Number(1))
	c.wantViewing(t, m, hash, v, Noon, nil)
}

func enrolRace(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, lost := 0, 0
	for range 50 {
		wg.Go(func() {
			_, err := c.Enrol(t.Context(), enrolment(hash), Noon)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, store.ErrConflict):
				lost++
			default:
				t.Errorf("Enrol: %v", err)
			}
		})
	}
	wg.Wait()
	if won != 1 || lost != 49 {
		t.Errorf("Enrol: %d won and %d lost, want 1 and 49", won, lost)
	}
	if got := len(c.events(t, store.EventFilter{Kind: store.Enrolled})); got != 1 {
		t.Errorf("events: got %d enrolled, want 1", got)
	}
	if due := c.due(t, Noon); len(due) != 1 {
		t.Errorf("Due: got %d notices, want 1", len(due))
	}
}

func enrolOnce(t *testing.T, c *Clinic) {
	c.enrolled(t, Number(1))
	_, hash := c.texted(t, Number(1))
	e := enrolment(hash)
	e.Password = "$argon2id$another"
	_, err := c.Enrol(t.Context(), e, Noon)
	wantError(t, "Enrol", err, store.ErrConflict)
	if got := c.link(t, hash, Noon).Password; got != phc {
		t.Error("Link: the first password was replaced")
	}
}

func enrolTooLate(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	_, err := c.Enrol(t.Context(), enrolment(hash), Noon.Add(grace+time.Second))
	wantError(t, "Enrol", err, store.ErrTooLate)
	c.wantKinds(t, m.ID, store.Accepted, store.Sent)
	if _, err := c.Enrol(t.Context(), enrolment(hash), Noon.Add(grace-time.Second)); err != nil {
		t.Errorf("Enrol within the grace: %v", err)
	}
}

func enrolGone(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	late := enrolment(hash)
	late.Grace = 2 * life
	_, err := c.Enrol(t.Context(), late, Noon.Add(life))
	wantError(t, "Enrol after the message's life", err, store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	_, err = c.Enrol(t.Context(), enrolment(hash), Noon)
	wantError(t, "Enrol after Wipe", err, store.ErrGone)
	_, err = c.Enrol(t.Context(), enrolment(token.New().Hash()), Noon)
	wantError(t, "Enrol by no such link", err, store.ErrNotFound)
}
