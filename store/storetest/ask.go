package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
)

var askChecks = []check{
	{"S32: an ask to wipe is for exactly the messages that were there", askExactly},
	{"S32: messages are selected by sender, recipient, days and references", askSelects},
	{"S32: two admins are needed, and neither may be suspended or demoted meanwhile", askTwo},
	{"S32: an admin counts by whatever they sign in, once they are set up", askSetUp},
	{"S32: of 32 who approve at once one does", askRace},
	{"S32: an ask is withdrawn by who asked, and not once it is approved", askWithdrawn},
	{"S32: nobody approves after a day", askTooLate},
	{"S22: a wipe of many goes in steps, once, whoever works", askWiped},
	{"S22: what is put on hold after it was asked for stays, and is counted", askHeld},
	{"S33: what an emergency opens is shown to the asker alone, for a while, on record", askOpened},
	{"S33: an emergency is told, however many alerts there were", askTold},
}

// pair are two admins: who asks and who approves.
func (c *Clinic) pair(tb testing.TB) (asks, approves store.Staff) {
	tb.Helper()
	return c.setUp(tb, "Rosa Diaz", store.RoleAdmin), c.setUp(tb, "Tom Lee", store.RoleSender, store.RoleAdmin)
}

func (c *Clinic) askedToWipe(tb testing.TB, s store.Selection, by store.Staff) store.Ask {
	tb.Helper()
	a := store.Ask{ID: store.NewAskID(Noon), Org: c.Org.ID, Reason: "wrong_recipient", Reference: "T-17"}
	a, err := c.AskToWipe(tb.Context(), a, s, staffOf(by), Noon)
	must(tb, "AskToWipe", err)
	return a
}

func (c *Clinic) askedToRead(tb testing.TB, id store.MessageID, by store.Staff) store.Ask {
	tb.Helper()
	a, err := c.AskToRead(tb.Context(), store.Ask{ID: store.NewAskID(Noon), Org: c.Org.ID, Message: id, Reason: "safety"}, staffOf(by), Noon)
	must(tb, "AskToRead", err)
	return a
}

func (c *Clinic) approve(a store.Ask, by store.Staff, at time.Time) error {
	return c.Approve(context.Background(), c.Org.ID, a.ID, a.Digest, staffOf(by), at)
}

func (c *Clinic) ask(tb testing.TB, id store.AskID) store.Ask {
	tb.Helper()
	a, err := c.Ask(tb.Context(), c.Org.ID, id)
	must(tb, "Ask", err)
	return a
}

func askExactly(t *testing.T, c *Clinic) {
	rosa, _ := c.pair(t)
	all := c.accept(t, Number(1), Number(2), Number(3))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, all[1].ID, Ana, Noon))
	c.Neighbour(t).accept(t, Number(1))
	a := c.askedToWipe(t, store.Selection{Sender: c.Sender.ID}, rosa)
	c.accept(t, Number(4)) // later
	want := []store.MessageID{all[0].ID, all[2].ID}
	slices.Sort(want)
	got, err := c.AskedMessages(t.Context(), c.Org.ID, a.ID, "", 10)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("AskedMessages: got %v, %v, want %v", got, err, want)
	}
	if rest, err := c.AskedMessages(t.Context(), c.Org.ID, a.ID, want[0], 10); err != nil || !slices.Equal(rest, want[1:]) {
		t.Errorf("AskedMessages after the first: got %v, %v", rest, err)
	}
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(string(want[0])+"\n"+string(want[1])+"\n")))
	if stored := c.ask(t, a.ID); a.Digest != digest || stored != a || a.Count != 2 {
		t.Errorf("Ask: got %+v, want %+v of digest %s", stored, a, digest)
	}
	e := c.last(t, store.WipeAsked)
	if e.By != staffOf(rosa) || e.Detail != string(a.ID)+" wrong_recipient T-17 n=2 sha256="+digest {
		t.Errorf("event: got %+v", e)
	}
	if list, err := c.Asks(t.Context(), c.Org.ID, 10); err != nil || len(list) != 1 || list[0] != a {
		t.Errorf("Asks: got %+v, %v", list, err)
	}
}

