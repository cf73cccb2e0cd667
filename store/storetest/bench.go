package storetest

import (
	"crypto/rand"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// BenchCallers is how many callers each core has at once in [Bench].
const BenchCallers = 16

// Bench measures the hot paths of one backend: small messages taken in by many
// callers at once, texts claimed and sent by the hundred, messages loaded and
// read by many. What a caller would do before and after is left out.
func Bench(b *testing.B, open func(*testing.B) store.Store) {
	b.Run("Accept", func(b *testing.B) { BenchAccept(b, NewClinic(b, open(b))) })
	b.Run("AcceptOnce", func(b *testing.B) { benchAcceptOnce(b, NewClinic(b, open(b))) })
	b.Run("AcceptWatched", func(b *testing.B) { benchAcceptWatched(b, NewClinic(b, open(b))) })
	b.Run("DueSent", func(b *testing.B) { benchDueSent(b, NewClinic(b, open(b))) })
	b.Run("MessageRead", func(b *testing.B) { benchMessageRead(b, NewClinic(b, open(b))) })
}

// BenchAccept takes in messages of 2 KB to a thousand numbers.
func BenchAccept(b *testing.B, c *Clinic) {
	c.benchAccept(b, c.benchLetters(b, b.N))
}

// benchAcceptOnce does the same with the hash of a delivery on each.
func benchAcceptOnce(b *testing.B, c *Clinic) {
	letters := c.benchLetters(b, b.N)
	for i := range letters {
		rand.Read(letters[i].Repeat[:])
	}
	c.benchAccept(b, letters)
}

// benchAcceptWatched does the same with reminders to come for each.
func benchAcceptWatched(b *testing.B, c *Clinic) {
	letters := c.benchLetters(b, b.N)
	for i := range letters {
		letters[i].Remind = store.DefaultRemind
	}
	c.benchAccept(b, letters)
}

func (c *Clinic) benchAccept(b *testing.B, letters []store.Message) {
	b.Helper()
	var next atomic.Int64
	b.SetParallelism(BenchCallers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m := letters[next.Add(1)-1]
			if _, err := c.Accept(b.Context(), c.Acceptance(m)); err != nil {
				b.Errorf("Accept: %v", err)
			}
		}
	})
	perSecond(b, b.N)
}

// benchLetters seals one message for each of a thousand numbers and gives n
// with ids of their own: a store does not open what it keeps.
func (c *Clinic) benchLetters(b *testing.B, n int) []store.Message {
	b.Helper()
	var sealed []store.Message
	for i := range min(n, 1000) {
		sealed = append(sealed, c.Write(b, Number(i), make(seal.Plaintext, 2<<10)))
	}
	letters := make([]store.Message, n)
	for i := range letters {
		letters[i] = sealed[i%len(sealed)]
		letters[i].ID = store.NewMessageID(Noon.Add(time.Duration(i) * time.Millisecond))
	}
	return letters
}

func benchDueSent(b *testing.B, c *Clinic) {
	for letters := range slices.Chunk(c.benchLetters(b, b.N), 500) {
		c.mustAccept(b, c.Acceptance(letters...))
	}
	b.ResetTimer()
	for done := 0; done < b.N; {
		n := len(c.send(b, Noon))
		if n == 0 {
			b.Fatal("Due: nothing is left, and not all were sent")
		}
		done += n
	}
	perSecond(b, b.N)
}

func benchMessageRead(b *testing.B, c *Clinic) {
	const stored = 200
	c.mustAccept(b, c.Acceptance(c.benchLetters(b, stored)...))
	type page struct {
		id   store.MessageID
		hash token.Hash
		v    store.Viewer
	}
	var pages []page
	for len(pages) < stored {
		for _, x := range c.send(b, Noon) {
			v := store.Viewer{Org: x.Org, Recipient: x.Recipient, Addr: home}
			pages = append(pages, page{x.Message, x.Link, v})
		}
	}
	var next atomic.Int64
	b.SetParallelism(BenchCallers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p := pages[next.Add(1)%stored]
			if _, err := c.Message(b.Context(), p.hash, p.v, Noon); err != nil {
				b.Errorf("Message: %v", err)
			}
			if err := c.Read(b.Context(), p.id, p.v, Noon); err != nil {
				b.Errorf("Read: %v", err)
			}
		}
	})
	perSecond(b, b.N)
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "/s")
}
