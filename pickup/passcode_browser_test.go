package pickup_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"securetext/store"
)

// typePasscode types what was agreed and taps the button.
func (p *phone) typePasscode(passcode string) {
	p.Helper()
	p.do(chromedp.SendKeys(chromedp.ID("passcode"), passcode))
	p.tap("form[action$=passcode] button")
}

// The whole path: a passcode and a tap, a password and a tap.
func TestS09BrowserTakesAPasscode(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(guarded("Hello"))
	p.visit(c.server.URL + d.path())
	p.wantText("One question first")
	p.wantText(hint)
	p.calm()
	p.typePasscode("0815")
	p.wantText("That is not right")
	if eval[string](p, "document.getElementById('passcode').value") != "" {
		t.Error("what was typed is still there")
	}
	p.calm()
	p.typePasscode(agreed)
	p.wantText("Choose a password")
	p.submit(secret)
	p.wantText("Hello")

	next := c.deliver(guarded("Hello again"))
	p.visit(c.server.URL + next.path())
	p.wantText("Hello again")
}

// A stranger used up the tries of whoever has the link: the patient's phone takes a
// code, and then the passcode.
func TestS08BrowserTakesACodeAfterWrongPasscodes(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(guarded("Hello"))
	stranger := c.browser()
	for range store.PasscodeTries - 1 {
		stranger.give(d, "0815")
	}
	p.visit(c.server.URL + d.path())
	p.typePasscode("0816")
	p.wantText("too many wrong answers")
	p.calm()
	p.tap("main form button")
	c.text()
	p.typeCode(c.codes[d.Recipient])
	p.wantText("One question first")
	p.typePasscode(agreed)
	p.wantText("Choose a password")
	p.submit(secret)
	p.wantText("Hello")
}

// Who is signed in already is asked all the same, and reads on at once; without any
// script.
func TestS09BrowserWithALiveSessionTakesAPasscode(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	first := c.deliver(plain("The first"))
	p.noScript()
	p.visit(c.server.URL + first.path())
	p.submit(secret)
	p.wantText("The first")
	d := c.deliver(guarded("The second"))
	p.visit(c.server.URL + d.path())
	p.wantText("One question first")
	p.typePasscode(agreed)
	p.wantText("The second")
}
