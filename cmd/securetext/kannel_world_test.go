package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/sms/kannel/kanneltest"
	"securetext/store"
)

// kannelWorld is a service whose texts go by a real Kannel to a carrier of ours.
type kannelWorld struct {
	*world
	box     *kanneltest.Kannel
	carrier *atCarrier
	key     string   // of the API
	api     *process // that is posted to
}

const clinicNumber = "+12015550123" // that texts come from

// newKannelWorld sets it up. Nothing of ours runs yet. Kannel gets the get-url
// that the program prints for it.
func newKannelWorld(t *testing.T) *kannelWorld {
	t.Helper()
	w := &kannelWorld{world: newWorld(t, production), carrier: &atCarrier{texts: map[string][]string{}}}
	w.setting("TEXTS", "kannel", "KANNEL_URL", "http://127.0.0.1/", "KANNEL_USER", "tester", "KANNEL_PASSWORD", "secret",
		"KANNEL_FROM", clinicNumber, "KANNEL_SECRET", newSecret(), "SENDER_RATE", "0", "BLOCK_RATE", "0")
	getURL := regexp.MustCompile(`(?m)^get-url = "(.*)"$`).FindStringSubmatch(w.cli("kannel"))
	if getURL == nil {
		t.Fatal("no get-url is printed")
	}
	w.box = kanneltest.Start(t, kanneltest.Inbound(getURL[1]), kanneltest.To(kanneltest.NewCarrier(t, w.carrier.take)))
	w.setting("KANNEL_URL", w.box.SendURL, "KANNEL_USER", w.box.User, "KANNEL_PASSWORD", w.box.Password)
	var made struct{ Key string }
	w.json(&made, "apikey", "add", w.sender.User)
	w.key, w.api = made.Key, w.first
	return w
}

// atCarrier is what Kannel handed over, refused texts too.
type atCarrier struct {
	mu    sync.Mutex
	texts map[string][]string // their words, by number
	total int
}

// fates are what becomes of texts at the carrier, by the last two digits of their
// number, and of their messages. All others are delivered.
var fates = map[string]struct {
	kanneltest.Outcome
	message store.Kind
}{
	"03": {kanneltest.Outcome{Stat: "UNDELIV"}, store.Undelivered},
	"19": {kanneltest.Outcome{Stat: "EXPIRED"}, store.Undelivered},
	"35": {kanneltest.Outcome{Stat: "REJECTD"}, store.Undelivered},
	"51": {kanneltest.Outcome{Stat: "DELETED", Queued: true}, store.Undelivered},
	"67": {kanneltest.Outcome{Status: 0x0b}, store.Failed}, // no such number
	"83": {kanneltest.Outcome{}, store.Sent},               // no report ever
	"99": {kanneltest.Outcome{Stat: "DELIVRD", Queued: true}, store.Delivered},
}

func (c *atCarrier) take(text kanneltest.Text) kanneltest.Outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts[text.To] = append(c.texts[text.To], text.Body)
	c.total++
	if fate, ok := fates[text.To[len(text.To)-2:]]; ok {
		return fate.Outcome
	}
	return kanneltest.Outcome{Stat: "DELIVRD"}
}

// fate is what is to become of a message to a number.
func fate(number string) store.Kind {
	if f, ok := fates[number[len(number)-2:]]; ok {
		return f.message
	}
	return store.Delivered
}

func (c *atCarrier) got() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

func (c *atCarrier) to(number string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.texts[number])
}

// send posts one message to each of the numbers, and returns their ids.
func (w *kannelWorld) send(numbers ...string) []store.MessageID {
	w.t.Helper()
	status, said := w.post(numbers...)
	var accepted struct {
		Messages []struct{ ID store.MessageID }
	}
	if err := json.Unmarshal([]byte(said), &accepted); err != nil || status != http.StatusAccepted || len(accepted.Messages) != len(numbers) {
		w.t.Fatalf("%d messages: %d, %v", len(numbers), status, err)
	}
	var ids []store.MessageID
	for _, m := range accepted.Messages {
		ids = append(ids, m.ID)
	}
	return ids
}

func (w *kannelWorld) post(numbers ...string) (status int, said string) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"to": numbers, "subject": "s", "text": "words"})
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("https://localhost:%d/v1/messages", w.api.http), strings.NewReader(string(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	req.Header.Set("Content-Type", "application/json")
	status, said, err = do(trustingClient(), req)
	if err != nil {
		w.t.Fatal(err)
	}
	return status, said
}

// statuses are the states of all messages.
func (w *kannelWorld) statuses() map[store.MessageID]store.Kind {
	w.t.Helper()
	found := map[store.MessageID]store.Kind{}
	for line := range strings.Lines(w.cli("messages", "--limit=100000")) {
		var m messageLine
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			w.t.Fatal(err)
		}
		found[m.ID] = m.Status
	}
	return found
}

// becomes waits for a message's state.
func (w *kannelWorld) becomes(id store.MessageID, want store.Kind) {
	w.t.Helper()
	w.until("the message is "+string(want), func() bool { return w.statuses()[id] == want })
}

// within is [world.until] for what takes longer.
func (w *kannelWorld) within(limit time.Duration, what string, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// pass lets the time pass that texts in doubt wait for their report, where no
// report is to come any more.
func (w *kannelWorld) pass() (texts int64) {
	w.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.database)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close(ctx)
	moved, err := conn.Exec(ctx, `
		UPDATE outbox SET due_at = $1
		 WHERE due_at > $2 AND id IN (SELECT outbox_id FROM texts WHERE state = 'begun')`,
		time.Now().UnixMilli(), time.Now().Add(2*time.Minute).UnixMilli())
	if err != nil {
		w.t.Fatal(err)
	}
	return moved.RowsAffected()
}
