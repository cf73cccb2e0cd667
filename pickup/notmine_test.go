package pickup_test

import (
	"slices"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/store"
)

func TestS12NotForMe(t *testing.T) {
	c := newClinic(t)
	d, later := c.deliver(plain("Your blood is fine")), c.deliver(plain("Your blood is still fine"))
	b := c.browser()
	button := `href="` + d.path() + `/notmine"`
	b.get(d.path()).want(t, 200, button)
	before := c.kinds(d)
	p := b.get(d.path() + "/notmine")
	p.want(t, 200, "Is this message not for you?", `<form method="post" action="`+d.path()+`/notmine">`, `href="`+d.path()+`"`, "Lakeside Family Clinic")
	if got := c.kinds(d); !slices.Equal(got, before) {
		t.Fatalf("a look at the page made events %v", got)
	}
	b.post(d.path()+"/notmine", "", "Sec-Fetch-Site", "cross-site").want(t, 403)
	b.get(d.path()).want(t, 200, "Choose a password")

	waiting := c.seal(letter{To: number, Content: store.Content{Text: "Your blood is fine again"}})
	by := store.Actor{Kind: store.BySender, ID: string(c.sender.ID)}
	if _, err := c.store.Accept(t.Context(), store.Acceptance{Messages: []store.Message{waiting}, By: by, Detail: "smtp", At: c.clock()}); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	p = b.post(d.path()+"/notmine", "")
	p.want(t, 200, "You told us that this message is not for you", "Lakeside Family Clinic", `href="tel:5550100142"`)
	p.wantNo(t, "Your blood", "<form")
	for _, path := range []string{"", "?code=texted", "/notmine", "/forgot"} {
		p := b.get(d.path() + path)
		p.want(t, 403, "You told us that this message is not for you", `href="tel:5550100142"`)
		p.wantNo(t, "Your blood", "<form")
	}
	for _, path := range []string{"/enrol", "/unlock", "/code", "/reset", "/notmine"} {
		b.post(d.path()+path, secret).want(t, 403)
	}
	if got := c.kinds(d); countOf(got, store.Disowned) != 1 || slices.Contains(got, store.Enrolled) {
		t.Errorf("got events %v, want one that says so", got)
	}

	// No more texts go to the number, not even the one that waited.
	if _, texted := c.text()[waiting.ID]; texted {
		t.Error("another text went to the number")
	}
	if got := c.refusal(d.Recipient); got != store.NotMine {
		t.Errorf("got refusal %q, want not_mine", got)
	}

	// The patient, whom the clinic has found, reads what it releases.
	patient := c.enrolled(later)
	patient.get(d.path()).want(t, 403)
	if err := c.store.ReleaseMessage(t.Context(), c.org.ID, d.ID, ana, c.clock()); err != nil {
		t.Fatalf("ReleaseMessage: %v", err)
	}
	patient.get(d.path()).want(t, 200, "Your blood")
}

func TestS12EveryPageBeforeContentOffersIt(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	d := c.deliver(plain("Hello"))
	button := `href="` + d.path() + `/notmine"`
	b := c.browser()
	b.get(d.path()).want(t, 200, "Choose a password", button)
	c.pass(pickup.DefaultGrace + time.Second)
	b.get(d.path()).want(t, 200, "Text me a code", button)
	b.follow(b.post(d.path()+"/code", "")).want(t, 200, "6-digit code", button)
	b.prove(d, "/code")
	b.post(d.path()+"/enrol", secret).want(t, 303)
	b.get(d.path()).wantNo(t, button)
	b.post("/signout", "")
	b.get(d.path()).want(t, 200, "Your password", button)
	c.browser().get(d.path()).want(t, 200, "We do not know this phone yet", button)
}

// S03: who looks, or fetches ahead, says nothing.
func TestS12LooksSayNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	for _, agent := range previews {
		b := c.browser()
		b.agent = agent
		b.get(d.path()+"/notmine", "Sec-Purpose", "prefetch")
		b.get(d.path() + "/notmine")
		b.do("HEAD", d.path()+"/notmine", nil)
	}
	if got := c.kinds(d); len(got) != 0 {
		t.Errorf("got events %v", got)
	}
	c.enrolled(d).get(d.path()).want(t, 200, "Hello")
}

// refusal is why a recipient gets no texts; empty: they do.
func (c *clinic) refusal(id store.RecipientID) store.Refusal {
	c.Helper()
	known, err := c.store.Known(c.Context(), c.org.ID, []store.NumberHash{store.NumberHash(id)})
	if err != nil {
		c.Fatalf("Known: %v", err)
	}
	return known[store.NumberHash(id)].Refusal
}