func askSelects(t *testing.T, c *Clinic) {
	ctx := t.Context()
	rosa, _ := c.pair(t)
	all := c.accept(t, Number(1), Number(2), Number(1))
	late := c.Write(t, Number(3), nil)
	late.ID, late.Created, late.Reference = store.NewMessageID(Noon.Add(24*time.Hour)), Noon.Add(24*time.Hour), "lab:9"
	a := c.Acceptance(late)
	a.At = late.Created
	c.mustAccept(t, a)
	for _, s := range []struct {
		name string
		by   store.Selection
		want int
	}{
		{"sender", store.Selection{Sender: c.Sender.ID}, 4},
		{"recipient", store.Selection{Recipient: all[0].To.ID}, 2},
		{"since", store.Selection{Since: Noon.Add(time.Hour)}, 1},
		{"until", store.Selection{Until: Noon.Add(time.Hour)}, 3},
		{"references", store.Selection{References: []string{"lab:9", "nothing"}}, 1},
		{"recipient and until", store.Selection{Recipient: all[1].To.ID, Until: Noon.Add(time.Hour)}, 1},
	} {
		if got := c.askedToWipe(t, s.by, rosa); got.Count != s.want {
			t.Errorf("%s: %d messages, want %d", s.name, got.Count, s.want)
		}
	}
	try := func(s store.Selection) error {
		_, err := c.AskToWipe(ctx, store.Ask{ID: store.NewAskID(Noon), Org: c.Org.ID}, s, staffOf(rosa), Noon)
		return err
	}
	wantError(t, "AskToWipe of all", try(store.Selection{}), store.ErrConflict)
	wantError(t, "AskToWipe of none", try(store.Selection{Sender: "snd_x"}), store.ErrNotFound)
	_, err := c.AskToWipe(ctx, store.Ask{ID: store.NewAskID(Noon), Org: c.Org.ID}, store.Selection{Sender: c.Sender.ID}, staffOf(c.setUp(t, "No Admin", store.RoleAuditor)), Noon)
	wantError(t, "AskToWipe by an auditor", err, store.ErrConflict)
}

func askTwo(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	rosa, tom := c.pair(t)
	m := c.accept(t, Number(1))[0]
	for name, change := range map[string]struct{ off, on func() error }{
		"the asker is suspended": {
			func() error { return c.SuspendStaff(ctx, org, rosa.ID, true, Ana, Noon) }, func() error { return c.SuspendStaff(ctx, org, rosa.ID, false, Ana, Noon) }},
		"the approver is suspended": {
			func() error { return c.SuspendStaff(ctx, org, tom.ID, true, Ana, Noon) }, func() error { return c.SuspendStaff(ctx, org, tom.ID, false, Ana, Noon) }},
		"the asker is no admin": {
			func() error { return c.SetRoles(ctx, org, rosa.ID, []store.Role{store.RoleAuditor}, Ana, Noon) },
			func() error { return c.SetRoles(ctx, org, rosa.ID, []store.Role{store.RoleAdmin}, Ana, Noon) }},
		"the approver is no admin": {
			func() error { return c.SetRoles(ctx, org, tom.ID, nil, Ana, Noon) }, func() error { return c.SetRoles(ctx, org, tom.ID, []store.Role{store.RoleAdmin}, Ana, Noon) }},
	} {
		a := c.askedToRead(t, m.ID, rosa)
		must(t, name, change.off())
		wantError(t, "Approve while "+name, c.approve(a, tom, Noon), store.ErrConflict)
		must(t, name, change.on())
		must(t, "Approve", c.approve(a, tom, Noon))
		must(t, name, change.off())
		_, err := c.OpenAsked(ctx, org, a.ID, staffOf(rosa), Noon)
		wantError(t, "OpenAsked while "+name, err, store.ErrConflict)
		must(t, name, change.on())
	}
	a := c.askedToWipe(t, store.Selection{Sender: c.Sender.ID}, rosa)
	wantError(t, "Approve of one's own", c.approve(a, rosa, Noon), store.ErrConflict)
	other := a
	other.Digest = strings.Repeat("0", 64)
	wantError(t, "Approve of other messages", c.approve(other, tom, Noon), store.ErrConflict)
	if n := len(c.events(t, store.EventFilter{Kind: store.WipeApproved})); n != 0 {
		t.Errorf("%d events that a wipe was approved", n)
	}
}

func askSetUp(t *testing.T, c *Clinic) {
	ctx, m := t.Context(), c.accept(t, Number(1))[0]
	vouched := func(name string) store.Staff { return c.vouchedIn(t, name+"@lakeside.example", store.RoleAdmin) }
	rosa, tom := vouched("rosa"), vouched("tom")
	a := c.askedToRead(t, m.ID, rosa)
	must(t, "Approve by whom the provider vouches for", c.approve(a, tom, Noon))
	open := func() error {
		_, err := c.OpenAsked(ctx, c.Org.ID, a.ID, staffOf(rosa), Noon)
		return err
	}
	must(t, "OpenAsked", open())
	c.withStaffPasskey(t, rosa, 1, 0)
	c.withStaffPasskey(t, tom, 2, 0)
	must(t, "RemoveProvider", c.RemoveProvider(ctx, c.Org.ID, Ana, Noon))
	must(t, "OpenAsked by those who have a passkey alone", open())
	must(t, "InviteStaff", c.InviteStaff(ctx, c.Org.ID, tom.ID, newInvite(Noon), Ana, Noon))
	wantError(t, "OpenAsked when who approved has to set up anew", open(), store.ErrConflict)
}

