package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms/kannel/kanneltest"
	"securetext/sms/webhook/webhookfake"
	"securetext/store"
)

// TestTenThousandTextsByKannel has Kannel stopped in the middle of many texts,
// after which every state is true and nobody got two. Then it has it killed,
// which costs a few reports and repeats a few texts. Two thousand have to do,
// unless TEXTS_FULL=1.
func TestTenThousandTextsByKannel(t *testing.T) {
	texts := 2000
	if os.Getenv("TEXTS_FULL") == "1" {
		texts = 10_000
	}
	t.Parallel()
	w := newKannelWorld(t)
	w.api = w.another("--roles=api")
	found := w.flood("+1211436", texts, func() { w.box.Restart(t) })
	t.Logf("stopped: %d texts: %+v", texts, found)
	if found.repeated > 0 || found.unreported > 0 {
		t.Errorf("after a restart %d texts came twice, and the reports of %d are lost", found.repeated, found.unreported)
	}
	found = w.flood("+1211437", texts/4, func() { w.box.Kill(t); w.box.Start(t) })
	t.Logf("killed: %d texts: %+v", texts/4, found)
	if found.repeated > submits || found.unreported > calls {
		t.Errorf("after it was killed %d texts came twice, want %d at most; the reports of %d are lost, want %d at most",
			found.repeated, submits, found.unreported, calls)
	}
}

// How much a Kannel that is killed has in hand, as it is set up here: texts that
// the carrier has not answered, and calls that we have not.
const (
	submits = 10
	calls   = 20
)

// damage is what of many texts did not go as it should.
type damage struct {
	repeated   int   // texts that Kannel handed over again
	unreported int   // messages that stay sent, since Kannel lost what became of them
	doubtful   int64 // texts that Kannel did not say whether it took
	rate       int   // texts a second that reached the carrier before something happened
	seconds    int   // until all was settled
}

// flood sends a text to each of many numbers, all of which wait when the courier
// starts. Something happens once half of them are at the carrier.
func (w *kannelWorld) flood(block string, texts int, happens func()) damage {
	w.t.Helper()
	before := w.carrier.got()
	messages := map[store.MessageID]string{} // and their numbers
	for i := 0; i < texts; i += 100 {
		var numbers []string
		for n := i; n < i+100; n++ {
			numbers = append(numbers, fmt.Sprintf("%s%04d", block, n))
		}
		for n, id := range w.send(numbers...) {
			messages[id] = numbers[n]
		}
	}
	courier, began := w.serve("--roles=courier"), time.Now()
	defer courier.stop()
	w.within(5*time.Minute, "half of the texts are at the carrier", func() bool { return w.carrier.got()-before >= texts/2 })
	half, got := time.Since(began), w.carrier.got()-before
	if got == texts {
		w.t.Errorf("all texts are at the carrier already")
	}
	happens()
	doubtful := w.settle(messages)
	took := time.Since(began)
	found := w.damage(messages)
	found.doubtful, found.rate, found.seconds = doubtful, int(float64(got)/half.Seconds()), int(took.Seconds())
	return found
}

// settle waits until all is as it should be, or nothing moves any more.
func (w *kannelWorld) settle(messages map[store.MessageID]string) (doubtful int64) {
	w.t.Helper()
	const still = 4 // looks, a second apart
	seen, same := "", 0
	w.within(5*time.Minute, "nothing moves any more", func() bool {
		wrong, waiting := 0, 0
		for id, status := range w.statuses() {
			switch number, ours := messages[id]; {
			case ours && status == store.Accepted:
				waiting++
			case ours && status != fate(number):
				wrong++
			}
		}
		if wrong+waiting == 0 && w.box.Queued() == 0 {
			return true
		}
		if now := fmt.Sprint(wrong, waiting, w.carrier.got(), w.box.Queued()); now != seen {
			seen, same = now, 0
		}
		if same++; same < still {
			time.Sleep(time.Second)
			return false
		}
		moved := w.pass()
		doubtful, same = doubtful+moved, 0
		return moved == 0 && waiting == 0
	})
	return doubtful
}

