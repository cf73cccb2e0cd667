package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

var policyChecks = []check{
	{"an org is added with its policy, and another replaces it", policyReplaced},
	{"usage counts what one org had taken in since", usageCounts},
}

func policyReplaced(t *testing.T, c *Clinic) {
	o := c.Org
	o.ID, o.Policy = store.NewOrgID(Noon), store.Policy{
		Confirm: store.ConfirmAlways, Daily: 500, Countries: []string{"US", "CA"}, StepUp: store.StepUpNewDevice,
	}
	must(t, "AddOrg", c.AddOrg(t.Context(), o, sealtest.OrgKey(t, c.Keys, o.ID, 1), Ana, Noon))
	for _, p := range []store.Policy{
		o.Policy,
		{Confirm: store.ConfirmFailure, Countries: []string{"MX"}, StepUp: store.StepUpAlways, CodeFirst: true, Passcode: true, Reply: true, Ack: store.AckChoices, Keep: 3650 * 24 * time.Hour},
		texting,
		{Confirm: store.ConfirmNone, Daily: 1, StepUp: store.StepUpNever},
	} {
		o = SetPolicy(t, c.Store, o.ID, p)
		c.wantOrg(t, o)
	}
	o = SetPolicy(t, c.Store, o.ID, store.Policy{})
	o.Policy = store.Policy{Confirm: store.ConfirmNone, StepUp: store.StepUpNever}
	c.wantOrg(t, o)
	c.wantOrg(t, c.Org)
}

// texting is a policy that says all there is to say of texts.
var texting = store.Policy{
	Confirm: store.ConfirmNone, Remind: store.DefaultRemind, Quiet: store.Quiet{From: 21 * 60, To: 8 * 60},
	TimeZone: "America/Chicago", Hook: "https://lakeside.example/hook/s3cret", Roads: "kannel twilio:15550000001", Test: true,
	StepUp: store.StepUpNever, Hint: "the last four digits of your chart number",
	Templates: []store.Template{
		{Kind: "link", Lang: "en", Text: "{org}: news for you \"{word}\" {link}"},
		{Kind: "reminder", Lang: "zh-Hans", Text: "{org}：请查看 {link}"},
	},
}

func (c *Clinic) wantOrg(tb testing.TB, want store.Org) {
	tb.Helper()
	got, err := c.Store.Org(tb.Context(), want.ID)
	must(tb, "Org", err)
	if d := cmp.Diff(want, got); d != "" {
		tb.Errorf("Org: (-want +got)\n%s", d)
	}
}

func usageCounts(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	n.accept(t, Number(1))
	for i := range 5 {
		at := Noon.Add(time.Duration(i) * time.Hour)
		m := c.Write(t, Number(i%2), seal.Plaintext("x"))
		m.ID, m.Created = store.NewMessageID(at), at
		c.mustAccept(t, c.Acceptance(m))
		if i == 4 {
			must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, at))
		}
	}
	for since, want := range map[time.Time]int{
		{}: 5, Noon: 5, Noon.Add(time.Millisecond): 4, Noon.Add(3 * time.Hour): 2, Noon.Add(5 * time.Hour): 0,
	} {
		got, err := c.Usage(t.Context(), c.Org.ID, since)
		must(t, "Usage", err)
		if got != want {
			t.Errorf("Usage since %v: got %d, want %d", since, got, want)
		}
	}
}
