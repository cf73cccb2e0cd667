package pickup_test

import (
	"strings"
	"testing"
	"time"

	"securetext/pickup/session"
	"securetext/store"
)

// program is a reply that is not taken.
func program(text string) reply {
	return reply{text: text, files: []upload{{"setup.exe", []byte("MZ\x90\x00")}}}
}

// wantDraft wants the form of a message to hold the words, or none.
func (b *browser) wantDraft(d delivered, words string) {
	b.Helper()
	p := b.get(d.path())
	p.want(b, 200, "How is the wound", ">"+words+"</textarea>")
	if kept := strings.Contains(p.text, "This was not sent yet"); kept != (words != "") {
		b.Errorf("it says that something was not sent: %t", kept)
	}
}

func TestWhatWasNotTakenIsKeptUntilItIs(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(open())
	b := c.enrolled(d)
	b.wantDraft(d, "")
	p := b.unsent(d.path(), program("It itches."))
	nonce := nonceField.FindStringSubmatch(p.text)
	b.unsent(d.path(), program("It itches a lot.")).wantNo(t, ">It itches.</textarea>")
	b.wantDraft(d, "It itches a lot.")
	b.get(d.path()+"/reply").want(t, 200, "a file of this kind", ">It itches a lot.</textarea>") // as after a reload
	c.pass(session.PatientLimits.Idle + time.Second)
	b.get(d.path()+"/reply").want(t, 303)
	b.post(d.path()+"/unlock", secret)
	b.wantDraft(d, "It itches a lot.")
	b.write(d.path(), reply{nonce: nonce[1], text: "It itches."}).want(t, 303)
	b.wantDraft(d, "")
	b.get(d.path()+"/reply").want(t, 303)
	// The same form once more, when its answer was lost: it is there already.
	if p := b.write(d.path(), reply{nonce: nonce[1], files: program("").files}); p.Header.Get("Location") != d.path()+"#replies" {
		t.Errorf("sent to %q, want to what was written", p.Header.Get("Location"))
	}
	b.wantDraft(d, "")
	if list, _ := c.threadOf(d); len(list) != 1 || len(list[0].Attachments) != 0 {
		t.Errorf("%d replies are stored, want the one", len(list))
	}
}

// A line that breaks takes no words along.
func TestWhatBrokeOffIsKept(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(open())
	b := c.enrolled(d)
	body, kind := reply{text: "It itches.", files: []upload{{"a.pdf", pdf}}}.form(t)
	if p := b.sendForm(d.path()+"/reply", body[:len(body)-70], "Content-Type", kind); p.Header.Get("Location") != d.path()+"/reply" {
		t.Errorf("sent to %q, want to the form's page", p.Header.Get("Location"))
	}
	b.get(d.path()+"/reply").want(t, 200, "did not reach us whole", ">It itches.</textarea>")
	b.wantDraft(d, "It itches.")
}

func TestS13NoDraftOutlivesItsSession(t *testing.T) {
	for name, end := range map[string]func(b *browser, d delivered){
		"signed out":          func(b *browser, _ delivered) { b.post("/signout", "") },
		"signed out of all":   func(b *browser, d delivered) { b.post(d.path()+"/sessions/end-all", "") },
		"after as long as it": func(b *browser, _ delivered) { b.pass(session.PatientLimits.Absolute) },
		"sessions revoked": func(b *browser, d delivered) {
			if err := b.store.RevokeSessions(t.Context(), b.org.ID, d.Recipient, ana, b.clock()); err != nil {
				t.Fatal(err)
			}
		},
		"elsewhere": func(b *browser, d delivered) {
			other := b.signedIn(d, b.agent)
			other.end(d, other.handles(d)[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			d := c.deliver(open())
			b := c.enrolled(d)
			b.unsent(d.path(), program("It itches."))
			end(b, d)
			b.get(d.path()+"/reply").want(t, 303)
			b.post(d.path()+"/unlock", secret)
			b.wantDraft(d, "")
		})
	}
}

// Of two who share a phone, whoever opens a link to the other ends their session.
func TestS13NoDraftOutlivesAnothersTurn(t *testing.T) {
	c := newClinic(t)
	l := open()
	l.For = "M"
	mine := c.deliver(l)
	l.For = "Jo"
	theirs := c.deliver(l)
	b := c.enrolled(mine)
	b.unsent(mine.path(), program("It itches."))
	b.get(theirs.path()+"/reply").wantNo(t, "It itches.")
	b.get(theirs.path()).wantNo(t, "It itches.")
	b.post(mine.path()+"/unlock", secret)
	b.wantDraft(mine, "")
}

func TestADraftIsItsRecipientsAlone(t *testing.T) {
	c := newClinic(t)
	l := open()
	mine := c.deliver(l)
	b := c.enrolled(mine)
	b.unsent(mine.path(), program("It itches."))
	l.To = "+12114367700"
	theirs := c.deliver(l)
	stranger := c.enrolled(theirs)
	for _, path := range []string{mine.path() + "/reply", theirs.path() + "/other/" + string(mine.ID) + "/reply"} {
		stranger.get(path).want(t, 303)
	}
	stranger.wantDraft(theirs, "")
	b.wantDraft(mine, "It itches.")
	if n := countOf(c.kinds(mine), store.Replied); n != 0 {
		t.Errorf("%d replies are stored, want none", n)
	}
	if strings.Contains(c.logged(), "itches") || strings.Contains(c.logged(), "setup") {
		t.Error("the log holds what was written")
	}
}
