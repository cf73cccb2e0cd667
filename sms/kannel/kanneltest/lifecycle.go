package kanneltest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Start starts a stopped Kannel again, as it was.
func (k *Kannel) Start(t testing.TB) {
	t.Helper()
	if err := k.start(); err != nil {
		t.Fatalf("kannel: %v", err)
	}
}

func (k *Kannel) start() error {
	if err := k.run("bearerbox", "-v", "1", "kannel.conf"); err != nil {
		return err
	}
	if err := k.until("bearerbox is up", func() bool { return k.status() != "" }); err != nil {
		return err
	}
	if err := k.startSmsbox(); err != nil {
		return err
	}
	if k.fake != nil {
		if err := k.runFake(); err != nil {
			return err
		}
	}
	return k.until("kannel takes texts", func() bool {
		status := k.status()
		return strings.Contains(status, "(on-line") && strings.Contains(status, "(online") && k.answers()
	})
}

// startSmsbox starts smsbox until it stays: it opens its port before it knows
// bearerbox, and a text that comes in between makes it panic.
func (k *Kannel) startSmsbox() error {
	const tries = 20
	for try := 1; ; try++ {
		if err := k.run("smsbox", "-v", "1", "kannel.conf"); err != nil {
			return err
		}
		smsbox := k.running[len(k.running)-1]
		err := k.until("smsbox knows bearerbox", func() bool { return strings.Contains(smsbox.tail(), "Connected to bearerbox") })
		if err == nil || try == tries || !smsbox.ended() {
			return err
		}
		k.running = k.running[:len(k.running)-1]
	}
}

// Stop asks Kannel to end and waits until it has. What it took is on disk then.
// First it has bearerbox hand over nothing more: smsbox drops the calls that it is
// in the middle of when it ends, even if it is asked to.
func (k *Kannel) Stop(t testing.TB) {
	t.Helper()
	if len(k.running) > 0 && k.ask("suspend") != "" {
		time.Sleep(calm)
	}
	k.end((*process).stop)
}

// calm is longer than a call of smsbox's takes.
const calm = 2 * time.Second

// Kill ends Kannel at once, as a power cut does.
func (k *Kannel) Kill(t testing.TB) {
	t.Helper()
	k.end((*process).kill)
}

// end ends bearerbox and smsbox in such a way: bearerbox first, which waits ten
// seconds for a smsbox otherwise. fakesmsc reads what is still on its way, and
// ends by itself then.
func (k *Kannel) end(how func(*process)) {
	for _, name := range []string{"bearerbox", "smsbox", "fakesmsc"} {
		for _, p := range k.running {
			switch {
			case p.name != name:
			case name == "fakesmsc":
				p.wait()
			default:
				how(p)
			}
		}
	}
	k.before, k.running = k.running, nil
}

// Restart stops Kannel and starts it again.
func (k *Kannel) Restart(t testing.TB) {
	t.Helper()
	k.Stop(t)
	k.Start(t)
}

// until waits for something, or for one of Kannel's programs to end.
func (k *Kannel) until(what string, done func() bool) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if done() {
			return nil
		}
		for _, p := range k.running {
			if p.ended() {
				return fmt.Errorf("%s ended before %s: %s", p.name, what, p.tail())
			}
		}
	}
	return fmt.Errorf("waited %s until %s", patience, what)
}

// status is what bearerbox says of itself; empty: it does not answer.
func (k *Kannel) status() string { return k.ask("status.txt") }

// ask is what bearerbox answers to a command; empty: nothing.
func (k *Kannel) ask(command string) string {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/%s?password=%s", k.ports.admin, command, adminPassword))
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return string(body)
}

// answers reports whether smsbox listens.
func (k *Kannel) answers() bool {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", k.ports.send), 2*time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func (k *Kannel) logTails(t testing.TB) {
	for _, p := range k.before {
		t.Logf("%s, before it was ended, said: %s", p.name, p.tail())
	}
	for _, p := range k.running {
		t.Logf("%s said: %s", p.name, p.tail())
	}
}
