package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"securetext/store"
	"securetext/store/audit"
)

// Two admins wipe what a sender sent, and anybody can check the receipt; what was out
// of the ordinary about it is an alert by then.
func TestS32TwoAdminsOfARealService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	w.setting("CONSOLE_URL", fmt.Sprintf("https://localhost:%d", w.first.console))
	p := w.serve()
	base := fmt.Sprintf("https://localhost:%d", w.first.console)
	ok := func(p *page, err error) *page {
		t.Helper()
		if err != nil || p.status != http.StatusOK {
			t.Fatalf("got %+v, %v", p, err)
		}
		return p
	}
	desk := func(email string) *browser {
		var made staffInviteLine
		w.json(&made, "staff", "add", email, "--name="+email, "--roles=admin,auditor")
		b := w.browser()
		first := ok(b.open(made.SetUp))
		ok(b.fill(first, first.at.Path, url.Values{"password": {"five otters swim in line"}}))
		return b
	}
	rosa, kim := desk("rosa@riverside.example"), desk("kim@riverside.example")
	for range 2 {
		if err := p.mail("2114367789", "subject", "words"); err != nil {
			t.Fatal(err)
		}
	}
	asked := ok(rosa.fill(ok(rosa.open(base+"/asks/new")), "/asks/new", url.Values{"number": {"(211) 436-7789"}, "reason": {"mistake"}, "ticket": {"INC-1"}}))
	ask := strings.TrimPrefix(asked.at.Path, "/asks/")
	if w.fails("audit", "receipt", "--ask="+ask) == "" {
		t.Error("there is a receipt of what was not done")
	}
	ok(kim.fill(ok(kim.open(base+"/asks/"+ask)), "/approve", nil))
	w.until("the messages are wiped", func() bool { return strings.Contains(ok(rosa.open(base+"/asks/"+ask)).text, "2 wiped") })

	text := w.cli("audit", "receipt", "--ask="+ask)
	var d audit.Document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	count := map[store.Kind]int{}
	for _, e := range d.Events {
		count[e.Event.Kind]++
	}
	if d.Kind != audit.ProofOfWipe || count[store.Wiped] != 2 || count[store.WipeAsked]+count[store.WipeApproved]+count[store.BulkWiped] != 3 {
		t.Errorf("the receipt is %s of %v", d.Kind, count)
	}
	w.cli("audit", "check", w.file("receipt.json", text), "--key="+strings.TrimSpace(w.cli("audit", "key")))

	message := w.eventsOf(store.Wiped)[0].Message
	if w.fails("wipe", string(message)) == "" {
		t.Error("a message is there still")
	}
	w.until("the day is counted", func() bool {
		return strings.Contains(ok(rosa.open(base+"/dashboard")).text, "<th scope=\"row\">All</th><td>2</td>")
	})
}
