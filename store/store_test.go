package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

func TestRecipientOfIsPerOrg(t *testing.T) {
	index := seal.NewIndex(seal.NewKey())
	a := RecipientOf(index, "org_1", "+12114367789")
	if a != RecipientOf(index, "org_1", "+12114367789") {
		t.Error("one number, two recipients")
	}
	if a == RecipientOf(index, "org_2", "+12114367789") || a == RecipientOf(index, "org_1", "+12114367780") {
		t.Error("two numbers or orgs, one recipient")
	}
	if strings.Contains(string(a), "2114367789") {
		t.Error("the id holds the number")
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
