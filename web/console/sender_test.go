package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func TestS32ASenderSeesTheirOwnMessages(t *testing.T) {
	o := newOffice(t)
	o.later(time.Hour)
	theirs, err := o.compose(o.own.ID, o.own.spare.ID, "+12015550199", "feed-1", operator)
	must(t, "Accept", err)
	own, admin := o.as(o.own.sends), o.as(o.own.rules)
	own.get("/messages").wants(t, http.StatusOK, "Your messages", "··· 0147", "visit-7")
	if got := own.get("/messages"); strings.Contains(got.text, string(theirs.ID)) || strings.Contains(got.text, "0199") {
		t.Error("a sender sees another's message in the list")
	}
	for _, p := range []string{"", "/wipe"} {
		own.get(path("/messages/", theirs.ID, p)).wants(t, http.StatusNotFound)
	}
	for _, act := range []string{"/wipe", "/take", "/release", "/resend"} {
		own.post(path("/messages/", theirs.ID, act)).wants(t, http.StatusNotFound)
	}
	admin.get("/messages").wants(t, http.StatusOK, "··· 0147", "··· 0199", "Laboratory")
	admin.get(path("/messages/", theirs.ID)).wants(t, http.StatusOK, "Waiting to be texted")
	for _, b := range []*browser{own, admin} {
		for _, p := range []string{"/messages", path("/messages/", o.own.message.ID), "/compose"} {
			if got := b.get(p); strings.Contains(got.text, "A secret of the patient") || strings.Contains(got.text, "Your results") || strings.Contains(got.text, "5550147") {
				t.Errorf("%s shows content or a whole number", p)
			}
		}
	}
}

func TestSomebodyWhoseAddressSendsNothing(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.another)
	b.get("/messages").wants(t, http.StatusOK, "Nobody sends messages from your address yet")
	b.get("/compose").wants(t, http.StatusOK, "Nobody sends messages from your address yet")
	b.post("/compose", "to", number, "subject", "x", "text", "x", "act", "send").wants(t, http.StatusForbidden)
	b.get(path("/messages/", o.own.message.ID)).wants(t, http.StatusNotFound)
	namesake := o.hire(o.other, "lab@lakeside.example", "Lab", store.RoleSender)
	o.as(namesake).get("/compose").wants(t, http.StatusOK, "Nobody sends messages from your address yet")
}

func TestMessagesAreFound(t *testing.T) {
	o := newOffice(t)
	o.later(48 * time.Hour)
	waits := o.write(o.own, "+12015550199", "lab-9")
	b := o.as(o.own.rules)
	for query, want := range map[string][]bool{ // the delivered one, the one that waits
		"": {true, true}, "?status=unlocked": {true, false}, "?status=accepted": {false, true}, "?status=read": {false, false}, "?days=1": {false, true},
		"?days=7": {true, true}, "?status=calls": {true, false}, "?status=replies": {true, false},
		"?status=unread": {true, true}, "?status=lost": {false, false}, "?status=nonsense": {true, true},
		"?recipient=" + string(waits.To.ID): {false, true}, "?recipient=rcp_none": {false, false},
	} {
		got := b.get("/messages"+query).wants(t, http.StatusOK)
		for i, id := range []store.MessageID{o.own.message.ID, waits.ID} {
			if there := strings.Contains(got.text, string(id)); there != want[i] {
				t.Errorf("/messages%s: message %d is there: %v, want %v", query, i, there, want[i])
			}
		}
	}
	to := b.post("/messages/find", "number", "201 555 0199").Header.Get("Location")
	if to != "/messages?recipient="+string(waits.To.ID) || strings.Contains(to, "0199") {
		t.Errorf("a number leads to %q", to)
	}
	for reference, there := range map[string]bool{"lab-9": true, "lab": false} {
		got := b.post("/messages/find", "reference", reference).wants(t, http.StatusOK, "Of that reference")
		if strings.Contains(got.text, string(waits.ID)) != there || strings.Contains(got.text, string(o.own.message.ID)) {
			t.Errorf("reference %s: got other messages than its own", reference)
		}
	}
	b.post("/messages/find", "number", "12").wants(t, http.StatusUnprocessableEntity, "That is no phone number")
}

