package twiliofake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/sms/twilio/twiliofake"
)

const (
	sid   = "AC00000000000000000000000000000000"
	token = "sesame"
	from  = "+15550000001"
	to    = "+15551230001"
)

// A rig is a fake behind a server, and another server that takes its callbacks.
type rig struct {
	*twiliofake.Fake
	url      string
	callback string

	mu    sync.Mutex
	calls []call
}

type call struct {
	form   url.Values
	signed bool
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Fake: twiliofake.New(twiliofake.Account{SID: sid, AuthToken: token, From: []string{from}}, time.Now, nil)}
	server := httptest.NewServer(r.Fake)
	hook := httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(func() { r.Close(); server.Close(); hook.Close() })
	r.url = server.URL
	r.callback = hook.URL + "/twilio?text=txt_1"
	return r
}

func (r *rig) take(w http.ResponseWriter, req *http.Request) {
	req.ParseForm()
	signature := twiliofake.Sign(token, "http://"+req.Host+req.URL.RequestURI(), req.PostForm)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call{req.PostForm, signature == req.Header.Get("X-Twilio-Signature")})
}

func (r *rig) statuses() string {
	r.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, c := range r.calls {
		all = append(all, c.form.Get("MessageStatus")+c.form.Get("ErrorCode"))
	}
	return strings.Join(all, " ")
}

// do sends a request to the API and returns its status and JSON.
func (r *rig) do(t *testing.T, method, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(sid, token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	var v map[string]any
	json.Unmarshal(body, &v)
	return resp.StatusCode, v
}

const messages = "/2010-04-01/Accounts/" + sid + "/Messages.json"

func (r *rig) form(changes ...string) url.Values {
	form := url.Values{"To": {to}, "From": {from}, "Body": {"hello"}, "StatusCallback": {r.callback}}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

func TestTakesATextAndCallsBack(t *testing.T) {
	r := newRig(t)
	status, answer := r.do(t, "POST", messages, r.form())
	if status != http.StatusCreated || answer["status"] != "queued" || !strings.HasPrefix(answer["sid"].(string), "SM") {
		t.Fatalf("status %d: %v", status, answer)
	}
	if got := r.statuses(); got != "sent delivered" {
		t.Errorf("callbacks %q", got)
	}
	for _, c := range r.calls {
		if !c.signed || c.form.Get("MessageSid") != answer["sid"] {
			t.Errorf("callback %v, signed: %v", c.form, c.signed)
		}
	}
	if texts := r.Texts(); len(texts) != 1 || texts[0].Body != "hello" || texts[0].Status != "delivered" {
		t.Errorf("texts %+v", texts)
	}
}

func TestRefusesAsTwilioDoes(t *testing.T) {
	r := newRig(t)
	cases := []struct {
		name, value string
		code        float64
	}{
		{"To", "", 21604},
		{"To", "5551230001", 21211},
		{"From", "", 21603},
		{"From", "+15550000002", 21606},
		{"Body", "", 21602},
		{"Body", strings.Repeat("é", 1601), 21617},
		{"ValidityPeriod", "0", 21624},
		{"ValidityPeriod", "36001", 21624},
		{"ValidityPeriod", "x", 21624},
		{"StatusCallback", "nowhere", 21609},
		{"StatusCallback", "https://a_b.example/", 21609},
		{"ContentRetention", "shred", 20001},
	}
	for _, c := range cases {
		status, answer := r.do(t, "POST", messages, r.form(c.name, c.value))
		if status != http.StatusBadRequest || answer["code"] != c.code {
			t.Errorf("%s=%.10q: status %d, code %v; want code %v", c.name, c.value, status, answer["code"], c.code)
		}
	}
	if status, _ := r.do(t, "POST", messages, r.form("Body", strings.Repeat("é", 1600), "ValidityPeriod", "36000")); status != http.StatusCreated {
		t.Errorf("the most that is allowed: status %d", status)
	}
	if status, answer := r.do(t, "POST", strings.Replace(messages, "AC0", "AC1", 1), r.form()); status != 404 || answer["code"] != 20404.0 {
		t.Errorf("another account: status %d, %v", status, answer)
	}
	resp, err := http.PostForm(r.url+messages, r.form())
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without token: %v, %v", resp, err)
	}
}

func TestRules(t *testing.T) {
	cases := []struct {
		name      string
		rule      twiliofake.Rule
		status    int // 0: no answer
		taken     int
		callbacks string
	}{
		{"refused", twiliofake.Rule{Status: 400, Code: 21610}, 400, 0, ""},
		{"too many", twiliofake.Rule{Status: 429, Code: 20429, RetryAfter: 3}, 429, 0, ""},
		{"error before", twiliofake.Rule{Status: 500}, 500, 0, ""},
		{"error after", twiliofake.Rule{Status: 500, Accept: true}, 500, 1, "sent delivered"},
		{"cut before", twiliofake.Rule{Cut: true}, 0, 0, ""},
		{"cut after", twiliofake.Rule{Cut: true, Accept: true}, 0, 1, "sent delivered"},
		{"undelivered", twiliofake.Rule{Final: "undelivered", FinalCode: 30003}, 201, 1, "sent undelivered30003"},
		{"lost", twiliofake.Rule{Lose: true}, 201, 1, ""},
		{"duplicate", twiliofake.Rule{Duplicate: true}, 201, 1, "sent sent delivered delivered"},
		{"reverse", twiliofake.Rule{Reverse: true}, 201, 1, "delivered sent"},
		{"another number", twiliofake.Rule{To: "+15551230009", Status: 400, Code: 1}, 201, 1, "sent delivered"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.Fail(c.rule)
			if status, _ := r.do(t, "POST", messages, r.form()); status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if got := r.statuses(); got != c.callbacks || len(r.Texts()) != c.taken {
				t.Errorf("callbacks %q and %d texts, want %q and %d", got, len(r.Texts()), c.callbacks, c.taken)
			}
		})
	}
}

