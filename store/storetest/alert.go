package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

var alertChecks = []check{
	{"a stretch of the log counts once, whoever looks at it", observeOnce},
	{"S33: an alert is an event, once a day for each rule and subject", alertOnce},
	{"an org gets no more alerts in a day than it can read", alertsBounded},
	{"S33: an alert is taken note of once, by a person, on record", alertSeen},
	{"the mail of an alert is due while nobody took note, to one caller at a time", alertMail},
	{"an org's rules come back, and are the usual ones before", alertRulesKept},
	{"what was counted comes back by span, and hours are forgotten", talliesKept},
	{"an origin tells of a message's sender, times and first events", origins},
	{"S33: a wrong app password or key is on record where there is such a sender", credentialRefused},
}

// observe settles the next stretch of the log.
func (c *Clinic) observe(tb testing.TB, o store.Observation, now time.Time) int {
	tb.Helper()
	var err error
	o.From, err = c.LookedAt(tb.Context())
	must(tb, "LookedAt", err)
	o.To = o.From + 1
	raised, err := c.Observe(tb.Context(), o, now)
	must(tb, "Observe", err)
	return raised
}

// alerted raises an alert, and returns it.
func (c *Clinic) alerted(tb testing.TB, rule store.Rule, subject string) store.Alert {
	tb.Helper()
	a := store.Alert{ID: store.NewAlertID(Noon), Org: c.Org.ID, Rule: rule, Subject: subject, Count: 7, At: Noon}
	n := c.observe(tb, store.Observation{Alerts: []store.Alert{a}, Tallies: []store.Tally{{
		TallyKey: store.TallyKey{Org: c.Org.ID, Measure: store.TallyAccepted, Span: Noon}, N: 1,
	}}}, Noon)
	if n != 1 {
		tb.Fatalf("Observe: raised %d alerts, want 1", n)
	}
	return a
}

func (c *Clinic) alerts(tb testing.TB, f store.AlertFilter) []store.Alert {
	tb.Helper()
	f.Org = c.Org.ID
	list, err := c.Alerts(tb.Context(), f)
	must(tb, "Alerts", err)
	return list
}

func observeOnce(t *testing.T, c *Clinic) {
	key := store.TallyKey{Org: c.Org.ID, Measure: store.TallySent, Subject: "snd_x", Span: Noon}
	o := store.Observation{To: 10, Tallies: []store.Tally{{TallyKey: key, N: 3}}}
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch _, err := c.Observe(t.Context(), o, Noon); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("Observe: got error %v, want ErrConflict", err)
			}
		})
	}
	wg.Wait()
	at, err := c.LookedAt(t.Context())
	must(t, "LookedAt", err)
	got, err := c.TallyOf(t.Context(), []store.TallyKey{key})
	must(t, "TallyOf", err)
	if won.Load() != 1 || at != 10 || got[key] != 3 {
		t.Errorf("%d of 16 observed, up to %d, and counted %d; want 1, 10 and 3", won.Load(), at, got[key])
	}
}

func alertOnce(t *testing.T, c *Clinic) {
	a := c.alerted(t, store.ManyRefusals, "rcp_x 203.0.113.9")
	if d := cmp.Diff([]store.Alert{a}, c.alerts(t, store.AlertFilter{})); d != "" {
		t.Errorf("Alerts: (-want +got)\n%s", d)
	}
	e := c.last(t, store.Alerted)
	if want := string(a.ID) + " refusals rcp_x 203.0.113.9 7"; e.Detail != want || e.By.Kind != store.BySystem || e.Recipient != "rcp_x" {
		t.Errorf("event: got %+v, want %q by the service", e, want)
	}
	again := a
	again.ID, again.At = store.NewAlertID(Noon.Add(time.Hour)), Noon.Add(time.Hour)
	if n := c.observe(t, store.Observation{Alerts: []store.Alert{again}}, Noon); n != 0 {
		t.Error("the same was raised twice in a day")
	}
	again.At = Noon.Add(24 * time.Hour)
	if n := c.observe(t, store.Observation{Alerts: []store.Alert{again}}, Noon); n != 1 {
		t.Error("the same was not raised the day after")
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.Alerted})); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

