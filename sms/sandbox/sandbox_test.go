package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/console"
	"securetext/sms/phone"
	"securetext/sms/sandbox"
	"securetext/store/token"
)

var (
	_ sms.Sender   = (*sandbox.Sandbox)(nil)
	_ sms.Finder   = (*sandbox.Sandbox)(nil)
	_ sms.Reporter = (*sandbox.Sandbox)(nil)
)

// rig is a sandbox with a phone and an ear.
type rig struct {
	*sandbox.Sandbox
	phone *console.Console
	calls chan sms.Status
}

func newRig(t *testing.T) *rig {
	r := &rig{phone: console.New(nil, time.Now), calls: make(chan sms.Status, 2*sandbox.Keep)}
	r.Sandbox = sandbox.New(r.phone, func(s sms.Status) { r.calls <- s }, time.Now)
	t.Cleanup(func() { r.Close() })
	return r
}

// called returns what is called back within a time; the zero Status: nothing.
func (r *rig) called(within time.Duration) sms.Status {
	select {
	case s := <-r.calls:
		return s
	case <-time.After(within):
		return sms.Status{}
	}
}

func (r *rig) report(t *testing.T, id string) sms.Status {
	t.Helper()
	status, err := r.Report(t.Context(), id)
	if err != nil {
		t.Fatalf("Report: %v", err)
	}
	return status
}

func TestNumbersAreReservedForFiction(t *testing.T) {
	for _, o := range sandbox.Outcomes()[1:] {
		n := number(t, o.Number)
		if n.E164() != o.Number || !strings.HasPrefix(o.Number, "+120155501") || n.Country() != "US" || n.Premium() {
			t.Errorf("%s: parsed as %q of %q", o.Number, n.E164(), n.Country())
		}
	}
}

func TestSlowTextsAreCalledBackInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		receipt := r.send(t, "txt_1", "+12015550104", "Riverside Clinic")
		if s := r.called(2*time.Minute - time.Second); s != (sms.Status{}) {
			t.Errorf("called back early with %+v", s)
		}
		if s := r.report(t, receipt.ProviderID); s.State != sms.Sent {
			t.Errorf("reported %q before the end", s.State)
		}
		want := sms.Status{Text: "txt_1", ProviderID: receipt.ProviderID, State: sms.Delivered}
		if s := r.called(time.Second + 1); s != want {
			t.Errorf("called back with %+v, want %+v", s, want)
		}
	})
}

func TestReportKnowsTextsOfOtherProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := newRig(t)
		receipt := before.send(t, "txt_with_marks", "+12015550109", "Riverside Clinic")
		before.Close()
		after := newRig(t)
		if s := after.report(t, receipt.ProviderID); s.State != sms.Sent || s.Code != "" {
			t.Errorf("at once: %+v", s)
		}
		time.Sleep(10 * time.Second)
		want := sms.Status{
			Text: "txt_with_marks", ProviderID: receipt.ProviderID, State: sms.Failed,
			Code: "sandbox_barred", Means: sms.ErrPermanent,
		}
		if s := after.report(t, receipt.ProviderID); s != want {
			t.Errorf("later: %+v, want %+v", s, want)
		}
		if s := before.called(time.Hour); s != (sms.Status{}) {
			t.Errorf("called back with %+v after Close", s)
		}
	})
}

func TestCloseWaitsForCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var over atomic.Bool
		s := sandbox.New(console.New(nil, time.Now), func(sms.Status) { time.Sleep(time.Minute); over.Store(true) }, time.Now)
		if _, err := s.Send(t.Context(), newText(t, "txt_1", "+12015550109", "Riverside Clinic")); err != nil {
			t.Fatalf("Send: %v", err)
		}
		time.Sleep(11 * time.Second)
		if err := s.Close(); err != nil || !over.Load() {
			t.Errorf("closed with error %v, the call over: %v", err, over.Load())
		}
	})
}

func TestSendsAndCloseAtOneTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		s := sandbox.New(console.New(nil, time.Now), func(sms.Status) { calls.Add(1) }, time.Now)
		var sends sync.WaitGroup
		for i := range 20 {
			text := newText(t, fmt.Sprintf("txt_%d", i), "+12015550109", "Riverside Clinic")
			sends.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				if _, err := s.Send(t.Context(), text); err != nil {
					t.Errorf("Send: %v", err)
				}
			})
		}
		time.Sleep(15*time.Second + 1)
		s.Close()
		sends.Wait()
		time.Sleep(time.Hour)
		if n := calls.Load(); n != 6 {
			t.Errorf("called back %d times, want those of the first 6 s", n)
		}
	})
}

func TestReportOfWhatIsNoTextOfOurs(t *testing.T) {
	for _, id := range []string{
		"", "console_txt_1", "sandbox_", "sandbox_slow", "sandbox_slow_1", "sandbox_slow_x_txt_1", "sandbox_none_1_txt_1", "sandbox_dead_1_txt_1",
	} {
		if s := newRig(t).report(t, id); s != (sms.Status{}) {
			t.Errorf("%q: %+v", id, s)
		}
	}
}

