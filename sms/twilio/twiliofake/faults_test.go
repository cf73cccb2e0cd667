package twiliofake_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/sms/twilio/twiliofake"
)

// create sends a text and gives up after a while. It returns the status, 0 for
// none, and how long that took.
func (r *rig) create(t *testing.T, patience time.Duration) (int, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", r.url+messages, strings.NewReader(r.form().Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(sid, token)
	start := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, time.Since(start)
	}
	resp.Body.Close()
	return resp.StatusCode, time.Since(start)
}

func TestATextWhoseSenderGaveUpIsTakenAllTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		rule  twiliofake.Rule
		taken int
	}{
		"hang after":  {twiliofake.Rule{Hang: true, Accept: true}, 1},
		"hang before": {twiliofake.Rule{Hang: true}, 0},
		"slow answer": {twiliofake.Rule{Latency: time.Hour}, 1},
		"slow refuse": {twiliofake.Rule{Latency: time.Hour, Status: 500}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.Fail(c.rule)
			if status, _ := r.create(t, 100*time.Millisecond); status != 0 {
				t.Errorf("status %d, want none", status)
			}
			want := strings.Repeat("sent delivered", c.taken)
			if got := r.statuses(); got != want || len(r.Texts()) != c.taken {
				t.Errorf("callbacks %q and %d texts, want %q and %d", got, len(r.Texts()), want, c.taken)
			}
		})
	}
}

func TestLatency(t *testing.T) {
	for want, rule := range map[int]twiliofake.Rule{
		201: {Latency: 60 * time.Millisecond},
		429: {Latency: 60 * time.Millisecond, Status: 429, Code: 20429},
		500: {Latency: 60 * time.Millisecond, Status: 500, Accept: true},
	} {
		r := newRig(t)
		r.Fail(rule)
		if status, took := r.create(t, time.Minute); status != want || took < rule.Latency {
			t.Errorf("status %d after %v, want %d after %v", status, took, want, rule.Latency)
		}
	}
}

func TestLateCallbacks(t *testing.T) {
	for want, rule := range map[string]twiliofake.Rule{
		"sent":      {Late: time.Hour},
		"delivered": {Late: time.Hour, Reverse: true},
	} {
		r := newRig(t)
		r.Fail(rule)
		r.do(t, "POST", messages, r.form())
		r.until(t, "the first callback", func() bool { return len(r.taken()) > 0 })
		time.Sleep(20 * time.Millisecond)
		calls := r.taken()
		if len(calls) != 1 || calls[0].form.Get("MessageStatus") != want {
			t.Errorf("callbacks %v, want %s alone", calls, want)
		}
		if text := r.Texts()[0]; text.Status != "delivered" {
			t.Errorf("status %s: a late callback must not hold back what became of the text", text.Status)
		}
	}
	r := newRig(t)
	r.Fail(twiliofake.Rule{Late: 60 * time.Millisecond})
	start := time.Now()
	r.do(t, "POST", messages, r.form())
	if got := r.statuses(); got != "sent delivered" || time.Since(start) < 60*time.Millisecond {
		t.Errorf("callbacks %q after %v", got, time.Since(start))
	}
}

func (r *rig) taken() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.calls...)
}

func (r *rig) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestEvery(t *testing.T) {
	r := newRig(t)
	r.Fail(twiliofake.Rule{Every: 3, Status: 429, Code: 20429})
	r.Fail(twiliofake.Rule{Every: 2, Times: 2, Status: 503})
	r.Fail(twiliofake.Rule{Every: 1, To: "+15551230009", Status: 400, Code: 21211})
	var got []string
	for range 9 {
		status, _ := r.do(t, "POST", messages, r.form())
		got = append(got, fmt.Sprint(status))
	}
	if want := "201 503 429 201 503 429 201 201 429"; strings.Join(got, " ") != want {
		t.Errorf("statuses %v, want %s", got, want)
	}
}

// counter takes the place of the network: it counts callbacks by their status.
type counter struct {
	mu       sync.Mutex
	statuses map[string]int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	r.ParseForm()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statuses[r.PostForm.Get("MessageStatus")]++
	return &http.Response{StatusCode: 204, Body: http.NoBody, Request: r}, nil
}

// sendMany has workers send texts, and counts the answers by their status.
func sendMany(f *twiliofake.Fake, texts, workers int) map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	answers := map[int]int{}
	for w := range workers {
		all.Go(func() {
			for i := w; i < texts; i += workers {
				status := sendOne(f, fmt.Sprintf("+1555%07d", i%1000))
				mu.Lock()
				answers[status]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return answers
}

// sendOne returns the status of the answer; 0: it was broken off.
func sendOne(f *twiliofake.Fake, number string) (status int) {
	form := url.Values{"To": {number}, "From": {from}, "Body": {"hello"}, "StatusCallback": {"http://clinic.example/"}}
	req := httptest.NewRequest("POST", messages, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(sid, token)
	w := httptest.NewRecorder()
	defer func() {
		if recover() != nil {
			status = 0
		}
	}()
	f.ServeHTTP(w, req)
	return w.Code
}

func TestTenThousandTextsGoWrongBySetNumbers(t *testing.T) {
	calls := &counter{statuses: map[string]int{}}
	f := twiliofake.New(twiliofake.Account{SID: sid, AuthToken: token}, time.Now, &http.Client{Transport: calls})
	defer f.Close()
	for _, r := range []twiliofake.Rule{
		{Every: 10, Status: 400, Code: 21211},             // 1000, none taken
		{Every: 10, Status: 500, Accept: true},            // 900
		{Every: 10, Cut: true, Accept: true},              // 810
		{Every: 10, Lose: true},                           // 729
		{Every: 10, Duplicate: true},                      // 656
		{Every: 10, Final: "undelivered", FinalCode: 500}, // 590
	} {
		f.Fail(r)
	}
	answers := sendMany(f, 10_000, 50)
	f.Wait()
	if want := map[int]int{400: 1000, 500: 900, 0: 810, 201: 7290}; fmt.Sprint(answers) != fmt.Sprint(want) {
		t.Errorf("answers %v, want %v", answers, want)
	}
	if n := len(f.Texts()); n != 9000 {
		t.Errorf("took %d texts, want 9000", n)
	}
	want := map[string]int{"sent": 9000 - 729 + 656, "delivered": 9000 - 729 + 656 - 590, "undelivered": 590}
	if fmt.Sprint(calls.statuses) != fmt.Sprint(want) {
		t.Errorf("callbacks %v, want %v", calls.statuses, want)
	}
	found := 0
	for i := range 1000 {
		found += len(f.TextsTo(fmt.Sprintf("+1555%07d", i)))
	}
	if found != 9000 {
		t.Errorf("found %d texts by their numbers, want 9000", found)
	}
}

func BenchmarkFake(b *testing.B) {
	calls := &counter{statuses: map[string]int{}}
	f := twiliofake.New(twiliofake.Account{SID: sid, AuthToken: token}, time.Now, &http.Client{Transport: calls})
	defer f.Close()
	sendMany(f, b.N, 50)
	f.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
