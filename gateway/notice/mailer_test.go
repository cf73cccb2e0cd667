package notice

import (
	"bytes"
	"errors"
	"maps"
	"net/mail"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/store"
	"securetext/store/token"
)

func TestTellsTheSenderOfEachStepOnce(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.walk(t)
	stop := r.run(t, func(c *Config) { c.Metrics = r.metrics })
	wait(t, "four mails", func() bool { return len(r.peer.mails()) == 4 })
	r.forward(24 * time.Hour)
	time.Sleep(30 * time.Millisecond)
	told := map[string]int{}
	for _, m := range r.peer.mails() {
		if m.to != r.Sender.Email || !m.tls {
			t.Errorf("to %s, under TLS %v", m.to, m.tls)
		}
		in, err := mail.ReadMessage(bytes.NewReader(m.text))
		if err != nil {
			t.Fatal(err)
		}
		told[in.Header.Get("Subject")]++
	}
	const phone = "Message to the phone ending 89: "
	want := map[string]int{phone + "accepted": 1, phone + "text delivered": 1, phone + "could not be delivered": 1, phone + "read": 1}
	if !maps.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	stop()
	families, err := r.metrics.Gather()
	if err != nil || len(families) != 2 || families[1].GetMetric()[0].GetCounter().GetValue() != 4 {
		t.Errorf("metrics %v, %v", families, err)
	}
}