func TestTheListGoesOn(t *testing.T) {
	o := newOffice(t)
	for range 120 {
		o.later(time.Second)
		o.write(o.own, number, "")
	}
	b := o.as(o.own.sends)
	for _, query := range []string{"/messages", "/messages?status=accepted"} {
		seen, pages := map[string]bool{}, 0
		for at := query; at != ""; pages++ {
			got := b.get(at).wants(t, http.StatusOK)
			for _, part := range strings.Split(got.text, `href="/messages/`)[1:] {
				id, _, _ := strings.Cut(part, `"`)
				if seen[id] {
					t.Fatalf("%s shows %s twice", query, id)
				}
				seen[id] = true
			}
			_, older, _ := strings.Cut(got.text, `<a class="button quiet" href="`)
			at, _, _ = strings.Cut(strings.ReplaceAll(older, "&amp;", "&"), `"`)
			if older == "" {
				at = ""
			}
		}
		if want := 121 - strings.Count(query, "accepted"); len(seen) != want || pages != 3 {
			t.Errorf("%s: %d messages on %d pages, want %d on 3", query, len(seen), pages, want)
		}
	}
}

func TestASuspendedSenderTakesBackAndNothingElse(t *testing.T) {
	o := newOffice(t)
	b, id := o.as(o.own.sends), o.own.message.ID
	must(t, "SuspendSender", o.store.SuspendSender(t.Context(), o.own.ID, o.own.sender.ID, true, operator, o.clock()))
	for _, act := range []string{"/resend", "/take", "/release"} {
		b.post(path("/messages/", id, act)).wants(t, http.StatusForbidden, "You may not send at present")
	}
	if got := len(o.events(o.own, store.Resent)) + len(o.events(o.own, store.Taken)) + len(o.events(o.own, store.Released)); got != 0 {
		t.Errorf("%d events of what may not be", got)
	}
	o.as(o.own.rules).post(path("/messages/", id, "/resend")).goesTo(t, path("/messages/", id, "?done=resend"))
	b.post(path("/messages/", id, "/wipe")).goesTo(t, path("/messages/", id, "?done=wipe"))
}

func TestASendersDay(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.sends)
	p := b.get("/compose").wants(t, http.StatusOK, "Dr. Ana Reyes")
	fields := []string{"once", p.field("once"), "to", "x", "subject", "Your results", "text", "All is well.", "reference", "visit-8", "lang", "es"}
	got := b.post("/compose", append(fields, "act", "preview")...).wants(t, http.StatusUnprocessableEntity, "Not a phone number: it has letters in it.", "Something else.")
	if got.field("subject") != "Your results" || !strings.Contains(got.text, ">All is well.</textarea>") || got.field("reference") != "visit-8" {
		t.Error("what was written is lost")
	}
	fields[3] = "+12015550123"
	b.post("/compose", append(fields, "act", "preview")...).wants(t, http.StatusOK, "The text that goes to the phone", "Lakeside: tiene un mensaje seguro.")
	if got := len(o.events(o.own, store.Accepted)); got != 1 {
		t.Fatalf("looking at it first stored it")
	}
	to := b.post("/compose", append(fields, "act", "send")...).Header.Get("Location")
	if !strings.HasPrefix(to, "/messages/msg_") || !strings.HasSuffix(to, "?done=sent") || o.nudge == 0 {
		t.Fatalf("sent to %q, the courier told %d times", to, o.nudge)
	}
	id := store.MessageID(strings.TrimSuffix(strings.TrimPrefix(to, "/messages/"), "?done=sent"))
	o.wantBy(o.own.sends, store.Accepted)
	b.get(to).wants(t, http.StatusOK, "Your message is stored", "Waiting to be texted", "··· 0123")

	b.post(path("/messages/", id, "/take")).goesTo(t, path("/messages/", id, "?done=take"))
	o.wantBy(o.own.sends, store.Taken)
	b.post(path("/messages/", id, "/take")).goesTo(t, path("/messages/", id, "?done=settled"))
	b.post(path("/messages/", id, "/release")).goesTo(t, path("/messages/", id, "?done=notheld"))
	b.post(path("/messages/", id, "/resend")).goesTo(t, path("/messages/", id, "?done=waits"))
	b.post(path("/messages/", id, "/wipe")).goesTo(t, path("/messages/", id, "?done=wipe"))
	o.wantBy(o.own.sends, store.Wiped)
	b.get(path("/messages/", id, "?done=wipe")).wants(t, http.StatusOK, "Nobody can read it any more")
	b.post(path("/messages/", id, "/wipe")).goesTo(t, path("/messages/", id, "?done=wiped"))

	first := o.own.message.ID
	b.post(path("/messages/", first, "/resend")).goesTo(t, path("/messages/", first, "?done=resend"))
	o.wantBy(o.own.sends, store.Resent)
	b.post(path("/messages/", first, "/resend")).goesTo(t, path("/messages/", first, "?done=again"))
	must(t, "NotMine", o.store.NotMine(t.Context(), o.own.link.Hash(), store.Actor{Kind: store.ByVisitor}, o.clock()))
	b.post(path("/messages/", first, "/release")).goesTo(t, path("/messages/", first, "?done=release"))
	o.wantBy(o.own.sends, store.Released)
}