func askRace(t *testing.T, c *Clinic) {
	rosa, tom := c.pair(t)
	c.accept(t, Number(1), Number(2))
	a := c.askedToWipe(t, store.Selection{Sender: c.Sender.ID}, rosa)
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			switch err := c.approve(a, tom, Noon); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("Approve: got error %v, want ErrConflict", err)
			}
		})
	}
	wg.Wait()
	if n := len(c.events(t, store.EventFilter{Kind: store.WipeApproved})); won.Load() != 1 || n != 1 {
		t.Errorf("%d approved, %d events, want one each", won.Load(), n)
	}
	var wiped atomic.Int64
	for range 8 {
		wg.Go(func() {
			n, err := c.WipeAsked(t.Context(), 10, Noon)
			if err != nil {
				t.Errorf("WipeAsked: %v", err)
			}
			wiped.Add(int64(n))
		})
	}
	wg.Wait()
	if n := len(c.events(t, store.EventFilter{Kind: store.Wiped})); wiped.Load() != 2 || n != 2 || len(c.events(t, store.EventFilter{Kind: store.BulkWiped})) != 1 {
		t.Errorf("%d wiped, %d events, want two each, and one of the whole", wiped.Load(), n)
	}
}

func askWithdrawn(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	rosa, tom := c.pair(t)
	m := c.accept(t, Number(1))[0]
	a := c.askedToRead(t, m.ID, rosa)
	wantError(t, "Withdraw another's", c.Withdraw(ctx, org, a.ID, staffOf(tom), Noon), store.ErrConflict)
	must(t, "Withdraw", c.Withdraw(ctx, org, a.ID, staffOf(rosa), Noon))
	if e := c.last(t, store.AskEnded); e.By != staffOf(rosa) || e.Detail != string(a.ID) {
		t.Errorf("event: got %+v", e)
	}
	wantError(t, "Approve what was withdrawn", c.approve(a, tom, Noon), store.ErrConflict)
	again := c.askedToRead(t, m.ID, rosa)
	must(t, "Approve", c.approve(again, tom, Noon))
	wantError(t, "Withdraw what was approved", c.Withdraw(ctx, org, again.ID, staffOf(rosa), Noon), store.ErrConflict)
}

func askTooLate(t *testing.T, c *Clinic) {
	rosa, tom := c.pair(t)
	m := c.accept(t, Number(1))[0]
	a := c.askedToRead(t, m.ID, rosa)
	wantError(t, "Approve after a day", c.approve(a, tom, Noon.Add(store.AskLife)), store.ErrGone)
	must(t, "Approve within it", c.approve(a, tom, Noon.Add(store.AskLife-time.Second)))
}

func askWiped(t *testing.T, c *Clinic) {
	ctx := t.Context()
	rosa, tom := c.pair(t)
	all := c.accept(t, Number(1), Number(2), Number(3), Number(4), Number(5))
	a := c.askedToWipe(t, store.Selection{Sender: c.Sender.ID}, rosa)
	later := c.accept(t, Number(6))[0]
	if n, err := c.WipeAsked(ctx, 2, Noon); n != 0 || err != nil {
		t.Errorf("WipeAsked before it was approved: got %d, %v", n, err)
	}
	must(t, "Approve", c.approve(a, tom, Noon))
	must(t, "Wipe", c.Wipe(ctx, c.Org.ID, all[4].ID, Ana, Noon)) // meanwhile
	var got []int
	for range 4 {
		n, err := c.WipeAsked(ctx, 2, Noon.Add(time.Minute))
		must(t, "WipeAsked", err)
		got = append(got, n)
		if p := c.ask(t, a.ID).Progress; p.Done() != min(5, 2*len(got)) {
			t.Errorf("Ask: got %+v after %v", p, got)
		}
	}
	done := c.ask(t, a.ID)
	if !slices.Equal(got, []int{2, 2, 1, 0}) || done.State != store.AskDone || done.Progress != (store.AskProgress{Wiped: 4, Gone: 1}) {
		t.Errorf("WipeAsked: got %v, and %+v", got, done)
	}
	for _, m := range all[:4] {
		if info := c.info(t, m.ID); info.Wiped.IsZero() {
			t.Errorf("%s was not wiped", m.ID)
		}
	}
	if e := c.last(t, store.Wiped); e.By.ID != string(tom.ID) {
		t.Errorf("event: got %+v, want one by who approved", e)
	}
	if e := c.last(t, store.BulkWiped); !strings.HasPrefix(e.Detail, string(a.ID)+" wiped=4 on_hold=0 gone=1 sha256="+a.Digest) {
		t.Errorf("event: got %+v", e)
	}
	if info := c.info(t, later.ID); !info.Wiped.IsZero() {
		t.Error("a message that came later was wiped")
	}
}

