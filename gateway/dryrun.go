package gateway

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

const (
	dryRunParam = "dry_run"
	wouldTake   = "ok"
)

// dryMessage is one line of the answer to a dry run: Index is the place of the
// number in "to", and Verdict is [wouldTake] or what a problem's type would end
// in.
type dryMessage struct {
	Index   int    `json:"index"`
	Verdict string `json:"verdict"`
	Detail  string `json:"detail,omitempty"`
}

// tryOut answers a dry run.
func (a *API) tryOut(c echo.Context, org store.Org, sub Submission) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), storeFor)
	defer cancel()
	found, err := a.Intake.judge(ctx, org, sub, dry)
	if err != nil {
		return err
	}
	list := make([]dryMessage, len(found))
	for i, err := range found {
		list[i] = dryMessage{Index: i, Verdict: wouldTake}
		if err != nil {
			p, _ := problemFor(err)
			list[i].Verdict, list[i].Detail = p.reason(), p.Detail
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"results": list})
}
