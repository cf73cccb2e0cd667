package pickup_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/pickup"
	"securetext/store"
)

// tap taps what a selector finds, and waits for the page it leads to.
func (p *phone) tap(css string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(css)))
	if err != nil {
		p.Fatalf("tap %s: %v", css, err)
	}
	if response.Status >= 500 {
		p.Errorf("tap %s: got status %d", css, response.Status)
	}
}

// typeCode types a code and taps the button.
func (p *phone) typeCode(code string) {
	p.Helper()
	p.do(chromedp.SendKeys(chromedp.ID("code"), code))
	p.tap("form[action$=check] button")
}

// calm looks for what is hard to see, to hit or to hear on the page as it is.
func (p *phone) calm() {
	p.Helper()
	for _, v := range p.violations() {
		p.Error(v)
	}
	if n := p.overflow(); n > 0 {
		p.Errorf("the page is %d pixels wider than the screen", n)
	}
	for _, target := range p.smallTargets() {
		p.Errorf("hard to hit: %s", target)
	}
}

// An old link, without any script: two taps, a code and a password.
func TestS09BrowserTakesACode(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	c.pass(pickup.DefaultGrace + time.Second)
	p.noScript()
	p.visit(c.server.URL + d.path())
	p.wantText("One quick step first")
	p.tap("main form button")
	p.wantText("Type the code from our text")
	p.visit(c.server.URL + d.path() + "?code=texted") // as when the phone dropped the page meanwhile
	c.text()
	p.typeCode(c.wrongCode(d))
	p.wantText("That is not the right code")
	p.typeCode(c.codes[d.Recipient])
	p.wantText("Choose a password")
	p.submit(secret)
	p.wantText("Hello")
}

func TestS10BrowserOnANewPhone(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	d := c.deliver(plain("Hello"))
	c.enrolled(d)
	p.visit(c.server.URL + d.path())
	p.wantText("We do not know this phone yet")
	p.calm()
	p.tap("main form button")
	if eval[bool](p, "document.getElementById('code').matches(':invalid')") != true {
		t.Error("the browser would send no code at all")
	}
	p.calm()
	c.text()
	code := c.codes[d.Recipient]
	p.typeCode(code[:3] + " " + code[3:]) // as some keyboards fill it in
	p.wantText("Your password")
	p.submit(secret)
	p.wantText("Hello")
	p.do(chromedp.Click(chromedp.CSS("header button")), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
	p.visit(c.server.URL + d.path()) // it is known now
	p.submit(secret)
	p.wantText("Hello")
}

func TestS11BrowserChoosesAnotherPassword(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Sent before"))
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.wantText("Sent before")
	p.do(chromedp.Click(chromedp.CSS("header button")), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
	c.pass(time.Hour)

	p.visit(c.server.URL + d.path())
	p.tap("a[href$=forgot]")
	p.wantText("will be closed")
	p.tap("main form button")
	c.text()
	p.typeCode(c.codes[d.Recipient])
	p.wantText("Choose a new password")
	p.calm()
	p.submit("password1")
	p.wantText("easy to guess")
	p.submit(chosenLater)
	p.wantText("Your new password is saved")
	p.wantText("(555) 010-0142")
	p.calm()
	p.visit(c.server.URL + d.path())
	p.wantText("This message is closed for now")
	later := c.deliver(plain("Sent after"))
	p.visit(c.server.URL + later.path())
	p.wantText("Sent after")
}

func TestS12BrowserSaysThatItIsNotForMe(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	p.noScript()
	p.visit(c.server.URL + d.path())
	p.tap("a[href$=notmine]")
	p.tap("main form a") // better not
	p.wantText("Choose a password")
	p.tap("a[href$=notmine]")
	p.tap("main form button")
	p.wantText("You told us that this message is not for you")
	p.visit(c.server.URL + d.path())
	p.wantText("You told us that this message is not for you")
	if n := c.countKind(d, store.Disowned); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}
