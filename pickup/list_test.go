package pickup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// beneath is where the link shows another message.
func (d delivered) beneath(other delivered) string { return d.path() + "/other/" + string(other.ID) }

func TestOtherMessagesAreListedWhileTheSessionLives(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Your blood is fine"))
	other := c.deliver(rich(t))
	b := c.enrolled(d)
	p := b.get(d.path())
	p.want(t, 200, "Other messages from Lakeside Family Clinic", `href="`+d.beneath(other)+`"`, "Dr. Ana Reyes", "Not read yet")
	p.wantNo(t, "How to prepare", "medicines", d.beneath(d)) // what it is about stays sealed

	at := d.beneath(other)
	p = b.get(at)
	p.want(t, 200, "How to prepare for your visit", `<iframe src="`+at+`/html"`, `href="`+at+`/a/2"`, `href="`+at+`?view=text"`, `href="`+d.path()+`"`, "Read</span>")
	p.wantNo(t, "Your blood")
	b.get(at+"?view=text").want(t, 200, "Bring your list of medicines.")
	b.get(at+"/html").want(t, 200, "<li>insurance card</li>", `src="data:image/png;base64,`)
	if p := b.get(at + "/a/2"); p.StatusCode != 200 || p.text != string(rich(t).Files[1]) {
		t.Errorf("the attachment: got %d and %d bytes", p.StatusCode, len(p.text))
	}
	if got, want := c.kinds(other), []store.Kind{store.Read, store.Read, store.Read, store.AttachmentRead}; !slices.Equal(got, want) {
		t.Errorf("got events %v, want one for each time that something was shown: %v", got, want)
	}
	b.get(d.path()).wantNo(t, "Not read yet")
	if log := c.logged(); !strings.Contains(log, string(other.ID)) {
		t.Error("no log line names the message that was read")
	}
}

func TestAnOtherMessageIsAnsweredWhereItIsShown(t *testing.T) {
	c := newClinic(t)
	d, other := c.deliver(asking(store.AckYes)), c.deliver(asking(store.AckYes))
	b := c.enrolled(d)
	at := d.beneath(other)
	b.get(at).want(t, 200, `action="`+at+`/ack"`)
	b.answer(at, store.AnswerRead).want(t, 303)
	b.get(at+"/ack").want(t, 303)
	b.get(at).want(t, 200, "Your answer")
	if countOf(c.kinds(other), store.Acknowledged) != 1 || countOf(c.kinds(d), store.Acknowledged) != 0 {
		t.Errorf("got events %v and %v, want the other message answered alone", c.kinds(other), c.kinds(d))
	}
}

func TestS03OtherMessagesTakeASession(t *testing.T) {
	c := newClinic(t)
	d, other := c.deliver(plain("Your blood is fine")), c.deliver(rich(t))
	b := c.enrolled(d)
	stranger := c.browser()
	for _, path := range []string{"", "/html", "/a/2", "/ack"} {
		p := stranger.get(d.beneath(other) + path)
		p.want(t, 303)
		if got := p.Header.Get("Location"); got != d.path() {
			t.Errorf("%s: a stranger was sent to %q, want to the link", path, got)
		}
	}
	if got := c.kinds(other); len(got) != 0 {
		t.Errorf("got events %v, want none", got)
	}
	if err := c.store.RevokeSessions(t.Context(), c.org.ID, d.Recipient, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "/html", "/a/2"} {
		b.get(d.beneath(other)+path).want(t, 303)
	}
}

func TestAnotherRecipientsMessageIsNotFound(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Your blood is fine"))
	l := rich(t)
	l.To = "+12114367700"
	theirs := c.deliver(l)
	b := c.enrolled(d)
	b.get(d.path()).wantNo(t, "/other/")
	for _, path := range []string{"", "?view=text", "/html", "/a/2"} {
		b.get(d.beneath(theirs)+path).want(t, 404, "We cannot find this page")
	}
	b.get(d.path()+"/other/msg_none").want(t, 404)
	b.answer(d.beneath(theirs), store.AnswerRead).want(t, 404)
	if got := c.kinds(theirs); len(got) != 0 {
		t.Errorf("got events %v, want none", got)
	}
}

func TestS12WhatCannotBeReadIsNotListed(t *testing.T) {
	c := newClinic(t)
	d, wiped, held := c.deliver(plain("Your blood is fine")), c.deliver(plain("Wiped")), c.deliver(plain("Held"))
	later := c.seal(plain("Next week"))
	later.SendAt = c.clock().Add(time.Hour)
	by := store.Actor{Kind: store.BySender, ID: string(c.sender.ID)}
	if _, err := c.store.Accept(t.Context(), store.Acceptance{Messages: []store.Message{later}, By: by, Detail: "smtp", At: c.clock()}); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	b := c.enrolled(d)
	if err := c.store.Wipe(t.Context(), c.org.ID, wiped.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	c.browser().post(held.path()+"/notmine", "").want(t, 200)
	b.get(d.path()).wantNo(t, "/other/", "Other messages")
	b.get(d.beneath(wiped)).want(t, 410, "This message was removed")
	b.get(d.beneath(held)).want(t, 403, "This message is closed for now")
	b.get(d.beneath(delivered{ID: later.ID})).want(t, 404)
}

func TestTheListIsShort(t *testing.T) {
	c := newClinic(t)
	first := c.deliver(plain("The first"))
	b := c.enrolled(first)
	var newest delivered
	for n := range 25 {
		c.pass(time.Second)
		newest = c.deliver(plain(fmt.Sprint("Number ", n)))
	}
	for _, d := range []delivered{first, newest} {
		p := b.get(d.path())
		p.want(t, 200)
		if n := strings.Count(p.text, `href="`+d.path()+"/other/"); n != 20 {
			t.Errorf("got %d messages in the list, want 20", n)
		}
		if len(p.text) > maxWeight/2 {
			t.Errorf("the page weighs %d bytes, want at most half of what it may with all that it loads", len(p.text))
		}
	}
	b.get(first.path()).want(t, 200, first.beneath(newest))
}
