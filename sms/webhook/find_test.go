package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/webhook/webhookfake"
)

func TestFind(t *testing.T) {
	fake, base, _ := newFake(t)
	w := newWebhook(t, base+"/texts?tenant=3")
	fake.Fail(webhookfake.Rule{Times: 1, Final: "undelivered", FinalCode: "unreachable"})
	fake.Fail(webhookfake.Rule{Times: 1, Status: 500, Accept: true})
	var errs []error
	for _, id := range []string{"txt_1", "txt_2", "txt_3"} {
		_, err := w.Send(t.Context(), newText(t, id))
		errs = append(errs, err)
	}
	checkError(t, errs[1], sms.ErrUnsure, "webhook_http_500")
	fake.Wait()
	found, err := w.Find(t.Context(), sms.Query{Texts: []string{"txt_1", "txt_0", "txt_2", "txt_3"}})
	if err != nil {
		t.Fatal(err)
	}
	var want []sms.Found
	for _, kept := range fake.Texts() {
		want = append([]sms.Found{{Text: kept.Text, ProviderID: kept.ID, At: kept.Taken, State: sms.Delivered}}, want...)
	}
	want[2].State, want[2].Code = sms.Undelivered, "webhook_unreachable"
	if len(found) != 3 {
		t.Fatalf("found %d texts", len(found))
	}
	for i := range found {
		if !found[i].At.Equal(want[i].At) {
			t.Errorf("found %d was taken at %v, want %v", i, found[i].At, want[i].At)
		}
		found[i].At = want[i].At
		if found[i] != want[i] {
			t.Errorf("found %+v, want %+v", found[i], want[i])
		}
	}
	if found, err := w.Find(t.Context(), sms.Query{}); err != nil || len(found) != 0 {
		t.Errorf("no question: %d texts, %v", len(found), err)
	}
}

func TestReport(t *testing.T) {
	fake, base, _ := newFake(t)
	w := newWebhook(t, base)
	fake.Fail(webhookfake.Rule{Final: "failed", FinalCode: "dead"})
	receipt, err := w.Send(t.Context(), newText(t, "txt_1"))
	if err != nil {
		t.Fatal(err)
	}
	fake.Wait()
	want := sms.Status{Text: "txt_1", ProviderID: receipt.ProviderID, State: sms.Failed, Code: "webhook_dead", Means: sms.ErrDead}
	if got, err := w.Report(t.Context(), receipt.ProviderID); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got, err := w.Report(t.Context(), "gw_0"); err != nil || got != (sms.Status{}) {
		t.Errorf("of a text it never took: %+v, %v", got, err)
	}
}

// A question that fails leaves no text in doubt: the gateway is away.
func TestQuestionsFail(t *testing.T) {
	for _, c := range refusals {
		want, code := c.want, c.code
		switch {
		case c.rule.Status == 404 && c.rule.Error != "":
			continue // the one answer that is none of them
		case c.rule.Status/100 == 2:
			want, code = sms.ErrAway, "webhook_bad_answer"
		case c.rule.Status == 409:
			want, code = nil, "webhook_http_409"
		case want == sms.ErrUnsure:
			want = sms.ErrAway
		}
		t.Run(fmt.Sprintf("%d-%s", c.rule.Status, c.code), func(t *testing.T) {
			fake, base, _ := newFake(t)
			w := newWebhook(t, base, impatient)
			c.rule.Ask = true
			fake.Fail(c.rule)
			_, err := w.Find(t.Context(), sms.Query{Texts: []string{"txt_1"}})
			checkError(t, err, want, code)
			_, err = w.Report(t.Context(), "gw-1")
			checkError(t, err, want, code)
			if sms.RetryAfter(err) != c.after {
				t.Errorf("RetryAfter %v, want %v", sms.RetryAfter(err), c.after)
			}
		})
	}
	_, err := newWebhook(t, "http://127.0.0.1:1").Find(t.Context(), sms.Query{Texts: []string{"txt_1"}})
	checkError(t, err, sms.ErrAway, "webhook_unreached")
}

func TestAnswersAboutAnotherTextAreNoAnswers(t *testing.T) {
	for body, good := range map[string]bool{
		`{"id": "gw-1", "state": "sent", "at": "2026-09-21T14:13:20Z"}`:   true,
		`{"id": "gw-1", "state": "sent", "text": "txt_1"}`:                true,
		`{"id": "gw-1", "state": "queued"}`:                               true,
		`{"id": "gw-1", "state": "sent", "text": "txt_2"}`:                false,
		`{"text": "txt_1", "state": "sent"}`:                              false,
		`{"id": "gw-1"}`:                                                  false,
		`{"id": "gw 1", "state": "sent"}`:                                 false,
		`{"id": "gw-1", "state": "sent", "at": "yesterday"}`:              false,
		`{"id": "gw-1", "state": "sent"} {"id": "gw-1", "state": "sent"}`: false,
		`[{"id": "gw-1", "state": "sent"}]`:                               false,
		`null`:                                                            false,
		`<html>` + fmt.Sprint(http.StatusOK):                              false,
	} {
		base, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }))
		w := newWebhook(t, base)
		found, err := w.Find(t.Context(), sms.Query{Texts: []string{"txt_1"}})
		if good != (err == nil && len(found) == 1 && found[0].Text == "txt_1" && found[0].ProviderID == "gw-1") {
			t.Errorf("Find %s: %+v, %v", body, found, err)
		}
		if !good {
			checkError(t, err, sms.ErrAway, "webhook_bad_answer")
		}
	}
	base, _ := serve(t, says(`{"id": "gw-2", "state": "delivered"}`))
	_, err := newWebhook(t, base).Report(t.Context(), "gw-1")
	checkError(t, err, sms.ErrAway, "webhook_bad_answer")
}

func TestQuestionsAreSignedOverTheirQuery(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	var query, signature string
	base, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, signature = r.URL.RawQuery, r.Header.Get(webhookfake.Header)
		io.WriteString(w, `{"id": "gw:1", "state": "sent"}`)
	}))
	w := newWebhook(t, base+"?tenant=3", clock(at))
	if _, err := w.Report(t.Context(), "gw:1"); err != nil {
		t.Fatal(err)
	}
	if want := "id=gw%3A1&tenant=3"; query != want || signature != webhookfake.Sign(secret, at, want) {
		t.Errorf("query %q, signature %q", query, signature)
	}
}
