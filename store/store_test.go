package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"securetext/store/person"
	"securetext/store/seal"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestIDsSortByTime(t *testing.T) {
	a, b := NewMessageID(noon), NewMessageID(noon.Add(time.Millisecond))
	if a >= b || !strings.HasPrefix(string(a), "msg_") || len(a) != len("msg_")+26 {
		t.Errorf("%s and %s", a, b)
	}
	if again := NewMessageID(noon); again == a {
		t.Error("two ids of one moment are the same")
	}
}

func TestRecipientsHashIsPerOrg(t *testing.T) {
	index := seal.NewIndex(seal.NewKey())
	of := func(org OrgID, number string) RecipientID {
		return newRecipientID(HashesOf(index, Whom{Org: org, Number: number}))
	}
	a := of("org_1", "+12114367789")
	if a != of("org_1", "+12114367789") {
		t.Error("one number, two recipients")
	}
	if a == of("org_2", "+12114367789") || a == of("org_1", "+12114367780") {
		t.Error("two numbers or orgs, one recipient")
	}
	if strings.Contains(string(a), "2114367789") {
		t.Error("the id holds the number")
	}
}

// A number's own id is what it was before there were people with names.
func TestRecipientsHashIsAsItWas(t *testing.T) {
	index := seal.NewIndex(seal.KeyFrom([32]byte{1}))
	const want = "rcp_zyfj96v7tdjz8kh7bhd1t0xcfm"
	if got := newRecipientID(HashesOf(index, Whom{Org: "org_1", Number: "+12114367789"})); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRecipientsHashIsPerPerson(t *testing.T) {
	index := seal.NewIndex(seal.NewKey())
	of := func(name string) RecipientID {
		var who person.Name
		if name != "" {
			var err error
			if who, err = person.Parse(name); err != nil {
				t.Fatal(err)
			}
		}
		return newRecipientID(HashesOf(index, Whom{"org_1", "+12114367789", who}))
	}
	if of("M.") != of(" m") || of("Anne  Marie") != of("ANNE MARIE.") {
		t.Error("one person, two recipients")
	}
	if of("M.") == of("J.") || of("M.") == of("") || of("M.") == of("M. M.") {
		t.Error("two people, one recipient")
	}
}

func TestContentRoundTrip(t *testing.T) {
	want := Content{Subject: "Result", From: "Dr. Ana", Text: "negative\n", HTML: "<p>negative", Attachments: []ContentAttachment{{Part: 1, Name: "a.pdf", Type: "application/pdf", ContentID: "x", Inline: true}}}
	got, err := ParseContent(want.Plaintext())
	if err != nil || got.Subject != want.Subject || got.Text != want.Text || got.HTML != want.HTML || got.From != want.From || got.Attachments[0] != want.Attachments[0] {
		t.Errorf("got it back otherwise: %v", err)
	}
	if _, err := ParseContent(Content{Text: "short", TextFold: 6}.Plaintext()); err == nil {
		t.Error("a fold beyond the end is taken")
	}
	_, err = ParseContent([]byte("hepatitis"))
	if err == nil || strings.Contains(err.Error(), "hepatitis") {
		t.Errorf("the error shows the content: %v", err)
	}
}

func TestS24ContentNeverPrints(t *testing.T) {
	c := Content{Subject: "hepatitis"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, c); strings.Contains(got, "hepatitis") {
			t.Errorf("%s shows %s", verb, got)
		}
	}
}

func TestStatusClimbs(t *testing.T) {
	person, bot := Actor{Kind: ByVisitor}, Actor{Kind: ByBot}
	for _, c := range []struct {
		want   Kind
		events []Event
	}{
		{Accepted, nil},
		{Accepted, []Event{{Kind: Accepted}, {Kind: Deferred}}},
		{Sent, []Event{{Kind: Accepted}, {Kind: Sent}}},
		{Failed, []Event{{Kind: Accepted}, {Kind: Failed}}},
		{Undelivered, []Event{{Kind: Sent}, {Kind: Undelivered}, {Kind: Sent}}},
		{Delivered, []Event{{Kind: Sent}, {Kind: Undelivered}, {Kind: Sent}, {Kind: Delivered}}},
		{Delivered, []Event{{Kind: Delivered}, {Kind: Sent}, {Kind: Undelivered}}},
		{Delivered, []Event{{Kind: Delivered}, {Kind: Opened, By: bot}}},
		{Opened, []Event{{Kind: Sent}, {Kind: Opened, By: person}, {Kind: Delivered}}},
		{Unlocked, []Event{{Kind: Opened, By: person}, {Kind: Enrolled}}},
		{Read, []Event{{Kind: Read}, {Kind: Unlocked}, {Kind: Wiped}, {Kind: UnlockFailed}}},
	} {
		if got := Status(c.events); got != c.want {
			t.Errorf("%v: got %s, want %s", c.events, got, c.want)
		}
	}
}

