package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
)

// lastPort starts somewhere else in each test process, below the ports that the
// kernel gives to outgoing connections: a service may end and start again while
// other tests connect.
var lastPort = func() *atomic.Int32 {
	var n atomic.Int32
	n.Store(20000 + rand.Int32N(8000))
	return &n
}()

// newPort is a port that nobody listens on, and that no other test gets.
func newPort(t testing.TB) int {
	t.Helper()
	for port := lastPort.Add(1); port < 32768; port = lastPort.Add(1) {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return int(port)
		}
	}
	t.Fatal("no port is free")
	return 0
}
