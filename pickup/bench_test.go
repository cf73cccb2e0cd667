package pickup_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"securetext/pickup/session"
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
