package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
	"securetext/store/token"
)

var (
	_ sms.Sender   = (*twilio.Twilio)(nil)
	_ sms.Finder   = (*twilio.Twilio)(nil)
	_ sms.Reporter = (*twilio.Twilio)(nil)
	_ sms.Looker   = (*twilio.Twilio)(nil)
	_ sms.Listener = (*twilio.Twilio)(nil)
)

const (
	sid       = "AC00000000000000000000000000000000"
	authToken = "sesame"
	callback  = "https://clinic.example/callbacks/twilio"
	patient   = "+15551230001"
)

// newFake serves a fake. conns counts the connections made to it.
func newFake(t testing.TB) (fake *twiliofake.Fake, base string, conns *atomic.Int32) {
	t.Helper()
	conns = new(atomic.Int32)
	fake = twiliofake.New(twiliofake.Account{SID: sid, AuthToken: authToken}, time.Now, nil)
	server := httptest.NewUnstartedServer(fake)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(func() { fake.Close(); server.Close() })
	return fake, server.URL, conns
}

func newTwilio(t testing.TB, base string, change ...func(*twilio.Config)) *twilio.Twilio {
	t.Helper()
	c := twilio.Config{AccountSID: sid, AuthToken: authToken, From: "+15550000001", BaseURL: base}
	for _, f := range change {
		f(&c)
	}
	tw, err := twilio.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return tw
}

