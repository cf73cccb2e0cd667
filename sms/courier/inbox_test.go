package courier_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/phone"
	"securetext/store"
)

const (
	ours   = "+15550000001"
	theirs = "+15550000002"
)

// mouths are senders of one provider, from two numbers.
func mouths() lanes {
	d := &diary{}
	s := &teller{"carrier", nil, d}
	return lanes{"carrier:" + ours: {Sender: s}, "carrier:" + theirs: {Sender: s}, "other:" + ours: {Sender: &teller{"other", nil, d}}}
}

// ruled is a clinic that texts by a road.
func (j *journey) ruled(t *testing.T, name, roads string) *journey {
	t.Helper()
	other := *j
	other.org, other.desk = j.clinic(t, name, store.Policy{Roads: roads})
	return &other
}

// hear has the n-th number text a keyword to one of ours. It returns the status
// and the answer.
func (j *journey) hear(t *testing.T, n int, to string, k sms.Keyword, change ...func(*courier.Inbox)) (int, string) {
	t.Helper()
	from, err := phone.Parse(numbered(n), "")
	must(t, "Parse", err)
	h := &courier.Inbox{
		Store: j.Store, Index: j.index, Roads: j.lanes, Provider: "carrier", Log: j.log.logger(), Now: time.Now,
		Listener: hears{in: sms.Inbound{From: from, To: []string{to}, Keyword: k}},
	}
	for _, f := range change {
		f(h)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	return w.Code, w.Body.String()
}

// refusal is why the n-th number gets no texts of the clinic; empty: it does.
func (j *journey) refusal(t *testing.T, n int) store.Refusal {
	t.Helper()
	return j.town.refusal(t, j.org, numbered(n))
}

func TestStopIsInForceForEveryOrgThatTextsFromTheNumber(t *testing.T) {
	cases := []struct {
		name         string
		a, b         string // by what roads two clinics text
		writes       string // which of them wrote to the patient
		to           string
		stopA, stopB bool
		answer       string // begins the answer; empty: none
	}{
		{"one clinic", "carrier:" + ours, "other:" + ours, "a", ours, true, false, "Lakeside: "},
		{"two share the number", "carrier:" + ours, "carrier:" + ours, "ab", ours, true, true, ""},
		{"two share it, and one wrote", "carrier:" + ours, "carrier:" + ours, "b", ours, false, true, "Hillside: "},
		{"two numbers", "carrier:" + ours, "carrier:" + theirs, "ab", theirs, false, true, "Hillside: "},
		{"the second of a clinic's roads", "other:" + ours + ",carrier:" + theirs, "carrier:" + ours, "ab", theirs, true, false, "Lakeside: "},
		{"a number that no road has: all of the provider's", "carrier:" + ours, "carrier:" + theirs, "ab", "+15550000009", true, true, ""},
		{"a clinic of another provider alone", "other:" + ours, "other:" + ours, "ab", ours, false, false, ""},
		{"nobody wrote", "carrier:" + ours, "carrier:" + ours, "", ours, false, false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			travel(t, mouths(), func(t *testing.T, j *journey) {
				a, b := j.ruled(t, "Lakeside", c.a), j.ruled(t, "Hillside", c.b)
				for _, clinic := range []*journey{a, b} {
					if strings.Contains(c.writes, map[*journey]string{a: "a", b: "b"}[clinic]) {
						clinic.letter(t, 1)
					}
				}
				for range 2 { // a repeat is answered alike, and changes nothing
					status, words := j.hear(t, 1, c.to, sms.Stop)
					if status != http.StatusOK || c.answer == "" && words != "" || !strings.HasPrefix(words, c.answer) {
						t.Errorf("status %d, answer %q, want it to begin with %q", status, words, c.answer)
					}
				}
				for clinic, want := range map[*journey]bool{a: c.stopA, b: c.stopB} {
					if got := clinic.refusal(t, 1) == store.OptedOut; got != want {
						t.Errorf("%s: opted out %v, want %v", clinic.org.Name, got, want)
					}
					refused, err := j.Events(t.Context(), store.EventFilter{Org: clinic.org.ID, Kind: store.Refused})
					if err != nil || len(refused) > 1 || want != (len(refused) == 1) {
						t.Errorf("%s: %d events, %v", clinic.org.Name, len(refused), err)
					}
					for _, e := range refused {
						if e.By != (store.Actor{Kind: store.ByCarrier, ID: "carrier"}) || e.Detail != "opted_out" {
							t.Errorf("event %+v", e)
						}
					}
				}
			})
		})
	}
}

func TestStopCancelsWhatWaits(t *testing.T) {
	l := mouths()
	travel(t, l, func(t *testing.T, j *journey) {
		c := j.ruled(t, "Lakeside", "carrier:"+ours)
		waits := c.letter(t, 1, func(m *store.Message) { m.SendAt = time.Now().Add(time.Hour) })
		now, other := c.letter(t, 1), c.letter(t, 2)
		if status, _ := j.hear(t, 1, ours, sms.Stop); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		for _, id := range []store.MessageID{waits, now} {
			c.wantEvents(t, id, "accepted:api failed:opted_out")
		}
		c.run(t, 2*time.Hour, func(config *courier.Config) { config.Poll = time.Minute })
		c.wantEvents(t, other, "accepted:api sent")
		if sent, _ := l["carrier:"+ours].Sender.(*teller).diary.about("carrier sends"); len(sent) != 1 {
			t.Errorf("sent %q", sent)
		}
	})
}

