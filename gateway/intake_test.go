package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"securetext/sms/phone"
	"securetext/store"
)

func number(tb testing.TB, s string) phone.Number {
	tb.Helper()
	n, err := phone.Parse(s, "US")
	must(tb, err)
	return n
}

func (c *clinic) submission(tb testing.TB, to ...string) Submission {
	tb.Helper()
	sub := Submission{
		Sender: c.sender, Via: ViaAPI, Subject: "Your result", Text: "It is negative.\n",
		By:          store.Actor{Kind: store.BySender, ID: string(c.sender.ID)},
		Attachments: []Attachment{{Name: "result.txt", Data: []byte("%PDF-1.7\nnegative")}},
	}
	for _, n := range to {
		sub.To = append(sub.To, Target{Number: number(tb, n)})
	}
	return sub
}

func TestAcceptStoresOneMessageForEachDistinctNumber(t *testing.T) {
	c := newClinic(t)
	stored, err := c.Accept(t.Context(), c.submission(t, "2114367789", "+15551230002", "(211) 436-7789"))
	must(t, err)
	got := c.read(t)
	if len(stored.Messages) != 2 || len(got) != 2 {
		t.Fatalf("stored %d messages and %d are due, want 2 and 2", len(stored.Messages), len(got))
	}
	for i, want := range []string{"+12114367789", "+15551230002"} {
		m := got[i]
		if m.number != want || m.ID != stored.Messages[i] {
			t.Errorf("message %d: to %s as %s, want %s as %s", i, m.number, m.ID, want, stored.Messages[i])
		}
		if m.Text != "It is negative.\n" || m.Subject != "Your result" || m.From != "Dr Reyes" {
			t.Errorf("message %d does not read as it was sent", i)
		}
		if len(m.files) != 1 || string(m.files[0]) != "%PDF-1.7\nnegative" {
			t.Errorf("message %d: the attachment does not read as it was sent", i)
		}
		if a := m.Content.Attachments[0]; a.Type != "application/pdf" || a.Name != "result.txt" {
			t.Errorf("message %d: attachment %q of type %q, want the type of its bytes", i, a.Name, a.Type)
		}
		if life := m.Expires.Sub(m.Created); life != c.org.Life || m.Lang != "en" {
			t.Errorf("message %d: life %v, lang %q, want the org's", i, life, m.Lang)
		}
	}
	if n := c.nudges.Load(); n != 1 {
		t.Errorf("the courier was nudged %d times, want once", n)
	}
}

func TestAcceptRefusesALifeOutOfBounds(t *testing.T) {
	c := newClinic(t)
	sub := c.submission(t, "2114367789")
	for _, life := range []time.Duration{-time.Hour, time.Minute, 91 * 24 * time.Hour} {
		sub.To[0].Options.Life = life
		if _, err := c.Accept(t.Context(), sub); !errors.Is(err, errLife) {
			t.Errorf("life %v: got error %v, want errLife", life, err)
		}
	}
	if _, err := c.Accept(t.Context(), c.submission(t)); !errors.Is(err, errNoRecipient) {
		t.Errorf("no recipient: got error %v, want errNoRecipient", err)
	}
}

// failing is a store that does not store.
type failing struct {
	store.Writer
	err error
}

func (f failing) Accept(context.Context, store.Acceptance) (store.Stored, error) {
	return store.Stored{}, f.err
}

func TestNothingIsSaidToBeAcceptedThatWasNotStored(t *testing.T) {
	c := newClinic(t)
	c.Intake.Store = failing{err: store.ErrUnavailable}
	if _, err := c.Accept(t.Context(), c.submission(t, "2114367789")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got error %v, want ErrUnavailable", err)
	}
	if c.nudges.Load() != 0 || strings.Contains(c.log.String(), "accepted") {
		t.Error("the courier was nudged, or the log says accepted")
	}
}

func TestS24SubmissionsNeverPrint(t *testing.T) {
	c := newClinic(t)
	sub := c.submission(t, "2114367789")
	asJSON, err := json.Marshal(sub)
	must(t, err)
	c.Log.Info("test", "submission", sub, "attachment", sub.Attachments[0])
	shown := fmt.Sprintf("%v %+v %#v %s %v %+v", sub, sub, sub, sub, sub.Attachments, sub.Attachments) + string(asJSON) + c.log.String()
	for _, secret := range []string{"negative", "Your result", "result.txt", "2114367789"} {
		if strings.Contains(shown, secret) {
			t.Errorf("printing shows %q", secret)
		}
	}
}
