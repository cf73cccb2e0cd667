package webhookfake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/sms/webhook/webhookfake"
)

const (
	secret = "0123456789abcdef0123456789abcdef"
	to     = "+15551230001"
)

// A rig is a fake behind a server, and another server that takes its callbacks.
type rig struct {
	*webhookfake.Fake
	url      string
	callback string

	mu    sync.Mutex
	calls []call
}

type call struct {
	Text, ID, State, Code string
	Transient             *bool
	signed                bool
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Fake: webhookfake.New(secret, time.Now, nil)}
	server := httptest.NewServer(r.Fake)
	hook := httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(func() { r.Close(); server.Close(); hook.Close() })
	r.url, r.callback = server.URL, hook.URL
	return r
}

func (r *rig) take(_ http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var c call
	json.Unmarshal(body, &c)
	for _, at := range []time.Time{time.Now(), time.Now().Add(-time.Second)} {
		c.signed = c.signed || req.Header.Get(webhookfake.Header) == webhookfake.Sign(secret, at, string(body))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

func (r *rig) heard() []call {
	r.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

func (r *rig) states() string {
	var all []string
	for _, c := range r.heard() {
		all = append(all, c.State+c.Code)
	}
	return strings.Join(all, " ")
}

// do sends a signed request and returns its status and JSON; 0: no answer.
func (r *rig) do(t *testing.T, method, query, body string, change ...func(*http.Request)) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequest(method, r.url+"/texts?"+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	signed := body
	if method == http.MethodGet {
		signed = query
	}
	var order struct{ Text string }
	json.Unmarshal([]byte(body), &order)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", order.Text)
	req.Header.Set(webhookfake.Header, webhookfake.Sign(secret, time.Now(), signed))
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	var v map[string]any
	json.Unmarshal(answer, &v)
	return resp.StatusCode, v
}

func (r *rig) order(text string) string {
	return fmt.Sprintf(`{"text":%q,"to":%q,"body":"hello","encoding":"GSM-7","callback":%q}`, text, to, r.callback)
}

func (r *rig) post(t *testing.T, text string) (int, map[string]any) {
	t.Helper()
	return r.do(t, "POST", "", r.order(text))
}

func TestTakesATextOnceAndCallsBack(t *testing.T) {
	r := newRig(t)
	status, answer := r.post(t, "txt_1")
	id, _ := answer["id"].(string)
	if status != http.StatusCreated || !strings.HasPrefix(id, "gw_") || answer["delivered"] != false {
		t.Fatalf("status %d: %v", status, answer)
	}
	if status, answer := r.post(t, "txt_1"); status != http.StatusConflict || answer["id"] != id {
		t.Errorf("again: status %d, %v", status, answer)
	}
	if got := r.states(); got != "sent delivered" {
		t.Errorf("callbacks %q", got)
	}
	for _, c := range r.heard() {
		if !c.signed || c.ID != id || c.Text != "txt_1" {
			t.Errorf("callback %+v", c)
		}
	}
	if texts := r.Texts(); len(texts) != 1 || texts[0].Body != "hello" || texts[0].To != to || texts[0].State != "delivered" {
		t.Errorf("texts %+v", texts)
	}
}

func TestRefusesWhatIsNotAsThePageSays(t *testing.T) {
	r := newRig(t)
	for name, body := range map[string]string{
		"not JSON": "hello", "no text": r.order(""), "no body": strings.Replace(r.order("txt_1"), "hello", "", 1),
		"a national number": strings.Replace(r.order("txt_1"), to, "5551230001", 1), "encoding": strings.Replace(r.order("txt_1"), "GSM-7", "ASCII", 1),
	} {
		if status, answer := r.do(t, "POST", "", body); status != http.StatusBadRequest || answer["error"] != "malformed" {
			t.Errorf("%s: status %d, %v", name, status, answer)
		}
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"no key":         {func(q *http.Request) { q.Header.Del("Idempotency-Key") }, 400},
		"a form":         {func(q *http.Request) { q.Header.Set("Content-Type", "text/plain") }, 400},
		"no signature":   {func(q *http.Request) { q.Header.Del(webhookfake.Header) }, 401},
		"another secret": {signedWith("other", time.Now(), r.order("txt_1")), 401},
		"an old one":     {signedWith(secret, time.Now().Add(-6*time.Minute), r.order("txt_1")), 401},
		"another body":   {signedWith(secret, time.Now(), r.order("txt_2")), 401},
		"PUT":            {func(q *http.Request) { q.Method = http.MethodPut }, 405},
	} {
		if status, _ := r.do(t, "POST", "", r.order("txt_1"), c.change); status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
	}
	if len(r.Texts()) != 0 {
		t.Errorf("took %+v", r.Texts())
	}
}

func signedWith(secret string, at time.Time, body string) func(*http.Request) {
	return func(q *http.Request) { q.Header.Set(webhookfake.Header, webhookfake.Sign(secret, at, body)) }
}

func TestRules(t *testing.T) {
	cases := []struct {
		name      string
		rule      webhookfake.Rule
		status    int // 0: no answer
		taken     int
		callbacks string
	}{
		{"refused", webhookfake.Rule{Status: 422, Error: "landline"}, 422, 0, ""},
		{"too many", webhookfake.Rule{Status: 429, RetryAfter: 3}, 429, 0, ""},
		{"error before", webhookfake.Rule{Status: 500}, 500, 0, ""},
		{"error after", webhookfake.Rule{Status: 500, Accept: true}, 500, 1, "sent delivered"},
		{"cut before", webhookfake.Rule{Cut: true}, 0, 0, ""},
		{"cut after", webhookfake.Rule{Cut: true, Accept: true}, 0, 1, "sent delivered"},
		{"undelivered", webhookfake.Rule{Final: "undelivered", FinalCode: "unreachable"}, 201, 1, "sent undeliveredunreachable"},
		{"sent alone", webhookfake.Rule{Final: "sent"}, 201, 1, "sent"},
		{"lost", webhookfake.Rule{Lose: true}, 201, 1, ""},
		{"duplicate", webhookfake.Rule{Duplicate: true}, 201, 1, "sent sent delivered delivered"},
		{"reverse", webhookfake.Rule{Reverse: true, Delay: time.Millisecond}, 201, 1, "delivered sent"},
		{"another number", webhookfake.Rule{To: "+15551230009", Status: 400}, 201, 1, "sent delivered"},
		{"a question's", webhookfake.Rule{Ask: true, Status: 500}, 201, 1, "sent delivered"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.Fail(c.rule)
			if status, _ := r.post(t, "txt_1"); status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if got := r.states(); got != c.callbacks || len(r.Texts()) != c.taken {
				t.Errorf("callbacks %q and %d texts, want %q and %d", got, len(r.Texts()), c.callbacks, c.taken)
			}
		})
	}
}

func TestRulesCountForgeAndEnd(t *testing.T) {
	r := newRig(t)
	no := false
	r.Fail(webhookfake.Rule{Status: 503, Times: 2})
	r.Fail(webhookfake.Rule{Forge: true, Final: "failed", FinalCode: "unknown", Transient: &no, Delivered: true})
	var got []int
	for range 3 {
		status, _ := r.post(t, "txt_1")
		got = append(got, status)
	}
	if fmt.Sprint(got) != "[503 503 201]" {
		t.Errorf("statuses %v", got)
	}
	for _, c := range r.heard() {
		if c.signed || (c.State == "failed") != (c.Transient != nil) {
			t.Errorf("callback %+v", c)
		}
	}
	r.Mend()
	if status, answer := r.post(t, "txt_2"); status != http.StatusCreated || answer["delivered"] != false {
		t.Errorf("mended: status %d, %v", status, answer)
	}
	for _, c := range r.heard()[2:] {
		if !c.signed {
			t.Errorf("mended: callback %+v", c)
		}
	}
}

func TestHangEndsWithTheFake(t *testing.T) {
	r := newRig(t)
	r.Fail(webhookfake.Rule{Hang: true, Accept: true, Lose: true})
	time.AfterFunc(50*time.Millisecond, r.Close)
	if status, _ := r.post(t, "txt_1"); status != 0 || len(r.Texts()) != 1 {
		t.Errorf("status %d and %d texts", status, len(r.Texts()))
	}
}

func TestAnswersQuestions(t *testing.T) {
	r := newRig(t)
	r.Fail(webhookfake.Rule{Final: "failed", FinalCode: "dead"})
	_, answer := r.post(t, "txt_1")
	id := answer["id"].(string)
	r.Wait()
	for _, query := range []string{"text=txt_1", "id=" + id, "tenant=3&id=" + id} {
		status, said := r.do(t, "GET", query, "")
		at, err := time.Parse(time.RFC3339, fmt.Sprint(said["at"]))
		if status != 200 || said["id"] != id || said["state"] != "failed" || said["code"] != "dead" || err != nil || !at.Equal(r.Texts()[0].Taken) {
			t.Errorf("%s: status %d, %v", query, status, said)
		}
	}
	for _, query := range []string{"", "text=", "id=", "text=txt_2", "id=txt_1", "text=" + id} {
		if status, said := r.do(t, "GET", query, ""); status != 404 || said["error"] != "no_such_text" {
			t.Errorf("%q: status %d, %v", query, status, said)
		}
	}
	if status, _ := r.do(t, "GET", "text=txt_1", "", signedWith(secret, time.Now(), "text=txt_2")); status != 401 {
		t.Errorf("signed for another: status %d", status)
	}
	r.Fail(webhookfake.Rule{Ask: true, Status: 502})
	if status, _ := r.do(t, "GET", "text=txt_1", ""); status != 502 {
		t.Errorf("with the rule: status %d", status)
	}
}

func TestSay(t *testing.T) {
	r := newRig(t)
	var said map[string]string
	var signed bool
	status := http.StatusOK
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		json.Unmarshal(body, &said)
		header := q.Header.Get(webhookfake.Header)
		for _, at := range []time.Time{time.Now(), time.Now().Add(-time.Second)} {
			signed = signed || header == webhookfake.Sign(secret, at, string(body))
		}
		w.WriteHeader(status)
		io.WriteString(w, `{"reply":"Bye."}`)
	}))
	defer hook.Close()
	reply, err := r.Say(t.Context(), hook.URL, to, "+15550000001", "STOP")
	if err != nil || reply != "Bye." || !signed {
		t.Errorf("Say: %q, %v, signed: %v", reply, err, signed)
	}
	if want := fmt.Sprint(map[string]string{"from": to, "to": "+15550000001", "body": "STOP"}); fmt.Sprint(said) != want {
		t.Errorf("said %v", said)
	}
	status = http.StatusForbidden
	if _, err := r.Say(t.Context(), hook.URL, to, "", "STOP"); err == nil || err.Error() != "answered 403" {
		t.Errorf("refused: got error %v", err)
	}
	hook.Close()
	if _, err := r.Say(t.Context(), hook.URL, to, "", "STOP"); err == nil {
		t.Error("Say to nobody: no error")
	}
}