func TestStartLiftsAStopAndNothingElse(t *testing.T) {
	by := store.Actor{Kind: store.ByOperator, ID: "ana"}
	for _, c := range []struct {
		why, want store.Refusal
		answer    string
	}{
		{store.OptedOut, "", "Lakeside: "}, {store.Blocked, store.Blocked, ""}, {store.Landline, store.Landline, ""}, {store.Dead, store.Dead, ""}, {"", "", ""},
	} {
		travel(t, mouths(), func(t *testing.T, j *journey) {
			clinic := j.ruled(t, "Lakeside", "carrier:"+ours)
			clinic.letter(t, 1)
			if c.why != "" {
				r := store.Recipient{ID: j.recipient(clinic.org, numbered(1))}
				must(t, "Refuse", j.Refuse(t.Context(), clinic.org.ID, r, c.why, by, time.Now()))
			}
			status, words := j.hear(t, 1, ours, sms.Start)
			if status != http.StatusOK || c.answer == "" && words != "" || !strings.HasPrefix(words, c.answer) {
				t.Errorf("%s: status %d, answer %q", c.why, status, words)
			}
			if got := clinic.refusal(t, 1); got != c.want {
				t.Errorf("%s: then refused for %q, want %q", c.why, got, c.want)
			}
		})
	}
}

func TestHelpSaysWhoTexts(t *testing.T) {
	travel(t, mouths(), func(t *testing.T, j *journey) {
		clinic := j.ruled(t, "Lakeside", "carrier:"+ours)
		id := clinic.letter(t, 1)
		status, words := j.hear(t, 1, ours, sms.Help)
		if status != http.StatusOK || !strings.HasPrefix(words, "Lakeside: ") || !strings.Contains(words, "555-0100") {
			t.Errorf("status %d, answer %q, want the clinic's name and phone", status, words)
		}
		if status, words := j.hear(t, 2, ours, sms.Help); status != http.StatusOK || words != "" {
			t.Errorf("a stranger: status %d, answer %q", status, words)
		}
		clinic.wantEvents(t, id, "accepted:api")
		if clinic.refusal(t, 1) != "" {
			t.Error("help stops texts")
		}
	})
}

func TestOtherWordsDoNothing(t *testing.T) {
	travel(t, mouths(), func(t *testing.T, j *journey) {
		clinic := j.ruled(t, "Lakeside", "carrier:"+ours)
		id := clinic.letter(t, 1)
		unasked := func(h *courier.Inbox) { h.Store = nil }
		if status, words := j.hear(t, 1, ours, "", unasked); status != http.StatusOK || words != "" {
			t.Errorf("status %d, answer %q", status, words)
		}
		clinic.wantEvents(t, id, "accepted:api")
	})
}

// absent is a store of which some part is away.
type absent struct {
	store.Store
	orgs, rules error
}

func (a absent) Orgs(ctx context.Context) ([]store.Org, error) {
	if a.orgs != nil {
		return nil, a.orgs
	}
	return a.Store.Orgs(ctx)
}

func (a absent) Refuse(context.Context, store.OrgID, store.Recipient, store.Refusal, store.Actor, time.Time) error {
	return a.rules
}

func (a absent) Messages(context.Context, store.MessageFilter) ([]store.MessageInfo, error) {
	return nil, a.rules
}

func TestWhatInboundTextsAreAnswered(t *testing.T) {
	travel(t, mouths(), func(t *testing.T, j *journey) {
		j.ruled(t, "Lakeside", "carrier:"+ours).letter(t, 1)
		for _, c := range []struct {
			name   string
			k      sms.Keyword
			change func(*courier.Inbox)
			want   int
			logged string
		}{
			{"forged", sms.Stop, func(h *courier.Inbox) { h.Listener = hears{err: errors.New("signature does not match")} }, 403, "inbound text refused"},
			{"the store is away", sms.Stop, func(h *courier.Inbox) { h.Store = absent{j.Store, store.ErrUnavailable, nil} }, 503, "inbound text not recorded"},
			{"the store is away for STOP", sms.Stop, func(h *courier.Inbox) { h.Store = absent{j.Store, nil, store.ErrUnavailable} }, 503, "inbound text not recorded"},
			{"the store is away for HELP", sms.Help, func(h *courier.Inbox) { h.Store = absent{j.Store, nil, store.ErrUnavailable} }, 503, "inbound text not recorded"},
			{"all is well", sms.Stop, func(*courier.Inbox) {}, 200, "inbound text taken"},
		} {
			status, _ := j.hear(t, 1, ours, c.k, c.change)
			if status != c.want || !strings.Contains(j.log.String(), c.logged) {
				t.Errorf("%s: status %d, want %d; log %s", c.name, status, c.want, j.log.tail())
			}
		}
		if strings.Contains(j.log.String(), numbered(1)[2:]) {
			t.Error("the log holds a number")
		}
	})
}
