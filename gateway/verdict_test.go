package gateway

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"securetext/gateway/limit"
	"securetext/gateway/virus"
	"securetext/store"
)

// scanner is a virus scanner that says what it is told.
type scanner struct {
	verdict virus.Verdict
	err     error
}

// Scan implements [virus.Scanner].
func (s scanner) Scan(_ context.Context, r io.Reader) (virus.Verdict, error) {
	io.Copy(io.Discard, r)
	return s.verdict, s.err
}

// away is a limiter that cannot tell.
type away struct{}

// Allow implements [limit.Limiter].
func (away) Allow(context.Context, string, int, limit.Rule, time.Time) (bool, time.Duration, error) {
	return false, 0, limit.ErrUnavailable
}

const (
	atMail = iota
	atRcpt
	atData
)

var verdictCases = []struct {
	name   string // the problem's
	number string
	set    func(t *testing.T, c *clinic)
	when   int // in a dialogue
	reply  string
	status int
}{
	{"suspended", "2114367789", func(t *testing.T, c *clinic) {
		must(t, c.db.SuspendSender(t.Context(), c.org.ID, c.sender.ID, true, operator, time.Now()))
	}, atMail, "550 5.7.1 You may not send", 403},
	{"opted-out", "2114367789", refusing(store.OptedOut), atRcpt, "550 5.7.1 The patient asked", 409},
	{"blocked", "2114367789", refusing(store.Blocked), atRcpt, "550 5.7.1 Your administrator", 422},
	{"landline", "2114367789", refusing(store.Landline), atRcpt, "550 5.1.1 This number is a landline", 422},
	{"dead", "2114367789", refusing(store.Dead), atRcpt, "550 5.1.1 Nobody has", 422},
	{"not-mine", "2114367789", refusing(store.NotMine), atRcpt, "550 5.1.1 The person who has this number", 422},
	{"premium", "+19005551234", func(*testing.T, *clinic) {}, atRcpt, "550 5.7.1 No texts", 422},
	{"country", "+442079460958", func(t *testing.T, c *clinic) {
		c.setPolicy(t, store.Policy{Countries: []string{"US", "CA"}})
	}, atRcpt, "550 5.7.1 Your organisation sends no texts", 422},
	{"quota", "2114367789", func(t *testing.T, c *clinic) {
		c.setPolicy(t, store.Policy{Daily: 1})
		_, err := c.Accept(t.Context(), c.submission(t, "2114367780"))
		must(t, err)
	}, atRcpt, "450 4.7.1 Your organisation has sent all", 429},
	{"too-fast", "2114367789", func(t *testing.T, c *clinic) {
		c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), Rates{Sender: limit.Rule{Burst: 1, Per: time.Hour}}
		c.take(t, "send:"+string(c.sender.ID), c.Intake.Rates.Sender)
	}, atData, "450 4.7.1 You are sending too many", 429},
	{"pumping", "2114367789", func(t *testing.T, c *clinic) {
		c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), Rates{Block: limit.Rule{Burst: 1, Per: time.Hour}}
		c.take(t, "block:"+string(c.org.ID)+":+1211436", c.Intake.Rates.Block)
	}, atData, "450 4.7.1 Too many messages to numbers that are alike", 429},
	{"limits", "2114367789", func(t *testing.T, c *clinic) {
		c.Intake.Rates.Sender = limit.Rule{Burst: 1, Per: time.Hour}
		c.Intake.Limiter = unlessGuessing{}
	}, atData, "451 4.3.0", 503},
	{"no-passcode", "2114367789", func(t *testing.T, c *clinic) { c.setPolicy(t, store.Policy{Passcode: true}) }, atData, "550 5.7.1 Your organisation asks every new patient", 422},
	{"virus", "2114367789", func(t *testing.T, c *clinic) {
		c.Intake.Virus = scanner{verdict: virus.Verdict{Infected: true, Name: "Eicar"}}
	}, atData, "554 5.7.1 A virus", 422},
	{"scanner", "2114367789", func(t *testing.T, c *clinic) { c.Intake.Virus = scanner{err: virus.ErrUnavailable} }, atData, "451 4.7.1", 503},
	{"unscannable", "2114367789", func(t *testing.T, c *clinic) { c.Intake.Virus = scanner{err: virus.ErrTooLarge} }, atData, "552 5.3.4", 422},
	{"crowded", "2114367789", func(t *testing.T, c *clinic) { c.Intake.Memory = 20 }, atData, "452 4.3.1", 503},
}

