package courier_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/phone"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
	"securetext/store"
	"securetext/store/storetest"
	"securetext/store/token"
)

// However the provider fails to answer, whether it took the text or not, and
// whether it keeps bodies or not: exactly one text goes out.
func TestAnUnansweredTextGoesOutOnce(t *testing.T) {
	broken := map[string]twiliofake.Rule{"500": {Status: 500}, "html": {Status: 502}, "cut": {Cut: true}, "hang": {Hang: true}}
	for name, rule := range broken {
		for _, accept := range []bool{false, true} {
			for _, retention := range []string{"retain", "discard"} {
				t.Run(fmt.Sprintf("%s accepted %v %s", name, accept, retention), func(t *testing.T) {
					r := newRig(t, func(c *twilio.Config) { c.ContentRetention, c.Timeout = retention, 300*time.Millisecond })
					rule.Times, rule.Accept, rule.Lose = 1, accept, true
					r.fake.Fail(rule)
					id := r.accept(t, 1)[0]
					r.run(t)
					r.untilEvent(t, id, "deferred:twilio")
					r.fake.Wait()
					r.forward(2 * time.Minute)
					r.until(t, store.Delivered, id)
					if n := len(r.fake.Texts()); n != 1 {
						t.Errorf("%d texts, want 1", n)
					}
				})
			}
		}
	}
}

func TestTheCallbackSettlesADoubt(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Times: 1, Status: 500, Accept: true})
	id := r.accept(t, 1)[0]
	r.run(t)
	r.until(t, store.Delivered, id)
	r.forward(time.Hour)
	time.Sleep(50 * time.Millisecond)
	if n := len(r.fake.Texts()); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
}

// A process that dies after it stored the link, before or after the provider
// took the text.
func TestADeadCouriersTextsAreLookedUp(t *testing.T) {
	for _, sent := range []bool{false, true} {
		t.Run(fmt.Sprintf("sent %v", sent), func(t *testing.T) {
			r := newRig(t)
			r.fake.Fail(twiliofake.Rule{Times: 1, Lose: true})
			id := r.accept(t, 1)[0]
			text := die(t, r)
			if sent {
				if _, err := r.sender.Send(t.Context(), text); err != nil {
					t.Fatal(err)
				}
				r.fake.Wait()
			}
			r.run(t)
			time.Sleep(30 * time.Millisecond)
			if n := len(r.fake.Texts()); sent && n != 1 || !sent && n != 0 {
				t.Fatalf("%d texts while the claim holds", n)
			}
			r.forward(3 * time.Minute)
			wait(t, "a text", func() bool { return len(r.fake.Texts()) == 1 })
			wait(t, "it to be recorded", func() bool { return r.status(t, id) != store.Accepted })
			if n := len(r.fake.Texts()); n != 1 {
				t.Errorf("%d texts, want 1", n)
			}
		})
	}
}

// die does what a courier does up to the moment of sending.
func die(t *testing.T, r *rig) sms.Text {
	t.Helper()
	due, err := r.Due(t.Context(), 1, 2*time.Minute, r.now())
	if err != nil || len(due) != 1 {
		t.Fatalf("Due: %d, %v", len(due), err)
	}
	tok, id := token.New(), store.NewTextID(r.now())
	attempt := store.Attempt{Claim: due[0].Claim, Text: id, Road: "twilio", Link: tok.Hash()}
	if err := r.AddLinks(t.Context(), []store.Attempt{attempt}, r.now()); err != nil {
		t.Fatal(err)
	}
	to, err := phone.Parse(storetest.Number(1), "")
	if err != nil {
		t.Fatal(err)
	}
	base, _ := sms.ParsePublicURL(publicURL)
	org, _ := sms.ParseOrgName("Lakeside")
	return sms.LinkText(string(id), to, sms.Voice{Org: org, Lang: "en"}, sms.NewMessage, base.Link(tok))
}

func TestASenderThatCannotBeAskedSendsAgain(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Times: 1, Status: 500, Accept: true, Lose: true})
	id := r.accept(t, 1)[0]
	r.run(t, func(c *courier.Config) { c.Roads = through(senderFunc(r.sender.Send)) })
	r.untilEvent(t, id, "deferred:twilio_http_500")
	r.forward(6 * time.Minute)
	r.until(t, store.Delivered, id)
	if n := len(r.fake.Texts()); n != 2 {
		t.Errorf("%d texts, want 2: twice is better than never", n)
	}
}

