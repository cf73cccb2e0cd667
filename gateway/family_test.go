package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"securetext/gateway/limit"
	"securetext/store"
	"securetext/store/person"
)

// named is a person's name.
func named(tb testing.TB, name string) person.Name {
	tb.Helper()
	who, err := person.Parse(name)
	must(tb, err)
	return who
}

// people are whom the messages that are due are for; "": nobody in particular.
func (c *clinic) people(tb testing.TB) []string {
	tb.Helper()
	now := time.Now().Add(time.Second)
	due, err := c.db.Due(tb.Context(), 1000, time.Minute, now)
	must(tb, err)
	var names []string
	for _, d := range due {
		of := map[store.RecipientID]string{}
		for _, name := range []string{"", "M.", "J."} {
			who := person.Name{}
			if name != "" {
				who = named(tb, name)
			}
			id, err := store.IDOf(tb.Context(), c.db, c.Index, store.Whom{Org: c.org.ID, Number: "+12114367789", Person: who})
			must(tb, err)
			of[id] = name
		}
		name, known := of[d.Recipient]
		if !known {
			name = "somebody else"
		}
		names = append(names, name)
	}
	return names
}

func TestPeopleOfOneNumberGetMessagesOfTheirOwn(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<"+own+">", "250")
	for _, to := range []string{"2114367789+for=M", "+12114367789+for=m", "2114367789+for=J", "2114367789"} {
		d.say("RCPT TO:<"+to+"@secure.text>", "250")
	}
	d.say("DATA", "354")
	d.send(simpleMail + "\r\n.\r\n")
	d.expect("250")
	if got := fmt.Sprint(c.people(t)); got != "[M. J. ]" {
		t.Errorf("messages for %s", got)
	}
	// The header is for all whose address names nobody.
	if got := d.mail(own, "2114367789@secure.text", "X-SecureText-For:  m. \r\n"+simpleMail); !strings.HasPrefix(got, "250") {
		t.Errorf("got %q", got)
	}
	c.post(t, c.api(), strings.Replace(simplePost, `{`, `{"for":"J",`, 1))
	if got := fmt.Sprint(c.people(t)); got != "[M. J.]" {
		t.Errorf("messages for %s", got)
	}
}

func TestOneMailForTwoPeopleIsNoRepeat(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	mail := "Message-ID: <1@lakeside.example>\r\n" + simpleMail
	for _, to := range []string{"2114367789+for=M", "2114367789+for=J", "2114367789+for=m."} {
		if got := d.mail(own, to+"@secure.text", mail); !strings.HasPrefix(got, "250") {
			t.Errorf("%s: got %q", to, got)
		}
	}
	if got := fmt.Sprint(c.people(t)); got != "[M. J.]" {
		t.Errorf("messages for %s", got)
	}
}

// TestS24NobodyHearsTheName looks for it wherever it might come out.
func TestS24NobodyHearsTheName(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	var said []string
	for _, to := range []string{"2114367789+for=Zebulon", "2114367789+for=Zebulon_Q", "2114367789+for=Zebulon+exp=1m"} {
		reply, _ := d.tell(own, to+"@secure.text", simpleMail)
		said = append(said, reply)
		d.say("RSET", "250")
	}
	h := c.api()
	for _, body := range []string{`"for":"Zebulon"`, `"for":"Zebulon_Q"`, `"for":["Zebulon"]`, `"for":"Zebulon","for":"Zebulon"`} {
		for _, query := range []string{"", "?dry_run=true"} {
			w := do(h, c.request("POST", "/v1/messages"+query, strings.Replace(simplePost, `{`, `{`+body+`,`, 1)))
			said = append(said, w.Body.String())
		}
	}
	infos, err := c.db.Messages(t.Context(), store.MessageFilter{Org: c.org.ID})
	must(t, err)
	for _, m := range infos {
		said = append(said, do(h, c.request("GET", "/v1/messages/"+string(m.ID), "")).Body.String())
	}
	events, err := c.db.Events(t.Context(), store.EventFilter{Org: c.org.ID})
	must(t, err)
	said = append(said, fmt.Sprint(events), c.log.String())
	if len(infos) != 2 || !strings.HasPrefix(said[1], "550 5.1.3 Refused option for: must have 1 to 20 letters") {
		t.Errorf("%d messages were stored, of two; %q", len(infos), said[1])
	}
	for _, s := range said {
		if strings.Contains(strings.ToLower(s), "zebulon") {
			t.Errorf("the name is in %q", s)
		}
	}
}

