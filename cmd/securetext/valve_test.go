package main

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// valve stands between the service and a server, and can make the server be away:
// connections break off, and new ones are refused.
type valve struct {
	t    testing.TB
	url  string // the server's URL, by way of the valve
	from string
	to   string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

func newValve(t testing.TB, rawURL string) *valve {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	v := &valve{t: t, to: u.Host, from: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	v.open()
	u.Host = v.from
	v.url = u.String()
	t.Cleanup(v.shut)
	return v
}

func (v *valve) open() {
	l, err := net.Listen("tcp", v.from)
	if err != nil {
		v.t.Fatal(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listener, v.from = l, l.Addr().String()
	go v.serve(l)
}

func (v *valve) shut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listener.Close()
	for c := range v.conns {
		c.Close()
	}
	clear(v.conns)
}

func (v *valve) serve(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", v.to)
		if err != nil {
			in.Close()
			continue
		}
		v.mu.Lock()
		v.conns[in], v.conns[out] = true, true
		v.mu.Unlock()
		go pipe(in, out)
		go pipe(out, in)
	}
}

func pipe(from, to net.Conn) {
	io.Copy(to, from)
	from.Close()
	to.Close()
}