func TestPhoneThatIsOffComesOnAndGoesOffAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i, c := range []struct {
			after     time.Duration
			delivered bool
		}{
			{0, false},
			{5*time.Minute - time.Second, false},
			{time.Second, true},
			{2*time.Hour - time.Second, true},
			{time.Second, false},
			{5 * time.Minute, true},
		} {
			time.Sleep(c.after)
			if got := r.send(t, fmt.Sprintf("txt_%d", i), "+12015550106", "Riverside Clinic"); got.Delivered != c.delivered {
				t.Errorf("text %d: delivered is %v", i, got.Delivered)
			}
		}
	})
}

func TestOrgsDoNotDisturbEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.send(t, "txt_1", "+12015550106", "Riverside Clinic")
		time.Sleep(10 * time.Minute)
		if got := r.send(t, "txt_2", "+12015550106", "Hill Clinic"); got.Delivered {
			t.Error("another clinic's first text was delivered")
		}
		if got := r.send(t, "txt_3", "+12015550106", "Riverside Clinic"); !got.Delivered {
			t.Error("the clinic's second text was not delivered")
		}
	})
}

func TestBusySaysForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for range 3 {
			_, err := r.Send(t.Context(), newText(t, "txt_1", "+12015550107", "Riverside Clinic"))
			if !errors.Is(err, sms.ErrBusy) || sms.RetryAfter(err) <= 0 || sms.RetryAfter(err) > 3*time.Second {
				t.Errorf("got error %v, to wait %v", err, sms.RetryAfter(err))
			}
			time.Sleep(time.Second)
		}
		r.send(t, "txt_2", "+12015550107", "Riverside Clinic")
	})
}

func TestFindTellsTextsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range sandbox.Keep + 2 {
			r.send(t, fmt.Sprintf("txt_%d", i), "+12015550109", "Riverside Clinic")
			time.Sleep(time.Second)
		}
		r.send(t, "txt_else", "+12015550110", "Riverside Clinic")
		to := number(t, "+12015550109")
		all := r.find(t, sms.Query{To: to})
		if len(all) != sandbox.Keep-1 || all[0].Text != "txt_201" || all[0].State != sms.Sent {
			t.Errorf("found %d, the newest %+v", len(all), all[0])
		}
		if oldest := all[len(all)-1]; oldest.Text != "txt_3" || oldest.State != sms.Failed || oldest.Code != "sandbox_barred" {
			t.Errorf("the oldest is %+v", oldest)
		}
		if some := r.find(t, sms.Query{To: to, Since: time.Now().Add(-3 * time.Second)}); len(some) != 3 {
			t.Errorf("found %d of the last 3 s", len(some))
		}
		if one := r.find(t, sms.Query{To: to, Texts: []string{"txt_7", "txt_else"}}); len(one) != 1 || one[0].Text != "txt_7" {
			t.Errorf("found %d by id", len(one))
		}
	})
}

func TestNothingIsTakenWhereThePhoneIsBroken(t *testing.T) {
	broken := errors.New("broken pipe")
	s := sandbox.New(brokenPhone{broken}, func(sms.Status) {}, time.Now)
	text := newText(t, "txt_1", "+12015550108", "Riverside Clinic")
	if _, err := s.Send(t.Context(), text); !errors.Is(err, broken) {
		t.Errorf("got error %v", err)
	}
	if found, err := s.Find(t.Context(), sms.Query{To: text.To()}); err != nil || len(found) != 0 {
		t.Errorf("Find: %d texts, %v", len(found), err)
	}
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := newRig(t)
	if _, err := r.Send(ctx, newText(t, "txt_1", "+12015550100", "Riverside Clinic")); !errors.Is(err, context.Canceled) || len(r.phone.Texts()) != 0 {
		t.Errorf("got error %v and %d texts", err, len(r.phone.Texts()))
	}
}

// brokenPhone takes no texts.
type brokenPhone struct{ err error }

func (brokenPhone) Name() string { return "broken" }

func (p brokenPhone) Send(context.Context, sms.Text) (sms.Receipt, error) {
	return sms.Receipt{}, p.err
}

func (r *rig) send(t *testing.T, id, to, org string) sms.Receipt {
	t.Helper()
	receipt, err := r.Send(t.Context(), newText(t, id, to, org))
	if err != nil {
		t.Fatalf("Send to %s: %v", to, err)
	}
	return receipt
}

func (r *rig) find(t *testing.T, q sms.Query) []sms.Found {
	t.Helper()
	found, err := r.Find(t.Context(), q)
	if err != nil {
		t.Fatalf("Find: %v", err)
	}
	return found
}

func newText(t *testing.T, id, to, org string) sms.Text {
	t.Helper()
	name, err := sms.ParseOrgName(org)
	if err != nil {
		t.Fatal(err)
	}
	base, err := sms.ParsePublicURL("https://localhost:8443")
	if err != nil {
		t.Fatal(err)
	}
	return sms.LinkText(id, number(t, to), sms.Voice{Org: name, Lang: "en"}, sms.NewMessage, base.Link(token.New()))
}

func number(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s, "")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
