package console_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/web/console"
)

func TestAnAuditorReadsEvents(t *testing.T) {
	o := newOffice(t)
	o.later(24 * time.Hour)
	must(t, "Wipe", o.store.Wipe(t.Context(), o.own.ID, o.own.message.ID, store.Actor{Kind: store.ByStaff, ID: string(o.own.rules.ID)}, o.clock()))
	b := o.as(o.own.audits)
	all := b.get("/events").wants(t, http.StatusOK, "Wiped", "Rosa Diaz", "Accepted", "Dr. Ana Reyes", "Operator ana")
	if strings.Contains(all.text, "A secret of") || strings.Contains(all.text, "5550147") || strings.Contains(all.text, string(o.other.ID)) {
		t.Error("the page shows content, a number or another org")
	}
	if first, second := strings.Index(all.text, "Wiped</span>"), strings.Index(all.text, "Accepted <code>"); first < 0 || first > second {
		t.Errorf("the newest does not stand first")
	}
	for query, want := range map[string]struct{ has, lacks string }{
		"kind=wiped": {"Rosa Diaz", "First password set</span>"}, "message=" + string(o.own.message.ID): {"Text delivered", "Organisation added</span>"},
		"from=2026-11-24": {"Rosa Diaz", "First password set</span>"}, "to=2026-11-23": {"First password set</span>", "Wiped</span>"},
		"recipient=" + string(o.own.patient.Recipient): {"First password set</span>", "Organisation added</span>"},
		"message=" + string(o.other.message.ID):        {"No event is like that", "Accepted</span>"},
	} {
		got := b.get("/events?"+query).wants(t, http.StatusOK)
		list := got.text[strings.LastIndex(got.text, `<section`):]
		if !strings.Contains(list, strings.TrimSuffix(want.has, "</span>")) || strings.Contains(list, strings.TrimSuffix(want.lacks, "</span>")) {
			t.Errorf("%s: want %q and not %q:\n%s", query, want.has, want.lacks, got.plain())
		}
	}
	b.post("/events/find", "number", "(201) 555-0147").goesTo(t, "/events?recipient="+string(o.own.patient.Recipient))
	b.get("/events?message=%2B12145550100").wants(t, http.StatusUnprocessableEntity, "That is no id")
	b.get("/events?from=yesterday").wants(t, http.StatusBadRequest)
	b.post("/events/find", "number", "x").wants(t, http.StatusUnprocessableEntity, "That is no phone number")
}

func TestEventsGoOn(t *testing.T) {
	o := newOffice(t)
	for range 250 {
		must(t, "Record", o.store.Record(t.Context(), store.Event{Org: o.own.ID, Kind: store.Exported, By: operator, At: o.clock()}))
	}
	b, pages, rows := o.as(o.own.audits), 0, 0
	for at := "/events?kind=exported"; at != ""; pages++ {
		got := b.get(at).wants(t, http.StatusOK)
		rows += strings.Count(got.text, "Exported</span>") + strings.Count(got.text, `Exported <code>`)
		_, older, found := strings.Cut(got.text, `<p><a class="button quiet" href="`)
		at, _, _ = strings.Cut(strings.ReplaceAll(older, "&amp;", "&"), `"`)
		if !found {
			at = ""
		}
	}
	if pages != 3 || rows != 250 {
		t.Errorf("%d events on %d pages, want 250 on 3", rows, pages)
	}
}

// What is typed in the wrong place stands on no record.
func TestS33AnExportIsOfIDsAndDaysAlone(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.audits)
	for _, field := range []string{"message", "recipient", "from", "to"} {
		b.post("/events/export", "format", "csv", field, "+12145550100").wants(t, http.StatusBadRequest)
	}
	if got := o.events(o.own, store.Exported); len(got) != 0 {
		t.Errorf("on record: %+v", got)
	}
}

func TestS33ExportsAreWholeAndOnRecord(t *testing.T) {
	o := newOffice(t)
	for i := range 1100 {
		must(t, "Record", o.store.Record(t.Context(), store.Event{
			Org: o.own.ID, Kind: store.Exported, By: store.Actor{Kind: store.ByOperator, ID: "=1+1"}, Detail: strconv.Itoa(i), At: o.clock(),
		}))
	}
	b := o.as(o.own.audits)
	want, err := o.store.Events(t.Context(), store.EventFilter{Org: o.own.ID, Limit: 10_000})
	must(t, "Events", err)

	got := b.post("/events/export", "format", "csv").wants(t, http.StatusOK)
	if e := o.wantBy(o.own.audits, store.Exported); e.Detail != "csv" {
		t.Errorf("event: got %+v", e)
	}
	rows, err := csv.NewReader(strings.NewReader(got.text)).ReadAll()
	must(t, "read CSV", err)
	if len(rows) != len(want)+2 { // the header, and the export itself
		t.Fatalf("got %d lines, want %d", len(rows), len(want)+2)
	}
	for i, e := range want {
		if rows[i+1][0] != fmt.Sprint(e.Seq) || rows[i+1][2] != string(e.Kind) || rows[i+1][9] != e.Detail {
			t.Fatalf("line %d: got %v, want %+v", i+1, rows[i+1], e)
		}
		if strings.HasPrefix(rows[i+1][7], "=") {
			t.Fatal("a spreadsheet would take a value for a formula")
		}
	}
	if d := got.Header.Get("Content-Disposition"); d != `attachment; filename="events-20261123-120000.csv"` {
		t.Errorf("Content-Disposition is %q", d)
	}

	got = b.post("/events/export", "format", "jsonl", "kind", "accepted", "message", string(o.own.message.ID)).wants(t, http.StatusOK)
	if e := o.wantBy(o.own.audits, store.Exported); e.Detail != "jsonl kind=accepted&message="+string(o.own.message.ID) {
		t.Errorf("event: got %+v", e)
	}
	var line struct {
		Kind    store.Kind      `json:"kind"`
		Message store.MessageID `json:"message"`
	}
	must(t, "read JSON lines", json.Unmarshal([]byte(got.text), &line))
	if line.Kind != store.Accepted || line.Message != o.own.message.ID {
		t.Errorf("got %s", got.text)
	}
	b.post("/events/export", "format", "pdf").wants(t, http.StatusBadRequest)
	if text := b.post("/events/export", "format", "jsonl").text; strings.Contains(text, "A secret of") || strings.Contains(text, "5550147") ||
		strings.Contains(text, string(o.other.message.ID)) {
		t.Error("the export has content, a number or another org's events")
	}
}

// A kind that has no words would be shown as its code.
func TestEveryKindOfEventHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../store/event.go", nil, 0)
	must(t, "parse", err)
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Kind" {
			value, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if n++; console.Kinds()[store.Kind(value)] == "" {
				t.Errorf("%s has no words", spec.Names[0].Name)
			}
		}
		return true
	})
	if n < 50 || n != len(console.Kinds()) {
		t.Errorf("found %d kinds, and words for %d", n, len(console.Kinds()))
	}
}