func TestARuleCountsAndForges(t *testing.T) {
	r := newRig(t)
	r.Fail(twiliofake.Rule{Status: 503, Times: 2})
	r.Fail(twiliofake.Rule{Forge: true})
	var got []int
	for range 3 {
		status, _ := r.do(t, "POST", messages, r.form())
		got = append(got, status)
	}
	if got[0] != 503 || got[1] != 503 || got[2] != 201 {
		t.Errorf("statuses %v", got)
	}
	r.Wait()
	for _, c := range r.calls {
		if c.signed {
			t.Error("a forged callback is signed rightly")
		}
	}
}

func TestHangEndsWithTheFake(t *testing.T) {
	r := newRig(t)
	r.Fail(twiliofake.Rule{Hang: true, Accept: true, Lose: true})
	time.AfterFunc(50*time.Millisecond, r.Close)
	if status, _ := r.do(t, "POST", messages, r.form()); status != 0 || len(r.Texts()) != 1 {
		t.Errorf("status %d and %d texts", status, len(r.Texts()))
	}
}

func TestListPagesNewestFirst(t *testing.T) {
	r := newRig(t)
	for _, body := range []string{"one", "two", "three"} {
		r.do(t, "POST", messages, r.form("Body", body))
		r.do(t, "POST", messages, r.form("Body", body, "To", "+15551230002"))
	}
	r.Wait()
	var bodies []string
	path := messages + "?To=%2B15551230001&PageSize=2"
	for path != "" {
		_, page := r.do(t, "GET", path, nil)
		for _, m := range page["messages"].([]any) {
			bodies = append(bodies, m.(map[string]any)["body"].(string))
		}
		path, _ = page["next_page_uri"].(string)
	}
	if got := strings.Join(bodies, " "); got != "three two one" {
		t.Errorf("listed %q", got)
	}
}

func TestListFiltersByDateAndRedacts(t *testing.T) {
	r := newRig(t)
	r.do(t, "POST", messages, r.form("ContentRetention", "discard"))
	r.Wait()
	count := func(query string) []any {
		_, page := r.do(t, "GET", messages+"?"+query, nil)
		return page["messages"].([]any)
	}
	if list := count(""); len(list) != 1 || list[0].(map[string]any)["body"] != "" {
		t.Errorf("listed %v, want one without body", list)
	}
	later := url.Values{"DateSent>": {time.Now().Add(time.Hour).Format(time.RFC3339)}}
	if list := count(later.Encode()); len(list) != 0 {
		t.Errorf("sent in an hour: %v", list)
	}
	r.do(t, "POST", messages, r.form("AddressRetention", "obfuscate"))
	if list := count("To=%2B15551230001"); len(list) != 1 {
		t.Errorf("listed %d, want the one whose number is kept", len(list))
	}
}

func TestControl(t *testing.T) {
	r := newRig(t)
	post := func(body string) int {
		resp, err := http.Post(r.url+"/fake/rules", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := post(`{"status": 400, "code": 21211}`); got != http.StatusNoContent {
		t.Errorf("rule: status %d", got)
	}
	if got := post(`{"sttus": 400}`); got != http.StatusBadRequest {
		t.Errorf("misspelt rule: status %d", got)
	}
	if status, _ := r.do(t, "POST", messages, r.form()); status != 400 {
		t.Errorf("with the rule: status %d", status)
	}
	post("")
	if status, _ := r.do(t, "POST", messages, r.form()); status != 201 {
		t.Errorf("rules dropped: status %d", status)
	}
	resp, err := http.Get(r.url + "/fake/texts?to=+15551230001")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var texts []twiliofake.Text
	if err := json.NewDecoder(resp.Body).Decode(&texts); err != nil || len(texts) != 1 || texts[0].Body != "hello" {
		t.Errorf("texts %+v, %v", texts, err)
	}
}