func TestSendSaysAllThatTwilioNeeds(t *testing.T) {
	fake, base, _ := newFake(t)
	tw := newTwilio(t, base, func(c *twilio.Config) {
		c.CallbackURL, c.Validity = "http://127.0.0.1:1/twilio?v=1", time.Hour
		c.ContentRetention, c.AddressRetention = "discard", "retain"
	})
	text := newText(t, "txt_1")
	receipt, err := tw.Send(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	got := fake.Texts()[0]
	want := twiliofake.Text{
		SID: receipt.ProviderID, To: patient, From: "+15550000001", Body: text.Body(), Status: got.Status, Created: got.Created,
		Callback: "http://127.0.0.1:1/twilio?text=txt_1&v=1", Validity: "3600", ContentRetention: "discard", AddressRetention: "retain",
	}
	if got != want {
		t.Errorf("sent %+v, want %+v", got, want)
	}
	if receipt.Delivered || !strings.HasPrefix(receipt.ProviderID, "SM") {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestSendThroughAMessagingService(t *testing.T) {
	fake, base, _ := newFake(t)
	tw := newTwilio(t, base, func(c *twilio.Config) { c.From, c.MessagingServiceSID = "", "MG0" })
	if _, err := tw.Send(t.Context(), newText(t, "txt_1")); err != nil {
		t.Fatal(err)
	}
	if got := fake.Texts()[0]; got.From != "MG0" || got.Validity != "14400" || got.Callback != "" {
		t.Errorf("sent %+v", got)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	cases := []struct {
		rule  twiliofake.Rule
		want  error // nil: temporary
		code  string
		after time.Duration
	}{
		{rule: twiliofake.Rule{Status: 400, Code: 21211}, want: sms.ErrDead, code: "twilio_21211"},
		{rule: twiliofake.Rule{Status: 400, Code: 21614}, want: sms.ErrLandline, code: "twilio_21614"},
		{rule: twiliofake.Rule{Status: 400, Code: 21635}, want: sms.ErrLandline, code: "twilio_21635"},
		{rule: twiliofake.Rule{Status: 400, Code: 21610}, want: sms.ErrOptedOut, code: "twilio_21610"},
		{rule: twiliofake.Rule{Status: 401, Code: 20003}, want: sms.ErrHalt, code: "twilio_20003"},
		{rule: twiliofake.Rule{Status: 400, Code: 21606}, want: sms.ErrHalt, code: "twilio_21606"},
		{rule: twiliofake.Rule{Status: 400, Code: 21408}, want: sms.ErrHalt, code: "twilio_21408"},
		{rule: twiliofake.Rule{Status: 400, Code: 30034}, want: sms.ErrHalt, code: "twilio_30034"},
		{rule: twiliofake.Rule{Status: 400, Code: 30453}, want: sms.ErrHalt, code: "twilio_30453"},
		{rule: twiliofake.Rule{Status: 403}, want: sms.ErrHalt, code: "twilio_http_403"},
		{rule: twiliofake.Rule{Status: 429, Code: 20429, RetryAfter: 7}, want: sms.ErrBusy, code: "twilio_20429", after: 7 * time.Second},
		{rule: twiliofake.Rule{Status: 400, Code: 21611}, want: sms.ErrBusy, code: "twilio_21611"},
		{rule: twiliofake.Rule{Status: 400, Code: 30001}, code: "twilio_30001"},
		{rule: twiliofake.Rule{Status: 400, Code: 30003}, code: "twilio_30003"},
		{rule: twiliofake.Rule{Status: 400, Code: 30008}, code: "twilio_30008"},
		{rule: twiliofake.Rule{Status: 400, Code: 30004}, want: sms.ErrOptedOut, code: "twilio_30004"},
		{rule: twiliofake.Rule{Status: 400, Code: 30005}, want: sms.ErrDead, code: "twilio_30005"},
		{rule: twiliofake.Rule{Status: 400, Code: 30006}, want: sms.ErrLandline, code: "twilio_30006"},
		{rule: twiliofake.Rule{Status: 400, Code: 30007}, want: sms.ErrHalt, code: "twilio_30007"},
		{rule: twiliofake.Rule{Status: 404, Code: 20404}, want: sms.ErrHalt, code: "twilio_20404"},
		{rule: twiliofake.Rule{Status: 429, RetryAfter: 1e9}, want: sms.ErrBusy, code: "twilio_http_429", after: time.Hour},
		{rule: twiliofake.Rule{Status: 400, Code: 99999}, code: "twilio_99999"},
		{rule: twiliofake.Rule{Status: 302}, code: "twilio_http_302"},
		{rule: twiliofake.Rule{Status: 500, Code: 20500}, want: sms.ErrUnsure, code: "twilio_20500"},
		{rule: twiliofake.Rule{Status: 502}, want: sms.ErrUnsure, code: "twilio_http_502"},
		{rule: twiliofake.Rule{Status: 503, Code: 20429}, want: sms.ErrUnsure, code: "twilio_20429"},
		{rule: twiliofake.Rule{Cut: true}, want: sms.ErrUnsure, code: "twilio_broken_off"},
		{rule: twiliofake.Rule{Hang: true}, want: sms.ErrUnsure, code: "twilio_timeout"},
		{rule: twiliofake.Rule{Latency: time.Minute}, want: sms.ErrUnsure, code: "twilio_timeout"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d-%s", c.rule.Status, c.code), func(t *testing.T) {
			fake, base, _ := newFake(t)
			fake.Fail(c.rule)
			tw := newTwilio(t, base, func(c *twilio.Config) { c.Timeout = 200 * time.Millisecond })
			_, err := tw.Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, c.want, c.code)
			if sms.RetryAfter(err) != c.after {
				t.Errorf("RetryAfter %v, want %v", sms.RetryAfter(err), c.after)
			}
		})
	}
}

// checkError looks for one sentinel and no other, and for what must not show.
func checkError(t *testing.T, err, want error, code string) {
	t.Helper()
	if err == nil || sms.Code(err) != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
	for _, sentinel := range []error{sms.ErrPermanent, sms.ErrOptedOut, sms.ErrLandline, sms.ErrDead, sms.ErrHalt, sms.ErrBusy, sms.ErrAway, sms.ErrUnsure} {
		expected := want != nil && (want == sentinel || errors.Is(want, sentinel))
		if errors.Is(err, sentinel) != expected {
			t.Errorf("got error %v: is %q: %v", err, sentinel, !expected)
		}
	}
	for _, secret := range []string{"5551230001", "secure message", authToken, "/m/", "http://"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error %q shows %q", err, secret)
		}
	}
}

func TestATextThatWasNeverWrittenIsCertainlyNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := "https://" + l.Addr().String() // accepts, and never says a word of TLS
	defer l.Close()
	for name, base := range map[string]string{"refused": "http://127.0.0.1:1", "no such host": "http://nobody.invalid", "no TLS": plain} {
		t.Run(name, func(t *testing.T) {
			tw := newTwilio(t, base, func(c *twilio.Config) { c.Timeout = 200 * time.Millisecond })
			_, err := tw.Send(t.Context(), newText(t, "txt_1"))
			checkError(t, err, sms.ErrAway, "twilio_unreached")
		})
	}
}

