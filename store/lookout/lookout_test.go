package lookout_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/lookout"
	"securetext/store/merkle"
	"securetext/store/seal"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
	"securetext/store/token"
)

var noon = storetest.Noon

// tower is a clinic with somebody who goes through its log.
type tower struct {
	*storetest.Clinic
	*testing.T
	now   time.Time
	key   *merkle.Key
	look  *lookout.Lookout
	mails []string
	away  bool // the mail server is

	rehearses bool // what is sent is a test
}

func newTower(t *testing.T) *tower {
	w := &tower{T: t, now: noon, key: merkle.NewKey([32]byte{1})}
	w.Clinic = storetest.NewClinic(t, sqlitetest.Open(t, filepath.Join(t.TempDir(), "store.db")))
	w.look = w.another()
	return w
}

func (w *tower) another() *lookout.Lookout {
	w.Helper()
	l, err := lookout.New(lookout.Config{
		Store: w.Store, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Now: func() time.Time { return w.now },
		Mail: &lookout.Mail{From: "Secure Text <no-reply@msg.example>", Hostname: "msg.example", Console: "https://staff.example", Send: func(_ context.Context, to string, mail []byte) error {
			if w.away {
				return errors.New("away")
			}
			w.mails = append(w.mails, to+"\n"+string(mail))
			return nil
		}},
	})
	w.must("New", err)
	return l
}

func (w *tower) must(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// watch gives all events their places, and has them looked at.
func (w *tower) watch() {
	w.Helper()
	for {
		n, err := w.Sequence(w.Context(), 1000, w.key.Mark, w.now)
		w.must("Sequence", err)
		if n < 1000 {
			break
		}
	}
	for more := true; more; {
		var err error
		more, err = w.look.Look(w.Context())
		w.must("Look", err)
	}
}

// wants checks which alerts there are, the oldest first.
func (w *tower) wants(rules ...store.Rule) []store.Alert {
	w.Helper()
	list, err := w.Alerts(w.Context(), store.AlertFilter{Org: w.Org.ID, Limit: 1000})
	w.must("Alerts", err)
	var got []store.Rule
	for _, a := range list {
		got = append([]store.Rule{a.Rule}, got...)
	}
	if fmt.Sprint(got) != fmt.Sprint(rules) {
		w.Fatalf("alerts: got %v, want %v", got, rules)
	}
	return list
}

func (w *tower) rules(r store.AlertRules) {
	w.Helper()
	w.must("SetAlertRules", w.SetAlertRules(w.Context(), w.Org.ID, r, storetest.Ana, w.now))
}

// send stores n messages.
func (w *tower) send(n int) (all []store.Message) {
	w.Helper()
	for i := range n {
		m := w.Write(w.T, storetest.Number(i), seal.Plaintext("A secret."))
		m.Test = w.rehearses
		m.Created, m.Expires = w.now, w.now.Add(24*time.Hour)
		a := w.Acceptance(m)
		a.At = w.now
		_, err := w.Accept(w.Context(), a)
		w.must("Accept", err)
		all = append(all, m)
	}
	return all
}

func (w *tower) hire() store.Staff {
	w.Helper()
	ctx, id := w.Context(), store.NewStaffID(noon)
	i := store.Invite{Hash: token.New().Hash(), Until: w.now.Add(time.Hour)}
	s := store.Staff{ID: id, Org: w.Org.ID, Email: string(id) + "@lakeside.example", Name: "Rosa Diaz", Roles: store.AllRoles}
	w.must("AddStaff", w.AddStaff(ctx, s, i, storetest.Ana, w.now))
	s, err := w.SetUpStaff(ctx, i.Hash, store.Proofs{Password: "phc"}, storetest.Ana, w.now)
	w.must("SetUpStaff", err)
	return s
}

func from(addr string, id store.StaffID) store.Actor {
	return store.Actor{Kind: store.ByStaff, ID: string(id), Addr: netip.MustParseAddr(addr)}
}

func TestAnUnusualVolumeAlertsAgainstASendersOwnHistory(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Volume: 10, Factor: 3})
	for range 3 { // four a day is usual
		w.send(4)
		w.watch()
		w.now = w.now.AddDate(0, 0, 1)
	}
	w.send(11)
	w.watch()
	w.wants() // more than ten, and not thrice four
	w.send(1)
	w.watch()
	a := w.wants(store.UnusualVolume)[0]
	if a.Subject != string(w.Sender.ID) || a.Count != 12 {
		t.Errorf("got %+v, want the sender's twelve", a)
	}
	w.send(20)
	w.watch()
	w.wants(store.UnusualVolume) // once a day
}

