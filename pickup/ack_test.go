package pickup_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"securetext/store"
)

// asking is a message that asks for an answer.
func asking(ack store.Ack) letter {
	l := plain("Please take nothing but water before the test.")
	l.Ack = ack
	return l
}

// answer taps a button under the message that is shown at path.
func (b *browser) answer(path string, a store.Answer, header ...string) page {
	b.Helper()
	return b.do(http.MethodPost, path+"/ack", url.Values{"choice": {string(a)}}, header...)
}

func TestWhoIsAskedAnswersOnce(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(asking(store.AckChoices))
	b := c.enrolled(d)
	form := `<form method="post" action="` + d.path() + `/ack">`
	b.get(d.path()).want(t, 200, form, "Yes, I understand", "I have a question", "Please call me", "Please take nothing but water")
	for range 2 { // a second tap
		p := b.answer(d.path(), store.AnswerQuestion)
		p.want(t, 303)
		if got, want := p.Header.Get("Location"), d.path()+"#answer"; got != want {
			t.Errorf("sent to %q, want %q", got, want)
		}
	}
	b.answer(d.path(), store.AnswerCall).want(t, 303) // too late
	p := b.get(d.path())
	p.want(t, 200, `role="status"`, "Your answer", "<strong>I have a question</strong>", "can see your answer", "Please take nothing but water")
	p.wantNo(t, form, "Yes, I understand", "Please call me")
	var answers []string
	for _, e := range c.events(d) {
		if e.Kind == store.Acknowledged {
			answers = append(answers, e.Detail)
		}
	}
	if !slices.Equal(answers, []string{"question"}) {
		t.Errorf("got answers %v, want the first alone", answers)
	}
}

func TestWhatIsAskedIsWhatCanBeAnswered(t *testing.T) {
	c := newClinic(t)
	silent, confirm := c.deliver(plain("Hello")), c.deliver(asking(store.AckYes))
	b := c.enrolled(silent)
	b.get(silent.path()).wantNo(t, "/ack")
	p := b.get(confirm.path())
	p.want(t, 200, "I have read this")
	p.wantNo(t, "I have a question", "Please call me")
	b.answer(silent.path(), store.AnswerRead).want(t, 404)
	for _, a := range []store.Answer{store.AnswerCall, "", "maybe"} {
		b.answer(confirm.path(), a).want(t, 404)
	}
	b.answer(confirm.path(), store.AnswerRead).want(t, 303)
	b.get(confirm.path()).want(t, 200, "<strong>I have read this</strong>")
	if got := append(c.kinds(silent), c.kinds(confirm)...); countOf(got, store.Acknowledged) != 1 {
		t.Errorf("got events %v, want one answer", got)
	}
}

func TestS15OnlyTheRecipientAnswers(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(asking(store.AckChoices))
	b := c.enrolled(d)
	b.answer(d.path(), store.AnswerCall, "Sec-Fetch-Site", "cross-site").want(t, 403)
	stranger := c.browser()
	p := stranger.answer(d.path(), store.AnswerCall)
	p.want(t, 303)
	if got := p.Header.Get("Location"); got != d.path() {
		t.Errorf("a stranger was sent to %q, want to the link", got)
	}
	l := plain("For somebody else")
	l.To = "+12114367700"
	other := c.enrolled(c.deliver(l))
	other.answer(d.path(), store.AnswerCall).want(t, 303)
	p = b.get(d.path() + "/ack")
	p.want(t, 303) // back from a shared address
	if got := c.kinds(d); countOf(got, store.Acknowledged) != 0 {
		t.Errorf("got events %v, want no answer", got)
	}
}