// damage compares what the carrier did with what the service says of it.
func (w *kannelWorld) damage(messages map[store.MessageID]string) (found damage) {
	w.t.Helper()
	lost, twice, wrong := 0, 0, map[string]int{}
	statuses := w.statuses()
	for id, number := range messages {
		bodies := w.carrier.to(number)
		slices.Sort(bodies)
		all, links := len(bodies), len(slices.Compact(bodies)) // each text of ours has its own link
		found.repeated += all - links
		switch {
		case links == 0:
			lost++
		case links > 1:
			twice++
		}
		switch status := statuses[id]; status {
		case fate(number):
		case store.Sent:
			found.unreported++
		default:
			wrong[fmt.Sprintf("%s is %s", fate(number), status)]++
		}
	}
	if lost > 0 || twice > 0 || len(wrong) > 0 {
		w.t.Errorf("%d texts lost, %d sent twice by us, states not true: %v", lost, twice, wrong)
	}
	return found
}

func TestThePageShowsKannelsGroup(t *testing.T) {
	page, err := os.ReadFile("../../docs/howto/connect-an-sms-gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	if group := fmt.Sprintf(smsService, "https://msg.clinic.example"+inboundPath("kannel"), "…"); !strings.Contains(string(page), "\n\n"+group+"```") {
		t.Errorf("the page has not\n%s", group)
	}
}

func TestStopByKannel(t *testing.T) {
	t.Parallel()
	w := newKannelWorld(t)
	w.serve()
	w.becomes(w.send(number)[0], store.Delivered)
	w.says("Stop!", "we will not text you again")
	if status, said := w.post(number); status != http.StatusConflict || !strings.Contains(said, "asked") {
		t.Errorf("after STOP: %d: %s", status, said)
	}
	w.says("START", "you will get our texts again")
	w.becomes(w.send(number)[0], store.Delivered)
	if kinds := strings.Join(w.events(""), " "); strings.Count(kinds, string(store.Refused)) != 1 || strings.Count(kinds, string(store.Allowed)) != 1 {
		t.Errorf("events: %s", kinds)
	}
}

// says texts something from the patient's phone, and waits for the answer there.
func (w *kannelWorld) says(words, answer string) {
	w.t.Helper()
	before := len(w.carrier.to(number))
	w.box.Receive(w.t, kanneltest.Text{From: number, To: clinicNumber, Body: words})
	w.until("the answer is on the phone", func() bool { return len(w.carrier.to(number)) > before })
	got := w.carrier.to(number)[before:]
	if len(got) != 1 || !strings.HasPrefix(got[0], "Riverside Clinic: ") || !strings.Contains(got[0], answer) {
		w.t.Errorf("%s is answered %q", words, got)
	}
}

func TestTextsWaitForKannel(t *testing.T) {
	t.Parallel()
	w := newKannelWorld(t)
	p := w.serve()
	w.box.Stop(t)
	id := w.send(number)[0]
	stopped := func(state string) func() bool {
		return func() bool {
			_, metrics, err := get(&http.Client{}, fmt.Sprintf("http://127.0.0.1:%d/metrics", p.ops))
			return err == nil && strings.Contains(metrics, `securetext_text_line_stopped{road="kannel:`+clinicNumber+`"} `+state)
		}
	}
	w.until("the line pauses", stopped("1"))
	if shown := w.cli("message", "show", string(id)); !strings.Contains(shown, "cannot be reached") {
		t.Errorf("the message waits: %s", shown)
	}
	w.box.Start(t)
	w.becomes(id, store.Delivered)
	w.until("the line flows", stopped("0"))
	if texts := w.carrier.to(number); len(texts) != 1 {
		t.Errorf("the phone got %d texts", len(texts))
	}
}

func TestTextsGoByAGatewayWithoutKannel(t *testing.T) {
	t.Parallel()
	w := newKannelWorld(t)
	secret := newSecret()
	fake := webhookfake.New(secret, time.Now, &http.Client{Transport: &http.Transport{TLSClientConfig: trusting()}, Timeout: 5 * time.Second})
	gateway := httptest.NewServer(fake)
	t.Cleanup(func() { fake.Close(); gateway.Close() })
	w.setting("TEXTS", "kannel,webhook", "WEBHOOK_URL", gateway.URL, "WEBHOOK_SECRET", secret, "WEBHOOK_FROM", "+15005550006")
	w.serve()
	w.box.Stop(t)
	w.becomes(w.send(number)[0], store.Delivered)
	if texts := fake.Texts(); len(texts) != 1 || w.carrier.got() != 0 {
		t.Errorf("%d texts by the gateway, %d by Kannel", len(texts), w.carrier.got())
	}
	w.box.Start(t)
	sent := 1
	w.until("texts go by Kannel again", func() bool {
		w.becomes(w.send(number)[0], store.Delivered)
		sent++
		return w.carrier.got() > 0
	})
	if got := len(fake.Texts()) + w.carrier.got(); got != sent {
		t.Errorf("%d texts for %d messages", got, sent)
	}
}
