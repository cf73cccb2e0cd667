package pickup_test

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/store"
)

func TestBrowserAnswersAndOpensTheOtherMessages(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d, other := c.deliver(asking(store.AckChoices)), c.deliver(rich(t))
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.wantText("Please take nothing but water")
	p.do(chromedp.Click(chromedp.CSS(`button[value="question"]`)), chromedp.WaitVisible(chromedp.CSS("#answer[role=status]")))
	p.wantText("Your answer")
	p.wantText("I have a question")
	p.do(chromedp.Click(chromedp.CSS(`a[href="`+d.beneath(other)+`"]`)), chromedp.WaitVisible(chromedp.CSS("iframe")))
	p.wantText("How to prepare for your visit")
	p.do(chromedp.Sleep(500 * time.Millisecond)) // the frame has no event of its own
	if got, want := c.kinds(other), []store.Kind{store.Read, store.Read}; !slices.Equal(got, want) {
		t.Errorf("got events %v, want a Read for the page and one for its frame", got)
	}
	p.do(chromedp.Click(chromedp.CSS(`.files a[href="`+d.path()+`"]`)), chromedp.WaitVisible(chromedp.CSS("#answer[role=status]")))
	p.wantText("Please take nothing but water")
	if got := c.kinds(d); countOf(got, store.Acknowledged) != 1 || slices.Contains(c.kinds(other), store.Acknowledged) {
		t.Errorf("got events %v, want one answer", got)
	}
	p.do(chromedp.Click(chromedp.CSS("header button")), chromedp.WaitVisible(chromedp.CSS("[role=status]:not(#answer)")))
	p.visit(c.server.URL + d.beneath(other)) // signed out
	p.wantText("Your password")
}
