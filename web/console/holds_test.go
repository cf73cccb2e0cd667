package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func TestAnAdminPutsMessagesOnHold(t *testing.T) {
	o := newOffice(t)
	b, sender := o.as(o.own.rules), o.as(o.own.sends)
	message, patient := path("/messages/", o.own.message.ID), path("/recipients/", o.own.patient.Recipient)
	b.get("/holds").wants(t, http.StatusOK, "25-CV-17", "Lifted")
	b.get(message+"/hold").wants(t, http.StatusOK, "The message to ··· 0147 is kept")
	b.post(message+"/hold", "matter", "Mary Smith").wants(t, http.StatusUnprocessableEntity, "number of the case")
	b.post(message+"/hold", "matter", "26-CV-1187").goesTo(t, message+"?done=hold")
	if e := o.wantBy(o.own.rules, store.HoldPlaced); e.Message != o.own.message.ID || !strings.HasSuffix(e.Detail, " 26-CV-1187") {
		t.Errorf("event: got %+v", e)
	}
	b.post(message+"/hold", "matter", "26-CV-1187").goesTo(t, message+"?done=held")
	b.post(patient+"/hold", "matter", "26-CV-1190").goesTo(t, patient+"?done=hold")

	// Nobody takes it back, and whoever tries is told why.
	sender.get(message).wants(t, http.StatusOK, "On legal hold since")
	sender.get(message+"/wipe").wants(t, http.StatusOK, "It is on legal hold since")
	for _, who := range []*browser{b, sender} {
		who.post(message+"/wipe").goesTo(t, message+"?done=onhold")
	}
	o.later(15 * 24 * time.Hour)
	b = o.as(o.own.rules)
	if n, err := o.store.Expire(t.Context(), 10, o.clock()); n != 1 || err != nil {
		t.Errorf("Expire: got %d, %v, want the other org's alone", n, err)
	}
	b.get(message).wants(t, http.StatusOK, "On legal hold since", "Can be read until", "Over, not read")
	b.get(message+"/wipe").wants(t, http.StatusOK, "It is on legal hold since")

	// It is kept, and asks nothing of anybody any more.
	for _, state := range []string{"calls", "replies", "unread"} {
		if got := b.get("/messages?status="+state).wants(t, http.StatusOK); strings.Contains(got.text, message) {
			t.Errorf("what is over and on hold is on the list %q", state)
		}
	}
	if got := b.get("/messages").wants(t, http.StatusOK, "Over, not read", "Written back"); strings.Contains(got.text, "New reply") {
		t.Error("a reply that nobody can read is new")
	}

	list, err := o.store.Holds(t.Context(), store.HoldFilter{Org: o.own.ID})
	if err != nil || len(list) != 2 {
		t.Fatalf("Holds: got %v, %v, want 2", list, err)
	}
	b.get("/holds").wants(t, http.StatusOK, "One message", "All to ··· 0147")
	for _, h := range list {
		b.post(path("/holds/", h.ID, "/lift")).goesTo(t, "/holds?done=lift")
		b.post(path("/holds/", h.ID, "/lift")).goesTo(t, "/holds?done=lifted")
	}
	o.wantBy(o.own.rules, store.HoldLifted)
	if n, err := o.store.Expire(t.Context(), 10, o.clock()); n != 1 || err != nil {
		t.Errorf("Expire once lifted: got %d, %v, want the message", n, err)
	}
	b.get(message).wants(t, http.StatusOK, "Over, not read")
}
