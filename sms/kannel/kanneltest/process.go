package kanneltest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// process is one of Kannel's programs.
type process struct {
	name string
	cmd  *exec.Cmd
	log  *logTail
	done chan struct{} // closed when it has ended
}

// grace is how long a program may take to end by itself: bearerbox waits for the
// carrier's last answers.
const grace = time.Minute

// run starts a program in Kannel's folder.
func (k *Kannel) run(name string, args ...string) error {
	_, err := k.runWith(name, nil, io.Discard, args...)
	return err
}

// runWith starts one whose words are read too.
func (k *Kannel) runWith(name string, in *os.File, out io.Writer, args ...string) (*process, error) {
	p := &process{name: name, log: &logTail{}, done: make(chan struct{})}
	p.cmd = exec.Command(k.programs[name], args...)
	p.cmd.Dir = k.dir
	if in != nil {
		p.cmd.Stdin = in
	}
	p.cmd.Stderr = io.MultiWriter(p.log, out)
	p.cmd.SysProcAttr = tied()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(p.cmd.Path), err)
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	k.running = append(k.running, p)
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks a program to end, and insists after a while.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.wait()
}

// wait waits until a program has ended, and ends it after a while.
func (p *process) wait() {
	select {
	case <-p.done:
	case <-time.After(grace):
		p.kill()
	}
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// logTail keeps the end of what a program says.
type logTail struct {
	mu   sync.Mutex
	said []byte
}

const maxTail = 8 << 10

func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, b...)
	if len(l.said) > 2*maxTail {
		l.said = bytes.Clone(l.said[len(l.said)-maxTail:])
	}
	return len(b), nil
}

func (p *process) tail() string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return string(p.log.said[max(0, len(p.log.said)-maxTail):])
}
