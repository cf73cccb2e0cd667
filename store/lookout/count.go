package lookout

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"securetext/store"
)

// count is what a stretch of the log adds up to.
type count struct {
	lookout *Lookout
	now     time.Time
	origins map[store.MessageID]store.Origin
	known   map[store.StaffID][]string // blocks of addresses
	clinics map[store.OrgID]clinic

	tallies map[store.TallyKey]int64
	places  []store.Place
	moved   []store.Alert // sign-ins from new places
}

// clinic is what of an org matters to the count.
type clinic struct {
	zone *time.Location
	test bool
}

// all counts a stretch. An event that is gone counts for nothing: it is another's to
// find out.
func (c *count) all(ctx context.Context, leaves []store.Leaf) (err error) {
	var messages []store.MessageID
	var people []store.StaffID
	for _, leaf := range leaves {
		if r := leaf.Record; r != nil {
			if r.Message != "" && slices.Contains(ofMessages, r.Kind) {
				messages = append(messages, r.Message)
			}
			if r.Kind == store.StaffSignedIn {
				people = append(people, store.StaffID(r.ActorID))
			}
		}
	}
	if c.origins, err = c.lookout.Store.Origins(ctx, distinct(messages)); err != nil {
		return err
	}
	if c.known, err = c.lookout.Store.Places(ctx, distinct(people)); err != nil {
		return err
	}
	c.clinics = map[store.OrgID]clinic{}
	for _, leaf := range leaves {
		if leaf.Record == nil {
			continue
		}
		if err := c.one(ctx, *leaf.Record); err != nil {
			return err
		}
	}
	return nil
}

func distinct[T ~string](ids []T) []T {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ofMessages are the kinds that are counted once a message.
var ofMessages = []store.Kind{store.Accepted, store.Delivered, store.Failed, store.Read}

// refused are the kinds of wrong passwords, codes and keys.
var refused = []store.Kind{
	store.UnlockFailed, store.CodeFailed, store.PasscodeFailed, store.PasskeyRefused, store.CredentialRefused, store.StaffSignInFailed,
	store.StaffPasskeyRefused, store.StaffRefused,
}

// shown are the kinds of looks at what a message says.
var shown = []store.Kind{store.Read, store.AttachmentRead, store.ReplyRead, store.ShownToSender, store.EmergencyOpened}

func (c *count) one(ctx context.Context, r store.Record) error {
	at := time.UnixMicro(r.At).UTC()
	if slices.Contains(ofMessages, r.Kind) {
		if err := c.message(ctx, r, at); err != nil {
			return err
		}
	}
	switch {
	case slices.Contains(shown, r.Kind):
		c.add(r.Org, store.TallyShown, readerOf(r), at.Truncate(time.Hour))
	case slices.Contains(refused, r.Kind):
		c.add(r.Org, store.TallyRefused, targetOf(r), at.Truncate(time.Hour))
		if block := blockOf(r.Addr); block != "" {
			c.add(r.Org, store.TallyRefused, block, at.Truncate(time.Hour))
		}
	case r.Kind == store.Wiped && r.ActorID != "":
		of, err := c.clinic(ctx, r.Org)
		if err != nil {
			return err
		}
		c.add(r.Org, store.TallyWiped, r.ActorID, Day(at, of.zone))
	case r.Kind == store.StaffSignedIn:
		c.signedIn(r, at)
	}
	return nil
}

func (c *count) add(org store.OrgID, what store.Measure, subject string, span time.Time) {
	if subject != "" {
		c.tallies[store.TallyKey{Org: org, Measure: what, Subject: subject, Span: span}]++
	}
}

// message counts a step of a message, the first of its kind, under the day on which
// the message was to go out. Of what was sent without an org's leave nothing is known.
// What a test key sent is its sender's volume, and nothing else, unless all is a test.
func (c *count) message(ctx context.Context, r store.Record, at time.Time) error {
	o, ok := c.origins[r.Message]
	if !ok || o.First[r.Kind] != r.Seq {
		return nil
	}
	of, err := c.clinic(ctx, r.Org)
	if err != nil {
		return err
	}
	if r.Kind == store.Accepted {
		c.add(r.Org, store.TallySent, string(o.Sender), Day(at, of.zone))
	}
	if o.Test && !of.test {
		return nil
	}
	out := o.Created
	if o.SendAt.After(out) {
		out = o.SendAt
	}
	measure := func(what store.Measure, subject string) {
		c.tallies[store.TallyKey{Org: r.Org, Measure: what, Subject: subject, Span: Day(out, of.zone)}]++
	}
	switch r.Kind {
	case store.Accepted:
		measure(store.TallyAccepted, "")
	case store.Delivered:
		measure(store.TallyDelivered, "")
	case store.Failed:
		measure(store.TallyFailed, r.Detail)
	case store.Read:
		measure(store.TallyRead, "")
		measure(store.TallyReadAfter, store.StepOf(at.Sub(out)).Subject())
	}
	return nil
}

// clinic finds what matters of an org. One that is not there has the clocks of UTC.
func (c *count) clinic(ctx context.Context, id store.OrgID) (clinic, error) {
	of, ok := c.clinics[id]
	if !ok {
		o, err := c.lookout.orgs.Find(ctx, c.lookout.Store, id, c.now)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return clinic{}, err
		}
		of = clinic{time.UTC, o.Policy.Test}
		if z, err := time.LoadLocation(o.Policy.TimeZone); err == nil {
			of.zone = z
		}
		c.clinics[id] = of
	}
	return of, nil
}

// Day is when the day of a time begins, by the clocks of a zone.
func Day(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}

// readerOf is who looked, and from where: what comes nearest to one session.
func readerOf(r store.Record) string {
	if r.ActorID == "" {
		return ""
	}
	return strings.TrimSpace(r.ActorID + " " + r.Addr)
}

// targetOf is whom somebody tried to be.
func targetOf(r store.Record) string {
	if r.Recipient != "" {
		return string(r.Recipient)
	}
	target, _, _ := strings.Cut(r.Detail, " ")
	return target
}

// signedIn remembers where a person signed in. The first place ever is no news.
func (c *count) signedIn(r store.Record, at time.Time) {
	id, block := store.StaffID(r.ActorID), blockOf(r.Addr)
	if block == "" || slices.Contains(c.known[id], block) {
		return
	}
	if len(c.known[id]) > 0 {
		c.moved = append(c.moved, store.Alert{Org: r.Org, Rule: store.NewPlace, Subject: string(id), Count: int64(len(c.known[id]) + 1), At: at})
	}
	c.known[id] = append(c.known[id], block)
	c.places = append(c.places, store.Place{Org: r.Org, Staff: id, Block: block})
}

// blockOf is the block of addresses that one party has: a /24, or a /48 of IPv6.
func blockOf(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return ""
	}
	bits := 24
	if a = a.Unmap(); a.Is6() {
		bits = 48
	}
	block, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return block.String()
}