func alertsBounded(t *testing.T, c *Clinic) {
	var o store.Observation
	for n := range store.MostAlerts + 10 {
		at := Noon.Add(time.Duration(n) * time.Second)
		o.Alerts = append(o.Alerts, store.Alert{ID: store.NewAlertID(at), Org: c.Org.ID, Rule: store.NewPlace, Subject: fmt.Sprint(n), At: at})
	}
	if n := c.observe(t, o, Noon); n != store.MostAlerts {
		t.Errorf("raised %d, want %d", n, store.MostAlerts)
	}
}

func alertSeen(t *testing.T, c *Clinic) {
	ctx := t.Context()
	a, rosa := c.alerted(t, store.ManyWipes, "stf_x"), c.setUp(t, "Rosa Diaz", store.RoleAuditor)
	must(t, "SeeAlert", c.SeeAlert(ctx, c.Org.ID, a.ID, staffOf(rosa), Noon.Add(time.Minute)))
	wantError(t, "SeeAlert again", c.SeeAlert(ctx, c.Org.ID, a.ID, staffOf(rosa), Noon), store.ErrConflict)
	wantError(t, "SeeAlert of none", c.SeeAlert(ctx, c.Org.ID, store.NewAlertID(Noon), staffOf(rosa), Noon), store.ErrNotFound)
	got := c.alerts(t, store.AlertFilter{ID: a.ID})
	if len(got) != 1 || got[0].SeenBy != rosa.ID || !got[0].Seen.Equal(Noon.Add(time.Minute)) {
		t.Errorf("Alerts: got %+v, want one that Rosa saw", got)
	}
	if e := c.last(t, store.AlertSeen); e.By != staffOf(rosa) || e.Detail != string(a.ID) {
		t.Errorf("event: got %+v", e)
	}
	if n := len(c.alerts(t, store.AlertFilter{Open: true})); n != 0 {
		t.Errorf("%d are open, want none", n)
	}
}

func alertMail(t *testing.T, c *Clinic) {
	ctx := t.Context()
	due := func(at time.Time) []store.DueAlert {
		list, err := c.DueAlerts(ctx, 10, time.Minute, at)
		must(t, "DueAlerts", err)
		return list
	}
	c.alerted(t, store.ManyWipes, "before there was an address")
	r := store.DefaultAlertRules
	r.Mail = "privacy@lakeside.example"
	must(t, "SetAlertRules", c.SetAlertRules(ctx, c.Org.ID, r, Ana, Noon))
	told, seen := c.alerted(t, store.ManyWipes, "stf_x"), c.alerted(t, store.ManyWipes, "stf_y")
	if got := due(Noon); len(got) != 2 || got[0].To != r.Mail {
		t.Fatalf("DueAlerts: got %+v, want both", got)
	}
	if got := due(Noon); len(got) != 0 {
		t.Errorf("DueAlerts: another got %d that are claimed", len(got))
	}
	must(t, "AlertTold", c.AlertTold(ctx, told.ID))
	must(t, "SeeAlert", c.SeeAlert(ctx, c.Org.ID, seen.ID, Ana, Noon))
	if got := due(Noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("DueAlerts: got %d, want none of those that were told or seen", len(got))
	}
}

func alertRulesKept(t *testing.T, c *Clinic) {
	ctx := t.Context()
	got, err := c.AlertRules(ctx, c.Org.ID)
	must(t, "AlertRules", err)
	if got != store.DefaultAlertRules {
		t.Errorf("AlertRules: got %+v, want the usual ones", got)
	}
	want := store.AlertRules{Mail: "privacy@lakeside.example", Volume: 1, Factor: 2, Refusals: 3, Reading: 4, Wipes: 5}
	for _, w := range []store.AlertRules{store.DefaultAlertRules, want} {
		must(t, "SetAlertRules", c.SetAlertRules(ctx, c.Org.ID, w, Ana, Noon))
	}
	if got, err = c.AlertRules(ctx, c.Org.ID); err != nil || got != want {
		t.Errorf("AlertRules: got %+v, %v, want %+v", got, err, want)
	}
	if e := c.last(t, store.AlertRulesSet); e.By != Ana || e.Detail != "mail=true volume=1 factor=2 refusals=3 places=false reading=4 wipes=5" {
		t.Errorf("event: got %+v", e)
	}
}

