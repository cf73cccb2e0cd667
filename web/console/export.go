package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/eventfile"
)

// exportPath is where events are copied out: as a stream, never held whole.
const exportPath = "/events/export"

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

// export serves POST /events/export: the events as a file, oldest first. That it
// was done is an event before the first line goes out, and the last one in it.
func (s *Console) export(c echo.Context, v visit) error {
	in, err := readForm(c)
	if err != nil {
		return err
	}
	as := in.get("format")
	format, ok := eventfile.Formats[as]
	if !ok {
		return errBadForm
	}
	filter, err := eventFilterOf(in.get)
	if err != nil {
		return errBadForm
	}
	now := s.now()
	if err := s.recordExport(c, v, as+" "+filter.query(0)); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, format.MediaType)
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="events-%s.%s"`, now.UTC().Format("20060102-150405"), format.Ending))
	c.Response().WriteHeader(http.StatusOK)
	f := filter.of(v)
	if until := now.Add(time.Second); f.Until.IsZero() || f.Until.After(until) {
		f.Until = until // what happens meanwhile is another export's
	}
	if err := eventfile.Copy(c.Request().Context(), s.store, f, format.Open(c.Response())); err != nil {
		s.logFailed(c, http.StatusOK, err)
		panic(http.ErrAbortHandler) // so that half a file is not taken for a whole one
	}
	return nil
}

// recordExport puts on record what is about to be copied out: ids and days alone.
func (s *Console) recordExport(c echo.Context, v visit, what string) error {
	e := store.Event{Org: v.Org.ID, Kind: store.Exported, By: s.actor(c, v), At: s.now(), Detail: strings.TrimSpace(what)}
	if err := s.store.Record(c.Request().Context(), e); err != nil {
		return fmt.Errorf("record export: %w", err)
	}
	return nil
}