func refusing(why store.Refusal) func(*testing.T, *clinic) {
	return func(t *testing.T, c *clinic) { c.refuse(t, "2114367789", why) }
}

// unlessGuessing is away for all but passwords.
type unlessGuessing struct{ away }

// Allow implements [limit.Limiter].
func (u unlessGuessing) Allow(ctx context.Context, key string, n int, r limit.Rule, now time.Time) (bool, time.Duration, error) {
	if r == (limit.Rule{}) {
		return true, 0, nil
	}
	return u.away.Allow(ctx, key, n, r, now)
}

// take uses up one of a rule.
func (c *clinic) take(t *testing.T, key string, r limit.Rule) {
	t.Helper()
	if ok, _, err := c.Intake.Limiter.Allow(t.Context(), key, 1, r, time.Now()); !ok || err != nil {
		t.Fatalf("Allow: %v, %v", ok, err)
	}
}

// tell sends a mail and returns the first reply that refuses it.
func (d *dialogue) tell(from, to, data string) (reply string, when int) {
	d.Helper()
	for when, line := range []string{"MAIL FROM:<" + from + ">", "RCPT TO:<" + to + ">", "DATA"} {
		d.send(line + "\r\n")
		if got := d.reply(); got[0] > '3' {
			return got, when
		}
	}
	d.send(data + "\r\n.\r\n")
	return d.reply(), atData
}

func TestEveryVerdictIsTheSameInMailPostAndDryRun(t *testing.T) {
	for _, v := range verdictCases {
		t.Run(v.name, func(t *testing.T) {
			c := newClinic(t)
			v.set(t, c)
			addr, _ := c.serveSMTP(t, nil)
			got, when := c.dialIn(t, addr).tell(c.sender.Email, v.number+"@secure.text", simpleMail)
			if !strings.HasPrefix(got, v.reply) || when != v.when {
				t.Errorf("mail: got %q at %d, want %q at %d", got, when, v.reply, v.when)
			}
			if n := c.refusals(t, ViaSMTP, v.name); n != 1 {
				t.Errorf("the metric for %s counts %v", v.name, n)
			}
			body := strings.Replace(simplePost, "2114367789", v.number, 1)
			p := refused(t, do(c.api(), c.request("POST", "/v1/messages", body)), v.status)
			if p.Type != typePrefix+v.name || p.Detail == "" {
				t.Errorf("post: got %+v", p)
			}
			if n := c.refusals(t, ViaAPI, v.name); n != 1 {
				t.Errorf("the API's metric for %s counts %v", v.name, n)
			}
			c.checkDryRun(t, body, v.name, v.status)
			if left := c.read(t); len(left) != 0 && v.name != "quota" {
				t.Errorf("%d messages were stored", len(left))
			}
		})
	}
}

// checkDryRun wants that verdict; what is not about a message but about us is a
// problem in a dry run too.
func (c *clinic) checkDryRun(t *testing.T, body, verdict string, status int) {
	t.Helper()
	w := do(c.api(), c.request("POST", "/v1/messages?dry_run=true", body))
	if status == 503 {
		refused(t, w, status)
		return
	}
	var tried struct{ Results []dryMessage }
	must(t, json.Unmarshal(w.Body.Bytes(), &tried))
	if r := tried.Results; w.Code != 200 || len(r) != 1 || r[0].Verdict != verdict || r[0].Detail == "" {
		t.Errorf("dry run: got %d %s", w.Code, w.Body)
	}
}

func TestADryRunStoresAndCountsNothing(t *testing.T) {
	c := newClinic(t)
	c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), Rates{Sender: limit.Rule{Burst: 1, Per: time.Hour}}
	c.refuse(t, "2114367780", store.OptedOut)
	h := c.api()
	for range 3 {
		w := do(h, c.request("POST", "/v1/messages?dry_run=true", `{"to":["2114367789","2114367780"],"subject":"s","text":"t"}`))
		want := `{"results":[{"index":0,"verdict":"ok"},{"index":1,"verdict":"opted-out","detail":"The patient asked for no more texts: please call instead"}]}`
		if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != want {
			t.Fatalf("got %d %s", w.Code, got)
		}
	}
	if n := len(c.read(t)); n != 0 {
		t.Errorf("%d messages were stored", n)
	}
	c.post(t, h, simplePost)
	for query, want := range map[string]int{"?dry_run=false": 429, "?dry_run=yes": 422, "?dryrun=true": 422, "?dry_run=true&dry_run=true": 422} {
		refused(t, do(h, c.request("POST", "/v1/messages"+query, simplePost)), want)
	}
}

