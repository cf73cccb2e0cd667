//go:build !linux

package postgres

import "syscall"

// limitSilence is nil where the system is left to decide.
var limitSilence func(network, address string, conn syscall.RawConn) error