func TestRefusalsAlertByWhomAndByWhere(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Refusals: 5})
	rosa := w.hire()
	fail := func(n int, addr string) {
		for range n {
			by := store.Actor{Kind: store.ByVisitor, Addr: netip.MustParseAddr(addr)}
			w.must("StaffSignInFailed", w.StaffSignInFailed(w.Context(), w.Org.ID, rosa.ID, by, w.now))
		}
	}
	fail(4, "203.0.113.5")
	w.watch()
	w.wants()
	w.now = w.now.Add(time.Hour)
	fail(4, "203.0.113.5")
	w.watch()
	w.wants() // another hour
	w.must("CredentialRefused", w.CredentialRefused(w.Context(), w.Sender.Email, "", store.Actor{Kind: store.ByVisitor, Addr: netip.MustParseAddr("203.0.113.77")}, w.now))
	fail(1, "198.51.100.1")
	w.watch()
	if a := w.wants(store.ManyRefusals)[0]; a.Subject != string(rosa.ID) || a.Count != 5 {
		t.Errorf("got %+v, want five of Rosa's", a)
	}
	fail(5, "203.0.113.99") // a block counts twice as many, whomever they were about
	w.watch()
	if a := w.wants(store.ManyRefusals, store.ManyRefusals); a[0].Subject != "203.0.113.0/24" && a[1].Subject != "203.0.113.0/24" {
		t.Errorf("got %+v, want one of the block", a)
	}
}

func TestSignInsFromNewPlacesAlert(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Places: true})
	rosa := w.hire()
	for _, visit := range []struct {
		addr string
		want []store.Rule
	}{
		{"203.0.113.5", nil}, {"203.0.113.99", nil}, // the first place, and its neighbour
		{"198.51.100.1", []store.Rule{store.NewPlace}}, {"198.51.100.7", []store.Rule{store.NewPlace}},
		{"2001:db8:1::1", []store.Rule{store.NewPlace}}, // the second that day: told already
	} {
		in := store.StaffSignIn{Org: w.Org.ID, ID: rosa.ID, Epoch: rosa.Epoch, Verified: "phc"}
		_, err := w.StaffSignedIn(w.Context(), in, from(visit.addr, rosa.ID), w.now)
		w.must("StaffSignedIn", err)
		w.watch()
		w.wants(visit.want...)
	}
	w.now = w.now.AddDate(0, 0, 1)
	in := store.StaffSignIn{Org: w.Org.ID, ID: rosa.ID, Epoch: rosa.Epoch, Verified: "phc"}
	_, err := w.StaffSignedIn(w.Context(), in, from("2001:db8:1::2", rosa.ID), w.now)
	w.must("StaffSignedIn", err)
	w.watch()
	w.wants(store.NewPlace) // known since yesterday
}

func TestManyWipesAndManyReadingsAlert(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Wipes: 3, Reading: 4})
	for _, m := range w.send(3) {
		for range 2 { // two looks of each of three patients
			v := store.Viewer{Org: w.Org.ID, Recipient: m.To.ID, Addr: netip.MustParseAddr("203.0.113.5")}
			w.must("Read", w.Read(w.Context(), m.ID, v, w.now))
		}
	}
	all := w.send(3)
	w.watch()
	w.wants()
	v := store.Viewer{Org: w.Org.ID, Recipient: all[0].To.ID, Addr: netip.MustParseAddr("203.0.113.5")}
	for range 2 {
		w.must("Read", w.Read(w.Context(), all[0].ID, v, w.now))
	}
	w.watch()
	if a := w.wants(store.BulkReading)[0]; a.Subject != string(all[0].To.ID)+" 203.0.113.5" || a.Count != 4 {
		t.Errorf("got %+v, want four looks of one patient", a)
	}
	for _, m := range all {
		w.must("Wipe", w.Wipe(w.Context(), w.Org.ID, m.ID, from("203.0.113.9", "stf_x"), w.now))
	}
	w.now = w.now.Add(time.Second)
	w.watch()
	w.wants(store.BulkReading, store.ManyWipes)
}

// A log that is gone through for the first time, or after days, raises nothing that is
// over.
func TestOldEventsAreCountedAndAlertNobody(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Volume: 2})
	w.send(5)
	w.now = w.now.AddDate(0, 0, 3)
	w.watch()
	w.wants()
	w.send(2)
	w.watch()
	w.wants(store.UnusualVolume)
}

