// Package kanneltest runs a real Kannel for tests: bearerbox, smsbox and, for a
// carrier, either fakesmsc, which delivers all it gets, or a [Carrier] of our
// own that speaks SMPP and does with each text as it is told.
//
// [Start] starts them on ports of 127.0.0.1 that nobody uses, with all they keep
// in a folder of the test's. They can be stopped, or killed, and started again:
// what Kannel took is on disk by then, and goes out after all. They are ended by
// their process ids when the test is over.
//
// Kannel is Debian's, packages kannel and kannel-extras. Where it is not
// installed the test skips; in CI it fails.
package kanneltest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Kannel is a running one.
type Kannel struct {
	SendURL        string // of the sendsms interface
	User, Password string
	SMSC           string // the smsc-id of the carrier

	dir      string
	inbound  string // the get-url; empty: none
	ports    ports
	carrier  *Carrier // nil: fakesmsc
	fake     *fakeSMSC
	programs map[string]string // paths
	running  []*process
	before   []*process // that were running before they were ended
}

// ports are those that Kannel listens on.
type ports struct{ admin, box, send, smsc int }

// Text is what reached a phone, or came from one.
type Text struct{ From, To, Body string }

// Option is how a Kannel differs from the usual one.
type Option func(*Kannel)

// Inbound has Kannel call a URL with what patients text. It is the get-url, with
// its placeholders.
func Inbound(getURL string) Option { return func(k *Kannel) { k.inbound = getURL } }

// To puts a carrier in the place of fakesmsc.
func To(c *Carrier) Option { return func(k *Kannel) { k.carrier = c } }

// patience is how long anything may take here: a machine that runs all tests at
// once is slow.
const patience = 30 * time.Second

// Start starts Kannel and waits until it takes texts.
func Start(t testing.TB, options ...Option) *Kannel {
	t.Helper()
	k := &Kannel{User: "tester", Password: "t-e:s%t/e?r", SMSC: "carrier", dir: t.TempDir(), programs: installed(t)}
	for _, option := range options {
		option(k)
	}
	if k.carrier == nil {
		k.fake = &fakeSMSC{}
	}
	t.Cleanup(func() {
		if t.Failed() {
			k.logTails(t)
		}
		k.end((*process).stop)
	})
	const tries = 3 // another may take a port before Kannel does
	for try := 1; ; try++ {
		k.settle(t)
		err := k.start()
		if err == nil {
			return k
		}
		if try == tries {
			t.Fatalf("kannel: %v", err)
		}
		k.Kill(t)
	}
}

// installed are the paths of Kannel's programs.
func installed(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, folder := range map[string]string{"bearerbox": "/usr/sbin", "smsbox": "/usr/sbin", "fakesmsc": "/usr/lib/kannel/test"} {
		path, err := exec.LookPath(name)
		if err != nil {
			path, err = exec.LookPath(filepath.Join(folder, name))
		}
		if err != nil && os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed: run by make test", name)
		}
		if err != nil {
			t.Skipf("WARNING: %s is not installed: run by make test", name)
		}
		found[name] = path
	}
	return found
}

// settle picks ports and writes the configuration.
func (k *Kannel) settle(t testing.TB) {
	t.Helper()
	k.ports = ports{admin: freePort(t), box: freePort(t), send: freePort(t), smsc: freePort(t)}
	k.SendURL = fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms", k.ports.send)
	for _, folder := range []string{"store", "dlr"} {
		if err := os.MkdirAll(filepath.Join(k.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(k.dir, "kannel.conf"), []byte(k.config()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freePort is one below those that the kernel gives to outgoing connections:
// it is still free when Kannel is started again.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.N(12000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Texts are those that reached the carrier so far. After a [Kannel.Kill] Kannel
// may hand a text over again.
func (k *Kannel) Texts() []Text {
	if k.fake != nil {
		return k.fake.texts()
	}
	return k.carrier.Texts()
}

// Receive has the carrier hand over a text from a phone. fakesmsc takes at most
// 255 bytes of it.
func (k *Kannel) Receive(t testing.TB, text Text) {
	t.Helper()
	var err error
	if k.fake != nil {
		err = k.fake.receive(text)
	} else {
		err = k.carrier.receive(text)
	}
	if err != nil {
		t.Fatalf("kannel: %v", err)
	}
}

// Queued is how many texts and reports Kannel still has to pass on.
func (k *Kannel) Queued() int {
	n, err := os.ReadDir(filepath.Join(k.dir, "store"))
	if err != nil {
		return 0
	}
	total := 0
	for _, folder := range n {
		files, _ := os.ReadDir(filepath.Join(k.dir, "store", folder.Name()))
		total += len(files)
	}
	return total
}
