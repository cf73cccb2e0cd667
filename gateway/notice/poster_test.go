package notice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"securetext/store"
)

func (p *hookPeer) poster(change ...func(*Config)) poster {
	c := Config{HookTimeout: 10 * time.Second, Now: func() time.Time { return noon }}
	p.hooking(&c)
	for _, f := range change {
		f(&c)
	}
	return newPoster(c)
}

func TestWhatAnswersMean(t *testing.T) {
	p := newHookPeer(t)
	kinds := map[string][]int{
		"done":  {200, 201, 202, 204, 206, 299},
		"drop":  {300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 409, 410, 413, 418, 422, 451, 499},
		"again": {408, 425, 500, 501, 502, 503, 504, 599, 999},
		"rest":  {429},
	}
	for want, list := range kinds {
		for _, status := range list {
			p.says(status)
			err := p.poster().post(t.Context(), post{url: p.url, body: []byte("{}")})
			if got := kindOf(err); got != want {
				t.Errorf("%d: %s, want %s (%v)", status, got, want, err)
			}
			if err != nil && Code(err) != fmt.Sprintf("webhook_http_%d", status) {
				t.Errorf("%d: code %s", status, Code(err))
			}
		}
	}
}

// kindOf is what is done about an error of a poster.
func kindOf(err error) string {
	_, silent := errors.AsType[*silence](err)
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, ErrPermanent):
		return "drop"
	case silent:
		return "rest"
	}
	return "again"
}

func TestAnswersThatAreNone(t *testing.T) {
	p := newHookPeer(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	must(t, err)
	defer silent.Close()
	for name, c := range map[string]struct {
		url, code string
		answer    func(int, http.ResponseWriter, *http.Request)
		change    func(*Config)
	}{
		"hangs":         {code: "webhook_timeout", answer: func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		"no TLS":        {code: "webhook_timeout", url: "https://" + silent.Addr().String()},
		"hangs up":      {code: "webhook_unreached", answer: func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"refused":       {code: "webhook_unreached", url: "https://" + closedPort(t)},
		"no such host":  {code: "webhook_unreached", url: "https://nobody.invalid"},
		"a stranger":    {code: "webhook_certificate", change: func(c *Config) { c.HookTLS = nil }},
		"endless words": {code: "webhook_unreached", answer: func(_ int, w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) }},
	} {
		t.Run(name, func(t *testing.T) {
			p.on(c.answer)
			impatient := func(cfg *Config) {
				if c.code == "webhook_timeout" {
					cfg.HookTimeout = 300 * time.Millisecond
				}
			}
			if c.change == nil {
				c.change = func(*Config) {}
			}
			err := p.poster(impatient, c.change).post(t.Context(), post{url: orElse(c.url, p.url), body: []byte("{}")})
			if kindOf(err) != "rest" || Code(err) != c.code {
				t.Errorf("%s, got error %v, want %s", kindOf(err), err, c.code)
			}
			if strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "invalid") {
				t.Errorf("the error shows the URL: %v", err)
			}
		})
	}
}

func TestLittleIsReadOfAnAnswer(t *testing.T) {
	p := newHookPeer(t)
	for name, answer := range map[string]func(int, http.ResponseWriter, *http.Request){
		"much": func(_ int, w http.ResponseWriter, _ *http.Request) { io.Copy(w, endless{}) },
		"another protocol": func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "websocket")
			w.WriteHeader(http.StatusSwitchingProtocols)
		},
	} {
		p.on(answer)
		started := time.Now()
		err := p.poster().post(t.Context(), post{url: p.url, body: []byte("{}")})
		if took := time.Since(started); took > 5*time.Second || (err == nil) != (name == "much") {
			t.Errorf("%s: %v, after %v", name, err, took)
		}
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestRetryAfter(t *testing.T) {
	for asked, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "3600": time.Hour, "86400": time.Hour, "99999999999999999999": 0, "-5": 0, "soon": 0,
		noon.Add(10 * time.Minute).Format(http.TimeFormat): 10 * time.Minute,
		noon.Add(10 * time.Hour).Format(http.TimeFormat):   time.Hour,
		noon.Add(-time.Hour).Format(http.TimeFormat):       0,
	} {
		p := newHookPeer(t)
		p.on(func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", asked)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		err := p.poster().post(t.Context(), post{url: p.url, body: []byte("{}")})
		silent, ok := errors.AsType[*silence](err)
		if ok != (want > 0) || ok && silent.wait != want {
			t.Errorf("%q: got %v", asked, err)
		}
	}
}

func TestCheckHook(t *testing.T) {
	for _, c := range []struct {
		url              string
		public, private_ bool
	}{
		{"https://clinic.example/hooks?tenant=3", true, true},
		{"https://8.8.8.8:8443", true, true},
		{"http://clinic.example/hooks", false, true},
		{"https://127.0.0.1/", false, true},
		{"https://localhost/", false, true},
		{"https://localhost./", false, true},
		{"https://[::ffff:10.0.0.1]/", false, true},
		{"https://[64:ff9b::a00:1]/", false, true},
		{"https://169.254.169.254/latest", false, true},
		{"https://user:secret@clinic.example", false, false},
		{"https://clinic.example/#there", false, false},
		{"ftp://clinic.example", false, false},
		{"https://", false, false},
		{"https:///hooks", false, false},
		{"/hooks", false, false},
		{"https://clinic.example/\x00", false, false},
		{"", false, false},
	} {
		if err := CheckHook(c.url, false); (err == nil) != c.public {
			t.Errorf("%q: got error %v", c.url, err)
		}
		err := CheckHook(c.url, true)
		if (err == nil) != c.private_ {
			t.Errorf("%q, private: got error %v", c.url, err)
		}
		if err != nil && c.url != "" && (strings.Contains(err.Error(), c.url) || strings.Contains(err.Error(), "secret@")) {
			t.Errorf("%q: the error repeats it: %v", c.url, err)
		}
	}
}

// Whatever the URL says, nothing that is not public is posted to.
func TestS30PrivateAddressesAreNeverPostedTo(t *testing.T) {
	r, p := hookRig(t)
	port := p.url[strings.LastIndexByte(p.url, ':'):strings.LastIndexByte(p.url, '/')]
	r.run(t, p.hooking, func(c *Config) { c.HookPrivate = false })
	for url, want := range map[string]string{
		"http://clinic.example/":         "webhook_bad_url",
		"https://127.0.0.1" + port:       "webhook_bad_url",
		"https://[::1]" + port:           "webhook_bad_url",
		"https://[::ffff:7f00:1]" + port: "webhook_bad_url",
		"https://10.0.0.1/":              "webhook_bad_url",
		"https://169.254.169.254/":       "webhook_bad_url",
		"https://localhost" + port:       "webhook_bad_url",
	} {
		r.hooked(t, url)
		r.untilHook(t, want, r.oneRound(t))
	}
	if n := len(p.got()); n != 0 {
		t.Errorf("posted %d times", n)
	}
}

// A name leads where its owner wants, who may change that at any time.
func TestS30ANameThatLeadsToAPrivateAddress(t *testing.T) {
	p := newHookPeer(t)
	for _, address := range []string{
		"127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "192.168.1.1", "0.0.0.0", "224.0.0.1",
		"::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
	} {
		public := p.poster(func(c *Config) { c.HookPrivate = false })
		public.dialer.Resolver = resolver(address)
		err := public.post(t.Context(), post{url: "https://hooks.clinic.example:1", body: []byte("{}")})
		if !errors.Is(err, ErrPermanent) || Code(err) != "webhook_private_address" {
			t.Errorf("%s: got error %v", address, err)
		}
	}
	private := p.poster()
	private.dialer.Resolver = resolver("127.0.0.1")
	if err := private.post(t.Context(), post{url: "https://hooks.clinic.example:1"}); Code(err) != "webhook_unreached" {
		t.Errorf("where private addresses are allowed: got error %v", err)
	}
}

// resolver says of every name that it has this one address.
func resolver(address string) *net.Resolver {
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			answerDNS(far, net.ParseIP(address), strings.Contains(address, ":"))
		}()
		return near, nil
	}}
}

