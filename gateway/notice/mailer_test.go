package notice

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/store"
)

func TestTellsTheSenderOfEachStepOnce(t *testing.T) {
	r := newRig(t, newPeer(t))
	rows := []*row{
		r.add(r.notice(t, store.Accepted, "smtp")), r.add(r.notice(t, store.Failed, "twilio_21635")), r.add(r.notice(t, store.Read, "")),
	}
	r.run(t, func(c *Config) { c.Metrics = r.metrics })
	r.until(t, "sent", rows...)
	r.forward(24 * time.Hour)
	time.Sleep(20 * time.Millisecond)
	mails := r.peer.mails()
	if len(mails) != len(rows) {
		t.Fatalf("%d mails, want %d", len(mails), len(rows))
	}
	for _, m := range mails {
		if m.to != "reyes@lakeside.example" || !m.tls {
			t.Errorf("to %s, under TLS %v", m.to, m.tls)
		}
	}
	families, err := r.metrics.Gather()
	if err != nil || len(families) != 2 || families[1].GetMetric()[0].GetCounter().GetValue() != 3 {
		t.Errorf("metrics %v, %v", families, err)
	}
}

func TestATemporaryRefusalIsTriedAgain(t *testing.T) {
	for _, stage := range []string{"rcpt", "data"} {
		r := newRig(t, newPeer(t))
		r.peer.on(stage, 3, &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"})
		row := r.failed(t, 1)[0]
		r.run(t)
		r.pass(t, time.Minute, "the mail", func() bool { got, _ := r.outcome(row); return got == "sent" })
		if _, attempt := r.outcome(row); attempt != 4 || len(r.peer.mails()) != 1 {
			t.Errorf("%s: %d attempts, %d mails", stage, attempt, len(r.peer.mails()))
		}
		if !strings.Contains(r.log.String(), "code=smtp_451_4.7.1") {
			t.Errorf("%s: the log does not say why: %s", stage, r.log.String())
		}
	}
}

func TestAPermanentRefusalIsTheEnd(t *testing.T) {
	for _, stage := range []string{"rcpt", "data"} {
		r := newRig(t, newPeer(t))
		r.peer.on(stage, 1, &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no <reyes@lakeside.example> here"})
		row := r.failed(t, 1)[0]
		r.run(t)
		r.until(t, "smtp_550_5.1.1", row)
		other := r.failed(t, 1)[0]
		r.until(t, "sent", other) // one that is refused holds up no other
		if strings.Contains(r.log.String(), "reyes@") {
			t.Error("the log quotes the smarthost, and so an address")
		}
	}
}

// The smarthost takes the mail and dies before it says so: the second mail must
// be the first, for the mailbox to see that.
func TestAMailInDoubtIsSentAgainByteForByte(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.peer.on("lost", 1, errHangUp)
	row := r.failed(t, 1)[0]
	r.run(t)
	r.pass(t, time.Minute, "the second mail", func() bool { got, _ := r.outcome(row); return got == "sent" })
	mails := r.peer.mails()
	if len(mails) != 2 || !bytes.Equal(mails[0].text, mails[1].text) {
		t.Fatalf("%d mails, or they differ:\n%s", len(mails), mails[0].text)
	}
	if !bytes.Contains(mails[0].text, []byte("Message-ID: <msg_01.failed@clinic.example>\r\n")) {
		t.Errorf("no Message-ID of the notice in\n%s", mails[0].text)
	}
}

func TestANoticeIsGivenUpAfterThreeDays(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.peer.on("rcpt", -1, &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"})
	row := r.failed(t, 1)[0]
	r.run(t)
	r.pass(t, time.Hour, "the end", func() bool { got, _ := r.outcome(row); return got != "" })
	got, attempt := r.outcome(row)
	if age := r.now().Sub(noon); got != "smtp_452_4.2.2" || age < life-2*time.Hour || age > life+2*time.Hour {
		t.Errorf("outcome %q after %v", got, age)
	}
	if attempt < 20 {
		t.Errorf("only %d attempts", attempt)
	}
}

func TestS26NoMailIsSentToOurselvesOrNobody(t *testing.T) {
	for email, want := range map[string]string{
		"2114367789@secure.text":      "own_domain",
		"ops@SECURE.Text":             "own_domain",
		"":                            "no_address",
		"nobody":                      "no_address",
		"a@x.example\r\nRCPT TO:<b@>": "no_address",
		"réyes@lakeside.example":      "no_address",
		"reyes@not-secure.text":       "sent",
	} {
		r := newRig(t, newPeer(t))
		d := r.notice(t, store.Failed, "dead")
		d.Sender.Email = email
		row := r.add(d)
		r.run(t)
		r.until(t, want, row)
		if n := len(r.peer.mails()); (n == 1) != (want == "sent") {
			t.Errorf("%q: %d mails", email, n)
		}
	}
}

func TestS26NothingAnswersANotice(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.tellOf(t, store.Accepted, store.Delivered, store.Failed, store.Read)
	for _, m := range r.peer.mails() {
		if m.from != "" {
			t.Errorf("envelope sender %q, want none", m.from)
		}
		if !bytes.Contains(m.text, []byte("\r\nAuto-Submitted: auto-generated\r\n")) {
			t.Errorf("a mail does not say that it was generated:\n%s", m.text)
		}
	}
}

// tellOf sends a mail about each of the steps.
func (r *rig) tellOf(t *testing.T, kinds ...store.Kind) {
	t.Helper()
	var rows []*row
	for _, k := range kinds {
		rows = append(rows, r.add(r.notice(t, k, "twilio_30003")))
	}
	r.run(t)
	r.until(t, "sent", rows...)
}

func TestTwoMailersSendEachNoticeOnce(t *testing.T) {
	r := newRig(t, newPeer(t))
	rows := r.failed(t, 60)
	for range 2 {
		r.run(t, func(c *Config) { c.Batch = 7 })
	}
	r.until(t, "sent", rows...)
	seen := map[string]bool{}
	for _, m := range r.peer.mails() {
		seen[string(m.text)] = true
	}
	if n := len(r.peer.mails()); n != len(rows) || len(seen) != n {
		t.Errorf("%d mails, %d different, of %d notices", n, len(seen), len(rows))
	}
}

// A process that dies with mails in hand leaves them to the next, when its
// lease has run out and not before; what it says later changes nothing.
func TestWhatADeadMailerHeldIsTakenOver(t *testing.T) {
	r := newRig(t, newPeer(t))
	rows := r.failed(t, 3)
	dead, err := r.DueNotices(t.Context(), 10, 5*time.Minute, r.now())
	if err != nil || len(dead) != 3 {
		t.Fatalf("claimed %d, %v", len(dead), err)
	}
	r.run(t)
	time.Sleep(30 * time.Millisecond)
	if n := len(r.peer.mails()); n != 0 {
		t.Fatalf("%d mails while another holds the lease", n)
	}
	r.forward(5 * time.Minute)
	r.until(t, "sent", rows...)
	if err := r.RetryNotice(t.Context(), dead[0].NoticeClaim, noon, r.now()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	if n := len(r.peer.mails()); n != 3 {
		t.Errorf("%d mails, want 3", n)
	}
}

func TestStopEndsTheMailInHandAndPutsBackTheOthers(t *testing.T) {
	r := newRig(t, newPeer(t))
	rows := r.failed(t, 5)
	started, release := make(chan struct{}), make(chan struct{})
	slow := senderFunc(func(ctx context.Context, _ string, _ []byte) error {
		close(started)
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	stop := r.run(t, func(c *Config) { c.Sender, c.Concurrency = slow, 1 })
	<-started
	time.AfterFunc(30*time.Millisecond, func() { close(release) })
	stop()
	if n := r.waits(r.now()); n != 4 {
		t.Errorf("%d notices wait for another mailer, want 4", n)
	}
	sent := 0
	for _, row := range rows {
		if got, _ := r.outcome(row); got == "sent" {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d notices recorded as sent, want 1", sent)
	}
}

// Mails that come up when the lease is nearly over are left to who claims next.
func TestAMailIsNotBegunWhenTheLeaseIsNearlyOver(t *testing.T) {
	r := newRig(t, newPeer(t))
	rows := r.failed(t, 3)
	var asked atomic.Int32
	slow := senderFunc(func(context.Context, string, []byte) error {
		if asked.Add(1) == 1 {
			r.forward(5 * time.Minute)
		}
		return nil
	})
	r.run(t, func(c *Config) { c.Sender, c.Concurrency, c.Lease = slow, 1, 5*time.Minute })
	r.until(t, "sent", rows...)
	if !strings.Contains(r.log.String(), "code=too_slow") || asked.Load() > 4 {
		t.Errorf("asked %d times; the log: %s", asked.Load(), r.log.String())
	}
}

func TestAStoreThatIsAwayIsWaitedFor(t *testing.T) {
	for _, op := range []string{"DueNotices", "NoticeSent"} {
		r := newRig(t, newPeer(t))
		var asked atomic.Int32
		r.fault = func(which string) error {
			if which == op && asked.Add(1) <= 4 {
				return store.ErrUnavailable
			}
			return nil
		}
		row := r.failed(t, 1)[0]
		r.run(t)
		r.until(t, "sent", row)
		if n := len(r.peer.mails()); n != 1 {
			t.Errorf("%s away: %d mails", op, n)
		}
		if !strings.Contains(r.log.String(), "store answers the mailer again") {
			t.Error("the log does not say that the store is back")
		}
	}
}

func TestANumberThatDoesNotOpenIsNoEnd(t *testing.T) {
	r := newRig(t, newPeer(t))
	d := r.notice(t, store.Failed, "dead")
	d.Recipient = "rcp_2" // the number was sealed to another
	row := r.add(d)
	r.run(t)
	wait(t, "the notice to be put off", func() bool { return strings.Contains(r.log.String(), "code=number_unreadable") })
	if got, _ := r.outcome(row); got != "" || len(r.peer.mails()) != 0 {
		t.Errorf("outcome %q, %d mails", got, len(r.peer.mails()))
	}
}

func TestAStepWithoutWordsIsDropped(t *testing.T) {
	r := newRig(t, newPeer(t))
	row := r.add(r.notice(t, store.Opened, ""))
	r.run(t)
	r.until(t, "no_words", row)
}

func TestWhatNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no From":        func(c *Config) { c.From = "" },
		"no address":     func(c *Config) { c.From = "clinic" },
		"no Hostname":    func(c *Config) { c.Hostname = "" },
		"a bad Hostname": func(c *Config) { c.Hostname = "clinic.example>\r\nBcc: x" },
		"a short lease":  func(c *Config) { c.Lease = sendBound },
	} {
		c := Config{From: "a@clinic.example", Hostname: "clinic.example"}
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBackoffGrowsWithJitter(t *testing.T) {
	for attempt, bound := range map[int]time.Duration{
		0: firstBackoff, 1: firstBackoff, 2: 2 * firstBackoff, 5: 16 * firstBackoff, 1000: longestBackoff,
	} {
		seen := map[time.Duration]bool{}
		for range 200 {
			d := backoff(attempt)
			if d < bound/2 || d > bound {
				t.Fatalf("attempt %d waits %v, want %v to %v", attempt, d, bound/2, bound)
			}
			seen[d] = true
		}
		if len(seen) < 100 {
			t.Errorf("attempt %d: only %d different waits", attempt, len(seen))
		}
	}
}

func TestCodeOfAStrangeErrorIsUnknown(t *testing.T) {
	if got := Code(errors.New("to <reyes@lakeside.example>")); got != "unknown" {
		t.Errorf("got %q", got)
	}
}
