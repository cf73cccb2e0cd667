package console_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// looked is a reading of the office's message.
func (o *office) looked(times int) {
	o.Helper()
	for range times {
		v := o.own.patient
		must(o, "Read", o.store.Read(o.Context(), o.own.message.ID, v, o.clock()))
	}
}

func TestAnAuditorSeesTheHistoryOfOnePersonOrSender(t *testing.T) {
	o := newOffice(t)
	must(t, "SuspendStaff", o.store.SuspendStaff(t.Context(), o.own.ID, o.own.another.ID, true, store.Actor{Kind: store.ByStaff, ID: string(o.own.rules.ID)}, o.clock()))
	b := o.as(o.own.audits)
	for person, want := range map[string]struct{ has, lacks string }{
		string(o.own.another.ID): {"Person suspended", "Accepted"}, string(o.own.rules.ID): {"Tom Lee", "Accepted <"},
		string(o.own.sender.ID): {"Accepted", "Person suspended"}, string(o.other.sends.ID): {"No event is like that", "Person added"},
	} {
		got := b.get("/events?person="+person).wants(t, http.StatusOK, want.has)
		if list := got.text[strings.LastIndex(got.text, "<section"):]; strings.Contains(list, want.lacks) {
			t.Errorf("%s: has %q", person, want.lacks)
		}
	}
	b.get("/events?person=%2B12145550100").wants(t, http.StatusUnprocessableEntity, "That is no id")
	got := b.post("/events/export", "format", "fhir", "person", string(o.own.another.ID)).wants(t, http.StatusOK)
	if e := o.wantBy(o.own.audits, store.Exported); e.Detail != "fhir person="+string(o.own.another.ID) {
		t.Errorf("event: got %+v", e)
	}
	var last struct{ ResourceType, Action string }
	lines := strings.Split(strings.TrimSpace(got.text), "\n")
	must(t, "read FHIR", json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	if len(lines) != 3 || last.ResourceType != "AuditEvent" || last.Action != "U" || got.Header.Get("Content-Type") != "application/fhir+ndjson" {
		t.Errorf("got %d lines of %s, the last %+v", len(lines), got.Header.Get("Content-Type"), last)
	}
}

// Of one patient: what was shown to whom, and nothing of anybody else's.
func TestS33AnAccountingOfDisclosures(t *testing.T) {
	o := newOffice(t)
	o.looked(2)
	o.later(24 * time.Hour)
	b := o.as(o.own.audits)
	b.get("/accounting?recipient="+string(o.own.patient.Recipient)).wants(t, http.StatusOK, "Make the report")
	b.get("/accounting?recipient=%2B12145550100").wants(t, http.StatusBadRequest)
	form := []string{"number", "(201) 555-0147", "from", "2026-11-23", "to", "2026-11-24"}
	got := b.post("/accounting", form...).wants(t, http.StatusOK, "2 in all", "The patient", "The message, "+string(o.own.message.ID), "164.528(a)(1)(ii)", "by Omar Haddad")
	if strings.Contains(got.text, "5550147") || strings.Contains(got.text, "A secret of") {
		t.Error("the report has a number or content")
	}
	if e := o.wantBy(o.own.audits, store.Exported); e.Detail != "accounting from=2026-11-23&recipient="+string(o.own.patient.Recipient)+"&to=2026-11-24" {
		t.Errorf("event: got %q, want one of ids and days alone", e.Detail)
	}
	file := b.post("/accounting", append(form, "format", "csv")...).wants(t, http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(file.text)).ReadAll()
	must(t, "read CSV", err)
	if len(rows) != 3 || rows[1][1] != "The patient" || rows[1][6] != string(o.own.message.ID) || rows[2][0] != "2026-11-23T12:00:00Z" {
		t.Errorf("got %v", rows)
	}
	b.post("/accounting", "number", "(201) 555-0147", "from", "2026-11-24").wants(t, http.StatusOK, "Nothing was shown to anybody")
	b.post("/accounting", "number", "x").wants(t, http.StatusUnprocessableEntity, "That is no phone number")
	b.post("/accounting", "number", "(201) 555-0199").wants(t, http.StatusNotFound)
	b.post("/accounting").wants(t, http.StatusBadRequest)
	before := len(o.events(o.own, store.Exported))
	b.post("/accounting", "recipient", string(o.own.patient.Recipient), "from", "yesterday").wants(t, http.StatusBadRequest)
	if len(o.events(o.own, store.Exported)) != before {
		t.Error("what was refused is on record as done")
	}
}

func TestS33AlertsAreTakenNoteOfOnRecord(t *testing.T) {
	o := newOffice(t)
	admin, auditor := o.as(o.own.rules), o.as(o.own.audits)
	admin.get("/alerts").wants(t, http.StatusOK, "Many wrong passwords or codes", "Tom Lee", "21", "From what on")
	auditor.get("/alerts").wants(t, http.StatusOK, "Many wrong passwords or codes", "Tom Lee")
	auditor.post(path("/alerts/", o.own.alert, "/seen")).goesTo(t, "/alerts?done=seen")
	if e := o.wantBy(o.own.audits, store.AlertSeen); e.Detail != string(o.own.alert) {
		t.Errorf("event: got %+v", e)
	}
	admin.post(path("/alerts/", o.own.alert, "/seen")).goesTo(t, "/alerts?done=seenby")
	admin.get("/alerts").wants(t, http.StatusOK, "There is none that nobody took note of")
	admin.get("/alerts?all=yes").wants(t, http.StatusOK, "Omar Haddad took note")
	for range 60 {
		_, err := o.alarm(o.own, store.NewPlace, string(store.NewStaffID(o.clock())))
		must(t, "alarm", err)
		o.later(24 * time.Hour)
	}
	got := o.as(o.own.rules).get("/alerts").wants(t, http.StatusOK, "Older ones")
	_, older, _ := strings.Cut(got.text, `href="/alerts?before=`)
	older, _, _ = strings.Cut(older, `"`)
	if rest := o.as(o.own.rules).get("/alerts?before=" + older); strings.Count(got.text, "new place")+strings.Count(rest.text, "new place") != 60 {
		t.Error("the pages do not show each alert once")
	}
}

func TestS32AnAdminSetsFromWhatOnTheOrgIsAlerted(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	b.get("/alerts/rules").wants(t, http.StatusOK, "Sign-ins of staff from a new place")
	form := []string{"volume", "50", "factor", "3", "refusals", "10", "reading", "0", "wipes", "5", "mail", "privacy@lakeside.example", "places", "yes"}
	b.post("/alerts/rules", form...).goesTo(t, "/alerts?done=rules")
	want := store.AlertRules{Mail: "privacy@lakeside.example", Volume: 50, Factor: 3, Refusals: 10, Wipes: 5, Places: true}
	if got, err := o.store.AlertRules(t.Context(), o.own.ID); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if e := o.wantBy(o.own.rules, store.AlertRulesSet); strings.Contains(e.Detail, "privacy") {
		t.Errorf("the event has the address: %+v", e)
	}
	for field, value := range map[string]string{"volume": "many", "wipes": "-1", "factor": "99999999", "mail": "not an address"} {
		wrong := append([]string{field, value}, form...)
		b.post("/alerts/rules", wrong...).wants(t, http.StatusUnprocessableEntity)
	}
	if n := len(o.events(o.own, store.AlertRulesSet)); n != 1 {
		t.Errorf("set %d times, want once", n)
	}
}

func TestTheDashboardShowsWhatWasCounted(t *testing.T) {
	o := newOffice(t)
	o.count30()
	got := o.as(o.own.rules).get("/dashboard").wants(t, http.StatusOK,
		"Nov 23, 2026 8 6 3 1", "Nov 22, 2026 80 60 30 1", "9 in 10 read in", "it is a landline")
	for _, shape := range []string{`<rect class="accepted"`, `<rect class="read"`, `<circle class="median"`, `role="img"`} {
		if !strings.Contains(got.text, shape) {
			t.Errorf("the page lacks %s", shape)
		}
	}
	if strings.Contains(got.text, "<script>") || strings.Contains(got.text, "Oct 24") {
		t.Error("the page draws by script, or shows a day too many")
	}
	o.as(o.other.rules).get("/dashboard").wants(t, http.StatusOK, "Nov 23, 2026 0 0 0 0 – –")
}

// An org that moves to other clocks keeps its days.
func TestTheDashboardsDaysOutliveAChangeOfZone(t *testing.T) {
	o := newOffice(t)
	o.count30()
	for _, zone := range []string{"America/Los_Angeles", "America/New_York"} {
		moved, err := o.store.Org(t.Context(), o.own.ID)
		must(t, "Org", err)
		moved.Policy.TimeZone = zone
		must(t, "SetOrg", o.store.SetOrg(t.Context(), store.OrgChange{Org: moved, By: operator, At: o.clock()}))
		o.later(time.Minute)
		o.as(o.own.rules).get("/dashboard").wants(t, http.StatusOK, "Nov 23, 2026 8 6 3 1", "Nov 22, 2026 80 60 30 1")
	}
}

// count30 has things counted, as the lookout does.
func (o *office) count30() {
	o.Helper()
	ctx := o.Context()
	from, err := o.store.LookedAt(ctx)
	must(o, "LookedAt", err)
	obs := store.Observation{From: from, To: from + 1}
	zone, err := time.LoadLocation("America/Chicago")
	must(o, "LoadLocation", err)
	for back := range int64(40) {
		day := time.Date(2026, 11, 23-int(back), 0, 0, 0, 0, zone).UTC()
		add := func(what store.Measure, subject string, n int64) {
			obs.Tallies = append(obs.Tallies, store.Tally{TallyKey: store.TallyKey{Org: o.own.ID, Measure: what, Subject: subject, Span: day}, N: n})
		}
		scale := []int64{8, 80, 45, 20, 61}[back%5]
		add(store.TallyAccepted, "", scale)
		add(store.TallyDelivered, "", scale*3/4)
		add(store.TallyRead, "", scale*3/8)
		add(store.TallyFailed, []string{"landline", "unknown"}[back%2], 1)
		for i := range scale * 3 / 8 {
			add(store.TallyReadAfter, store.StepOf(time.Duration(1+i*i)*time.Minute*time.Duration(1+back%3)).Subject(), 1)
		}
	}
	_, err = o.store.Observe(ctx, obs, o.clock())
	must(o, "Observe", err)
}
