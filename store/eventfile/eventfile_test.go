package eventfile_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/eventfile"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)

const staff, sender = "stf_06eawtv600000000000000000a", "snd_06eawtv600000000000000000b"

var some = []store.Event{
	{Seq: 1, Org: "org_a", Message: "msg_1", Recipient: "rcp_1", Kind: store.Accepted, By: store.Actor{Kind: store.BySender, ID: sender}, Detail: "smtp", At: at},
	{Seq: 2, Org: "org_a", Message: "msg_1", Recipient: "rcp_1", Kind: store.Read, By: store.Actor{Kind: store.ByRecipient, ID: "rcp_1", Addr: netip.MustParseAddr("2001:db8::1")}, At: at},
	{Seq: 3, Org: "org_a", Kind: store.StaffSignInFailed, By: store.Actor{Kind: store.ByVisitor, Addr: netip.MustParseAddr("203.0.113.5")}, Detail: staff, At: at},
	{Seq: 4, Org: "org_a", Message: "msg_1", Recipient: "rcp_1", Kind: store.Failed, By: store.Actor{Kind: store.BySystem, ID: "courier"}, Detail: "landline", At: at},
	{Seq: 5, Org: "org_a", Kind: store.Exported, By: store.Actor{Kind: store.ByOperator, ID: "=1+1"}, Detail: "csv", At: at},
	{Seq: 6, Org: "org_a", Kind: store.SenderAdded, By: store.Actor{Kind: store.ByStaff, ID: staff}, Detail: sender, At: at},
	{Seq: 7, Org: "org_a", Message: "msg_1", Recipient: "rcp_1", Kind: store.Wiped, By: store.Actor{Kind: store.ByStaff, ID: staff}, At: at},
	{Seq: 8, Org: "org_a", Message: "msg_1", Recipient: "rcp_1", Kind: store.HoldPlaced, By: store.Actor{Kind: store.ByStaff, ID: staff}, Detail: "hld_1 26-CV-1", At: at},
	{Seq: 9, Kind: store.Removed, By: store.Actor{Kind: store.BySystem, ID: "retention"}, Detail: "0-9", At: at},
}

