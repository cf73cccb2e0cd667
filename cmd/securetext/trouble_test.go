package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/gateway"
	"securetext/sms/twilio/twiliofake"
)

// TestTenThousandTextsThroughTrouble sends texts through a Twilio that fails in
// every way it can, by two processes on one Postgres that are killed again and
// again. In the end each message tells what Twilio knows of it, and no patient
// got a text twice. TEXTS_FULL=1 sends all ten thousand.
func TestTenThousandTextsThroughTrouble(t *testing.T) {
	t.Parallel()
	n := 2000
	if os.Getenv("TEXTS_FULL") == "1" {
		n = 10_000
	}
	w := newWorld(t, production)
	w.setting("SENDER_RATE", "0", "BLOCK_RATE", "0", "LOG_LEVEL", "warn")
	started := time.Now()
	api := w.serve("--roles=api")
	sent := w.postAll(api, n)
	api.stop()
	accepted := time.Now()
	for _, r := range troubles {
		w.fake.Fail(r)
	}
	kills := w.sendWithKills(n)
	handed := time.Now()
	rounds := w.settle()
	t.Logf("%d accepted in %v, sent with %d kills in %v, all settled after %d rounds in %v",
		n, accepted.Sub(started), kills, handed.Sub(accepted), rounds, time.Since(handed))
	w.troubleCame()
	w.everyMessageIsTrue(sent)
}

// troubles are all ways in which Twilio can fail, each for some of the texts.
var troubles = []twiliofake.Rule{
	{Every: 397, Status: http.StatusTooManyRequests, Code: 20429, RetryAfter: 1},
	{Every: 1201, Times: 1, Status: http.StatusUnauthorized, Code: 20003},
	{Every: 101, Times: 3, Hang: true, Accept: true},
	{Every: 151, Times: 2, Hang: true},

	{Every: 37, Status: http.StatusBadRequest, Code: 21211},
	{Every: 41, Status: http.StatusBadRequest, Code: 21614},
	{Every: 43, Status: http.StatusBadRequest, Code: 21610},
	{Every: 29, Status: http.StatusBadRequest, Code: 20001}, // nothing we know: it is tried again

	{Every: 31, Status: http.StatusInternalServerError, Code: 20500, Accept: true},
	{Every: 61, Status: http.StatusServiceUnavailable, Accept: true}, // a page of a proxy
	{Every: 67, Status: http.StatusBadGateway, Accept: true, Lose: true},
	{Every: 47, Status: http.StatusInternalServerError, Code: 20500},
	{Every: 53, Cut: true, Accept: true},
	{Every: 71, Cut: true, Accept: true, Final: "failed", FinalCode: 30007, Lose: true},
	{Every: 59, Cut: true},

	{Every: 21, Final: "undelivered", FinalCode: 30003, Reverse: true}, // another text goes out
	{Every: 27, Final: "undelivered", FinalCode: 30005, Duplicate: true},
	{Every: 33, Final: "failed", FinalCode: 30007},
	{Every: 39, Final: "failed", FinalCode: 30008, Lose: true},
	{Every: 13, Duplicate: true},
	{Every: 17, Late: 2 * time.Second, Duplicate: true},
	{Every: 19, Reverse: true, Duplicate: true},
	{Every: 11, Lose: true},
	{Every: 23, Forge: true},
	{Latency: 5 * time.Millisecond},
}

// sendWithKills runs two couriers, and kills one or both of them whenever so many
// more texts were handed over. What the dead had claimed waits for the end of
// their claims.
func (w *world) sendWithKills(n int) (kills int) {
	w.t.Helper()
	first, second := w.serve("--roles=api,courier"), w.another("--roles=courier")
	for range 2 {
		w.moreTexts(n / 20)
		first.kill()
		first = w.serve("--roles=api,courier")
		w.moreTexts(n / 20)
		first.kill()
		second.kill()
		kills += 3
		w.pass(5 * time.Minute)
		first, second = w.serve("--roles=api,courier"), w.another("--roles=courier")
	}
	w.calm()
	first.stop()
	second.stop()
	return kills
}

// moreTexts waits until so many more texts were handed over.
func (w *world) moreTexts(n int) {
	w.t.Helper()
	before, since := w.clerk.sends.Load(), time.Now()
	w.until("more texts are handed over", func() bool {
		if time.Since(since) > 5*time.Second { // the line is paused, or was to be tried by one that died
			w.passOn(time.Minute, "lines", "until")
			since = time.Now()
		}
		return w.clerk.sends.Load() >= before+int64(n)
	})
}

