package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKilledInAStreamOfMails kills the process ten times while four senders
// send, each time a little later after so many mails. What was answered 250 can
// be read afterwards, each exactly once.
func TestKilledInAStreamOfMails(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		var answered []string
		for round := range 10 {
			p := w.serve("--roles=smtp")
			var stream mailStream
			for s := range 4 {
				stream.senders.Go(func() { stream.send(p, fmt.Sprintf("words-%d-%d", round, s)) })
			}
			w.until("mails are answered 250", func() bool { return len(stream.all()) >= 4+round })
			time.Sleep(time.Duration(7*round) * time.Millisecond)
			p.kill()
			stream.senders.Wait()
			answered = append(answered, stream.all()...)
		}
		w.everyMessageReads(answered)
	})
}

// mailStream is what several senders got answered 250.
type mailStream struct {
	senders sync.WaitGroup

	mu       sync.Mutex
	answered []string
}

// send sends one mail after the other until one fails.
func (m *mailStream) send(p *process, name string) {
	for i := 0; ; i++ {
		words := fmt.Sprintf("%s-%d.", name, i)
		if p.mail("2114367789", "mail", words) != nil {
			return
		}
		m.mu.Lock()
		m.answered = append(m.answered, words)
		m.mu.Unlock()
	}
}

func (m *mailStream) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.answered)
}

// everyMessageReads starts the whole service and reads each message by its link.
func (w *world) everyMessageReads(want []string) {
	w.t.Helper()
	p := w.serve()
	accepted := strings.Count(strings.Join(w.events(""), " "), "accepted")
	if accepted < len(want) {
		w.t.Fatalf("%d mails were answered 250, %d are stored", len(want), accepted)
	}
	w.until("all texts are out", func() bool { return len(w.printed(p)) >= accepted })
	links := w.printed(p)
	if len(links) != accepted {
		w.t.Errorf("%d texts for %d messages", len(links), accepted)
	}
	b := w.browser()
	if _, err := b.withPassword(links[0]); err != nil {
		w.t.Fatal(err)
	}
	var all strings.Builder
	for _, link := range links {
		page, err := b.open(link)
		if err != nil {
			w.t.Fatal(err)
		}
		all.WriteString(page.text)
	}
	for _, words := range want {
		if !strings.Contains(all.String(), words) {
			w.t.Errorf("%s was answered 250 and cannot be read", words)
		}
	}
	w.t.Logf("%d answered 250, %d stored, all read", len(want), accepted)
}

// printed are the links of all texts so far: what the fake took, or the
// console printed.
func (w *world) printed(p *process) []string {
	if w.fake != nil {
		return w.links(number)
	}
	var links []string
	for word := range strings.FieldsSeq(p.out.String()) {
		if strings.HasPrefix(word, "https://") {
			links = append(links, word)
		}
	}
	return links
}

// TestStopFinishesWhatIsInHand stops the process in the middle of DATA.
func TestStopFinishesWhatIsInHand(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		p := w.serve()
		c, err := p.signIn()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Mail(w.sender.User, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Rcpt("2114367789@secure.text", nil); err != nil {
			t.Fatal(err)
		}
		data, err := c.Data()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(data, "Subject: slow\r\n\r\nfirst line\r\n")
		time.Sleep(100 * time.Millisecond) // the server has said 354, and begins to read
		stopped := make(chan struct{})
		go func() { defer close(stopped); p.stop() }()
		w.until("new connections are refused", func() bool {
			_, err := p.signIn()
			return err != nil
		})
		fmt.Fprint(data, "last line\r\n")
		if err := data.Close(); err != nil {
			t.Errorf("DATA in flight: %v, want 250", err)
		}
		c.Close()
		select {
		case <-stopped:
		case <-time.After(20 * time.Second):
			t.Fatal("it does not stop")
		}
		w.everyMessageReads([]string{"last line"})
	})
}

// TestTwoProcessesAreOneService runs two on one Postgres and Redis.
func TestTwoProcessesAreOneService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	a, b := w.serve(), w.another()
	const n = 20
	for i := range n {
		if err := a.mail("2114367789", "mail", fmt.Sprintf("words-%d.", i)); err != nil {
			t.Fatal(err)
		}
	}
	w.link(number, n)
	patient := w.browser()
	if _, err := patient.withPassword(a.at(w.links(number)[0])); err != nil {
		t.Fatal(err)
	}
	for i, link := range w.links(number)[:n] {
		page, err := patient.open(b.at(link))
		if err != nil || !strings.Contains(page.text, "words-") {
			t.Errorf("message %d through the other process: %v", i, err)
		}
	}
	if texts := len(w.links(number)); texts != n {
		t.Errorf("%d texts with links for %d messages", texts, n)
	}
	w.cli("sessions", "revoke", "--number=2114367789")
	for _, p := range []*process{a, b} {
		if page, err := patient.open(p.at(w.links(number)[0])); err != nil || strings.Contains(page.text, "words-") {
			t.Errorf("after the revocation: %v", err)
		}
	}
}

func TestRolesAreServedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	mail, site := w.another("--roles=smtp"), w.serve("--roles=pickup,courier")
	if err := mail.mail("2114367789", "mail", "words"); err != nil {
		t.Fatal(err)
	}
	if page, err := w.browser().withPassword(w.link(number, 1)); err != nil || !strings.Contains(page.text, "words") {
		t.Errorf("read: %v", err)
	}
	if _, err := site.signIn(); err == nil {
		t.Error("the site takes mail")
	}
	if _, _, err := get(trustingClient(), mail.at("https://localhost/v1/messages")); err == nil {
		t.Error("the mail process serves HTTP")
	}
	if status, _, err := get(trustingClient(), site.at("https://localhost/v1/messages")); err != nil || status != http.StatusNotFound {
		t.Errorf("the site's /v1/messages: %d, %v; want 404", status, err)
	}
}
