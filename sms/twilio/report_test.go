package twilio_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
)

const anySID = "SM0123456789abcdef0123456789abcdef"

// newBroken serves an API that only ever gives one answer; status 0: none.
func newBroken(t *testing.T, status int, body string) (base string) {
	t.Helper()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status == 0 {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
			return
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	t.Cleanup(func() { close(stop); server.Close() })
	return server.URL
}

func TestReportSaysWhatBecameOfAText(t *testing.T) {
	fake, base, _ := newFake(t)
	tw := newTwilio(t, base)
	for _, c := range []struct {
		rule twiliofake.Rule
		want sms.Status
	}{
		{twiliofake.Rule{Delay: time.Hour}, sms.Status{State: sms.Sent}},
		{twiliofake.Rule{Lose: true}, sms.Status{State: sms.Delivered}},
		{twiliofake.Rule{Final: "read"}, sms.Status{State: sms.Delivered}},
		{twiliofake.Rule{Final: "canceled"}, sms.Status{State: sms.Failed}},
		{twiliofake.Rule{Final: "undelivered", FinalCode: 30003}, sms.Status{State: sms.Undelivered, Code: "twilio_30003", Transient: true}},
		{twiliofake.Rule{Final: "undelivered", FinalCode: 30006}, sms.Status{State: sms.Undelivered, Code: "twilio_30006", Means: sms.ErrLandline}},
		{twiliofake.Rule{Final: "failed", FinalCode: 30007}, sms.Status{State: sms.Failed, Code: "twilio_30007", Means: sms.ErrHalt}},
		{twiliofake.Rule{Final: "teleported"}, sms.Status{}},
	} {
		fake.Mend()
		fake.Fail(c.rule)
		receipt, err := tw.Send(t.Context(), newText(t, "txt_1"))
		if err != nil {
			t.Fatal(err)
		}
		if c.rule.Delay == 0 {
			waitFor(t, fake, receipt.ProviderID)
		}
		c.want.ProviderID = receipt.ProviderID
		if got, err := tw.Report(t.Context(), receipt.ProviderID); err != nil || got != c.want {
			t.Errorf("%+v: got %+v, %v; want %+v", c.rule, got, err, c.want)
		}
	}
}

// waitFor waits until a text has its last status.
func waitFor(t *testing.T, fake *twiliofake.Fake, sid string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, text := range fake.Texts() {
			if text.SID == sid && text.Status != "queued" && text.Status != "sent" {
				return
			}
		}
	}
	t.Fatal("a text never came to an end")
}

func TestReportOfATextThatTwilioDoesNotKnowIsEmpty(t *testing.T) {
	_, base, _ := newFake(t)
	tw := newTwilio(t, base)
	for _, sid := range []string{anySID, "", "kannel-7", "SM0", "../" + anySID, anySID + "/Media"} {
		if got, err := tw.Report(t.Context(), sid); err != nil || got != (sms.Status{ProviderID: sid}) {
			t.Errorf("%q: got %+v, %v", sid, got, err)
		}
	}
}

// questions are what Find, Report and Look answer to one API.
func questions(t *testing.T, base string) map[string]error {
	t.Helper()
	tw := newTwilio(t, base, func(c *twilio.Config) {
		c.Lookup, c.LookupURL, c.Timeout = true, base, 200*time.Millisecond
	})
	to := newText(t, "txt_1").To()
	_, found := tw.Find(t.Context(), sms.Query{To: to})
	_, reported := tw.Report(t.Context(), anySID)
	return map[string]error{"Find": found, "Report": reported, "Look": tw.Look(t.Context(), to)}
}

func TestAQuestionLeavesNoTextInDoubt(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   error
		code   string
	}{
		{0, "", sms.ErrAway, "twilio_timeout"},
		{500, `{"code": 20500}`, sms.ErrAway, "twilio_20500"},
		{503, "<html>", sms.ErrAway, "twilio_http_503"},
		{200, "<html>", sms.ErrAway, "twilio_broken_off"},
		{429, `{"code": 20429}`, sms.ErrBusy, "twilio_20429"},
		{429, "", sms.ErrBusy, "twilio_http_429"},
		{401, `{"code": 20003}`, sms.ErrHalt, "twilio_20003"},
		{403, "", sms.ErrHalt, "twilio_http_403"},
		{404, "<html>", nil, "twilio_http_404"},
	} {
		for name, err := range questions(t, newBroken(t, c.status, c.body)) {
			t.Run(name+" "+c.code, func(t *testing.T) {
				checkError(t, err, c.want, c.code)
				if c.status == 429 && sms.RetryAfter(err) != 7*time.Second {
					t.Errorf("RetryAfter %v", sms.RetryAfter(err))
				}
			})
		}
	}
	for name, err := range questions(t, "http://127.0.0.1:1") {
		t.Run(name+" unreached", func(t *testing.T) { checkError(t, err, sms.ErrAway, "twilio_unreached") })
	}
}

func TestBodiesThatAreNotKeptAreFoundEmpty(t *testing.T) {
	fake, base, _ := newFake(t)
	tw := newTwilio(t, base, func(c *twilio.Config) { c.ContentRetention = "discard" })
	text := newText(t, "txt_1")
	if _, err := tw.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	fake.Wait()
	found, err := tw.Find(t.Context(), sms.Query{To: text.To(), Since: time.Now().Add(-time.Minute)})
	if err != nil || len(found) != 1 || found[0].Body != "" || !strings.HasPrefix(found[0].ProviderID, "SM") {
		t.Errorf("found %+v, %v", found, err)
	}
}