// calm waits until nothing has been handed over or asked for a while.
func (w *world) calm() {
	w.t.Helper()
	last, since := int64(-1), time.Now()
	for end := since.Add(5 * time.Minute); time.Since(since) < 2*time.Second; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("the couriers never rest")
		}
		if now := w.clerk.asked(); now != last || w.clerk.inHand.Load() > 0 {
			last, since = now, time.Now()
		}
	}
	w.fake.Wait()
}

// settle lets time pass, and the couriers work, until nothing waits.
func (w *world) settle() (rounds int) {
	w.t.Helper()
	for rounds = 1; rounds <= 20; rounds++ {
		if w.count("SELECT count(*) FROM outbox") == 0 && w.count("SELECT count(*) FROM texts WHERE check_at IS NOT NULL") == 0 {
			return rounds
		}
		w.pass(time.Hour)
		p := w.serve("--roles=courier")
		w.calm()
		p.stop()
	}
	w.t.Fatal("texts wait for ever")
	return 0
}

// troubleCame checks that the test has met with what it is about.
func (w *world) troubleCame() {
	w.t.Helper()
	met := map[string]int{}
	for _, a := range w.clerk.all() {
		met[fmt.Sprintf("%d/%d taken=%v", a.status, a.code, a.taken)]++
	}
	w.t.Logf("answers: %v; %d lists and %d texts asked for", met, w.clerk.looks.Load(), w.clerk.fetches.Load())
	for _, want := range []string{
		"429/20429 taken=false", "401/20003 taken=false", "400/21211 taken=false", "400/21614 taken=false", "400/21610 taken=false",
		"500/20500 taken=true", "503/0 taken=true", "500/20500 taken=false", "0/0 taken=true", "0/0 taken=false", "201/0 taken=true",
	} {
		if met[want] == 0 {
			w.t.Errorf("Twilio never answered %s", want)
		}
	}
	if w.clerk.looks.Load() == 0 || w.clerk.fetches.Load() == 0 {
		w.t.Error("Twilio was never asked what became of a text")
	}
}

// everyMessageIsTrue compares what the API tells of each message with what the
// fake knows.
func (w *world) everyMessageIsTrue(sent []posted) {
	w.t.Helper()
	p := w.serve("--roles=api")
	found := map[string]int{}
	var mu sync.Mutex
	var askers sync.WaitGroup
	for part := range slices.Chunk(sent, (len(sent)+3)/4) {
		askers.Go(func() {
			for _, l := range part {
				status := w.compare(p, l)
				mu.Lock()
				found[status]++
				mu.Unlock()
			}
		})
	}
	askers.Wait()
	w.t.Logf("%d messages: %v", len(sent), found)
}

// compare returns the status that a message has.
func (w *world) compare(p *process, l posted) string {
	code, body := p.ask(l.key, http.MethodGet, "/v1/messages/"+string(l.id), "")
	var s gateway.MessageStatus
	if err := json.Unmarshal([]byte(body), &s); err != nil || code != http.StatusOK {
		w.t.Errorf("GET %s: %d, %v", l.id, code, err)
		return "unknown"
	}
	texts, answers := w.fake.TextsTo(l.to), w.clerk.to(l.to)
	want, reason, reached := "nothing", 0, 0
	for i, x := range texts {
		want, reason = x.Status, x.ErrorCode
		if x.Status == "delivered" {
			reached++
		}
		if i > 0 && texts[i-1].Status == "delivered" {
			w.t.Errorf("%s: another text after one that was delivered", l.id)
		}
	}
	if last := answers[len(answers)-1]; !last.taken && last.status == http.StatusBadRequest {
		want, reason = "failed", last.code
	}
	why := s.Ladder[len(s.Ladder)-1].Reason
	switch {
	case string(s.Status) != want || reached > 1:
		w.t.Errorf("%s is %s, want %s; Twilio has %d texts of which %d were delivered\nevents %v\nanswers %v",
			l.id, s.Status, want, len(texts), reached, s.Events, answers)
	case want != "delivered" && (why == nil || why.Code != fmt.Sprintf("twilio_%d", reason)):
		w.t.Errorf("%s: got reason %+v, want twilio_%d", l.id, why, reason)
	case s.Waiting != nil:
		w.t.Errorf("%s still waits: %+v", l.id, s.Waiting)
	}
	return string(s.Status)
}
