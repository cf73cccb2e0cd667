package pickup_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/store"
)

// BenchmarkView is a signed-in patient reading a message of 2 KB: session,
// fetch, open, Read event, page.
func BenchmarkView(b *testing.B) {
	c := newClinic(b)
	text := make([]byte, 2<<10)
	for i := range text {
		text[i] = "The quick brown fox.\n"[i%21]
	}
	d := c.deliver(plain(string(text)))
	id := c.enrolled(d).session()
	handler := c.server.Config.Handler
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodGet, "https://pickup.example"+d.path(), nil)
			r.AddCookie(&http.Cookie{Name: session.CookieName, Value: id})
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Errorf("got status %d", w.Code)
				return
			}
		}
	})
}

// BenchmarkAsk is what a link preview costs: the page without a session.
func BenchmarkAsk(b *testing.B) {
	c := newClinic(b)
	d := c.deliver(plain("Hello"))
	handler := c.server.Config.Handler
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://pickup.example"+d.path(), nil))
		if w.Code != http.StatusOK {
			b.Fatalf("got status %d", w.Code)
		}
	}
}

// BenchmarkS07Flood has 500 patients sign in at once. It reports how many were
// let in, the most memory that the process had from the system, and the longest
// that the page before a password took meanwhile.
func BenchmarkS07Flood(b *testing.B) {
	c := newClinic(b)
	handler := c.server.Config.Handler
	patients := c.patients(500)
	for b.Loop() {
		var in sync.Map
		var flood sync.WaitGroup
		for _, d := range patients {
			flood.Go(func() {
				r := httptest.NewRequest(http.MethodPost, "https://pickup.example"+d.path()+"/unlock", strings.NewReader(typed(secret).Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				switch w.Code {
				case http.StatusSeeOther:
					in.Store(d.ID, true)
				case http.StatusServiceUnavailable:
				default:
					b.Errorf("got status %d", w.Code)
				}
			})
		}
		longest := waits(handler, patients[0].path(), &flood)
		b.ReportMetric(float64(size(&in)), "signed-in")
		b.ReportMetric(longest.Seconds()*1000, "ms-other-page")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
}

// patients have all one password, which was hashed once.
func (c *clinic) patients(n int) []delivered {
	c.Helper()
	hash, err := c.config.Passwords.Hash(c.Context(), password.Password(secret))
	if err != nil {
		c.Fatal(err)
	}
	var all []delivered
	for i := range n {
		l := plain("Hello")
		l.To = fmt.Sprintf("+1211436%04d", i)
		d := c.deliver(l)
		e := store.Enrolment{
			Link: d.Token.Hash(), Grace: time.Hour, Password: hash, Label: "Safari on iPhone", Addr: netip.MustParseAddr("192.0.2.1"),
		}
		if _, err := c.store.Enrol(c.Context(), e, c.clock()); err != nil {
			c.Fatalf("Enrol: %v", err)
		}
		all = append(all, d)
	}
	return all
}

// waits opens a page over and over until the flood is over, and returns the
// longest that it took.
func waits(handler http.Handler, path string, flood *sync.WaitGroup) (longest time.Duration) {
	over := make(chan struct{})
	go func() { defer close(over); flood.Wait() }()
	for {
		select {
		case <-over:
			return longest
		default:
		}
		begun := time.Now()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://pickup.example"+path, nil))
		longest = max(longest, time.Since(begun))
		time.Sleep(5 * time.Millisecond)
	}
}

func size(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}
