package console_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"securetext/pickup/session"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
)

// signedIn is a session of the org's patient.
func (o *office) signedIn(g org, label string) session.Key {
	o.Helper()
	id, now := session.NewID(), o.clock()
	must(o, "Save", o.patients.Save(o.Context(), id.Key(), session.Session{
		Org: string(g.ID), Recipient: string(g.patient.Recipient), Epoch: g.patient.Epoch, Label: label, Created: now, Seen: now,
	}, now))
	return id.Key()
}

func TestAnAdminHelpsAPatient(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	at := path("/recipients/", o.own.patient.Recipient)
	b.post("/recipients/find", "number", "(201) 555-0147").goesTo(t, at)
	b.post("/recipients/find", "number", "(201) 555-0199").wants(t, http.StatusNotFound, "Nobody wrote to that number yet")
	b.post("/recipients/find", "number", "none").wants(t, http.StatusUnprocessableEntity, "That is no phone number")
	b.get(at).wants(t, http.StatusOK, "Patient ··· 0147", "Nowhere at the moment", "Go out", "Set")

	one, two := o.signedIn(o.own, "Chrome on Android"), o.signedIn(o.own, "Safari on iPhone")
	neighbours := o.signedIn(o.other, "Theirs")
	b.get(at).wants(t, http.StatusOK, "Chrome on Android", "Safari on iPhone")
	must(t, "KeepDraft", o.store.KeepDraft(t.Context(), store.Draft{
		ID: store.NewDraftID(o.clock()), Message: o.own.message.ID, Nonce: "n", Key: seal.DataKey{Version: 1, Wrapped: seal.Ciphertext("k")},
		Content: seal.Ciphertext("c"), Until: o.clock().Add(time.Hour),
	}, o.own.patient, o.clock()))
	b.post(at+"/end", "session", string(one.Handle())).goesTo(t, at+"?done=end")
	if _, err := o.store.Draft(t.Context(), o.own.message.ID, o.own.patient, o.clock()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was not sent is still there: %v", err)
	}
	if e := o.wantBy(o.own.rules, store.SessionEnded); e.Recipient != o.own.patient.Recipient || e.Detail != string(one.Handle()) {
		t.Errorf("event: got %+v", e)
	}
	if _, err := o.patients.Find(t.Context(), one, o.clock()); err == nil {
		t.Error("the session goes on")
	}
	_, err := o.patients.Find(t.Context(), two, o.clock())
	must(t, "Find of the other", err)
	before := len(o.events(o.own, store.SessionEnded))
	b.post(at+"/end", "session", string(neighbours.Handle())).goesTo(t, at+"?done=end")
	if _, err := o.patients.Find(t.Context(), neighbours, o.clock()); err != nil || len(o.events(o.own, store.SessionEnded)) != before {
		t.Error("another org's session was ended, or is said to be")
	}

	b.post(at+"/revoke").goesTo(t, at+"?done=revoke")
	o.wantBy(o.own.rules, store.Revoked)
	if _, err := o.patients.Find(t.Context(), two, o.clock()); err == nil {
		t.Error("the session goes on")
	}
	if err := o.store.Read(t.Context(), o.own.message.ID, o.own.patient, o.clock()); err == nil {
		t.Error("the epoch was not raised")
	}
	b.get(at).wants(t, http.StatusOK, "Nowhere at the moment")
	b.post(at+"/unlock").goesTo(t, at+"?done=unlock")
	o.wantBy(o.own.rules, store.LockLifted)
	b.post(at+"/reset").goesTo(t, at+"?done=reset")
	o.wantBy(o.own.rules, store.Reset)
	b.get(at).wants(t, http.StatusOK, "None yet")
}

func TestAnAdminStopsAndAllowsTexts(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	at := path("/recipients/", o.own.patient.Recipient)
	b.post(at+"/allow").goesTo(t, at+"?done=changed")
	b.post(at+"/block").goesTo(t, at+"?done=block")
	if e := o.wantBy(o.own.rules, store.Refused); e.Detail != "blocked" {
		t.Errorf("event: got %+v", e)
	}
	b.get(at).wants(t, http.StatusOK, "Staff stopped them")
	b.post(at+"/allow").goesTo(t, at+"?done=allow")
	o.wantBy(o.own.rules, store.Allowed)

	r := store.Recipient{ID: o.own.patient.Recipient}
	must(t, "Refuse", o.store.Refuse(t.Context(), o.own.ID, r, store.OptedOut, operator, o.clock()))
	b.get(at).wants(t, http.StatusOK, "The patient asked for no more texts", "How the patient agreed")
	for _, how := range []string{"", "guessed"} {
		b.post(at+"/allow", "verified", how).goesTo(t, at+"?done=verify")
	}
	b.post(at+"/allow", "verified", "phone_call").goesTo(t, at+"?done=allow")
	if e := o.wantBy(o.own.rules, store.Allowed); e.Detail != "phone_call" {
		t.Errorf("event: got %+v", e)
	}

	unknown, err := store.IDOf(t.Context(), o.store, o.index, store.Whom{Org: o.own.ID, Number: "+12015550188"})
	if err != nil {
		t.Fatal(err)
	}
	b.post("/suppression/add", "number", "201-555-0188", "why", "blocked").goesTo(t, path("/recipients/", unknown, "?done=block"))
	b.get(path("/recipients/", unknown)).wants(t, http.StatusOK, "··· 0188", "Staff stopped them")
	b.post("/suppression/add", "number", "x", "why", "blocked").wants(t, http.StatusUnprocessableEntity)
}

