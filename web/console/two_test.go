package console_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// went is where an answer sends the browser, without what it says was done.
func (a answer) went(t testing.TB, done string) string {
	t.Helper()
	a.wants(t, http.StatusSeeOther)
	to, said, _ := strings.Cut(a.Header.Get("Location"), "?done=")
	if said != done {
		t.Errorf("%s %s: said %q was done, want %q", a.Request.Method, a.Request.URL.Path, said, done)
	}
	return to
}

func TestS32ManyMessagesAreWipedByTwo(t *testing.T) {
	o := newOffice(t)
	var all []store.Message
	for i := range 3 {
		all = append(all, o.write(o.own, fmt.Sprintf("+1201555017%d", i), "batch:9"))
	}
	asks, approves := o.as(o.own.rules), o.as(o.own.second)
	form := []string{"references", "batch:9, nothing", "reason", "wrong_recipient", "ticket", "INC-204"}
	at := asks.post("/asks/new", form...).went(t, "asked")
	page := asks.get(at).wants(t, http.StatusOK, "Wipe 3 messages", "Waits for another admin", "They went to the wrong patients INC-204", "Nobody approves their own")
	list := asks.get(at+"/messages").wants(t, http.StatusOK).text
	digest := regexp.MustCompile(`[0-9a-f]{64}`).FindString(page.text)
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(list))); digest != want || strings.Count(list, "\n") != 3 {
		t.Errorf("the digest is %s, of the list %s:\n%s", digest, want, list)
	}
	asks.post(at+"/approve", "digest", digest).went(t, "notyours")
	approves.post(at+"/approve", "digest", strings.Repeat("0", 64)).went(t, "notyours")
	approves.get(at).wants(t, http.StatusOK, "these 3 messages and no others", digest)
	approves.post(at+"/approve", "digest", digest).went(t, "approve")
	if e := o.wantBy(o.own.second, store.WipeApproved); !strings.Contains(e.Detail, "n=3 sha256="+digest) {
		t.Errorf("event: got %+v", e)
	}
	asks.get(at).wants(t, http.StatusOK, "Being wiped: 0 of 3", "Kim Cho")
	for _, want := range []string{"2 of 3", "Done: 3 of 3"} {
		_, err := o.store.WipeAsked(t.Context(), 2, o.clock())
		must(t, "WipeAsked", err)
		asks.get(at).wants(t, http.StatusOK, want)
	}
	asks.get(at).wants(t, http.StatusOK, "3 wiped", "securetext audit receipt --ask=ask_")
	asks.get(path("/messages/", all[0].ID)).wants(t, http.StatusOK, "Wiped")
	o.as(o.own.audits).get("/events?person="+strings.TrimPrefix(at, "/asks/")).wants(t, http.StatusOK, "Wipe of many asked for", "Wipe of many approved", "Wipe of many done")
	if info, err := o.store.Messages(t.Context(), store.MessageFilter{Org: o.own.ID, ID: o.own.message.ID}); err != nil || !info[0].Wiped.IsZero() {
		t.Error("a message was wiped that nobody asked for")
	}
}

func TestS32WhatIsAskedForIsSaidWell(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	for _, c := range []struct {
		want string
		form []string
	}{
		{"Please choose a reason", []string{"sender", string(o.own.sender.ID)}}, {"Please choose a reason", []string{"sender", string(o.own.sender.ID), "reason", "Maria has AIDS"}},
		{"A reference has at most", []string{"sender", string(o.own.sender.ID), "reason", "mistake", "ticket", "Maria Lopez"}},
		{"by at least one of these", []string{"reason", "mistake"}}, {"That is no phone number", []string{"reason", "mistake", "number", "x"}},
		{"That is no day", []string{"reason", "mistake", "from", "yesterday"}}, {"No message is like that", []string{"reason", "mistake", "references", "none"}},
	} {
		b.post("/asks/new", c.form...).wants(t, http.StatusUnprocessableEntity, c.want)
	}
	if n := len(o.events(o.own, store.WipeAsked)); n != 0 {
		t.Errorf("%d were asked for", n)
	}
	at := b.post("/asks/new", "number", "(201) 555-0147", "from", "2026-11-23", "to", "2026-11-23", "reason", "mistake").went(t, "asked")
	b.get(at).wants(t, http.StatusOK, "Wipe 1 message")
	b.post(at+"/withdraw").goesTo(t, at+"?done=withdraw")
	b.get(at).wants(t, http.StatusOK, "Withdrawn")
	old := b.post("/asks/new", "sender", string(o.own.sender.ID), "reason", "mistake").went(t, "asked")
	o.later(24 * time.Hour)
	second := o.as(o.own.second)
	digest := regexp.MustCompile(`[0-9a-f]{64}`).FindString(second.get(old).wants(t, http.StatusOK, "nobody approved it within a day").text)
	second.post(old+"/approve", "digest", digest).goesTo(t, old+"?done=toolate")
}

// Break-glass: by two, to one, for a quarter of an hour, and everybody hears of it.
func TestS33EmergencyAccessIsLoud(t *testing.T) {
	o := newOffice(t)
	asks, approves, sender := o.as(o.own.rules), o.as(o.own.second), o.as(o.own.sends)
	m := path("/messages/", o.own.message.ID)
	asks.get(m).wants(t, http.StatusOK, "Emergency access")
	asks.post(m+"/emergency", "reason", "because").wants(t, http.StatusUnprocessableEntity, "Please choose a reason")
	at := asks.post(m+"/emergency", "reason", "unreachable", "ticket", "INC-7").went(t, "asked")
	if got := asks.post(at + "/open"); strings.Contains(got.text, "A secret of") || got.went(t, "notyours") != at {
		t.Fatal("the message is shown before it was approved")
	}
	approves.post(at+"/approve", "digest", "").went(t, "approve")
	approves.get(at).wants(t, http.StatusOK, "Rosa Diaz alone")
	if got := approves.post(at + "/open"); strings.Contains(got.text, "A secret of") {
		t.Fatal("the message is shown to who approved")
	}
	asks.post(at+"/open").wants(t, http.StatusOK, "Your results", "A secret of the patient's.", "Emergency access, on record")
	if e := o.wantBy(o.own.rules, store.EmergencyOpened); e.Message != o.own.message.ID || !strings.HasSuffix(e.Detail, " unreachable INC-7") {
		t.Errorf("event: got %+v", e)
	}
	sender.get(m).wants(t, http.StatusOK, "Emergency access asked for", "Emergency access approved", "Read by emergency access")
	alert := "/events?person=" + strings.TrimPrefix(at, "/asks/")
	if page := o.as(o.own.audits).get("/alerts").wants(t, http.StatusOK, "Emergency access to a message"); !strings.Contains(page.text, alert) {
		t.Error("the alert does not lead to its events")
	}
	o.as(o.own.audits).get(alert).wants(t, http.StatusOK, "Read by emergency access "+strings.TrimPrefix(at, "/asks/"))
	o.as(o.own.audits).post("/accounting", "number", "(201) 555-0147").wants(t, http.StatusOK, "Rosa Diaz", "approved by a second admin")
	o.later(15*time.Minute - 1)
	o.as(o.own.rules).get(at).wants(t, http.StatusOK, "Read the message")
	o.later(time.Second)
	late := o.as(o.own.rules)
	if got := late.post(at + "/open"); strings.Contains(got.text, "A secret of") || got.went(t, "toolate") != at {
		t.Error("the message is shown too late")
	}
	if strings.Contains(late.get(at).text, "Read the message") || strings.Contains(o.logged(), "A secret of") {
		t.Error("it is offered too late, or stands in the log")
	}
}
