package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/suppression"
)

const (
	suppressionPath   = "/suppression"
	suppressionExport = suppressionPath + "/export"
	suppressionImport = suppressionPath + "/import"
	// suppressionRows is how many stand on a page.
	suppressionRows = 50
)

// suppressionListPage is what suppression.html shows.
type suppressionListPage struct {
	Rows    []suppressedRow
	Next    store.RecipientID // after whom there are more; empty: there are none
	Found   string            // what is so of a number that was looked for
	Problem string
	Wrong   []string // what is wrong with a list
	Result  *imported
	Reasons []store.Refusal
}

// suppressedRow is somebody who gets no texts.
type suppressedRow struct {
	ID     store.RecipientID
	Ending string
	Why    store.Refusal
	Since  time.Time
}

// imported is what came of a list.
type imported struct{ New, Known, Left int }

// listSuppressed serves GET /suppression: whoever gets no texts, by their ids, which
// tell nothing.
func (s *Console) listSuppressed(c echo.Context, v visit) error {
	return s.showSuppressed(c, v, http.StatusOK, suppressionListPage{})
}

func (s *Console) showSuppressed(c echo.Context, v visit, status int, p suppressionListPage) error {
	ctx := c.Request().Context()
	list, err := s.store.Suppressed(ctx, v.Org.ID, store.RecipientID(c.QueryParam("after")), suppressionRows+1)
	if err != nil {
		return fmt.Errorf("list who gets no texts: %w", err)
	}
	if len(list) > suppressionRows {
		list = list[:suppressionRows]
		p.Next = list[suppressionRows-1].ID
	}
	ids := make([]store.RecipientID, len(list))
	for i, one := range list {
		ids[i] = one.ID
	}
	endings, err := s.endings(ctx, v.Org.ID, ids)
	if err != nil {
		return err
	}
	for _, one := range list {
		p.Rows = append(p.Rows, suppressedRow{one.ID, endings[one.ID], one.Why, one.Since})
	}
	p.Reasons = suppression.Reasons
	return s.render(c, status, "suppression.html", v, p)
}

// findSuppressed serves POST /suppression/find: by number, which stands in no address.
func (s *Console) findSuppressed(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	n, err := phone.Parse(f.line("number"), v.Org.Region)
	if err != nil {
		return s.showSuppressed(c, v, http.StatusUnprocessableEntity, suppressionListPage{Problem: "number"})
	}
	known, err := store.FindRecipient(c.Request().Context(), s.store, s.index, store.Whom{Org: v.Org.ID, Number: n.E164()})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if known.Refusal != "" {
		return toPage(c, pathOf(known.ID), "")
	}
	return s.showSuppressed(c, v, http.StatusOK, suppressionListPage{Found: "allowed"})
}

// addSuppressed serves POST /suppression/add: texts to a number stop, whether anybody
// wrote to it before or not.
func (s *Console) addSuppressed(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	n, err := phone.Parse(f.line("number"), v.Org.Region)
	why := store.Refusal(f.get("why"))
	if err != nil || !slices.Contains(suppression.Reasons, why) {
		return s.showSuppressed(c, v, http.StatusUnprocessableEntity, suppressionListPage{Problem: "add"})
	}
	r, err := store.RecipientFor(c.Request().Context(), s.store, s.keys, s.index, store.Whom{Org: v.Org.ID, Number: n.E164()})
	if err != nil {
		return fmt.Errorf("seal number: %w", err)
	}
	if err := s.store.Refuse(c.Request().Context(), v.Org.ID, r, why, s.actor(c, v), s.now()); err != nil {
		return fmt.Errorf("stop texts: %w", err)
	}
	return toPage(c, pathOf(r.ID), "block")
}

// suppression is the list of the org's.
func (s *Console) suppression(v visit) suppression.List {
	return suppression.List{Store: s.store, Keys: s.keys, Index: s.index, Org: v.Org}
}

// exportSuppressed serves POST /suppression/export: all numbers in the clear. That it
// was done is an event before the first one goes out.
func (s *Console) exportSuppressed(c echo.Context, v visit) error {
	if err := s.recordExport(c, v, "suppression"); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="suppression-%s.csv"`, s.now().UTC().Format("20060102-150405")))
	c.Response().WriteHeader(http.StatusOK)
	if _, err := s.suppression(v).Export(c.Request().Context(), c.Response()); err != nil {
		s.logFailed(c, http.StatusOK, err)
		panic(http.ErrAbortHandler) // so that half a list is not taken for a whole one
	}
	return nil
}

// wrongLines is how many wrong lines of a list are told at once.
const wrongLines = 20

// importSuppressed serves POST /suppression/import: texts stop to everybody on a
// list, of which nothing is taken while a line is wrong, unless those are to be left
// out.
func (s *Console) importSuppressed(c echo.Context, v visit) error {
	list := s.suppression(v)
	lines, bad, err := s.readSuppressed(c, list)
	if err != nil {
		return s.showSuppressed(c, v, http.StatusUnprocessableEntity, suppressionListPage{Problem: "list"})
	}
	if len(bad) > 0 && c.FormValue("skip") != "yes" {
		p := suppressionListPage{Problem: "lines"}
		for _, b := range bad[:min(wrongLines, len(bad))] {
			p.Wrong = append(p.Wrong, sentence(b.Error()))
		}
		return s.showSuppressed(c, v, http.StatusUnprocessableEntity, p)
	}
	added, err := list.Import(context.WithoutCancel(c.Request().Context()), lines, s.actor(c, v), s.now())
	if err != nil {
		return fmt.Errorf("import list, of which %d were taken: %w", added, err)
	}
	return s.showSuppressed(c, v, http.StatusOK, suppressionListPage{Result: &imported{added, len(lines) - added, len(bad)}})
}

var errNoFile = errors.New("there is no file")

func (s *Console) readSuppressed(c echo.Context, list suppression.List) (lines []suppression.Line, bad []error, err error) {
	file, err := c.FormFile("file")
	if err != nil {
		return nil, nil, errNoFile
	}
	f, err := file.Open()
	if err != nil {
		return nil, nil, errNoFile
	}
	defer f.Close()
	return list.Read(f)
}