func TestAnAdminSeesToPeople(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	for _, c := range []struct{ email, name, role, want string }{
		{"x", "Nina Park", "admin", "no email address"}, {"nina@lakeside.example", "", "admin", "give a name"},
		{"nina@lakeside.example", "Nina Park", "boss", "at least one role"}, {o.own.audits.Email, "Nina Park", "admin", "has that address"},
		{o.other.audits.Email, "Nina Park", "admin", "has that address"},
	} {
		if got := b.post("/people/new", "email", c.email, "name", c.name, "roles", c.role); got.StatusCode == http.StatusOK || !strings.Contains(got.plain(), c.want) {
			t.Errorf("%+v: got %d", c, got.StatusCode)
		}
	}
	p := b.post("/people/new", "email", "Nina@lakeside.example", "name", "Nina Park", "roles", "auditor").wants(t, http.StatusOK, "A link for Nina Park")
	link := regexp.MustCompile(`/setup/[0-9a-z]{26}`).FindString(p.text)
	o.wantBy(o.own.rules, store.StaffAdded)
	nina := o.browser()
	nina.post(link, "secret", nina.get(link).field("secret"), "password", longWords).wants(t, http.StatusOK)
	nina.get("/messages").wants(t, http.StatusForbidden, "Your roles do not allow this")
	who, err := o.store.StaffByEmail(t.Context(), "nina@lakeside.example")
	must(t, "StaffByEmail", err)
	at := path("/people/", who.ID)
	b.get("/people").wants(t, http.StatusOK, "Nina Park", "Rosa Diaz", "Tom Lee")

	b.post(at+"/roles", "roles", "admin", "roles", "nonsense").goesTo(t, at+"?done=roles")
	o.wantBy(o.own.rules, store.StaffRolesSet)
	nina.get("/messages").wants(t, http.StatusOK)
	nina.get("/events").wants(t, http.StatusForbidden)
	b.post(at+"/suspend").goesTo(t, at+"?done=suspend")
	o.wantBy(o.own.rules, store.StaffSuspended)
	nina.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
	nina.signIn("nina@lakeside.example", longWords, "").wants(t, http.StatusUnprocessableEntity)
	b.post(at+"/suspend").goesTo(t, at+"?done=already")
	b.post(at+"/resume").goesTo(t, at+"?done=resume")
	nina.signIn("nina@lakeside.example", longWords, "").goesTo(t, "/")
	b.post(at+"/end").goesTo(t, at+"?done=ended")
	nina.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
	nina.signIn("nina@lakeside.example", longWords, "").goesTo(t, "/")
	b.post(at+"/invite").wants(t, http.StatusOK, "A link for Nina Park", "/setup/")
	o.wantBy(o.own.rules, store.StaffInvited)
	nina.get("/messages").goesTo(t, "/signin?to=%2Fmessages")
	nina.signIn("nina@lakeside.example", longWords, "").wants(t, http.StatusUnprocessableEntity)
}

// Nobody takes their own rights away.
func TestAnAdminCannotLockThemselvesOut(t *testing.T) {
	o := newOffice(t)
	b, before := o.as(o.own.rules), o.count()
	at := path("/people/", o.own.rules.ID)
	b.get(at).wants(t, http.StatusOK, "This is you")
	for _, act := range []string{"/roles", "/suspend", "/resume", "/invite", "/end"} {
		b.post(at+act, "roles", "sender").wants(t, http.StatusConflict, "That is your own account")
	}
	if o.count() != before {
		t.Error("something was changed")
	}
	b.get("/people").wants(t, http.StatusOK)
}