// written is what a format makes of events.
func written(t *testing.T, format string, events ...store.Event) string {
	t.Helper()
	var out bytes.Buffer
	w := eventfile.Formats[format].Open(&out)
	for _, e := range events {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestJSONLinesAndCSVSayTheSame(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, "csv", some...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(written(t, "jsonl", some...)), "\n")
	if len(rows) != len(some)+1 || len(lines) != len(some) {
		t.Fatalf("%d rows, %d lines, want %d events", len(rows), len(lines), len(some))
	}
	for i, line := range lines {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		for n, name := range rows[0] {
			said, _ := fields[name].(string)
			cell := strings.TrimPrefix(rows[i+1][n], "'")
			if name != "seq" && cell != said {
				t.Errorf("event %d, %s: CSV %q, JSON %q", i+1, name, cell, said)
			}
		}
		if len(fields) > len(rows[0]) {
			t.Errorf("JSON has fields that CSV has not: %s", line)
		}
	}
	if rows[5][7] != "'=1+1" {
		t.Errorf("a spreadsheet would take %q for a formula", rows[5][7])
	}
}

// What R4 requires of an AuditEvent (hl7.org/fhir/R4/auditevent.html): type 1..1,
// recorded 1..1, agent 1..* with requestor 1..1, source 1..1 with observer 1..1.
// action and outcome are bound to these codes as "required", the network's type too.
var (
	actions      = []string{"C", "R", "U", "D", "E"}                  // audit-event-action
	outcomes     = []string{"0", "4", "8", "12"}                      // audit-event-outcome
	networkTypes = []string{"1", "2", "3", "4", "5"}                  // network-type
	eventTypes   = regexp.MustCompile(`^1101(0[0-9]|1[0-4])$`)        // DICOM's in audit-event-type
	subtypes     = regexp.MustCompile(`^1101(2[0-9]|3[0-9]|4[0-2])$`) // DICOM's in audit-event-sub-type
	ids          = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
	instants     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
	uris         = regexp.MustCompile(`^(https?://|urn:[a-z]+:)\S+$`)
)

const dicom = "http://dicom.nema.org/resources/ontology/DCM"

type coding struct{ System, Code, Display string }

type reference struct {
	Reference  string
	Identifier *struct{ System, Value string }
}

type auditEvent struct {
	ResourceType, ID, Action, Recorded, Outcome, OutcomeDesc string
	Type                                                     coding
	Subtype                                                  []coding
	Agent                                                    []struct {
		Type      *struct{ Coding []coding }
		Who       *reference
		Requestor *bool
		Network   *struct{ Address, Type string }
	}
	Source struct {
		Site     string
		Observer *reference
		Type     []coding
	}
	Entity []struct {
		What   *reference
		Type   coding
		Role   *coding
		Detail []struct{ Type, ValueString string }
	}
}

func read(t *testing.T, line string) (a auditEvent) {
	t.Helper()
	in := json.NewDecoder(strings.NewReader(line))
	in.DisallowUnknownFields() // what R4 has not, we do not write
	if err := in.Decode(&a); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return a
}

func TestFHIRIsAnAuditEventOfR4(t *testing.T) {
	var events []store.Event
	for _, k := range eventfile.Kinds() {
		events = append(events, store.Event{Seq: int64(len(events) + 1), Org: "org_a", Kind: k, By: store.Actor{Kind: store.BySystem}, At: at})
	}
	for i, line := range strings.Split(strings.TrimSpace(written(t, "fhir", append(events, some...)...)), "\n") {
		a := read(t, line)
		switch {
		case a.ResourceType != "AuditEvent" || !ids.MatchString(a.ID):
			t.Errorf("line %d: resource %q, id %q", i, a.ResourceType, a.ID)
		case a.Type.System != dicom || !eventTypes.MatchString(a.Type.Code) || a.Type.Display == "":
			t.Errorf("line %d: type %+v", i, a.Type)
		case !slices.Contains(actions, a.Action) || !slices.Contains(outcomes, a.Outcome) || !instants.MatchString(a.Recorded):
			t.Errorf("line %d: action %q, outcome %q, recorded %q", i, a.Action, a.Outcome, a.Recorded)
		case len(a.Agent) == 0 || a.Agent[0].Requestor == nil || a.Source.Observer == nil || a.Source.Observer.Identifier == nil || a.Source.Observer.Identifier.Value == "":
			t.Errorf("line %d: agent or source is not as R4 wants it: %s", i, line)
		case len(a.Entity) == 0:
			t.Errorf("line %d: about nothing", i)
		}
		for _, s := range a.Subtype {
			if !uris.MatchString(s.System) || s.Code == "" || s.System == dicom && !subtypes.MatchString(s.Code) {
				t.Errorf("line %d: subtype %+v", i, s)
			}
		}
		for _, g := range a.Agent {
			if n := g.Network; n != nil && (!slices.Contains(networkTypes, n.Type) || n.Address == "") {
				t.Errorf("line %d: network %+v", i, n)
			}
		}
		for _, e := range a.Entity {
			if e.What == nil || e.What.Identifier == nil || !uris.MatchString(e.What.Identifier.System) || e.What.Identifier.Value == "" || e.Type.Code == "" {
				t.Errorf("line %d: entity %+v", i, e)
			}
			for _, d := range e.Detail {
				if d.Type == "" || d.ValueString == "" {
					t.Errorf("line %d: detail %+v", i, d)
				}
			}
		}
	}
}

func TestFHIRSaysWhatHappened(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(written(t, "fhir", some...)), "\n")
	for i, want := range []struct{ action, what, more, outcome, entities string }{
		{"C", "110110", "", "0", "message recipient"}, {"R", "110110", "", "0", "message recipient"}, {"E", "110114", "110122", "4", "staff"},
		{"E", "110100", "", "8", "message recipient"}, {"R", "110101", "", "0", "org"}, {"C", "110113", "110137", "0", "sender"}, {"D", "110110", "", "0", "message recipient"},
		{"U", "110113", "110135", "0", "message recipient"}, {"D", "110101", "", "0", "service"},
	} {
		a := read(t, lines[i])
		more := ""
		if a.Subtype[0].System == dicom {
			more = a.Subtype[0].Code
		}
		var about []string
		for _, e := range a.Entity {
			about = append(about, strings.TrimPrefix(e.What.Identifier.System, "urn:securetext:"))
		}
		last := a.Subtype[len(a.Subtype)-1]
		if a.Action != want.action || a.Type.Code != want.what || more != want.more || a.Outcome != want.outcome ||
			strings.Join(about, " ") != want.entities || last.Code != string(some[i].Kind) {
			t.Errorf("%s: got %+v, want %+v", some[i].Kind, a, want)
		}
	}
	readBy := read(t, lines[1]).Agent[0]
	if !*readBy.Requestor || readBy.Network.Address != "2001:db8::1" || readBy.Network.Type != "2" || readBy.Who.Identifier.Value != "rcp_1" {
		t.Errorf("who read: %+v", readBy)
	}
	if by := read(t, lines[3]); *by.Agent[0].Requestor || by.OutcomeDesc != "landline" {
		t.Errorf("the service asked for nothing, and says why it failed: %+v", by)
	}
}

// ledger is a log with so many events.
type ledger struct {
	store.Log
	n     int64
	reads int
	most  int
}

func (l *ledger) Events(_ context.Context, f store.EventFilter) (list []store.Event, err error) {
	l.reads++
	l.most = max(l.most, f.Limit)
	for seq := f.After + 1; seq <= l.n && len(list) < f.Limit; seq++ {
		list = append(list, store.Event{Seq: seq, At: at})
	}
	return list, nil
}

func TestCopyHoldsNoMoreThanAPage(t *testing.T) {
	for _, c := range []struct{ events, limit, want, reads int }{{2500, 0, 2500, 3}, {2000, 0, 2000, 3}, {2500, 1500, 1500, 2}, {10, 3, 3, 1}, {0, 0, 0, 1}} {
		log := &ledger{n: int64(c.events)}
		var out bytes.Buffer
		if err := eventfile.Copy(t.Context(), log, store.EventFilter{Limit: c.limit}, eventfile.Formats["jsonl"].Open(&out)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "\n"); got != c.want || log.reads != c.reads || log.most > 1000 {
			t.Errorf("%+v: wrote %d in %d reads of %d at most", c, got, log.reads, log.most)
		}
	}
}