func TestARefusedRecipientIsNamed(t *testing.T) {
	c := newClinic(t)
	c.refuse(t, "2114367780", store.Dead)
	p := refused(t, do(c.api(), c.request("POST", "/v1/messages", `{"to":["2114367789","2114367780"],"subject":"s","text":"t"}`)), 422)
	if p.Type != typePrefix+"dead" || len(p.Errors) != 1 || p.Errors[0].Pointer != "/to/1" {
		t.Errorf("got %+v", p)
	}
	if n := len(c.read(t)); n != 0 {
		t.Errorf("%d messages were stored for the others", n)
	}
}

func TestTooFastSaysWhenToComeBack(t *testing.T) {
	c := newClinic(t)
	c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), Rates{Sender: limit.Rule{Burst: 1, Per: 100 * time.Second}}
	c.post(t, c.api(), simplePost)
	w := do(c.api(), c.request("POST", "/v1/messages", simplePost))
	refused(t, w, 429)
	if after := w.Header().Get("Retry-After"); after != "100" && after != "101" {
		t.Errorf("Retry-After is %q", after)
	}
}

func TestMoreThanTheRateAtOnceIsRefusedForGood(t *testing.T) {
	c := newClinic(t)
	c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), Rates{Sender: limit.Rule{Burst: 1, Per: time.Hour}}
	p := refused(t, do(c.api(), c.request("POST", "/v1/messages", `{"to":["2114367789","2114367780"],"subject":"s","text":"t"}`)), 422)
	if p.Type != typePrefix+"too-many" {
		t.Errorf("got %+v", p)
	}
}

func TestCountriesOfNumbersThatHaveNone(t *testing.T) {
	for _, c := range []struct {
		number, region string
		allowed        []string
		want           bool
	}{
		{"+12114367789", "US", nil, true},
		{"+12114367789", "US", []string{"US"}, true},
		{"+12114367789", "US", []string{"CA"}, false},
		{"+12114367789", "DE", []string{"DE", "US"}, false},
		{"+18095551234", "US", []string{"US"}, false}, // the Dominican Republic shares the code
		{"+80012345678", "US", []string{"US"}, false},
		{"+80012345678", "US", nil, true},
	} {
		org := store.Org{Region: c.region, Policy: store.Policy{Countries: c.allowed}}
		if got := mayTextTo(number(t, c.number), org); got != c.want {
			t.Errorf("%s for %s with %v: got %v", c.number, c.region, c.allowed, got)
		}
	}
}

func TestTheQuotaCountsTheRecipientsOfAMail(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Daily: 2})
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<"+c.sender.Email+">", "250")
	d.say("RCPT TO:<2114367780@secure.text>", "250")
	d.say("RCPT TO:<2114367780@secure.text>", "250") // which makes no second message
	d.say("RCPT TO:<2114367781@secure.text>", "250")
	d.say("RCPT TO:<2114367782@secure.text>", "450 4.7.1")
	d.say("DATA", "354")
	d.send(simpleMail + "\r\n.\r\n")
	d.expect("250")
	if n := len(c.read(t)); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

func TestS28MemoryForStrangersLeavesRoomForTheRest(t *testing.T) {
	in := &Intake{Memory: 100}
	stranger, known := in.hold(true), in.hold(false)
	if stranger.grow(51) == nil || stranger.grow(50) != nil || stranger.grow(1) == nil {
		t.Error("strangers do not get just half")
	}
	if known.grow(50) != nil || known.grow(1) == nil {
		t.Error("the others do not get just the rest")
	}
	stranger.release()
	if known.grow(50) != nil {
		t.Error("what was given back is not given out")
	}
	known.release()
	if n := in.bodies.held.Load(); n != 0 {
		t.Errorf("%d bytes are held by nobody", n)
	}
}
