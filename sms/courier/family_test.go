package courier_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
	"securetext/store/person"
)

// letterFor is a message to one of those who share the n-th number.
func (j *journey) letterFor(t *testing.T, n int, name string) store.MessageID {
	t.Helper()
	who, err := person.Parse(name)
	must(t, "Parse", err)
	r, err := store.RecipientFor(t.Context(), j, j.keys, j.index, store.Whom{Org: j.org.ID, Number: numbered(n), Person: who})
	must(t, "RecipientFor", err)
	return j.letter(t, n, func(m *store.Message) { m.To = r })
}

// Nobody wrote to the number but to people who share it.
func TestAKeywordIsTheNumbersWhoeverSharesIt(t *testing.T) {
	l := mouths()
	travel(t, l, func(t *testing.T, j *journey) {
		c := j.ruled(t, "Lakeside", "carrier:"+ours)
		maria, jon, other := c.letterFor(t, 1, "Maria"), c.letterFor(t, 1, "J."), c.letterFor(t, 2, "Maria")
		if status, words := j.hear(t, 1, ours, sms.Help); status != http.StatusOK || !strings.HasPrefix(words, "Lakeside: ") {
			t.Errorf("help: status %d, answer %q", status, words)
		}
		if status, words := j.hear(t, 1, ours, sms.Stop); status != http.StatusOK || !strings.HasPrefix(words, "Lakeside: ") {
			t.Errorf("stop: status %d, answer %q", status, words)
		}
		for _, id := range []store.MessageID{maria, jon} {
			c.wantEvents(t, id, "accepted:api failed:opted_out")
		}
		late := c.letterFor(t, 1, "Newborn") // who was written to as the STOP came
		c.run(t, time.Hour, func(config *courier.Config) { config.Poll = time.Minute })
		c.wantEvents(t, other, "accepted:api sent")
		c.wantEvents(t, late, "accepted:api failed:opted_out")
		if c.refusal(t, 1) != store.OptedOut || c.refusal(t, 2) != "" {
			t.Error("want the one number refused")
		}
		if status, _ := j.hear(t, 1, ours, sms.Start); status != http.StatusOK || c.refusal(t, 1) != "" {
			t.Errorf("start: status %d, refused for %q", status, c.refusal(t, 1))
		}
		again := c.letterFor(t, 1, "J.")
		c.run(t, time.Hour, func(config *courier.Config) { config.Poll = time.Minute })
		c.wantEvents(t, again, "accepted:api sent")
		if sent, _ := l["carrier:"+ours].Sender.(*teller).diary.about("carrier sends"); len(sent) != 2 || strings.Contains(strings.Join(sent, " "), "Maria") {
			t.Errorf("sent %q", sent)
		}
	})
}
