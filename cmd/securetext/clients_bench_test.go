package main

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The limit of all connections is 1,024, and of one network 512.
const (
	crowdSize   = 1000
	crowdPerNet = 200
)

// dialAs connects from the i-th address of this machine's loopback networks, so
// that the crowd is not one client.
func (p *process) dialAs(i int) (*rawDialogue, error) {
	from := net.IPv4(127, 0, byte(1+i/crowdPerNet), byte(1+i%crowdPerNet))
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: 20 * time.Second}
	conn, err := dialer.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.smtp))
	if err != nil {
		return nil, err
	}
	d := &rawDialogue{conn, bufio.NewReaderSize(conn, 512)}
	return d, d.say("", "EHLO x\r\n")
}

// dialTLSAs starts TLS as well.
func (p *process) dialTLSAs(i int) (*rawDialogue, error) {
	clear, err := p.dialAs(i)
	if err != nil {
		return nil, err
	}
	if err := clear.say("STARTTLS\r\n"); err != nil {
		return nil, err
	}
	secured := tls.Client(clear.Conn, trusting())
	d := &rawDialogue{secured, bufio.NewReaderSize(secured, 512)}
	return d, d.say("EHLO x\r\n")
}

// dialIntoMail signs in as well, and begins a mail.
func (p *process) dialIntoMail(i int) (*rawDialogue, error) {
	d, err := p.dialTLSAs(i)
	if err != nil {
		return nil, err
	}
	sender := p.world.sender
	account := base64.StdEncoding.EncodeToString([]byte("\x00" + sender.User + "\x00" + sender.Password))
	return d, d.say("AUTH PLAIN "+account+"\r\n", "MAIL FROM:<"+sender.User+">\r\n", "RCPT TO:<2114367789@secure.text>\r\n", "DATA\r\n")
}

// crowd opens a thousand connections.
func crowd(b *testing.B, dial func(i int) (*rawDialogue, error)) []*rawDialogue {
	b.Helper()
	all := make([]*rawDialogue, crowdSize)
	var wait sync.WaitGroup
	const atOnce = 16
	for first := range atOnce {
		wait.Go(func() {
			for i := first; i < crowdSize; i += atOnce {
				d, err := dial(i)
				if err != nil {
					b.Errorf("connection %d: %v", i, err)
					return
				}
				all[i] = d
			}
		})
	}
	wait.Wait()
	b.Cleanup(func() {
		for _, d := range all {
			if d != nil {
				d.Close()
			}
		}
	})
	if b.Failed() {
		b.FailNow()
	}
	return all
}

// BenchmarkIdleConnections is what a thousand connections that say nothing add
// to the memory of the real process, each.
func BenchmarkIdleConnections(b *testing.B) {
	for name, dial := range map[string]func(*process, int) (*rawDialogue, error){
		"in the clear": (*process).dialAs, "TLS": (*process).dialTLSAs,
	} {
		b.Run(name, func(b *testing.B) {
			p := newWorld(b, embedded).serve()
			first, err := dial(p, crowdSize) // what is needed once
			if err != nil {
				b.Fatal(err)
			}
			first.Close()
			before := p.resident()
			crowd(b, func(i int) (*rawDialogue, error) { return dial(p, i) })
			after := p.resident()
			b.ReportMetric(float64(after-before)/crowdSize, "B/connection")
			b.ReportMetric(float64(after)/(1<<20), "MiB-in-all")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// resident is the process's memory that is not swapped out, in bytes.
func (p *process) resident() int64 {
	p.world.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.world.t.Skipf("no /proc here: %v", err)
	}
	var kib int64
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		p.world.t.Fatal(err)
	}
	return kib << 10
}

// BenchmarkHonestAmongSlow is how long a mail takes an honest sender, on a
// connection of its own each time: alone, and while a thousand clients are in
// the middle of mails of which they send a line a second.
func BenchmarkHonestAmongSlow(b *testing.B) {
	b.Run("alone", func(b *testing.B) {
		newWorld(b, embedded).serve("--roles=smtp").honest(b)
	})
	b.Run("among 1000", func(b *testing.B) {
		p := newWorld(b, embedded).serve("--roles=smtp")
		slow := crowd(b, p.dialIntoMail)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() { defer close(stopped); trickle(slow, stop) }()
		p.honest(b)
		close(stop)
		<-stopped
	})
}

// honest sends one mail after the other and reports how long they took.
func (p *process) honest(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := p.mail("2114367789", "Your result", "It is negative."); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// trickle has each write a line a second, in turn.
func trickle(slow []*rawDialogue, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second / time.Duration(len(slow)))
	defer tick.Stop()
	for i := 0; ; i = (i + 1) % len(slow) {
		select {
		case <-stop:
			return
		case <-tick.C:
			slow[i].Write([]byte("and so on\r\n"))
		}
	}
}
