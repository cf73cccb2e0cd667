package console

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

const (
	exportPath = "/events/export"
	// exportBatch is how many events are read at a time: what is exported is
	// never held whole.
	exportBatch = 1000
)

// exportPage is what export.html shows.
type exportPage struct {
	Filter eventFilter
	Some   bool // not all events
	Back   string
}

// showExport serves GET /events/export.
func (s *Console) showExport(c echo.Context, v visit) error {
	f, err := eventFilterOf(c.QueryParam)
	if err != nil {
		return errBadForm
	}
	p := exportPage{Filter: f, Some: f.query(0) != "", Back: "/events?" + f.query(0)}
	return s.render(c, http.StatusOK, "export.html", v, p)
}

// exportLine is an event as it is exported: ids, codes and times, never content.
type exportLine struct {
	Seq       int64             `json:"seq"`
	At        time.Time         `json:"at"`
	Kind      store.Kind        `json:"kind"`
	Message   store.MessageID   `json:"message,omitempty"`
	Recipient store.RecipientID `json:"recipient,omitempty"`
	ByKind    store.ActorKind   `json:"by_kind"`
	By        string            `json:"by,omitempty"`
	Addr      string            `json:"addr,omitempty"`
	Detail    string            `json:"detail,omitempty"`
}

func lineOf(e store.Event) exportLine {
	return exportLine{e.Seq, e.At.UTC(), e.Kind, e.Message, e.Recipient, e.By.Kind, e.By.ID, addr(e.By.Addr), e.Detail}
}

// exporter writes events in one format.
type exporter interface {
	write(e exportLine) error
	flush() error
}

// formats are those there are, by the name in the form.
var formats = map[string]struct {
	mediaType, ending string
	open              func(io.Writer) exporter
}{
	"csv":   {"text/csv; charset=utf-8; header=present", "csv", newCSV},
	"jsonl": {"application/jsonl", "jsonl", newJSONLines},
}

// export serves POST /events/export: the events as a file, oldest first. That it
// was done is an event before the first line goes out, and the last one in it.
func (s *Console) export(c echo.Context, v visit) error {
	in, err := readForm(c)
	if err != nil {
		return err
	}
	format, ok := formats[in.get("format")]
	if !ok {
		return errBadForm
	}
	filter, err := eventFilterOf(in.get)
	if err != nil {
		return errBadForm
	}
	now := s.now()
	e := store.Event{
		Org: v.Org.ID, Kind: store.Exported, By: s.actor(c, v), At: now,
		Detail: strings.TrimSpace(format.ending + " " + filter.query(0)),
	}
	if err := s.store.Record(c.Request().Context(), e); err != nil {
		return fmt.Errorf("record export: %w", err)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, format.mediaType)
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="events-%s.%s"`, now.UTC().Format("20060102-150405"), format.ending))
	c.Response().WriteHeader(http.StatusOK)
	f := filter.of(v)
	if until := now.Add(time.Second); f.Until.IsZero() || f.Until.After(until) {
		f.Until = until // what happens meanwhile is another export's
	}
	if err := s.stream(c.Request().Context(), f, format.open(c.Response())); err != nil {
		s.logFailed(c, http.StatusOK, err)
		panic(http.ErrAbortHandler) // so that half a file is not taken for a whole one
	}
	return nil
}

// stream writes the events of a filter, a batch at a time.
func (s *Console) stream(ctx context.Context, f store.EventFilter, out exporter) error {
	for f.Limit = exportBatch; ; {
		some, err := s.store.Events(ctx, f)
		if err != nil {
			return fmt.Errorf("export events: %w", err)
		}
		for _, e := range some {
			f.After = e.Seq
			if err := out.write(lineOf(e)); err != nil {
				return fmt.Errorf("export events: %w", err)
			}
		}
		if err := out.flush(); err != nil || len(some) < exportBatch {
			return err
		}
	}
}

type csvExport struct{ *csv.Writer }

func newCSV(w io.Writer) exporter {
	out := csvExport{csv.NewWriter(w)}
	_ = out.Write([]string{"seq", "at", "kind", "message", "recipient", "by_kind", "by", "addr", "detail"}) // flush tells
	return out
}

func (x csvExport) write(e exportLine) error {
	row := []string{
		strconv.FormatInt(e.Seq, 10), e.At.Format(time.RFC3339Nano), string(e.Kind), string(e.Message), string(e.Recipient),
		string(e.ByKind), e.By, e.Addr, e.Detail,
	}
	for i := range row {
		row[i] = inert(row[i])
	}
	return x.Write(row)
}

func (x csvExport) flush() error {
	x.Flush()
	return x.Error()
}

// inert keeps a spreadsheet from taking a value for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

type jsonExport struct{ *json.Encoder }

func newJSONLines(w io.Writer) exporter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return jsonExport{enc}
}

func (x jsonExport) write(e exportLine) error { return x.Encode(e) }
func (x jsonExport) flush() error             { return nil }