func TestLadder(t *testing.T) {
	at := func(minute int, kind Kind, detail string) Event {
		return Event{Kind: kind, At: noon.Add(time.Duration(minute) * time.Minute), Detail: detail}
	}
	step := func(minute int, kind Kind, detail string) Step {
		return Step{kind, noon.Add(time.Duration(minute) * time.Minute), detail}
	}
	bot := at(7, Opened, "")
	bot.By.Kind = ByBot
	for name, c := range map[string]struct {
		events []Event
		want   []Step
	}{
		"nothing": {nil, []Step{}},
		"a text lost, another delivered": {
			[]Event{at(0, Accepted, "api"), at(1, Sent, ""), at(2, Undelivered, "twilio_30003"), at(20, Sent, ""), at(21, Delivered, "")},
			[]Step{step(0, Accepted, "api"), step(1, Sent, ""), step(21, Delivered, "")},
		},
		"lost twice": {
			[]Event{at(0, Accepted, "api"), at(1, Sent, ""), at(2, Undelivered, "twilio_30003"), at(20, Failed, "twilio_30005")},
			[]Step{step(0, Accepted, "api"), step(1, Sent, ""), step(20, Failed, "twilio_30005")},
		},
		"a late callback": {
			[]Event{at(0, Accepted, ""), at(1, Sent, ""), at(2, Delivered, ""), at(3, Undelivered, "late"), at(4, Delivered, "")},
			[]Step{step(0, Accepted, ""), step(1, Sent, ""), step(2, Delivered, "")},
		},
		"read before the carrier says so": {
			[]Event{at(0, Accepted, ""), bot, at(8, Enrolled, ""), at(9, Read, ""), at(10, Delivered, ""), at(11, Unlocked, ""), at(12, Read, "")},
			[]Step{step(0, Accepted, ""), step(10, Delivered, ""), step(8, Unlocked, ""), step(9, Read, "")},
		},
	} {
		if got := Ladder(c.events); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// ofMessages draws any event that a message may have.
var ofMessages = rapid.Custom(func(t *rapid.T) Event {
	return Event{
		Kind: rapid.SampledFrom([]Kind{
			Accepted, Deferred, Sent, Undelivered, Failed, Delivered, Opened, Enrolled, Unlocked, Read, UnlockFailed, AttachmentRead,
			Asked, Skipped, Overdue, Taken, Resent, Notified, NotNotified, Expired, Wiped,
		}).Draw(t, "kind"),
		By:     Actor{Kind: rapid.SampledFrom([]ActorKind{BySystem, ByCarrier, ByVisitor, ByBot, ByRecipient}).Draw(t, "by")},
		Detail: rapid.SampledFrom([]string{"", "twilio_30003", "quiet_hours"}).Draw(t, "detail"),
		At:     noon.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "at")) * time.Second),
	}
})

// However events come, what was reached stays reached: only a text that was not
// delivered may be followed by one that is, or is not either.
func TestTheLadderIsNeverClimbedDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(ofMessages, 0, 20).Draw(t, "events")
		for n := range events {
			before, after := Ladder(events[:n]), Ladder(events[:n+1])
			checkLadder(t, after)
			for _, was := range before {
				lost := was.Kind == Undelivered || was.Kind == Failed
				if !lost && !slices.Contains(after, was) {
					t.Fatalf("%v is gone from %v", was, after)
				}
			}
			if was, is := Status(events[:n]), Status(events[:n+1]); rung[is] < rung[was] || was == Delivered && rung[is] == rung[was] && is != was {
				t.Fatalf("%s, then %s", was, is)
			}
			if events[n].By.Kind == ByBot && !slices.Equal(before, after) {
				t.Fatalf("a bot climbs from %v to %v", before, after)
			}
			if len(after) > 0 && Status(events[:n+1]) != after[len(after)-1].Kind {
				t.Fatalf("status %s of %v", Status(events[:n+1]), after)
			}
		}
	})
}

// checkLadder checks that a ladder's steps stand in order, one a rung.
func checkLadder(t *rapid.T, steps []Step) {
	for i, s := range steps {
		if s.Kind == Enrolled || i > 0 && rung[s.Kind] <= rung[steps[i-1].Kind] {
			t.Fatalf("steps %v", steps)
		}
	}
}

func TestWaiting(t *testing.T) {
	deferred := func(code string) Event { return Event{Kind: Deferred, Detail: code} }
	for _, c := range []struct {
		want   string // empty: nothing waits
		events []Event
	}{
		{"", nil},
		{"", []Event{{Kind: Accepted}}},
		{"quiet_hours", []Event{{Kind: Accepted}, deferred("busy"), deferred("quiet_hours"), {Kind: NotNotified}}},
		{"", []Event{{Kind: Accepted}, deferred("quiet_hours"), {Kind: Sent}}},
		{"", []Event{{Kind: Accepted}, deferred("quiet_hours"), {Kind: Failed}}},
		{"", []Event{{Kind: Accepted}, deferred("quiet_hours"), {Kind: Wiped}}},
		{"", []Event{{Kind: Sent}, {Kind: Delivered}, deferred("too_often"), {Kind: Skipped}}},
		{"", []Event{{Kind: Sent}, {Kind: Delivered}, deferred("too_often"), {Kind: Read}}},
		{"busy", []Event{{Kind: Sent}, {Kind: Undelivered}, deferred("busy")}},
		{"busy", []Event{{Kind: Sent}, {Kind: Delivered}, deferred("busy"), {Kind: Opened}, {Kind: Overdue}}},
	} {
		if got, ok := Waiting(c.events); ok != (c.want != "") || got.Detail != c.want {
			t.Errorf("%v: got %q, %v; want %q", c.events, got.Detail, ok, c.want)
		}
	}
}

func TestDelayGrows(t *testing.T) {
	for _, c := range []struct {
		failures int
		want     time.Duration
	}{{0, 0}, {4, 0}, {5, time.Second}, {6, 2 * time.Second}, {10, 32 * time.Second}, {15, MaxDelay}, {1000, MaxDelay}} {
		if got := Delay(c.failures); got != c.want {
			t.Errorf("after %d failures: %v, want %v", c.failures, got, c.want)
		}
	}
}

func TestS24WhomNeverPrints(t *testing.T) {
	w := Whom{Org: "org_1", Number: "+12114367789"}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q", w, w, w, w, []Whom{w})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "w", w)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "w", w)
	if err := json.NewEncoder(&out).Encode(map[string]any{"w": w}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "2114367789") {
		t.Errorf("the number shows: %s", out.String())
	}
}
