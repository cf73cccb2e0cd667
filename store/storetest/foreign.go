package storetest

import (
	"context"
	"maps"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var foreignChecks = []check{
	{"nothing is visible or can be changed across orgs", foreignOrg},
	{"every method is tried with a foreign org", foreignComplete},
}

// A border is a clinic's patient, and a neighbour in the same store who knows
// every id there is.
type border struct {
	*Clinic           // whose data it is
	neighbour *Clinic // who tries
	message   store.Message
	reply     store.Reply   // to the message, with a file
	draft     store.Draft   // likewise, not taken
	held      store.Message // not theirs, says who was texted
	refused   store.Recipient
	person    store.Recipient // who shares a number
	vouched   store.Message   // whose recipient gave a passcode
	hash      token.Hash
	passkey   store.Passkey
	viewer    store.Viewer // of the neighbour's org, in the recipient's name
	known     store.Viewer // the neighbour's own patient
	staff     store.Staff
	phrase    store.Phrase
	hold      store.HoldID // on the held message
	logo      store.Logo
	key       store.StaffPasskey // theirs
	provider  store.Provider
	alert     store.Alert
	ask       store.Ask // to read the message, by the staff
	theirs    store.Staff
}

// foreign tries each method as the neighbour, on what is the clinic's. It gives
// the method's error, or what it should have been when the method shows
// nothing instead of failing.
var foreign = union(foreignMessages, foreignPatients, foreignRecipients, foreignOrgs, foreignStaff, foreignAsks)

// trials are methods by name, as the neighbour tries them.
type trials map[string]func(context.Context, border) error

func union(all ...trials) trials {
	one := trials{}
	for _, some := range all {
		maps.Copy(one, some)
	}
	return one
}

// none is ErrNotFound when nothing was shown.
func none(err error, shown int) error {
	if err == nil && shown == 0 {
		return store.ErrNotFound
	}
	return err
}

func foreignOrg(t *testing.T, c *Clinic) {
	b := border{Clinic: c, neighbour: c.Neighbour(t)}
	th := c.thread(t, Number(1), 0, files(100)...)
	b.message, b.hash, b.known = th.Message, th.hash, th.viewer
	b.reply = c.mustReply(t, th, "It itches.", Noon, files(100)...)
	c.goOn(t, b.message, 1) // of whose thread the neighbour's viewer sees nothing
	b.draft = c.mustKeep(t, th, "It itches a lot.")
	c.send(t, Noon)
	b.passkey = passkeyOf(1, 0)
	must(t, "AddPasskey", c.AddPasskey(t.Context(), b.passkey, browser(1), b.known, Noon))
	var link token.Hash
	b.held, link = c.texted(t, Number(3))
	must(t, "NotMine", c.NotMine(t.Context(), link, visitor, Noon))
	b.person = c.Person(t, Number(4), "Maria")
	c.textedTo(t, b.person)
	b.refused = c.Recipient(t, Number(2))
	must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, b.refused, store.OptedOut, Ana, Noon))
	b.staff = c.setUp(t, "Rosa Diaz")
	b.phrase = c.phrase(t, store.NewPhraseID(Noon), "Your result is ready.")
	must(t, "AddPhrase", c.AddPhrase(t.Context(), b.phrase, Ana, Noon))
	b.hold = c.hold(t, store.Hold{Message: b.held.ID})
	b.logo = c.withLogo(t).Logo
	b.key = c.withStaffPasskey(t, b.staff, 1, 0)
	b.provider = c.withProvider(t, true)
	b.staff = c.member(t, b.staff.ID).Staff
	b.vouched = c.vouchedFor(t, Number(4))
	b.ask, b.theirs = c.askedToRead(t, b.message.ID, c.setUp(t, "Tom Lee", store.RoleAdmin)), b.neighbour.setUp(t, "Somebody Else", store.RoleAdmin)
	b.alert = c.alerted(t, store.ManyWipes, "stf_x")
	c.send(t, Noon)
	b.viewer = b.known
	b.viewer.Org = b.neighbour.Org.ID
	for name, try := range foreign {
		if name == "Accept" {
			continue
		}
		before := len(c.events(t, store.EventFilter{Org: b.neighbour.Org.ID}))
		wantError(t, name, try(t.Context(), b), store.ErrNotFound)
		if after := len(c.events(t, store.EventFilter{Org: b.neighbour.Org.ID})); after != before {
			t.Errorf("%s: wrote an event in the neighbour's log", name)
		}
	}
	c.wantViewing(t, b.message, b.hash, b.known, Noon.Add(time.Minute), nil)
	if len(c.passkeys(t, b.known)) != 1 {
		t.Error("Passkeys: the neighbour added or removed one")
	}
	if !c.link(t, link, Noon).Held {
		t.Error("Link: the neighbour released a message")
	}
	for _, r := range []store.Recipient{b.message.To, b.refused} {
		if want := map[bool]store.Refusal{true: store.OptedOut}[r.ID == b.refused.ID]; c.refusal(t, r) != want {
			t.Errorf("Refusals: the neighbour changed one, want %q", want)
		}
	}
	// The last, since it may add to the neighbour's log.
	wantError(t, "Accept", foreign["Accept"](t.Context(), b), store.ErrNotFound)
}