// walk takes messages through all steps that a sender may hear of, each once.
func (r *rig) walk(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	failed := r.accept(t, 1, store.NotifyFailed)[0]
	read := r.accept(t, 1, store.NotifyAccepted|store.NotifyDelivered|store.NotifyFailed|store.NotifyRead)[0]
	due, err := r.Due(ctx, 10, time.Minute, noon)
	must(t, err)
	for _, d := range due {
		text, link := store.NewTextID(noon), token.New().Hash()
		must(t, r.AddLinks(ctx, []store.Attempt{{Claim: d.Claim, Text: text, Link: link}}, noon))
		if d.Message == failed {
			must(t, r.Failed(ctx, store.Failure{Claim: d.Claim, Text: text, Reason: "twilio_21635"}, noon))
			continue
		}
		must(t, r.Sent(ctx, []store.SentText{{Outbox: d.Outbox, Text: text, ProviderID: "SM1"}}, noon))
		must(t, r.Receipt(ctx, store.Receipt{Text: text, State: store.TextDelivered}, noon))
		viewer, err := r.Enrol(ctx, store.Enrolment{Link: link, Password: "$argon2id$", Grace: time.Hour, Addr: netip.MustParseAddr("2001:db8::7")}, noon)
		must(t, err)
		must(t, r.Read(ctx, read, viewer, noon))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestATemporaryRefusalIsTriedAgain(t *testing.T) {
	for _, stage := range []string{"rcpt", "data"} {
		r := newRig(t, newPeer(t))
		r.peer.on(stage, 3, &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"})
		id := r.accepted(t, 1)[0]
		r.run(t)
		r.pass(t, time.Minute, "the mail", func() bool { return r.outcome(t, id) == "sent" })
		if n := r.deferrals(id); n != 3 || len(r.peer.mails()) != 1 {
			t.Errorf("%s: put off %d times, %d mails", stage, n, len(r.peer.mails()))
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
		id := r.accepted(t, 1)[0]
		r.run(t)
		r.until(t, "smtp_550_5.1.1", id)
		other := r.accepted(t, 1)[0]
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
	id := r.accepted(t, 1)[0]
	r.run(t)
	r.pass(t, time.Minute, "the second mail", func() bool { return r.outcome(t, id) == "sent" })
	mails := r.peer.mails()
	if len(mails) != 2 || !bytes.Equal(mails[0].text, mails[1].text) {
		t.Fatalf("%d mails, or they differ:\n%s", len(mails), mails[0].text)
	}
	if !bytes.Contains(mails[0].text, []byte("Message-ID: <"+id+".accepted@clinic.example>\r\n")) {
		t.Errorf("no Message-ID of the notice in\n%s", mails[0].text)
	}
}

func TestANoticeIsGivenUpAfterThreeDays(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.peer.on("rcpt", -1, &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"})
	id := r.accepted(t, 1)[0]
	r.run(t)
	r.pass(t, time.Hour, "the end", func() bool { return r.outcome(t, id) != "" })
	got := r.outcome(t, id)
	if age := r.now().Sub(noon); got != "smtp_452_4.2.2" || age < life-2*time.Hour || age > life+24*time.Hour {
		t.Errorf("outcome %q after %v", got, age)
	}
	if n := r.deferrals(id); n < 5 {
		t.Errorf("put off %d times only", n)
	}
}

func TestS26NoMailIsSentToOurselvesOrNobody(t *testing.T) {
	r := newRig(t, newPeer(t))
	for email, want := range map[string]string{
		"2114367789@secure.text":      "own_domain",
		"ops@SECURE.Text":             "own_domain",
		"":                            "no_address",
		"nobody":                      "no_address",
		"a@x.example\r\nRCPT TO:<b@>": "no_address",
		"réyes@lakeside.example":      "no_address",
		"reyes@not-secure.text":       "sent",
	} {
		r.notices.due = func(d *store.DueNotice) { d.Sender.Email = email }
		id := r.accepted(t, 1)[0]
		stop := r.run(t)
		r.until(t, want, id)
		stop()
	}
	if n := len(r.peer.mails()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}

func TestS26NothingAnswersANotice(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.walk(t)
	r.run(t)
	wait(t, "four mails", func() bool { return len(r.peer.mails()) == 4 })
	for _, m := range r.peer.mails() {
		if m.from != "" {
			t.Errorf("envelope sender %q, want none", m.from)
		}
		if !bytes.Contains(m.text, []byte("\r\nAuto-Submitted: auto-generated\r\n")) {
			t.Errorf("a mail does not say that it was generated:\n%s", m.text)
		}
	}
}

func TestAStoreThatIsAwayIsWaitedFor(t *testing.T) {
	for _, op := range []string{"DueNotices", "NoticeSent"} {
		r := newRig(t, newPeer(t))
		var asked atomic.Int32
		r.notices.fault = func(which string) error {
			if which == op && asked.Add(1) <= 4 {
				return store.ErrUnavailable
			}
			return nil
		}
		id := r.accepted(t, 1)[0]
		r.run(t)
		r.until(t, "sent", id)
		if n := len(r.peer.mails()); n != 1 {
			t.Errorf("%s away: %d mails", op, n)
		}
		wait(t, "the log to say that it is back", func() bool {
			return strings.Contains(r.log.String(), "store answers the mailer again")
		})
	}
}

func TestANumberThatDoesNotOpenIsNoEnd(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.notices.due = func(d *store.DueNotice) { d.Recipient = "rcp_2" } // the number was sealed to another
	id := r.accepted(t, 1)[0]
	r.run(t)
	wait(t, "the notice to be put off", func() bool { return strings.Contains(r.log.String(), "code=number_unreadable") })
	if got := r.outcome(t, id); got != "" || len(r.peer.mails()) != 0 {
		t.Errorf("outcome %q, %d mails", got, len(r.peer.mails()))
	}
}

func TestAStepWithoutWordsIsDropped(t *testing.T) {
	r := newRig(t, newPeer(t))
	r.notices.due = func(d *store.DueNotice) { d.Kind = store.Opened }
	id := r.accepted(t, 1)[0]
	r.run(t)
	r.until(t, "no_words", id)
}

func TestWhatNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no From":        func(c *Config) { c.From = "" },
		"no address":     func(c *Config) { c.From = "clinic" },
		"no Hostname":    func(c *Config) { c.Hostname = "" },
		"a bad Hostname": func(c *Config) { c.Hostname = "clinic.example>\r\nBcc: x" },
		"a short lease":  func(c *Config) { c.Lease = sendBound },
		"a long hook":    func(c *Config) { c.HookTimeout = 5 * time.Minute },
		"no PublicURL":   func(c *Config) { c.HookSecrets = func(store.OrgID) []string { return []string{"x"} } },
	} {
		c := Config{Sender: senderFunc(nil), From: "a@clinic.example", Hostname: "clinic.example"}
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
