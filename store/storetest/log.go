package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
)

var eventChecks = []check{
	{"events are in the order they were written, each with a higher number", eventsOrdered},
	{"events are found by org, message, recipient, kind and time", eventsFiltered},
	{"events come in pages", eventsPaged},
	{"S33: events of one person or sender are all that it did, and what was done to it", eventsOfOne},
}

func eventsOrdered(t *testing.T, c *Clinic) {
	m, hash, v := c.enrolled(t, Number(1))
	must(t, "Opened", c.Opened(t.Context(), hash, bot, Noon.Add(-time.Hour))) // a clock that lags
	must(t, "Read", c.Read(t.Context(), m.ID, v, Noon))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Enrolled, store.Opened, store.Read, store.Wiped)
	var last int64
	for _, e := range c.events(t, store.EventFilter{}) {
		if e.Seq <= last {
			t.Errorf("Seq: got %d after %d", e.Seq, last)
		}
		last = e.Seq
	}
}

func eventsFiltered(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	n.accept(t, Number(1))
	m := c.accept(t, Number(1), Number(2), Number(1))[0]
	c.send(t, Noon)
	late := c.Acceptance(c.Write(t, Number(3), seal.Plaintext("x")))
	late.At = Noon.Add(time.Hour)
	c.mustAccept(t, late)
	half := Noon.Add(30 * time.Minute)
	for _, f := range []struct {
		name string
		by   store.EventFilter
		want int
	}{
		{"message", store.EventFilter{Message: m.ID}, 2},
		{"recipient", store.EventFilter{Recipient: m.To.ID}, 4},
		{"recipient and kind", store.EventFilter{Recipient: m.To.ID, Kind: store.Sent}, 2},
		{"org and kind", store.EventFilter{Org: c.Org.ID, Kind: store.Accepted}, 4},
		{"kind", store.EventFilter{Kind: store.Accepted}, 5},
		{"since", store.EventFilter{Org: c.Org.ID, Since: half}, 1},
		{"until", store.EventFilter{Kind: store.Accepted, Until: half}, 4},
		{"since and until", store.EventFilter{Since: half, Until: half.Add(time.Minute)}, 0},
		{"another org's message", store.EventFilter{Org: n.Org.ID, Message: m.ID}, 0},
	} {
		if got := len(c.events(t, f.by)); got != f.want {
			t.Errorf("events by %s: got %d, want %d", f.name, got, f.want)
		}
	}
}

func eventsPaged(t *testing.T, c *Clinic) {
	c.accept(t, Number(1), Number(2), Number(3), Number(4), Number(5))
	all := c.events(t, store.EventFilter{Org: c.Org.ID})
	var paged []store.Event
	f := store.EventFilter{Org: c.Org.ID, Limit: 2}
	for {
		page := c.events(t, f)
		if len(page) == 0 {
			break
		}
		if len(page) > 2 {
			t.Fatalf("Events: got a page of %d, want at most 2", len(page))
		}
		paged = append(paged, page...)
		f.After = page[len(page)-1].Seq
	}
	if !slices.Equal(paged, all) {
		t.Errorf("Events: got %d in pages, want the same %d", len(paged), len(all))
	}
}

var messageChecks = []check{
	{"a message is listed as it was accepted", messageListed},
	{"messages are newest first, in pages, found by sender, recipient and time", messagesFiltered},
	{"a message's status climbs as it goes its way", statusClimbs},
}

func messageListed(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), nil)
	m.SendAt, m.ReadBy = Noon.Add(time.Hour), Noon.Add(4*time.Hour)
	c.mustAccept(t, c.Acceptance(m))
	want := store.MessageInfo{
		ID: m.ID, Org: m.Org, Sender: m.Sender, Recipient: m.To.ID, Reference: m.Reference, Lang: m.Lang,
		Created: m.Created, Expires: m.Expires, SendAt: m.SendAt, ReadBy: m.ReadBy, Status: store.Accepted,
	}
	if d := cmp.Diff(want, c.info(t, m.ID)); d != "" {
		t.Errorf("Messages: (-want +got)\n%s", d)
	}
}