func TestAnAdminSeesToSenders(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	b.post("/senders/new", "email", "x", "name", "Lab").wants(t, http.StatusUnprocessableEntity, "no email address")
	b.post("/senders/new", "email", "new@lakeside.example", "name", " ").wants(t, http.StatusUnprocessableEntity, "give a name")
	b.post("/senders/new", "email", o.other.sender.Email, "name", "Lab").wants(t, http.StatusConflict, "has that address")
	at := b.post("/senders/new", "email", "new@lakeside.example", "name", "Dr. New").Header.Get("Location")
	o.wantBy(o.own.rules, store.SenderAdded)
	b.get(at).wants(t, http.StatusOK, "Dr. New", "None.")

	shown := b.post(at+"/password", "label", "Front desk").wants(t, http.StatusOK, "not shown again", "new@lakeside.example")
	secret := regexp.MustCompile(`<p class="secret"><code>([^<]+)`).FindStringSubmatch(shown.text)[1]
	if _, err := o.store.AppPassword(t.Context(), "new@lakeside.example", store.HashSecret(secret)); err != nil {
		t.Errorf("the app password is not good: %v", err)
	}
	if got := b.get(at).wants(t, http.StatusOK, "App password: Front desk"); strings.Contains(got.text, secret) {
		t.Error("the secret is shown again")
	}
	b.post(at+"/key", "label", "Feed").wants(t, http.StatusBadRequest)
	b.post(at+"/key", "label", "Feed", "scopes", "messages:read", "scopes", "all", "days", "30").wants(t, http.StatusOK, "st_live_")
	b.get(at).wants(t, http.StatusOK, "API key", "Feed", "messages:read")
	list, err := o.store.Credentials(t.Context(), o.own.ID)
	must(t, "Credentials", err)
	var made []store.Credential
	for _, c := range list {
		if strings.HasSuffix(at, string(c.Sender)) {
			made = append(made, c)
		}
	}
	if len(made) != 2 {
		t.Fatalf("credentials: got %+v", made)
	}
	for _, c := range made {
		if c.APIKey && (len(c.Scopes) != 1 || c.Expires.Sub(o.clock()) != 30*24*time.Hour) {
			t.Errorf("the key: got %+v", c)
		}
		b.post(at+"/revoke", "credential", string(c.ID)).goesTo(t, at+"?done=credended")
		b.post(at+"/revoke", "credential", string(c.ID)).goesTo(t, at+"?done=already")
	}
	if _, err := o.store.AppPassword(t.Context(), "new@lakeside.example", store.HashSecret(secret)); err == nil {
		t.Error("the app password is still good")
	}
	b.post(at+"/revoke", "credential", string(o.other.credential)).goesTo(t, at+"?done=already")
	if _, err := o.store.AppPassword(t.Context(), o.other.sender.Email, store.HashSecret(string(o.other.credential))); err != nil {
		t.Error("another org's app password was ended")
	}
	b.post(at+"/suspend").goesTo(t, at+"?done=stopped")
	o.wantBy(o.own.rules, store.SenderSuspended)
	b.post(at+"/suspend").goesTo(t, at+"?done=already")
	b.post(at+"/resume").goesTo(t, at+"?done=resumed")
	b.get("/senders").wants(t, http.StatusOK, "Dr. New", "No app password or key", "1 app password or key")
}

// A number that people share: each has a page of their own, and a lost phone is
// lost to all of them.
func TestAnAdminHelpsAFamily(t *testing.T) {
	o := newOffice(t)
	var err error
	o.whom, err = person.Parse("M.")
	must(t, "Parse", err)
	m := o.write(o.own, number, "")
	o.whom = person.Name{}
	b := o.as(o.own.rules)
	b.get("/messages").wants(t, http.StatusOK, "··· 0147, for M.")
	own, marias := path("/recipients/", o.own.patient.Recipient), path("/recipients/", m.To.ID)
	b.get(own).wants(t, http.StatusOK, "Shared by", "··· 0147, for M.", "everybody who shares the number")
	b.get(marias).wants(t, http.StatusOK, "Patient ··· 0147, for M.", "the number itself")
	b.post(own+"/block").goesTo(t, own+"?done=block")
	b.get(marias).wants(t, http.StatusOK, "Staff stopped them")
	b.post(own+"/revoke").goesTo(t, own+"?done=revoke")
	var whose []store.RecipientID
	for _, e := range o.events(o.own, store.Revoked) {
		whose = append(whose, e.Recipient)
	}
	if len(whose) != 2 || whose[0] != o.own.patient.Recipient || whose[1] != m.To.ID {
		t.Errorf("the sessions of %v were ended, want both", whose)
	}
	b.post(marias+"/revoke").goesTo(t, marias+"?done=revoke")
	if got := len(o.events(o.own, store.Revoked)); got != 3 {
		t.Errorf("%d revocations, want 3", got)
	}
	b.post("/messages/find", "number", number).goesTo(t, "/messages?recipient="+string(o.own.patient.Recipient))
	b.get("/messages?recipient="+string(o.own.patient.Recipient)).wants(t, http.StatusOK, "for M.", "visit-7")
}