// refusePerson stops texts to one of those who share a number.
func (c *clinic) refusePerson(tb testing.TB, name string, why store.Refusal) {
	tb.Helper()
	to := Target{Number: number(tb, "2114367789")}
	to.Options.For = named(tb, name)
	r, err := c.recipient(tb.Context(), c.org.ID, to)
	must(tb, err)
	must(tb, c.db.Refuse(tb.Context(), c.org.ID, r, why, operator, time.Now()))
}

func TestARefusedNumberIsRefusedForEverybodyThere(t *testing.T) {
	c := newClinic(t)
	c.refuse(t, "2114367789", store.OptedOut)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	for _, to := range []string{"2114367789+for=M", "2114367789+for=Nobody Knows", "2114367789"} {
		if got, when := d.tell(own, `"`+to+`"@secure.text`, simpleMail); !strings.HasPrefix(got, "550 5.7.1 The patient asked") || when != atRcpt {
			t.Errorf("%s: got %q at %d", to, got, when)
		}
		d.say("RSET", "250")
	}
	post := strings.Replace(simplePost, `{`, `{"for":"M.",`, 1)
	if p := refused(t, do(c.api(), c.request("POST", "/v1/messages", post)), 409); p.Type != typePrefix+"opted-out" {
		t.Errorf("got %+v", p)
	}
	c.checkDryRun(t, post, "opted-out", 409)
}

// S12: who is not there gets no texts, and the others do.
func TestS12ARefusedPersonIsRefusedAlone(t *testing.T) {
	c := newClinic(t)
	c.refusePerson(t, "M.", store.NotMine)
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	const reply = "550 5.1.1 The person who has this number says that nobody of that name is there"
	if got, when := d.tell(own, "2114367789+for=m@secure.text", simpleMail); !strings.HasPrefix(got, reply) || when != atRcpt {
		t.Errorf("by its address: got %q at %d", got, when)
	}
	d.say("RSET", "250")
	if got, when := d.tell(own, "2114367789@secure.text", "X-SecureText-For: M\r\n"+simpleMail); !strings.HasPrefix(got, reply) || when != atData {
		t.Errorf("by its header: got %q at %d", got, when)
	}
	for _, to := range []string{"2114367789+for=J", "2114367789"} {
		if got := d.mail(own, to+"@secure.text", simpleMail); !strings.HasPrefix(got, "250") {
			t.Errorf("%s: got %q", to, got)
		}
	}
	if got := fmt.Sprint(c.people(t)); got != "[J. ]" {
		t.Errorf("messages for %s", got)
	}
	post := strings.Replace(simplePost, `{`, `{"for":"M",`, 1)
	if p := refused(t, do(c.api(), c.request("POST", "/v1/messages", post)), 422); p.Type != typePrefix+"no-such-person" {
		t.Errorf("got %+v", p)
	}
	c.checkDryRun(t, post, "no-such-person", 422)
}

func TestQuotaAndRatesCountPeopleAsMessages(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Daily: 2})
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<"+own+">", "250")
	d.say("RCPT TO:<2114367789+for=M@secure.text>", "250")
	d.say("RCPT TO:<2114367789+for=m@secure.text>", "250") // which makes no second message
	d.say("RCPT TO:<2114367789+for=J@secure.text>", "250")
	d.say("RCPT TO:<2114367789@secure.text>", "450 4.7.1")
	d.say("RSET", "250")
	c.setPolicy(t, store.Policy{})
	d = c.dialIn(t, addr)
	c.Intake.Limiter, c.Intake.Rates = limit.NewMemory(100), Rates{Block: limit.Rule{Burst: 2, Per: time.Hour}}
	for i, want := range []string{"250", "250", "450 4.7.1 Too many messages to numbers that are alike"} {
		to := fmt.Sprintf("2114367789+for=%d@secure.text", i)
		if got := d.mail(own, to, simpleMail); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q", to, got)
		}
	}
}

func TestAPersonIsPartOfARequest(t *testing.T) {
	c := newClinic(t)
	h := c.api()
	send := func(name string) (int, string) {
		r := c.request("POST", "/v1/messages", strings.Replace(simplePost, `{`, `{"for":"`+name+`",`, 1))
		r.Header.Set(idempotencyHeader, "k")
		w := do(h, r)
		var sent struct{ Messages []sentMessage }
		json.Unmarshal(w.Body.Bytes(), &sent)
		if len(sent.Messages) != 1 {
			return w.Code, ""
		}
		return w.Code, string(sent.Messages[0].ID)
	}
	code, first := send("M.")
	if again, same := send("m"); code != 202 || again != 202 || same != first {
		t.Errorf("got %d and %d, %s and %s", code, again, first, same)
	}
	if code, _ := send("J."); code != 422 {
		t.Errorf("another person by the same key: got %d", code)
	}
}
