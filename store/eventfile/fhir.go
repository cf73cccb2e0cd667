package eventfile

import (
	"io"
	"strconv"
	"strings"
	"time"

	"securetext/store"
)

// The code systems of FHIR R4 that an AuditEvent's codes are of.
const (
	dicom      = "http://dicom.nema.org/resources/ontology/DCM"
	entityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	objectRole = "http://terminology.hl7.org/CodeSystem/object-role"
	sourceType = "http://terminology.hl7.org/CodeSystem/security-source-type"
)

// ours is what ids and codes of this service are named under: "urn:securetext:message".
const ours = "urn:securetext:"

// newFHIR writes an AuditEvent a line, as FHIR's bulk data has it.
func newFHIR(w io.Writer) Writer {
	return newJSON(w, func(e store.Event) any { return auditEvent(e) })
}

type resource struct {
	ResourceType string   `json:"resourceType"`
	ID           string   `json:"id"`
	Type         coding   `json:"type"`
	Subtype      []coding `json:"subtype"`
	Action       string   `json:"action"`
	Recorded     string   `json:"recorded"`
	Outcome      string   `json:"outcome"`
	OutcomeDesc  string   `json:"outcomeDesc,omitempty"`
	Agent        []agent  `json:"agent"`
	Source       source   `json:"source"`
	Entity       []entity `json:"entity"`
}

type coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type concept struct {
	Coding []coding `json:"coding"`
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type reference struct {
	Identifier identifier `json:"identifier"`
}

type agent struct {
	Type      concept    `json:"type"`
	Who       *reference `json:"who,omitempty"`
	Requestor bool       `json:"requestor"`
	Network   *network   `json:"network,omitempty"`
}

type network struct {
	Address string `json:"address"`
	Type    string `json:"type"`
}

type source struct {
	Site     string    `json:"site,omitempty"`
	Observer reference `json:"observer"`
	Type     []coding  `json:"type"`
}

type entity struct {
	What   reference `json:"what"`
	Type   coding    `json:"type"`
	Role   *coding   `json:"role,omitempty"`
	Detail []detail  `json:"detail,omitempty"`
}

type detail struct {
	Type  string `json:"type"`
	Value string `json:"valueString"`
}

func named(what, id string) reference { return reference{identifier{ours + what, id}} }

// auditEvent is an event in FHIR's words. Its own kind stands in the last subtype.
func auditEvent(e store.Event) resource {
	m := meaningOf(e.Kind)
	r := resource{
		ResourceType: "AuditEvent", ID: "event-" + strconv.FormatInt(e.Seq, 10),
		Type: coding{dicom, m.what, displays[m.what]}, Action: m.action, Recorded: e.At.UTC().Format(time.RFC3339Nano), Outcome: m.outcome,
		Agent:  []agent{agentOf(e.By)},
		Source: source{string(e.Org), housed(e.Org), []coding{{sourceType, "4", "Application Server"}}},
		Entity: entitiesOf(e),
	}
	if m.more != "" {
		r.Subtype = append(r.Subtype, coding{dicom, m.more, displays[m.more]})
	}
	r.Subtype = append(r.Subtype, coding{System: ours + "event-kind", Code: string(e.Kind)})
	if m.outcome != success {
		r.OutcomeDesc = e.Detail
	}
	return r
}

// agentOf is who caused an event. The service itself asked for nothing.
func agentOf(by store.Actor) agent {
	a := agent{
		Type:      concept{[]coding{{System: ours + "actor-kind", Code: string(by.Kind)}}},
		Requestor: by.Kind != store.BySystem && by.Kind != store.ByCarrier,
	}
	if by.ID != "" {
		who := named(string(by.Kind), by.ID)
		a.Who = &who
	}
	if by.Addr.IsValid() {
		a.Network = &network{by.Addr.String(), "2"} // an IP address
	}
	return a
}

// entitiesOf are what an event is about: a message, a patient, by their ids; else
// the person or the sender that its detail names, or the org.
func entitiesOf(e store.Event) []entity {
	var list []entity
	if e.Message != "" {
		list = append(list, entity{
			What: named("message", string(e.Message)), Type: coding{entityType, "2", "System Object"}, Role: &coding{objectRole, "3", "Report"},
		})
	}
	if e.Recipient != "" {
		list = append(list, entity{
			What: named("recipient", string(e.Recipient)), Type: coding{entityType, "1", "Person"}, Role: &coding{objectRole, "1", "Patient"},
		})
	}
	if len(list) == 0 {
		list = append(list, aboutOf(e))
	}
	if e.Detail != "" {
		list[0].Detail = []detail{{"detail", e.Detail}}
	}
	return list
}

func aboutOf(e store.Event) entity {
	id, _, _ := strings.Cut(e.Detail, " ")
	for prefix, what := range map[string]string{"stf_": "staff", "snd_": "sender"} {
		if strings.HasPrefix(id, prefix) {
			return entity{What: named(what, id), Type: coding{entityType, "1", "Person"}, Role: &coding{objectRole, "11", "Security User Entity"}}
		}
	}
	return entity{What: housed(e.Org), Type: coding{entityType, "3", "Organization"}}
}

// housed is where an event happened: in an org, or in the service, which has no id.
func housed(id store.OrgID) reference {
	if id == "" {
		return named("service", "securetext")
	}
	return named("org", string(id))
}