func messagesFiltered(t *testing.T, c *Clinic) {
	c.Neighbour(t).accept(t, Number(1))
	second := c.newSender("Front desk")
	must(t, "AddSender", c.AddSender(t.Context(), second, Ana, Noon))
	var ids []store.MessageID
	for i := range 6 {
		m := c.Write(t, Number(i%3), seal.Plaintext("x"))
		m.Created = Noon.Add(time.Duration(i) * time.Minute)
		m.ID = store.NewMessageID(m.Created)
		if i == 5 {
			m.Sender = second.ID
		}
		c.mustAccept(t, c.Acceptance(m))
		ids = append(ids, m.ID)
	}
	slices.Reverse(ids)
	to := c.Recipient(t, Number(0)).ID
	for _, f := range []struct {
		by   store.MessageFilter
		want []store.MessageID
	}{
		{store.MessageFilter{}, ids},
		{store.MessageFilter{Limit: 2}, ids[:2]},
		{store.MessageFilter{Limit: 2, Before: ids[1]}, ids[2:4]},
		{store.MessageFilter{Before: ids[5]}, nil},
		{store.MessageFilter{Sender: second.ID}, ids[:1]},
		{store.MessageFilter{Recipient: to}, []store.MessageID{ids[2], ids[5]}},
		{store.MessageFilter{Since: Noon.Add(3 * time.Minute)}, ids[:3]},
		{store.MessageFilter{ID: ids[4]}, ids[4:5]},
	} {
		f.by.Org = c.Org.ID
		infos, err := c.Messages(t.Context(), f.by)
		must(t, "Messages", err)
		var got []store.MessageID
		for _, i := range infos {
			got = append(got, i.ID)
		}
		if !slices.Equal(got, f.want) {
			t.Errorf("Messages %s: got %v, want %v", fmt.Sprintf("%+v", f.by), got, f.want)
		}
	}
}

func statusClimbs(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	c.wantStatus(t, m.ID, store.Accepted)
	x := c.send(t, Noon)[0]
	c.wantStatus(t, m.ID, store.Sent)
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextUndelivered), Noon))
	c.wantStatus(t, m.ID, store.Undelivered)
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	c.wantStatus(t, m.ID, store.Delivered)
	must(t, "Opened by a bot", c.Opened(t.Context(), x.Link, bot, Noon))
	c.wantStatus(t, m.ID, store.Delivered)
	must(t, "Opened", c.Opened(t.Context(), x.Link, visitor, Noon))
	c.wantStatus(t, m.ID, store.Opened)
	v := c.enrol(t, x.Link)
	c.wantStatus(t, m.ID, store.Unlocked)
	must(t, "Read", c.Read(t.Context(), m.ID, v, Noon))
	c.wantStatus(t, m.ID, store.Read)
	must(t, "UnlockFailed", c.UnlockFailed(t.Context(), x.Link, visitor, Noon))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	c.wantStatus(t, m.ID, store.Read)
}

func eventsOfOne(t *testing.T, c *Clinic) {
	ctx := t.Context()
	c.accept(t, Number(1), Number(2))
	rosa, tom := c.setUp(t, "Rosa Diaz", store.RoleAdmin), c.setUp(t, "Tom Lee", store.RoleAdmin)
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, tom.ID, true, staffOf(rosa), Noon))
	must(t, "SuspendSender", c.SuspendSender(ctx, c.Org.ID, c.Sender.ID, true, staffOf(rosa), Noon))
	for _, f := range []struct {
		name, person string
		want         []store.Kind
	}{
		{"an admin", string(rosa.ID), []store.Kind{store.StaffAdded, store.StaffSetUp, store.StaffSuspended, store.SenderSuspended}},
		{"who was suspended", string(tom.ID), []store.Kind{store.StaffAdded, store.StaffSetUp, store.StaffSuspended}},
		{"a sender", string(c.Sender.ID), []store.Kind{store.SenderAdded, store.Accepted, store.Accepted, store.SenderSuspended}},
		{"nobody", string(store.NewStaffID(Noon)), nil},
	} {
		for limit := range 3 {
			by := store.EventFilter{Org: c.Org.ID, Person: f.person, Limit: limit}
			var got []store.Kind
			for _, e := range c.events(t, by) {
				got = append(got, e.Kind)
			}
			want := f.want
			if limit > 0 {
				want = want[:min(limit, len(want))]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %d at most: got %v, want %v", f.name, limit, got, want)
			}
		}
		newest := c.events(t, store.EventFilter{Org: c.Org.ID, Person: f.person, Newest: true, Limit: 1})
		if len(f.want) > 0 && (len(newest) != 1 || newest[0].Kind != f.want[len(f.want)-1]) {
			t.Errorf("%s, the newest: got %v, want %s", f.name, newest, f.want[len(f.want)-1])
		}
	}
	if got := c.events(t, store.EventFilter{Org: c.Neighbour(t).Org.ID, Person: string(rosa.ID)}); len(got) != 0 {
		t.Errorf("another org finds %d events", len(got))
	}
}
