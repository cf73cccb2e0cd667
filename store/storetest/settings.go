package storetest

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
)

var settingsChecks = []check{
	{"settings are replaced as a whole, each time as a version", settingsReplaced},
	{"of two who change settings at once, one is told", settingsConflict},
	{"settings that are as they were make no version", settingsSame},
	{"versions are listed a page at a time", settingsPaged},
	{"S33 the event of a change names settings, and holds no value", settingsNamed},
	{"every setting is one that a version tells", settingsAll},
	{"a logo is the org's, and stays when it is taken away", logoStays},
	{"reach counts what can be read and what waits", reachCounts},
	{"whom messages went to since", writtenSince},
}

// A settler changes the settings of orgs.
type settler interface {
	store.Rules
	store.Directory
}

// SetPolicy replaces an org's policy whatever it was, and returns the org.
func SetPolicy(tb testing.TB, s settler, id store.OrgID, p store.Policy) store.Org {
	tb.Helper()
	o, err := s.Org(tb.Context(), id)
	must(tb, "Org", err)
	o.Policy = p
	must(tb, "SetOrg", s.SetOrg(tb.Context(), store.OrgChange{Org: o, By: Ana, At: Noon}))
	o, err = s.Org(tb.Context(), id)
	must(tb, "Org", err)
	return o
}

// change replaces settings of the clinic's.
func (c *Clinic) change(tb testing.TB, at time.Time, f func(*store.Org)) store.Org {
	tb.Helper()
	o, err := c.Store.Org(tb.Context(), c.Org.ID)
	must(tb, "Org", err)
	f(&o)
	must(tb, "SetOrg", c.SetOrg(tb.Context(), store.OrgChange{Org: o, By: Ana, At: at}))
	o.Version++
	return o
}

func (c *Clinic) versions(tb testing.TB, before int64, limit int) []store.OrgVersion {
	tb.Helper()
	list, err := c.OrgVersions(tb.Context(), c.Org.ID, before, limit)
	must(tb, "OrgVersions", err)
	return list
}

func settingsReplaced(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	first := c.change(t, Noon.Add(time.Hour), func(o *store.Org) {
		o.Name, o.SMSName, o.Phone, o.Region, o.Lang, o.Life = "Bay Clinic", "Bay", "555-0199", "CA", "fr", 72*time.Hour
	})
	second := c.change(t, Noon.Add(2*time.Hour), func(o *store.Org) { o.Policy = texting })
	c.wantOrg(t, second)
	n.wantOrg(t, n.Org)
	want := []store.OrgVersion{
		{Org: second, By: Ana, At: Noon.Add(2 * time.Hour)}, {Org: first, By: Ana, At: Noon.Add(time.Hour)}, {Org: c.Org, By: Ana, At: Noon},
	}
	if d := cmp.Diff(want, c.versions(t, 0, 10), cmp.Comparer(sameActor)); d != "" {
		t.Errorf("OrgVersions: (-want +got)\n%s", d)
	}
}

func sameActor(a, b store.Actor) bool { return a == b }

func settingsConflict(t *testing.T, c *Clinic) {
	const many = 8
	var all sync.WaitGroup
	errs := make([]error, many)
	for i := range many {
		o := c.Org
		o.Policy.Daily = i + 1
		all.Go(func() { errs[i] = c.SetOrg(t.Context(), store.OrgChange{Org: o, By: Ana, At: Noon}) })
	}
	all.Wait()
	var won []int
	for i, err := range errs {
		switch {
		case err == nil:
			won = append(won, i+1)
		case !errors.Is(err, store.ErrConflict):
			t.Errorf("SetOrg: %v, want ErrConflict", err)
		}
	}
	o, err := c.Store.Org(t.Context(), c.Org.ID)
	must(t, "Org", err)
	if len(won) != 1 || o.Policy.Daily != won[0] || o.Version != 1 || len(c.versions(t, 0, 10)) != 2 {
		t.Errorf("of %d at once %v were taken, and version %d says %d", many, won, o.Version, o.Policy.Daily)
	}
	wantError(t, "SetOrg behind the times", c.SetOrg(t.Context(), store.OrgChange{Org: c.Org, By: Ana, At: Noon}), store.ErrConflict)
	o.Version++
	wantError(t, "SetOrg ahead of the times", c.SetOrg(t.Context(), store.OrgChange{Org: o, By: Ana, At: Noon}), store.ErrConflict)
}

func settingsSame(t *testing.T, c *Clinic) {
	before := c.count(t)
	o := c.Org
	o.Policy.Confirm, o.Policy.StepUp, o.Policy.Countries = "", "", []string{}
	must(t, "SetOrg", c.SetOrg(t.Context(), store.OrgChange{Org: o, By: Ana, At: Noon}))
	c.wantOrg(t, c.Org)
	if n := c.count(t); n != before || len(c.versions(t, 0, 10)) != 1 {
		t.Errorf("%d events were written, and there are %d versions", n-before, len(c.versions(t, 0, 10)))
	}
	o.ID = store.NewOrgID(Noon)
	wantError(t, "SetOrg of no such org", c.SetOrg(t.Context(), store.OrgChange{Org: o, By: Ana, At: Noon}), store.ErrNotFound)
}

