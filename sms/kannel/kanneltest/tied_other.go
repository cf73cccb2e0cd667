//go:build !linux

package kanneltest

import "syscall"

// tied is for systems that cannot end a program with the test's process.
func tied() *syscall.SysProcAttr { return nil }
