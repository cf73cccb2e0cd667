package sandbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/sandbox"
)

// Each row of the table is played as a courier would, and has to end as it says.
func TestEveryOutcomeIsAsTheTableSays(t *testing.T) {
	for _, o := range sandbox.Outcomes() {
		t.Run(o.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := play{newRig(t), []string{"accepted"}}
				p.send(t, orElse(o.Number, "+12015550100"), 0)
				if !slices.Equal(p.events, o.Events) {
					t.Errorf("events %q, the table says %q", p.events, o.Events)
				}
				arrives := o.Events[len(o.Events)-1] == "delivered"
				if got := len(p.phone.Texts()); (got == 1) != arrives || got > 1 {
					t.Errorf("the phone got %d texts", got)
				}
				if late := p.called(24 * time.Hour); late != (sms.Status{}) {
					t.Errorf("called back with %+v later", late)
				}
			})
		})
	}
}

// play is one message's way, with the events that the courier would record.
type play struct {
	*rig
	events []string
}

func (p *play) add(event string) { p.events = append(p.events, event) }

func (p *play) send(t *testing.T, to string, attempt int) {
	text := newText(t, fmt.Sprintf("txt_%d", attempt), to, "Riverside Clinic")
	receipt, err := p.Send(t.Context(), text)
	code := sms.Code(err)
	switch {
	case err == nil:
		p.add("sent")
		p.follow(t, to, attempt, receipt)
	case errors.Is(err, sms.ErrPermanent):
		p.add("failed: " + code)
	case errors.Is(err, sms.ErrBusy):
		p.add("deferred: " + code)
		time.Sleep(sms.RetryAfter(err))
		p.send(t, to, attempt+1)
	case errors.Is(err, sms.ErrUnsure):
		p.add("deferred: " + code)
		p.find(t, text)
	default:
		t.Fatalf("Send: %v", err)
	}
}

// follow waits for the carrier's word, asks for it where none comes, and texts
// again where that is worth while.
func (p *play) follow(t *testing.T, to string, attempt int, receipt sms.Receipt) {
	if receipt.Delivered {
		p.add("delivered")
		return
	}
	status := p.called(10 * time.Minute)
	if status == (sms.Status{}) {
		status = p.report(t, receipt.ProviderID)
	} else if told := p.report(t, receipt.ProviderID); told != status {
		t.Errorf("called back with %+v, reported %+v", status, told)
	}
	if status.Text != fmt.Sprintf("txt_%d", attempt) || status.ProviderID != receipt.ProviderID {
		t.Errorf("the status is of text %q, %q", status.Text, status.ProviderID)
	}
	switch status.State {
	case sms.Sent:
		return
	case sms.Delivered:
		p.add("delivered")
	default:
		p.add(string(status.State) + ": " + status.Code)
	}
	if status.Transient {
		time.Sleep(10 * time.Minute)
		p.send(t, to, attempt+1)
	}
}

func (p *play) find(t *testing.T, text sms.Text) {
	found, err := p.Find(t.Context(), sms.Query{To: text.To(), Texts: []string{text.ID()}, Since: time.Now()})
	if err != nil || len(found) != 1 || found[0].Text != text.ID() || found[0].Body != text.Body() {
		t.Fatalf("Find: %d texts, %v", len(found), err)
	}
	p.add("sent")
	p.add(string(found[0].State))
	if told := p.report(t, found[0].ProviderID); told.State != found[0].State {
		t.Errorf("found %s, reported %s", found[0].State, told.State)
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