func askHeld(t *testing.T, c *Clinic) {
	ctx := t.Context()
	rosa, tom := c.pair(t)
	all := c.accept(t, Number(1), Number(2), Number(3), Number(3))
	a := c.askedToWipe(t, store.Selection{Sender: c.Sender.ID}, rosa)
	id := c.hold(t, store.Hold{Message: all[0].ID})
	must(t, "Approve", c.approve(a, tom, Noon))
	c.hold(t, store.Hold{Recipient: all[2].To.ID}) // between two steps, or before the first
	for range 3 {
		_, err := c.WipeAsked(ctx, 2, Noon.Add(time.Minute))
		must(t, "WipeAsked", err)
	}
	c.lift(t, id, Noon) // which is for another ask
	if n, err := c.WipeAsked(ctx, 2, Noon.Add(time.Minute)); n != 0 || err != nil {
		t.Errorf("WipeAsked once it is done: got %d, %v", n, err)
	}
	if done := c.ask(t, a.ID); done.State != store.AskDone || done.Progress != (store.AskProgress{Wiped: 1, OnHold: 3}) {
		t.Errorf("Ask: got %+v", done)
	}
	for i, m := range all {
		if wiped := !c.info(t, m.ID).Wiped.IsZero(); wiped != (i == 1) {
			t.Errorf("message %d: wiped is %t", i, wiped)
		}
	}
	if e := c.last(t, store.BulkWiped); !strings.HasPrefix(e.Detail, string(a.ID)+" wiped=1 on_hold=3 gone=0 sha256="+a.Digest) {
		t.Errorf("event: got %+v", e)
	}
}

func askOpened(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	rosa, tom := c.pair(t)
	m := c.accept(t, Number(1))[0]
	a := c.askedToRead(t, m.ID, rosa)
	open := func(by store.Staff, at time.Time) error {
		got, err := c.OpenAsked(ctx, org, a.ID, staffOf(by), at)
		if err == nil {
			c.opens(t, got, "Your result is ready.")
		}
		return err
	}
	wantError(t, "OpenAsked before it was approved", open(rosa, Noon), store.ErrConflict)
	must(t, "Approve", c.approve(a, tom, Noon))
	wantError(t, "OpenAsked by who approved", open(tom, Noon), store.ErrConflict)
	must(t, "OpenAsked", open(rosa, Noon))
	must(t, "OpenAsked again", open(rosa, Noon.Add(store.EmergencyLife-time.Second)))
	wantError(t, "OpenAsked too late", open(rosa, Noon.Add(store.EmergencyLife)), store.ErrGone)
	c.wantKinds(t, m.ID, store.Accepted, store.EmergencyAsked, store.EmergencyApproved, store.EmergencyOpened, store.EmergencyOpened)
	if e := c.last(t, store.EmergencyOpened); e.By != staffOf(rosa) || e.Recipient != m.To.ID || e.Detail != string(a.ID)+" safety" {
		t.Errorf("event: got %+v", e)
	}
	if all := c.events(t, store.EventFilter{Org: org, Person: string(a.ID)}); len(all) != 4 || all[0].Kind != store.EmergencyAsked {
		t.Errorf("Events of the ask: got %+v, want four", all)
	}
	gone := c.accept(t, Number(2))[0]
	must(t, "Wipe", c.Wipe(ctx, org, gone.ID, Ana, Noon))
	_, err := c.AskToRead(ctx, store.Ask{ID: store.NewAskID(Noon), Org: org, Message: gone.ID}, staffOf(rosa), Noon)
	wantError(t, "AskToRead of what is gone", err, store.ErrNotFound)
}

func askTold(t *testing.T, c *Clinic) {
	var o store.Observation
	for n := range store.MostAlerts {
		o.Alerts = append(o.Alerts, store.Alert{ID: store.NewAlertID(Noon), Org: c.Org.ID, Rule: store.NewPlace, Subject: fmt.Sprint(n), At: Noon})
	}
	c.observe(t, o, Noon)
	rosa, tom := c.pair(t)
	a := c.askedToRead(t, c.accept(t, Number(1))[0].ID, rosa)
	must(t, "Approve", c.approve(a, tom, Noon))
	for _, one := range c.alerts(t, store.AlertFilter{Limit: 1000}) {
		if one.Rule == store.Emergency && one.Subject == string(a.ID) {
			return
		}
	}
	t.Error("nobody is alerted")
}
