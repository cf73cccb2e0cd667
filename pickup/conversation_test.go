package pickup_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

// goOn is a message that takes replies and continues another.
func goOn(from delivered, text string) letter {
	l := plain(text)
	l.Reply, l.Thread = true, from.ID
	return l
}

// everyThread visits the pages of a thread: two messages of the clinic, and what was
// written back to the first.
func everyThread(c *clinic, lang string, visit func(name string, p page)) {
	wish := []string{"Accept-Language", lang}
	l := open()
	l.Lang, l.To = lang, "+12114367733"
	first := c.deliver(l)
	b := c.enrolled(first)
	b.post(first.path()+"/passkeys/decline", "")
	b.get(first.path(), wish...)
	c.pass(time.Minute)
	b.write(first.path(), reply{text: "It still itches.\nIs that all right?"}, wish...)
	c.pass(10 * time.Minute)
	l = goOn(first, "Yes, that is normal. It should stop within a week.")
	l.Lang, l.To = lang, "+12114367733"
	answer := c.deliver(l)
	visit("message-thread", b.get(answer.path(), wish...))
	visit("message-thread-first", b.get(first.path(), wish...))
}

var threadEntry = regexp.MustCompile(`<li><a href="([^"]*)"><bdi><time datetime="2026-11-23T([0-9:]*)Z"[^>]*>[^<]*</time></bdi> <bdi>([^<]*)</bdi>(?: <span>([^<]*)</span>)?</a>`)

// conversationOn is what a page lists of its thread.
func conversationOn(p page) (list [][]string) {
	_, section, found := strings.Cut(p.text, "The rest of this conversation")
	if !found {
		return nil
	}
	section, _, _ = strings.Cut(section, "</section>")
	for _, m := range threadEntry.FindAllStringSubmatch(section, -1) {
		list = append(list, m[1:])
	}
	return list
}

func (c *clinic) wantConversation(p page, want ...[]string) {
	c.Helper()
	if d := cmp.Diff(want, conversationOn(p)); d != "" {
		c.Errorf("the conversation (-want +got)\n%s", d)
	}
}

func TestAPageShowsTheThreadOfItsMessage(t *testing.T) {
	c := newClinic(t)
	first := c.deliver(open())
	apart := c.deliver(plain("Another matter"))
	b := c.enrolled(first)
	c.wantConversation(b.get(first.path()))
	c.pass(time.Minute)
	b.write(first.path(), reply{text: "It itches."}).want(t, 303)
	c.pass(time.Minute)
	answer := c.deliver(goOn(first, "That is normal."))
	c.pass(time.Minute)
	last := c.deliver(goOn(answer, "Is it better today?"))

	const ana = "Dr. Ana Reyes"
	p := b.get(answer.path())
	p.want(t, 200, "That is normal.")
	p.wantNo(t, "It itches.", "How is the wound") // which are read where they stand
	c.wantConversation(p,
		[]string{answer.beneath(last), "12:03:00", ana, "Not read yet"},
		[]string{answer.beneath(first) + "#replies", "12:01:00", "You wrote", ""},
		[]string{answer.beneath(first), "12:00:00", ana, "Read"})
	if _, others, _ := strings.Cut(p.text, "Other messages from"); strings.Count(others, "<li>") != 1 || !strings.Contains(others, answer.beneath(apart)) {
		t.Errorf("the list of others is %q, want the one that is not of the thread", others)
	}
	if n := countOf(c.kinds(first), store.Read); n != 1 {
		t.Errorf("the first message was read %d times, want once: a list shows nothing of it", n)
	}
	b.get(answer.beneath(first)).want(t, 200, "How is the wound", "It itches.")
	c.pass(time.Minute)
	b.write(answer.path(), reply{text: "A little."}).want(t, 303)
	c.wantConversation(b.get(first.path()),
		[]string{first.beneath(answer) + "#replies", "12:04:00", "You wrote", ""},
		[]string{first.beneath(last), "12:03:00", ana, "Not read yet"},
		[]string{first.beneath(answer), "12:02:00", ana, "Read"})
	c.wantConversation(b.get(apart.path()))
	got, _ := c.threadOf(answer)
	if len(got) != 1 || got[0].Text != "A little." {
		t.Errorf("the reply is %v, want the words alone", got)
	}
}

func TestS12AThreadShowsNothingThatIsGoneOrHeld(t *testing.T) {
	c := newClinic(t)
	first := c.deliver(open())
	b := c.enrolled(first)
	b.write(first.path(), reply{text: "It itches."}).want(t, 303)
	answer, last := c.deliver(goOn(first, "That is normal.")), c.deliver(goOn(first, "Is it better?"))
	if err := c.store.NotMine(t.Context(), last.Token.Hash(), store.Actor{Kind: store.ByVisitor}, c.clock()); err != nil {
		t.Fatal(err)
	}
	if n := len(conversationOn(b.get(answer.path()))); n != 2 {
		t.Errorf("the thread lists %d, want the first message and what was written back", n)
	}
	if n, err := c.store.WipeThread(t.Context(), c.org.ID, answer.ID, ana, c.clock()); err != nil || n != 3 {
		t.Fatalf("WipeThread: %d, %v", n, err)
	}
	for _, d := range []delivered{first, answer, last} {
		b.get(d.path()).want(t, 410)
	}
}