func talliesKept(t *testing.T, c *Clinic) {
	at := func(what store.Measure, subject string, span time.Time, n int64) store.Tally {
		return store.Tally{TallyKey: store.TallyKey{Org: c.Org.ID, Measure: what, Subject: subject, Span: span}, N: n}
	}
	day := Noon.AddDate(0, 0, -3)
	kept := []store.Tally{at(store.TallyFailed, "landline", day, 2), at(store.TallySent, "snd_x", day, 1)}
	c.observe(t, store.Observation{Tallies: append([]store.Tally{at(store.TallyRefused, "rcp_x", day, 5)}, kept...)}, day)
	c.observe(t, store.Observation{Tallies: kept}, Noon)
	kept[0].N, kept[1].N = 4, 2
	got, err := c.Tallies(t.Context(), store.TallyFilter{
		Org: c.Org.ID, Measures: []store.Measure{store.TallyFailed, store.TallySent, store.TallyRefused}, Since: day, Until: Noon,
	})
	must(t, "Tallies", err)
	if d := cmp.Diff(kept, got); d != "" {
		t.Errorf("Tallies: (-want +got)\n%s", d)
	}
	got, err = c.Tallies(t.Context(), store.TallyFilter{
		Org: c.Org.ID, Measures: []store.Measure{store.TallySent}, Subject: "snd_x", Since: day, Until: day.Add(time.Second),
	})
	if err != nil || len(got) != 1 {
		t.Errorf("Tallies of one subject and span: got %v, %v", got, err)
	}
}

func origins(t *testing.T, c *Clinic) {
	m, _, v := c.enrolled(t, Number(1))
	for range 2 {
		must(t, "Read", c.Read(t.Context(), m.ID, v, Noon))
	}
	got, err := c.Origins(t.Context(), []store.MessageID{m.ID, store.NewMessageID(Noon)})
	must(t, "Origins", err)
	first := c.events(t, store.EventFilter{Message: m.ID, Kind: store.Read})[0].Seq
	if o := got[m.ID]; len(got) != 1 || o.Sender != c.Sender.ID || !o.Created.Equal(Noon) || o.First[store.Read] != first || o.First[store.Failed] != 0 {
		t.Errorf("Origins: got %+v, want the sender's, first read at %d", got, first)
	}
}

func credentialRefused(t *testing.T, c *Clinic) {
	ctx, by := t.Context(), store.Actor{Kind: store.ByVisitor, Addr: home}
	key := store.APIKey{ID: store.NewKeyID(Noon), Org: c.Org.ID, Sender: c.Sender.ID, Hash: store.HashSecret("k")}
	must(t, "AddAPIKey", c.AddAPIKey(ctx, key, Ana, Noon))
	must(t, "CredentialRefused", c.CredentialRefused(ctx, c.Sender.Email, "", by, Noon))
	must(t, "CredentialRefused", c.CredentialRefused(ctx, "", key.ID, by, Noon))
	must(t, "CredentialRefused of nobody", c.CredentialRefused(ctx, "nobody@lakeside.example", "", by, Noon))
	must(t, "CredentialRefused of no key", c.CredentialRefused(ctx, "", store.NewKeyID(Noon), by, Noon))
	got := c.events(t, store.EventFilter{Org: c.Org.ID, Kind: store.CredentialRefused})
	if len(got) != 2 || got[0].Detail != string(c.Sender.ID) || got[1].Detail != string(c.Sender.ID)+" "+string(key.ID) || got[0].By != by {
		t.Errorf("events: got %+v, want one of the sender's and one of the key's", got)
	}
}
