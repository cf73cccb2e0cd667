package redis

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/pickup/session"
)

// soon is longer than any call may take: callTimeout, and a busy machine.
const soon = callTimeout + 2*time.Second

// calls are the contract's, and Ping.
func calls(ctx context.Context, st *Store) map[string]func() error {
	now := time.Now()
	key := session.NewID().Key()
	return map[string]func() error{
		"Find": func() error { _, err := st.Find(ctx, key, now); return err },
		"Save": func() error {
			return st.Save(ctx, key, session.Session{Org: "o", Recipient: "r", Created: now, Seen: now}, now)
		},
		"Delete":    func() error { return st.Delete(ctx, key) },
		"List":      func() error { _, err := st.List(ctx, "o", "r", now); return err },
		"End":       func() error { return st.End(ctx, "o", "r", key.Handle()) },
		"DeleteAll": func() error { return st.DeleteAll(ctx, "o", "r") },
		"Ping":      func() error { return st.Ping(ctx) },
	}
}

// wantUnavailable wants every call to end soon in ErrUnavailable, with no error
// of the driver or of the network left to be found in it.
func wantUnavailable(t *testing.T, st *Store) {
	t.Helper()
	for name, call := range calls(t.Context(), st) {
		began := time.Now()
		err := call()
		if took := time.Since(began); took > soon {
			t.Errorf("%s took %v, want at most %v", name, took, soon)
		}
		if !errors.Is(err, session.ErrUnavailable) || errors.Is(err, session.ErrNotFound) {
			t.Errorf("%s: error %v, want ErrUnavailable", name, err)
		}
		var network net.Error
		if errors.As(err, &network) {
			t.Errorf("%s: an error of the network came through: %v", name, err)
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestS14DownIsUnavailableSoon(t *testing.T) {
	l := listen(t)
	_ = l.Close()
	wantUnavailable(t, openAt(t, "redis://"+l.Addr().String()))
}

// A server that takes connections and says nothing is the worst kind of down.
func TestS14SilentIsUnavailableSoon(t *testing.T) {
	wantUnavailable(t, openAt(t, "redis://"+listen(t).Addr().String()))
}

func TestCallersDeadlineIsHonoured(t *testing.T) {
	st := openAt(t, "redis://"+listen(t).Addr().String())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := st.Find(ctx, session.NewID().Key(), began)
	if took := time.Since(began); took > ioTimeout/2 {
		t.Errorf("Find took %v, want about 50ms", took)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
}

// Redis going away ends no process, and its coming back needs no restart.
func TestS14ComesBackByItself(t *testing.T) {
	direct := open(t)
	line := newLine(t)
	st := openAt(t, withPrefix("redis://"+line.Addr().String(), direct.prefix))
	now := time.Now()
	key := session.NewID().Key()
	if err := st.Save(t.Context(), key, session.Session{Org: "o", Recipient: "r", Created: now, Seen: now}, now); err != nil {
		t.Fatalf("Save: %v", err)
	}
	line.cut(true)
	wantUnavailable(t, st)
	line.cut(false)
	for deadline := time.Now().Add(soon); ; time.Sleep(20 * time.Millisecond) {
		_, err := st.Find(t.Context(), key, now)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Find after Redis came back: %v", err)
		}
	}
}

// line is a cable to Redis that can be cut.
type line struct {
	net.Listener
	dial func() (net.Conn, error)

	mu    sync.Mutex
	dead  bool
	conns []net.Conn
}

func newLine(t *testing.T) *line {
	where, err := parseURL(testURL(t))
	if err != nil {
		t.Fatal(err)
	}
	network, addr := "tcp", where.addrs[0]
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	l := &line{Listener: listen(t), dial: func() (net.Conn, error) { return net.Dial(network, addr) }}
	t.Cleanup(func() { l.cut(true) })
	go l.serve()
	return l
}

func (l *line) serve() {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := l.dial()
		if err != nil || !l.keep(near, far) {
			_ = near.Close()
			continue
		}
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
	}
}

// keep remembers a connection's two ends, unless the line is cut.
func (l *line) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		for _, c := range ends {
			_ = c.Close()
		}
		return false
	}
	l.conns = append(l.conns, ends...)
	return true
}

func (l *line) cut(dead bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = dead
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}
