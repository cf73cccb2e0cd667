package courier_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/seal"
	"securetext/store/sqlite"
	"securetext/store/storetest"
)

// BenchmarkCourier sends texts through the whole of the courier, a store at one
// end and Twilio's fake over HTTP at the other, which takes 20 ms to answer and
// calls back twice for each. A text counts once it is recorded as delivered.
// Compare with BenchmarkSend of sms/twilio, which is the bare line.
func BenchmarkCourier(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		benchCourier(b, func() (store.Store, error) { return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db")) })
	})
	b.Run("postgres", func(b *testing.B) {
		server := os.Getenv("TEST_POSTGRES")
		if server == "" {
			b.Skip("WARNING: TEST_POSTGRES is not set: nothing was measured on Postgres")
		}
		benchCourier(b, func() (store.Store, error) { return postgres.Open(b.Context(), benchDatabase(b, server)) })
	})
}

// benchTexts is how many texts a round has.
const benchTexts = 3000

func benchCourier(b *testing.B, open func() (store.Store, error)) {
	for b.Loop() {
		b.StopTimer()
		s, err := open()
		must(b, "Open", err)
		count := &counted{Store: s}
		r := newBenchRig(b, count)
		b.StartTimer()
		stop := r.run(b, func(c *courier.Config) {
			c.Poll, c.Roads = time.Second, through(unlooked{r.sender, r.sender, r.sender})
		})
		for count.delivered.Load() < benchTexts {
			time.Sleep(5 * time.Millisecond)
		}
		b.StopTimer()
		stop()
		if n := len(r.fake.Texts()); n != benchTexts {
			b.Fatalf("%d texts of %d", n, benchTexts)
		}
		must(b, "Close", s.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(benchTexts*b.N)/b.Elapsed().Seconds(), "texts/s")
}

// newBenchRig is a rig with all its texts waiting, of a fake that is not quick.
func newBenchRig(b *testing.B, s store.Store) *rig {
	r := &rig{clock: &clock{start: time.Now()}, log: &logBook{}, Clinic: storetest.NewClinic(b, s)}
	r.fake = twiliofake.New(twiliofake.Account{SID: sid, AuthToken: authToken}, r.now, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}})
	r.fake.Fail(twiliofake.Rule{Latency: 20 * time.Millisecond})
	receipts := &courier.Receipts{Store: s, Log: r.log.logger(), Now: r.now}
	api, hook := httptest.NewServer(r.fake), httptest.NewServer(receipts)
	b.Cleanup(func() { r.fake.Close(); api.Close(); hook.Close() })
	var err error
	r.sender, err = twilio.New(twilio.Config{
		AccountSID: sid, AuthToken: authToken, From: "+15550000001", BaseURL: api.URL, CallbackURL: hook.URL + "/callbacks/twilio",
	})
	must(b, "twilio.New", err)
	receipts.Listener = r.sender
	var messages []store.Message
	for n := range benchTexts {
		messages = append(messages, r.Write(b, storetest.Number(n+1), seal.Plaintext("Your result is ready.")))
	}
	_, err = r.Accept(b.Context(), r.Acceptance(messages...))
	must(b, "Accept", err)
	return r
}

// unlooked is a sender at Twilio that looks no numbers up.
type unlooked struct {
	sms.Sender
	sms.Finder
	sms.Reporter
}

// counted counts the texts that are recorded as delivered.
type counted struct {
	store.Store
	delivered atomic.Int64
}

// Receipt implements [store.Outbox].
func (c *counted) Receipt(ctx context.Context, r store.Receipt, now time.Time) error {
	err := c.Store.Receipt(ctx, r, now)
	if err == nil && r.State == store.TextDelivered {
		c.delivered.Add(1)
	}
	return err
}

// benchDatabase makes a database on a server, and drops it when all is over.
func benchDatabase(b *testing.B, server string) string {
	name := fmt.Sprintf("securetext_bench_%s", strings.ToLower(rand.Text()))
	execute := func(statement string) {
		conn, err := pgx.Connect(context.Background(), server)
		must(b, "connect", err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), statement)
		must(b, statement, err)
	}
	execute("CREATE DATABASE " + name)
	b.Cleanup(func() { execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	u, err := url.Parse(server)
	must(b, "parse", err)
	u.Path = "/" + name
	return u.String()
}
