package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/gateway/virus"
	"securetext/store"
)

var rosa = store.Actor{Kind: store.ByStaff, ID: "stf_rosa"}

// draft is a form that can be sent as it is.
func (c *clinic) draft() Draft {
	return Draft{
		Sender: c.sender, By: rosa, To: "(201) 555-0147", Subject: "Your results", Text: "All is well.\r\nDr. Reyes",
		Options: map[string]string{"expires_in": "2d", "lang": "es", "ack": "yes", "notify": "failure", "reference": "visit-7", "remind": ""},
	}
}

func TestAFormMakesAMessageAsAPostDoes(t *testing.T) {
	c := newClinic(t)
	id, complaints, err := c.Compose(t.Context(), c.draft(), false)
	if err != nil || len(complaints) != 0 {
		t.Fatalf("Compose: got %v, %v", complaints, err)
	}
	o := c.read(t)[0]
	if o.ID != id || o.Content.Subject != "Your results" || o.Content.Text != "All is well.\nDr. Reyes" || o.Lang != "es" {
		t.Errorf("stored: got %s in %s", o.ID, o.Lang)
	}
	infos, err := c.db.Messages(t.Context(), store.MessageFilter{Org: c.org.ID, Reference: "visit-7"})
	must(t, err)
	if len(infos) != 1 || infos[0].Sender != c.sender.ID || infos[0].Expires.Sub(infos[0].Created) != 48*time.Hour {
		t.Errorf("Messages: got %+v", infos)
	}
	events, err := c.db.Events(t.Context(), store.EventFilter{Message: id, Kind: store.Accepted})
	must(t, err)
	if len(events) != 1 || events[0].By != rosa || events[0].Detail != "console" {
		t.Errorf("events: got %+v, want one by the person", events)
	}
}

func TestAFormIsJudgedAsAPostIs(t *testing.T) {
	c := newClinic(t)
	for name, row := range map[string]struct {
		spoil func(*Draft)
		want  []Complaint
	}{
		"empty": {func(d *Draft) { d.Subject, d.Text = " ", "" },
			[]Complaint{{"subject", "must not be empty"}, {"text", "must not be empty"}}},
		"no number":    {func(d *Draft) { d.To = "x" }, []Complaint{{"to", ""}}},
		"a bad option": {func(d *Draft) { d.Options["expires_in"] = "100d" }, []Complaint{{"expires_in", ""}}},
		"suspended":    {func(d *Draft) { d.Sender.Suspended = time.Now() }, []Complaint{{"", verdictText(errSuspended)}}},
		"many files":   {func(d *Draft) { d.Files = make([]Attachment, maxAttachments+1) }, []Complaint{{"attachments", ""}}},
		"large files":  {func(d *Draft) { d.Files = []Attachment{{Name: "a", Data: make([]byte, maxContent)}} }, []Complaint{{"attachments", ""}}},
		"a path":       {func(d *Draft) { d.Files = []Attachment{{Name: "../a"}} }, []Complaint{{"attachments", ""}}},
		"premium":      {func(d *Draft) { d.To = "+1 900 555 0147" }, []Complaint{{"to", verdictText(errPremium)}}},
	} {
		d := c.draft()
		row.spoil(&d)
		for _, dryRun := range []bool{true, false} {
			id, got, err := c.Compose(t.Context(), d, dryRun)
			for i := range min(len(got), len(row.want)) {
				if row.want[i].Why == "" {
					got[i].Why = ""
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" || id != "" || err != nil {
				t.Errorf("%s: got %q, %v: (-want +got)\n%s", name, id, err, diff)
			}
		}
	}
	if got := len(c.read(t)); got != 0 {
		t.Errorf("%d messages are stored, want none", got)
	}
}

func verdictText(err error) string {
	p, _ := problemFor(err)
	return p.Detail
}

func TestAFormSentTwiceMakesOneMessage(t *testing.T) {
	c := newClinic(t)
	d := c.draft()
	d.Once = "abc"
	if _, complaints, err := c.Compose(t.Context(), d, true); err != nil || len(complaints) != 0 {
		t.Fatalf("a dry run: got %v, %v", complaints, err)
	}
	var ids []store.MessageID
	for range 2 {
		id, complaints, err := c.Compose(t.Context(), d, false)
		if err != nil || len(complaints) != 0 {
			t.Fatalf("Compose: got %v, %v", complaints, err)
		}
		ids = append(ids, id)
	}
	if got := len(c.read(t)); got != 1 || len(slices.Compact(ids)) != 1 {
		t.Errorf("got %d messages as %v, want one", got, ids)
	}
	d.Text = "other words"
	_, complaints, err := c.Compose(t.Context(), d, false)
	if err != nil || len(complaints) != 1 || !strings.Contains(complaints[0].Why, "new message") {
		t.Errorf("other words in the same form: got %v, %v", complaints, err)
	}
}

func TestWhatIsNotTheWritersToMendIsAnError(t *testing.T) {
	c := newClinic(t)
	must(t, c.db.Close())
	if _, complaints, err := c.Compose(t.Context(), c.draft(), false); err == nil || len(complaints) != 0 {
		t.Errorf("with the store away: got %v, %v, want an error", complaints, err)
	}
	if _, complaints, err := complain(fmt.Errorf("x: %w", store.ErrUnavailable)); !errors.Is(err, store.ErrUnavailable) || complaints != nil {
		t.Errorf("got %v, %v", complaints, err)
	}
}

func TestS24DraftsNeverPrint(t *testing.T) {
	d := Draft{To: "+12015550147", Subject: "Your results", Text: "All is well.", Options: map[string]string{"passcode": "4711"}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, d, &d, struct{ D Draft }{d})
	}
	must(t, json.NewEncoder(&out).Encode(d))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "draft", d)
	for _, word := range []string{"5550147", "results", "well", "4711"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("printed %q", word)
		}
	}
}

func TestFilesOfAFormAreSealedAndLookedAtAsThoseOfAMail(t *testing.T) {
	c := newClinic(t)
	d := c.draft()
	d.Once, d.Files = "abc", []Attachment{{Name: "Result.pdf", Data: []byte("%PDF-1.4")}, {Name: "notes.txt", Data: []byte("x")}}
	for range 2 {
		if _, complaints, err := c.Compose(t.Context(), d, false); err != nil || len(complaints) != 0 {
			t.Fatalf("Compose: got %v, %v", complaints, err)
		}
	}
	list := c.read(t)
	if len(list) != 1 || len(list[0].files) != 2 || list[0].Content.Attachments[0].Type != "application/pdf" || string(list[0].files[1]) != "x" {
		t.Errorf("stored: got %d messages, want one with both files", len(list))
	}
	for _, bad := range []scanner{{verdict: virus.Verdict{Infected: true, Name: "Eicar"}}, {err: virus.ErrTooLarge}} {
		c.Intake.Virus, d.Once = bad, ""
		_, complaints, err := c.Compose(t.Context(), d, true)
		if err != nil || len(complaints) != 1 || complaints[0].Field != "attachments" {
			t.Errorf("got %v, %v, want a complaint about the files", complaints, err)
		}
	}
	c.Intake.Virus = scanner{err: virus.ErrUnavailable}
	if _, complaints, err := c.Compose(t.Context(), d, false); err != nil || len(complaints) != 1 || complaints[0].Field != "" {
		t.Errorf("with the scanner away: got %v, %v, want to be asked for patience", complaints, err)
	}
}
