package postgres

import (
	"strings"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT, in milliseconds, which package syscall
// does not name.
const tcpUserTimeout = 18

// mostSilence is how long what was sent may go without an answer of the
// server's machine. Without it that is a quarter of an hour.
const mostSilence = 30 * time.Second

func limitSilence(network, _ string, conn syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(mostSilence.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
