package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/eventfile"
)

func TestS35OnlyHTTP1IsSpoken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	config := trusting()
	config.NextProtos = []string{"h2", "http/1.1"}
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.http), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("the server speaks %q, want http/1.1", got)
	}
}

func TestS35NoCoreIsDumped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.cmd.Process.Pid))
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	for line := range strings.Lines(string(limits)) {
		if strings.HasPrefix(line, "Max core file size") {
			if fields := strings.Fields(line); fields[4] != "0" || fields[5] != "0" {
				t.Errorf("%s", line)
			}
			return
		}
	}
	t.Error("no limit of core files is told")
}

func TestS33EventsSayWhoWhatAndWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	before := time.Now().Add(-time.Second)
	if err := p.mail("2114367789", "subject", "words"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.browser().withPassword(w.link(number, 1)); err != nil {
		t.Fatal(err)
	}
	seq := int64(0)
	who := map[store.Kind]store.ActorKind{}
	for line := range strings.Lines(w.cli("events")) {
		var e eventfile.Line
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Seq <= seq || e.Org != w.org.ID || e.At.Before(before.Add(-time.Minute)) || e.ByKind == "" {
			t.Errorf("not in order, or not complete: %s", line)
		}
		seq, who[e.Kind] = e.Seq, e.ByKind
	}
	for kind, want := range map[store.Kind]store.ActorKind{
		store.OrgAdded: store.ByOperator, store.SenderAdded: store.ByOperator, store.AppPasswordAdded: store.ByOperator,
		store.Accepted: store.BySender, store.Sent: store.BySystem, store.Delivered: store.ByCarrier,
		store.Opened: store.ByVisitor, store.Enrolled: store.ByRecipient, store.Read: store.ByRecipient,
	} {
		if who[kind] != want {
			t.Errorf("%s is by %q, want %q", kind, who[kind], want)
		}
	}
}

func TestOpsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	if err := p.mail("2114367789", "subject", "words"); err != nil {
		t.Fatal(err)
	}
	w.link(number, 1)
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "store ok", "/outbox": "/m/", "/debug/pprof/": "goroutine",
		"/metrics": "securetext_gateway_messages_total{via=\"smtp\"} 1",
	} {
		status, page, err := get(&http.Client{}, fmt.Sprintf("http://127.0.0.1:%d%s", p.ops, path))
		if err != nil || status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s: %d, %v; want %q in it", path, status, err, want)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/outbox"} {
		if status, _, err := get(trustingClient(), fmt.Sprintf("https://127.0.0.1:%d%s", p.http, path)); err != nil || status != http.StatusNotFound {
			t.Errorf("%s on the public listener: %d, %v; want 404", path, status, err)
		}
	}
}
