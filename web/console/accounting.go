package console

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/disclosure"
)

const accountingPath = "/accounting"

// accountingPage is what accounting.html shows: the form, and once it was sent what
// was disclosed.
type accountingPage struct {
	Recipient store.RecipientID
	From, To  string // days, by the org's clocks
	Problem   string // number, days, nobody; empty: nothing
	Report    *report
}

// report is an accounting of one patient's disclosures.
type report struct {
	Ending string // of the number
	Since  time.Time
	Until  time.Time
	Made   time.Time
	By     string
	Rows   []disclosed
}

type disclosed struct {
	disclosure.Disclosure
	Who string
}

// showAccounting serves GET /accounting.
func (s *Console) showAccounting(c echo.Context, v visit) error {
	id := store.RecipientID(c.QueryParam("recipient"))
	if !ids.MatchString(string(id)) {
		return errBadForm
	}
	p := accountingPage{Recipient: id, From: s.now().In(zoneOf(v.Org)).AddDate(-disclosure.Years, 0, 1).Format(time.DateOnly)}
	return s.render(c, http.StatusOK, "accounting.html", v, p)
}

// accountFor serves POST /accounting: the report as a page, or as CSV. It is on record
// before anything of it is shown.
func (s *Console) accountFor(c echo.Context, v visit) error {
	in, err := readForm(c)
	if err != nil {
		return err
	}
	p := accountingPage{Recipient: store.RecipientID(in.line("recipient")), From: in.line("from"), To: in.line("to")}
	if number := in.line("number"); number != "" {
		id, ok, err := s.recipientOf(c, v, number)
		if err != nil {
			return err
		}
		if p.Recipient = id; !ok {
			p.Problem = "number"
		}
	}
	f, err := eventFilterOf(func(name string) string {
		return map[string]string{"recipient": string(p.Recipient), "from": p.From, "to": p.To}[name]
	})
	if err != nil || f.Recipient == "" && p.Problem == "" {
		return errBadForm
	}
	if p.Problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "accounting.html", v, p)
	}
	r, err := s.recipient(c.Request().Context(), v, f.Recipient)
	if err != nil {
		return err
	}
	if err := s.recordExport(c, v, "accounting "+f.query(0)); err != nil {
		return err
	}
	if in.get("format") == "csv" {
		return s.accountingFile(c, v, f)
	}
	return s.accountingReport(c, v, f, r, p)
}

// accountingReport shows the report.
func (s *Console) accountingReport(c echo.Context, v visit, f eventFilter, r store.RecipientInfo, p accountingPage) error {
	ctx, by := c.Request().Context(), f.of(v)
	names, _, err := s.names(ctx, v)
	if err != nil {
		return err
	}
	p.Report = &report{Since: by.Since, Until: by.Until, Made: s.now(), By: v.Name}
	if p.Report.Ending, err = s.ending(ctx, r); err != nil {
		return err
	}
	err = disclosure.List(ctx, s.store, by, func(d disclosure.Disclosure) error {
		p.Report.Rows = append(p.Report.Rows, disclosed{d, who(d.To, names)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("account for disclosures: %w", err)
	}
	return s.render(c, http.StatusOK, "accounting.html", v, p)
}

// accountingFile sends the report as it is read.
func (s *Console) accountingFile(c echo.Context, v visit, f eventFilter) error {
	ctx := c.Request().Context()
	names, _, err := s.names(ctx, v)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="accounting-%s.csv"`, s.now().UTC().Format("20060102-150405")))
	c.Response().WriteHeader(http.StatusOK)
	out := disclosure.NewCSV(c.Response(), func(by store.Actor) string { return who(by, names) })
	if err := errors.Join(disclosure.List(ctx, s.store, f.of(v), out.Write), out.Flush()); err != nil {
		s.logFailed(c, http.StatusOK, err)
		panic(http.ErrAbortHandler) // so that half a file is not taken for a whole one
	}
	return nil
}
