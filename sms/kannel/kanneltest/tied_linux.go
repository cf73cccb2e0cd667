package kanneltest

import "syscall"

// tied has a program end with the test's process, even one that is killed, and
// leaves a Ctrl-C to the test, which ends it then.
func tied() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