func TestATextThatTheCarrierLostIsSentAgain(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Times: 1, Status: 500, Accept: true, Lose: true, Final: "undelivered", FinalCode: 30003})
	id := r.accept(t, 1)[0]
	r.run(t)
	r.untilEvent(t, id, "deferred:twilio_http_500")
	r.fake.Wait()
	r.forward(2 * time.Minute)
	r.until(t, store.Delivered, id)
	if n := len(r.fake.Texts()); n != 2 {
		t.Errorf("%d texts, want 2", n)
	}
}

// blind is Twilio while its list cannot be read.
type blind struct {
	*twilio.Twilio
	err error
}

func (b *blind) Find(ctx context.Context, q sms.Query) ([]sms.Found, error) {
	if b.err != nil {
		err := b.err
		b.err = nil
		return nil, err
	}
	return b.Twilio.Find(ctx, q)
}

func TestNothingIsSentWhileADoubtCannotBeLookedUp(t *testing.T) {
	for _, err := range []error{sms.ErrUnsure, sms.ErrBusy, sms.ErrHalt, context.DeadlineExceeded} {
		t.Run(err.Error(), func(t *testing.T) {
			r := newRig(t)
			r.fake.Fail(twiliofake.Rule{Times: 1, Status: 500, Accept: true, Lose: true})
			id := r.accept(t, 1)[0]
			r.run(t, func(c *courier.Config) {
				c.Roads = through(&blind{r.sender, &sms.Error{Code: "blind", Err: err}})
			})
			r.untilEvent(t, id, "deferred:twilio_http_500")
			r.forward(2 * time.Minute)
			r.untilEvent(t, id, "deferred:blind")
			r.forward(20 * time.Minute)
			r.until(t, store.Delivered, id)
			if n := len(r.fake.Texts()); n != 1 {
				t.Errorf("%d texts, want 1", n)
			}
		})
	}
}

// TestEveryTroubleEndsWell sends many texts through all sorts of trouble at
// once. Whatever comes, each message ends delivered with one text to its phone,
// or failed with none.
func TestEveryTroubleEndsWell(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	troubles := []twiliofake.Rule{
		{}, {Status: 500}, {Status: 500, Accept: true}, {Cut: true}, {Cut: true, Accept: true, Lose: true}, {Status: 503, Accept: true, Lose: true},
		{Status: 429, Code: 20429, RetryAfter: 1}, {Status: 400, Code: 99999}, {Status: 401, Code: 20003}, {Duplicate: true}, {Reverse: true},
		{Forge: true, Status: 500, Accept: true}, {Delay: 30 * time.Millisecond}, {Status: 500, Accept: true, Delay: 30 * time.Millisecond},
	}
	r := newRig(t)
	numbers := make([]int, 60)
	doomed := map[int]bool{}
	for i := range numbers {
		n := i + 1
		numbers[i] = n
		for range random.IntN(3) {
			rule := troubles[random.IntN(len(troubles))]
			rule.To, rule.Times = storetest.Number(n), 1
			r.fake.Fail(rule)
		}
		if doomed[n] = random.IntN(5) == 0; doomed[n] {
			r.fake.Fail(twiliofake.Rule{To: storetest.Number(n), Status: 400, Code: 21610})
		}
	}
	ids := r.accept(t, numbers...)
	flaky := &faulty{Store: r.Store, fault: func(string) error {
		if rand.IntN(10) == 0 {
			return store.ErrUnavailable
		}
		return nil
	}}
	for range 2 {
		r.run(t, func(c *courier.Config) { c.Store, c.Lease = flaky, leaps })
	}
	r.pass(t, "all to end", func() bool {
		r.fake.Wait()
		b, err := r.Backlog(t.Context(), r.now().Add(2*leaps))
		return err == nil && b.Due == 0
	})
	texts := map[string]int{}
	for _, text := range r.fake.Texts() {
		texts[text.To]++
	}
	for i, id := range ids {
		n := texts[storetest.Number(i+1)]
		r.fake.Wait()
		switch status := r.status(t, id); {
		case n == 1 && (status == store.Delivered || status == store.Sent):
		case n == 0 && status == store.Failed && doomed[i+1]:
		default:
			t.Errorf("number %d, doomed %v: %d texts, status %s, events %s", i+1, doomed[i+1], n, status, r.events(t, id))
		}
	}
}