// answerDNS answers one question, as over TCP: with its length before it.
func answerDNS(conn net.Conn, ip net.IP, six bool) {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	raw := make([]byte, int(size[0])<<8|int(size[1]))
	if _, err := io.ReadFull(conn, raw); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(raw) != nil {
		return
	}
	q := m.Questions[0]
	head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type, TTL: 1}
	m.Response, m.Additionals = true, nil
	switch {
	case q.Type == dnsmessage.TypeA && !six:
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: [4]byte(ip.To4())}}}
	case q.Type == dnsmessage.TypeAAAA && six:
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: [16]byte(ip.To16())}}}
	}
	out, err := m.Pack()
	if err != nil {
		return
	}
	conn.Write(append([]byte{byte(len(out) >> 8), byte(len(out))}, out...))
}

func TestS30RedirectsAreNeverFollowed(t *testing.T) {
	r, p := hookRig(t)
	elsewhere := newHookPeer(t)
	p.on(func(n int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.url, []int{301, 302, 303, 307, 308}[n-1])
	})
	r.run(t, p.hooking)
	for _, status := range []int{301, 302, 303, 307, 308} {
		r.untilHook(t, fmt.Sprintf("webhook_http_%d", status), r.oneRound(t))
	}
	if n := len(elsewhere.got()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
	if events, err := r.Events(t.Context(), store.EventFilter{Kind: store.Notified}); err != nil || len(events) != 0 {
		t.Errorf("%d are said to be told, %v", len(events), err)
	}
}
