package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/setting"
)

// historyRows is how many versions stand on a page.
const historyRows = 25

// historyPage is what history.html shows.
type historyPage struct {
	Rows []versionRow
	Next string // the address of older ones; empty: there are none
}

// versionRow is a version, with what it changed.
type versionRow struct {
	Version int64
	Who     string
	At      time.Time
	Changes []changeRow // none: it is the first
	Now     bool        // it is in force
}

// showHistory serves GET /settings/history.
func (s *Console) showHistory(c echo.Context, v visit) error {
	var before int64
	if text := c.QueryParam("before"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return errBadForm
		}
		before = n
	}
	rows, err := s.history(c.Request().Context(), v, before, historyRows)
	if err != nil {
		return err
	}
	p := historyPage{Rows: rows}
	if len(rows) == historyRows && rows[len(rows)-1].Version > 0 {
		p.Next = fmt.Sprintf("%s/history?before=%d", settingsPath, rows[len(rows)-1].Version)
	}
	return s.render(c, http.StatusOK, "history.html", v, p)
}

// history is the versions before one, 0 for all, newest first.
func (s *Console) history(ctx context.Context, v visit, before int64, limit int) (rows []versionRow, err error) {
	list, err := s.store.OrgVersions(ctx, v.Org.ID, before, limit+1)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	names, _, err := s.names(ctx, v)
	if err != nil {
		return nil, err
	}
	for i, one := range list[:min(limit, len(list))] {
		row := versionRow{Version: one.Org.Version, Who: who(one.By, names), At: one.At, Now: one.Org.Version == v.Org.Version}
		if i+1 < len(list) {
			row.Changes = changeRows(list[i+1].Org, one.Org)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// showVersion serves GET /settings/history/:version: what it does to go back there.
func (s *Console) showVersion(c echo.Context, v visit) error {
	then, err := s.version(c, v)
	if err != nil {
		return err
	}
	p, err := s.preview(c, v, then)
	if err != nil {
		return err
	}
	path := settingsPath + "/history"
	p.Title, p.Action, p.Back = "Go back to version "+c.Param("version"), path+"/"+c.Param("version"), path
	return s.render(c, http.StatusOK, "preview.html", v, p)
}

// version is the org as it was at a version, but for what is the operator's.
func (s *Console) version(c echo.Context, v visit) (store.Org, error) {
	n, err := strconv.ParseInt(c.Param("version"), 10, 64)
	if err != nil || n < 0 || n > v.Org.Version {
		return store.Org{}, store.ErrNotFound
	}
	list, err := s.store.OrgVersions(c.Request().Context(), v.Org.ID, n+1, 1)
	if err != nil {
		return store.Org{}, fmt.Errorf("find version: %w", err)
	}
	if len(list) == 0 || list[0].Org.Version != n {
		return store.Org{}, store.ErrNotFound
	}
	then := setting.Kept(list[0].Org, v.Org)
	then.Version = v.Org.Version
	return then, nil
}

// goBack serves POST /settings/history/:version/set. It is a change like any other.
func (s *Console) goBack(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	then, err := s.version(c, v)
	if err != nil {
		return err
	}
	history := settingsPath + "/history"
	if seen, err := strconv.ParseInt(f.get("version"), 10, 64); err != nil || seen != v.Org.Version {
		return toPage(c, history, "changed")
	}
	err = s.store.SetOrg(c.Request().Context(), store.OrgChange{Org: then, By: s.actor(c, v), At: s.now()})
	done, err := said(err, "settings", words{store.ErrConflict: "changed"})
	if err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	return toPage(c, history, done)
}