func settingsPaged(t *testing.T, c *Clinic) {
	for i := range 5 {
		c.change(t, Noon.Add(time.Duration(i)*time.Minute), func(o *store.Org) { o.Policy.Daily = i + 1 })
	}
	var seen []int64
	for before := int64(0); ; {
		page := c.versions(t, before, 2)
		for _, v := range page {
			seen = append(seen, v.Org.Version)
			before = v.Org.Version
		}
		if len(page) < 2 || before == 0 {
			break
		}
	}
	if want := []int64{5, 4, 3, 2, 1, 0}; !reflect.DeepEqual(seen, want) {
		t.Errorf("pages: got %v, want %v", seen, want)
	}
}

func settingsNamed(t *testing.T, c *Clinic) {
	c.change(t, Noon, func(o *store.Org) {
		o.Policy = texting
		o.Name, o.Phone = "Bay Clinic", "555-0199"
	})
	e := c.last(t, store.PolicySet)
	if want := "version=1 hook name passcode_hint phone quiet remind templates test texts time_zone"; e.Detail != want || e.By != Ana {
		t.Errorf("event: got %q by %v", e.Detail, e.By)
	}
	for _, value := range []string{"s3cret", "chart number", "news for you", "Bay", "0199", "Chicago"} {
		if strings.Contains(e.Detail, value) {
			t.Errorf("the event holds %q", value)
		}
	}
}

// settingsAll sets every field of an org's settings, also those that are added one
// day, and looks whether the difference is told.
func settingsAll(t *testing.T, c *Clinic) {
	fields := 0
	for _, at := range []func(*store.Org) reflect.Value{
		func(o *store.Org) reflect.Value { return reflect.ValueOf(o).Elem() },
		func(o *store.Org) reflect.Value { return reflect.ValueOf(&o.Policy).Elem() },
	} {
		var none store.Org
		for i := range at(&none).NumField() {
			field := at(&none).Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "-" || name == "policy" {
				continue
			}
			var one store.Org
			filled(at(&one).Field(i))
			if got := store.Changed(none, one); !reflect.DeepEqual(got, []string{name}) || name == "" {
				t.Errorf("%s: Changed tells %q, want %q", field.Name, got, name)
			}
			fields++
		}
	}
	if fields < 20 {
		t.Errorf("only %d settings were found", fields)
	}
}

// filled puts something into a field.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Struct:
		filled(v.Field(0))
	}
}

// withLogo is the clinic with a logo.
func (c *Clinic) withLogo(tb testing.TB) store.Org {
	tb.Helper()
	o, err := c.Store.Org(tb.Context(), c.Org.ID)
	must(tb, "Org", err)
	o.Logo = store.Logo{ID: store.NewLogoID(Noon), Width: 120, Height: 40}
	must(tb, "SetOrg", c.SetOrg(tb.Context(), store.OrgChange{Org: o, Picture: &store.Picture{Type: "image/png", Data: []byte("a picture")}, By: Ana, At: Noon}))
	o.Version++
	return o
}

func logoStays(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	if l := c.link(t, hash, Noon); l.OrgLogo != (store.Logo{}) {
		t.Errorf("Link: got a logo, %+v", l.OrgLogo)
	}
	o := c.withLogo(t)
	c.wantOrg(t, o)
	if l := c.link(t, hash, Noon); l.OrgLogo != o.Logo {
		t.Errorf("Link: got the logo %+v, want %+v", l.OrgLogo, o.Logo)
	}
	c.wantPicture(t, o.Logo.ID)
	c.change(t, Noon, func(o *store.Org) { o.Logo = store.Logo{} })
	c.wantPicture(t, o.Logo.ID)
	back := c.change(t, Noon, func(now *store.Org) { now.Logo = o.Logo })
	c.wantOrg(t, back)
	_, err := c.Logo(t.Context(), store.NewLogoID(Noon))
	wantError(t, "Logo of no such id", err, store.ErrNotFound)
	back.Logo.ID = store.NewLogoID(Noon)
	wantError(t, "SetOrg with a logo that is not there", c.SetOrg(t.Context(), store.OrgChange{Org: back, By: Ana, At: Noon}), store.ErrNotFound)
}

func (c *Clinic) wantPicture(tb testing.TB, id store.LogoID) {
	tb.Helper()
	p, err := c.Logo(tb.Context(), id)
	must(tb, "Logo", err)
	if p.Type != "image/png" || string(p.Data) != "a picture" {
		tb.Errorf("Logo: got %s of %d bytes", p.Type, len(p.Data))
	}
}

func reachCounts(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	n.accept(t, Number(1))
	c.texted(t, Number(1))
	wiped := c.accept(t, Number(2))[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	c.accept(t, Number(3))
	for at, want := range map[time.Time]store.Reach{Noon: {Live: 2, Waiting: 1}, Noon.Add(life): {Waiting: 1}} {
		got, err := c.Reach(t.Context(), c.Org.ID, at)
		must(t, "Reach", err)
		if got != want {
			t.Errorf("Reach at %v: got %+v, want %+v", at, got, want)
		}
	}
}

func writtenSince(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	n.accept(t, Number(5))
	for i, number := range []string{Number(1), Number(2), Number(1)} {
		m := c.Write(t, number, seal.Plaintext("x"))
		at := Noon.Add(time.Duration(i) * time.Hour)
		m.ID, m.Created = store.NewMessageID(at), at
		c.mustAccept(t, c.Acceptance(m))
	}
	for since, want := range map[time.Time]int{{}: 2, Noon.Add(time.Hour): 2, Noon.Add(2 * time.Hour): 1, Noon.Add(3 * time.Hour): 0} {
		got, err := c.Written(t.Context(), c.Org.ID, since)
		must(t, "Written", err)
		if len(got) != want {
			t.Errorf("Written since %v: got %d, want %d", since, len(got), want)
		}
	}
}
