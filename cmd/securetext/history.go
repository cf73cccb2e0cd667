package main

import (
	"context"
	"fmt"
	"time"

	"securetext/store"
	"securetext/store/setting"
)

type orgHistoryCmd struct {
	Org   string `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
	Limit int    `default:"100" help:"At most so many versions." placeholder:"N"`
}

// historyLine is a version, with what it changed.
type historyLine struct {
	Version int64        `json:"version"`
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Changes []changeLine `json:"changes"`
}

type changeLine struct {
	Setting string `json:"setting"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// Run prints a line a version of the org's settings, newest first.
func (c *orgHistoryCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		limit := max(1, c.Limit)
		list, err := h.store.OrgVersions(ctx, org.ID, 0, limit+1)
		if err != nil {
			return fmt.Errorf("list versions: %w", err)
		}
		for i, v := range list[:min(limit, len(list))] {
			line := historyLine{Version: v.Org.Version, At: v.At.UTC(), By: string(v.By.Kind) + ":" + v.By.ID, Changes: []changeLine{}}
			if i+1 < len(list) {
				line.Changes = changeLines(list[i+1].Org, v.Org)
			}
			if err := p.print(line); err != nil {
				return err
			}
		}
		return nil
	})
}

func changeLines(before, after store.Org) (list []changeLine) {
	for _, c := range setting.Diff(before, after) {
		list = append(list, changeLine{c.Name, c.From, c.To})
	}
	return list
}
