package gateway

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// The benchmarks run on SQLite with synchronous=FULL, so what they count was durable.

func quietClinic(b *testing.B) *clinic {
	c := newClinic(b)
	c.Intake.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	return c
}

const benchConns = 32

// BenchmarkSMTPAccept sends mails of 2 KB over 32 connections that are kept.
func BenchmarkSMTPAccept(b *testing.B) {
	c := quietClinic(b)
	addr, _ := c.serveSMTP(b, nil)
	var count atomic.Int64 // a Message-ID each, or they would be one message
	mail := "Subject: Your result\r\n\r\n" + strings.Repeat(strings.Repeat("a", 62)+"\r\n", 31) + "end"
	dialogues := make(chan *dialogue, benchConns)
	for range benchConns {
		dialogues <- c.dialIn(b, addr)
	}
	b.ResetTimer()
	var work sync.WaitGroup
	left := make(chan struct{}, b.N)
	for range b.N {
		left <- struct{}{}
	}
	close(left)
	for range benchConns {
		work.Go(func() {
			d := <-dialogues
			for range left {
				d.send("MAIL FROM:<reyes@lakeside.example>\r\nRCPT TO:<2114367789@secure.text>\r\nDATA\r\n")
				for _, want := range []string{"250", "250", "354"} {
					if got := d.reply(); !strings.HasPrefix(got, want) {
						b.Errorf("got %q, want %s", got, want)
						return
					}
				}
				d.send(fmt.Sprintf("Message-ID: <%d@lakeside.example>\r\n%s\r\n.\r\n", count.Add(1), mail))
				if got := d.reply(); !strings.HasPrefix(got, "250") {
					b.Errorf("got %q, want 250", got)
					return
				}
			}
		})
	}
	work.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkAPI posts messages of 2 KB from 32 callers.
func BenchmarkAPI(b *testing.B) {
	c := quietClinic(b)
	h := (&API{Intake: c.Intake, Events: c.db, Log: c.Intake.Log}).Handler()
	body := `{"to":"2114367789","subject":"Your result","text":"` + strings.Repeat("a", 2000) + `"}`
	b.SetParallelism(benchConns)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, c.request("POST", "/v1/messages", body)); w.Code != http.StatusAccepted {
				b.Errorf("got %d %s", w.Code, w.Body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkReadRequest reads a request with 10 MB of attachments.
func BenchmarkReadRequest(b *testing.B) {
	body := `{"to":"2114367789","subject":"s","text":"t","attachments":[{"name":"x","content":"` + strings.Repeat("AAAA", 10<<20/3) + `"}]}`
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := understood(body); err != nil {
			b.Fatal(err)
		}
	}
}