// Of what is told by day: each message once, under the day on which it was to go out.
func TestTheDashboardsNumbers(t *testing.T) {
	w := newTower(t)
	all := w.send(3)
	w.now = w.now.Add(36 * time.Hour) // read the day after
	for range 2 {
		v := store.Viewer{Org: w.Org.ID, Recipient: all[0].To.ID}
		w.must("Read", w.Read(w.Context(), all[0].ID, v, w.now.Add(-13*time.Hour)))
	}
	w.watch()
	got, err := w.Tallies(w.Context(), store.TallyFilter{
		Org: w.Org.ID, Measures: []store.Measure{store.TallyAccepted, store.TallyRead, store.TallyReadAfter}, Since: noon.AddDate(0, 0, -1), Until: w.now,
	})
	w.must("Tallies", err)
	n, steps := map[store.Measure]int64{}, map[store.ReadStep]int64{}
	for _, one := range got {
		n[one.Measure] += one.N
		if one.Measure == store.TallyReadAfter {
			steps[store.StepFrom(one.Subject)] += one.N
		}
		if want := lookout.Day(noon, time.UTC); !one.Span.Equal(want) {
			t.Errorf("%s stands under %v, want %v", one.Measure, one.Span, want)
		}
	}
	if n[store.TallyAccepted] != 3 || n[store.TallyRead] != 1 {
		t.Errorf("counted %v, want 3 accepted and 1 read", n)
	}
	if within := store.Quantile(steps, 0.5); within < 21*time.Hour || within > 25*time.Hour {
		t.Errorf("read within %v, want about 23 h", within)
	}
}

// Tests are no deliveries, but where all is a test; they are volume.
func TestTheDashboardLeavesTestsOut(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Volume: 2})
	accepted := func() (n int64) {
		got, err := w.Tallies(w.Context(), store.TallyFilter{
			Org: w.Org.ID, Measures: []store.Measure{store.TallyAccepted}, Since: noon.AddDate(0, 0, -1), Until: noon.AddDate(0, 0, 1),
		})
		w.must("Tallies", err)
		for _, one := range got {
			n += one.N
		}
		return n
	}
	w.rehearses = true
	w.send(2)
	w.watch()
	w.wants(store.UnusualVolume)
	if n := accepted(); n != 0 {
		t.Errorf("%d tests of a live clinic are counted", n)
	}
	w.Org.Policy.Test = true
	w.must("SetOrg", w.SetOrg(w.Context(), store.OrgChange{Org: w.Org, By: storetest.Ana, At: w.now}))
	w.now = w.now.Add(time.Minute)
	w.send(3)
	w.watch()
	if n := accepted(); n != 3 {
		t.Errorf("%d messages of a test clinic are counted, want 3", n)
	}
}

func TestSeveralLookoutsCountOnce(t *testing.T) {
	w := newTower(t)
	w.send(40)
	_, err := w.Sequence(w.Context(), 1000, w.key.Mark, w.now)
	w.must("Sequence", err)
	var wg sync.WaitGroup
	for range 8 {
		l := w.another()
		wg.Go(func() {
			if _, err := l.Look(t.Context()); err != nil && !errors.Is(err, store.ErrConflict) {
				t.Errorf("Look: %v", err)
			}
		})
	}
	wg.Wait()
	got, err := w.Tallies(w.Context(), store.TallyFilter{Org: w.Org.ID, Measures: []store.Measure{store.TallyAccepted}, Since: noon.AddDate(0, 0, -1), Until: noon.AddDate(0, 0, 1)})
	w.must("Tallies", err)
	if len(got) != 1 || got[0].N != 40 {
		t.Errorf("counted %+v, want 40 once", got)
	}
}

// S24, S33: a mail holds ids and numbers, and goes until the server takes it.
func TestS33AlertsAreMailedWithoutContent(t *testing.T) {
	w := newTower(t)
	w.rules(store.AlertRules{Volume: 2, Mail: "privacy@lakeside.example"})
	w.away = true
	w.send(2)
	w.watch()
	ctx, stop := context.WithCancel(t.Context())
	run := func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.must("Run", w.look.Run(ctx))
		}()
		stop()
		<-done
		ctx, stop = context.WithCancel(t.Context())
	}
	defer func() { stop() }()
	w.look.Tell(ctx)
	w.away = false
	w.look.Tell(ctx)
	if len(w.mails) != 0 {
		t.Fatal("a mail was tried again at once")
	}
	w.now = w.now.Add(6 * time.Minute)
	w.look.Tell(ctx)
	w.look.Tell(ctx)
	if len(w.mails) != 1 {
		t.Fatalf("%d mails, want one", len(w.mails))
	}
	to, mail, _ := strings.Cut(w.mails[0], "\n")
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	w.must("read mail", err)
	for _, want := range []string{"A sender sends far more", string(w.Sender.ID), "How many: 2", "https://staff.example/alerts"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	if to != "privacy@lakeside.example" || !strings.Contains(head, "Auto-Submitted: auto-generated") {
		t.Errorf("to %q:\n%s", to, head)
	}
	for _, secret := range []string{"A secret", "+1555", "Dr Reyes"} {
		if strings.Contains(mail+string(text), secret) {
			t.Errorf("the mail has %q", secret)
		}
	}
	run() // and ends when it is told to
}
