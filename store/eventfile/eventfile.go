// Package eventfile writes events as files: CSV for a spreadsheet, JSON lines for a
// program, and FHIR R4 AuditEvent for a record system.
//
// It is the one place that says what an event looks like outside of the store; the
// console and the command Line both write by it. An event has ids, codes and times,
// so a file has no more: never content, a name or a phone number. [Copy] reads the
// events page by page, and nothing is ever held whole.
package eventfile

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"securetext/store"
)

// Writer writes events in one format.
type Writer interface {
	Write(e store.Event) error
	// Flush hands on what was written so far.
	Flush() error
}

// Format is how a file is written.
type Format struct {
	MediaType string
	Ending    string // of the file's name
	Open      func(io.Writer) Writer
}

// Formats are those there are, by name.
var Formats = map[string]Format{
	"csv":   {"text/csv; charset=utf-8; header=present", "csv", newCSV},
	"jsonl": {"application/jsonl", "jsonl", newJSONLines},
	"fhir":  {"application/fhir+ndjson", "ndjson", newFHIR},
}

// page is how many events are read at a time.
const page = 1000

// Copy writes the events of a filter, oldest first: of all that there are, or with a
// Limit so many.
func Copy(ctx context.Context, log store.Log, f store.EventFilter, to Writer) error {
	left := f.Limit
	for {
		f.Limit = page
		if left > 0 {
			f.Limit = min(page, left)
		}
		some, err := log.Events(ctx, f)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		for _, e := range some {
			f.After = e.Seq
			if err := to.Write(e); err != nil {
				return fmt.Errorf("write events: %w", err)
			}
		}
		if err := to.Flush(); err != nil {
			return fmt.Errorf("write events: %w", err)
		}
		if left -= len(some); len(some) < f.Limit || left == 0 {
			return nil
		}
	}
}

// Line is an event as CSV and JSON lines have it. docs/howto/audit.md tells of each
// field.
type Line struct {
	Seq       int64             `json:"seq"`
	At        time.Time         `json:"at"`
	Kind      store.Kind        `json:"kind"`
	Org       store.OrgID       `json:"org"`
	Message   store.MessageID   `json:"message,omitempty"`
	Recipient store.RecipientID `json:"recipient,omitempty"`
	ByKind    store.ActorKind   `json:"by_kind"`
	By        string            `json:"by,omitempty"`
	Addr      string            `json:"addr,omitempty"`
	Detail    string            `json:"detail,omitempty"`
}

// LineOf is an event as a line.
func LineOf(e store.Event) Line {
	l := Line{
		Seq: e.Seq, At: e.At.UTC(), Kind: e.Kind, Org: e.Org, Message: e.Message, Recipient: e.Recipient,
		ByKind: e.By.Kind, By: e.By.ID, Detail: e.Detail,
	}
	if e.By.Addr.IsValid() {
		l.Addr = e.By.Addr.String()
	}
	return l
}

// columns are the fields of a Line in its order.
var columns = []string{"seq", "at", "kind", "org", "message", "recipient", "by_kind", "by", "addr", "detail"}

type csvWriter struct{ *csv.Writer }

func newCSV(w io.Writer) Writer {
	out := csvWriter{csv.NewWriter(w)}
	_ = out.Writer.Write(columns) // Flush tells
	return out
}

// Write implements [Writer].
func (w csvWriter) Write(e store.Event) error {
	l := LineOf(e)
	return w.Writer.Write(Inert(
		strconv.FormatInt(l.Seq, 10), l.At.Format(time.RFC3339Nano), string(l.Kind), string(l.Org), string(l.Message),
		string(l.Recipient), string(l.ByKind), l.By, l.Addr, l.Detail,
	))
}

// Flush implements [Writer].
func (w csvWriter) Flush() error {
	w.Writer.Flush()
	return w.Error()
}

// Inert keeps a spreadsheet from taking a cell for a formula.
func Inert(cells ...string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}

// jsonWriter writes what of makes of each event as a line of JSON.
type jsonWriter struct {
	out *json.Encoder
	of  func(store.Event) any
}

func newJSONLines(w io.Writer) Writer {
	return newJSON(w, func(e store.Event) any { return LineOf(e) })
}

func newJSON(w io.Writer, of func(store.Event) any) Writer {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return jsonWriter{out, of}
}

// Write implements [Writer].
func (w jsonWriter) Write(e store.Event) error { return w.out.Encode(w.of(e)) }

// Flush implements [Writer].
func (w jsonWriter) Flush() error { return nil }