func TestBadCredentialsHalt(t *testing.T) {
	_, base, _ := newFake(t)
	for token, code := range map[string]string{"wrong": "twilio_20003", "not alphanumeric!": "twilio_21224"} {
		tw := newTwilio(t, base, func(c *twilio.Config) { c.AuthToken = token })
		_, err := tw.Send(t.Context(), newText(t, "txt_1"))
		checkError(t, err, sms.ErrHalt, code)
	}
}

func TestSendHeedsItsContext(t *testing.T) {
	fake, base, _ := newFake(t)
	fake.Fail(twiliofake.Rule{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := newTwilio(t, base).Send(ctx, newText(t, "txt_1"))
	if !errors.Is(err, sms.ErrUnsure) || time.Since(start) > 5*time.Second {
		t.Errorf("got error %v after %v", err, time.Since(start))
	}
}

func TestErrorsDoNotLeakConnections(t *testing.T) {
	fake, base, conns := newFake(t)
	tw := newTwilio(t, base)
	for _, rule := range []twiliofake.Rule{{Status: 400, Code: 21211, Times: 10}, {Status: 500, Times: 10}, {Status: 429, Code: 20429, Times: 10}} {
		fake.Fail(rule)
	}
	for range 30 {
		if _, err := tw.Send(t.Context(), newText(t, "txt_1")); err == nil {
			t.Fatal("sent")
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("30 errors made %d connections", n)
	}
}

func TestFind(t *testing.T) {
	fake, base, _ := newFake(t)
	tw := newTwilio(t, base)
	start := time.Now()
	fake.Fail(twiliofake.Rule{Times: 1, Final: "undelivered", FinalCode: 30003})
	texts := []sms.Text{newText(t, "txt_1"), newText(t, "txt_2"), newText(t, "txt_3")}
	for _, text := range texts {
		if _, err := tw.Send(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	fake.Wait()
	found, err := tw.Find(t.Context(), sms.Query{To: texts[0].To(), Since: start})
	if err != nil || len(found) != 3 {
		t.Fatalf("Find: %d texts, %v", len(found), err)
	}
	for i, f := range found {
		if want := texts[2-i]; f.Body != want.Body() || f.ProviderID == "" {
			t.Errorf("found %d is not the text sent", i)
		}
	}
	if found[0].State != sms.Delivered || found[2].State != sms.Undelivered || found[2].Code != "twilio_30003" {
		t.Errorf("states %s and %s %s", found[0].State, found[2].State, found[2].Code)
	}
	if found, err := tw.Find(t.Context(), sms.Query{To: texts[0].To(), Since: start.Add(time.Hour)}); err != nil || len(found) != 0 {
		t.Errorf("Find in an hour: %d texts, %v", len(found), err)
	}
}

func TestFindReadsFurtherPages(t *testing.T) {
	_, base, _ := newFake(t)
	tw := newTwilio(t, base)
	start := time.Now()
	text := newText(t, "txt_1")
	for range 250 {
		if _, err := tw.Send(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	found, err := tw.Find(t.Context(), sms.Query{To: text.To(), Since: start})
	if err != nil || len(found) != 250 {
		t.Errorf("Find: %d texts, %v; want 250", len(found), err)
	}
}

func TestFindFails(t *testing.T) {
	tw := newTwilio(t, "http://127.0.0.1:1")
	_, err := tw.Find(t.Context(), sms.Query{To: newText(t, "txt_1").To(), Since: time.Now()})
	checkError(t, err, sms.ErrAway, "twilio_unreached")
}

func TestACallersOwnEndIsNobodysFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, base, _ := newFake(t)
	tw := newTwilio(t, base, func(c *twilio.Config) { c.Lookup, c.LookupURL = true, base })
	text := newText(t, "txt_1")
	_, sent := tw.Send(ctx, text)
	_, found := tw.Find(ctx, sms.Query{To: text.To()})
	_, reported := tw.Report(ctx, anySID)
	for name, err := range map[string]error{"Send": sent, "Find": found, "Report": reported, "Look": tw.Look(ctx, text.To())} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, sms.ErrAway) || errors.Is(err, sms.ErrUnsure) {
			t.Errorf("%s: got error %v, want that it was canceled", name, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*twilio.Config){
		"account":  func(c *twilio.Config) { c.AccountSID = "" },
		"token":    func(c *twilio.Config) { c.AuthToken = "" },
		"no from":  func(c *twilio.Config) { c.From = "" },
		"two from": func(c *twilio.Config) { c.MessagingServiceSID = "MG0" },
		"validity": func(c *twilio.Config) { c.Validity = twilio.MaxValidity + time.Second },
		"base":     func(c *twilio.Config) { c.BaseURL = "api.twilio.com" },
		"lookups":  func(c *twilio.Config) { c.LookupURL = "lookups.twilio.com" },
		"callback": func(c *twilio.Config) { c.CallbackURL = "/callbacks" },
		"inbound":  func(c *twilio.Config) { c.InboundURL = "ftp://clinic.example/texts" },
	} {
		c := twilio.Config{AccountSID: sid, AuthToken: authToken, From: "+15550000001"}
		change(&c)
		if _, err := twilio.New(c); err == nil || strings.Contains(err.Error(), authToken) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func TestS24ConfigNeverPrints(t *testing.T) {
	c := twilio.Config{AuthToken: authToken}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if out := fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c); strings.Contains(out, authToken) {
			t.Errorf("%s shows the token: %s", verb, out)
		}
	}
}

func TestConfigVia(t *testing.T) {
	number, service := twilio.Config{From: "+15550000001"}, twilio.Config{MessagingServiceSID: "MG1"}
	for _, c := range []struct {
		config        twilio.Config
		via           string
		from, service string
	}{
		{number, "", "+15550000001", ""},
		{number, "+15550000002", "+15550000002", ""},
		{number, "MG2", "", "MG2"},
		{service, "", "", "MG1"},
		{service, "55512", "55512", ""},
	} {
		if got := c.config.Via(c.via); got.From != c.from || got.MessagingServiceSID != c.service {
			t.Errorf("Via(%q): from %q, service %q", c.via, got.From, got.MessagingServiceSID)
		}
	}
}

func TestSendersShareTheirConnections(t *testing.T) {
	fake, base, conns := newFake(t)
	shared := twilio.NewTransport()
	for _, from := range []string{"+15550000001", "+15550000002", "MG1"} {
		tw := newTwilio(t, base, func(c *twilio.Config) { *c, c.Transport = c.Via(from), shared })
		if _, err := tw.Send(t.Context(), newText(t, "txt_1")); err != nil {
			t.Fatal(err)
		}
	}
	var from []string
	for _, text := range fake.Texts() {
		from = append(from, text.From)
	}
	if got := strings.Join(from, " "); got != "+15550000001 +15550000002 MG1" {
		t.Errorf("sent from %s", got)
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("three senders made %d connections", n)
	}
}

func TestManySendsAtOnceKeepTheirConnections(t *testing.T) {
	const atOnce, rounds = 128, 8
	fake, base, conns := newFake(t)
	fake.Fail(twiliofake.Rule{Latency: 20 * time.Millisecond})
	tw := newTwilio(t, base, func(c *twilio.Config) { c.Timeout = time.Minute })
	text := newText(t, "txt_1")
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for range rounds {
				if _, err := tw.Send(t.Context(), text); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(fake.Texts()); n != atOnce*rounds {
		t.Errorf("%d texts of %d", n, atOnce*rounds)
	}
	if n := conns.Load(); n > 2*atOnce {
		t.Errorf("%d sends at once made %d connections", atOnce, n)
	}
}

// BenchmarkSend is the bare line: 128 texts at once to a Twilio that is 20 ms away.
func BenchmarkSend(b *testing.B) {
	fake, base, _ := newFake(b)
	fake.Fail(twiliofake.Rule{Latency: 20 * time.Millisecond})
	tw := newTwilio(b, base, func(c *twilio.Config) { c.Timeout = time.Minute })
	text := newText(b, "txt_1")
	b.SetParallelism(128 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := tw.Send(context.Background(), text); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}

func newText(t testing.TB, id string) sms.Text {
	t.Helper()
	to, err := phone.Parse(patient, "")
	if err != nil {
		t.Fatal(err)
	}
	org, err := sms.ParseOrgName("Clinic")
	if err != nil {
		t.Fatal(err)
	}
	base, err := sms.ParsePublicURL("https://clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	return sms.LinkText(id, to, sms.Voice{Org: org, Lang: "en"}, sms.NewMessage, base.Link(token.New()))
}
