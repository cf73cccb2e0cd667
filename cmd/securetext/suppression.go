package main

import (
	"context"
	"fmt"
	"os"

	"securetext/store"
	"securetext/store/suppression"
)

type suppressionExportCmd struct {
	Org string `help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints which numbers get no texts from the org, as CSV.
func (c *suppressionExportCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		people, err := h.suppression(org).Export(ctx, p.out)
		if people > 0 {
			fmt.Fprintf(p.err, "securetext: without %d whose number others share (see: securetext recipient family)\n", people)
		}
		return err
	})
}

func (h *house) suppression(org store.Org) suppression.List {
	return suppression.List{Store: h.store, Keys: h.keys, Index: h.index, Org: org}
}

type suppressionImportCmd struct {
	File    string `arg:"" help:"CSV file with the header phone,reason,since; - reads standard input."`
	Org     string `help:"Id or name of the org; may be left out if there is only one."`
	SkipBad bool   `help:"Import the lines that are right though others are wrong."`
}

// Run reads the whole list, says what is wrong with it, and then stops texts to
// those on it. It may be run again. Whoever asked for no more texts stays so,
// whatever the list says.
func (c *suppressionImportCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		list := h.suppression(org)
		lines, bad, err := c.read(p, list)
		if err != nil {
			return err
		}
		for _, b := range bad {
			fmt.Fprintln(p.err, "securetext:", b)
		}
		if len(bad) > 0 && !c.SkipBad {
			return fmt.Errorf("%d lines are wrong, and nothing was imported (--skip-bad leaves them out)", len(bad))
		}
		added, err := list.Import(ctx, lines, operator(), p.now())
		if err != nil {
			return fmt.Errorf("%w: %d were imported before that; import it again", err, added)
		}
		return p.print(struct {
			New     int `json:"new"`
			Known   int `json:"known"`
			Skipped int `json:"skipped"`
		}{added, len(lines) - added, len(bad)})
	})
}

func (c *suppressionImportCmd) read(p *program, list suppression.List) (lines []suppression.Line, bad []error, err error) {
	in := p.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		in = f
	}
	lines, bad, err = list.Read(in)
	if err != nil {
		return nil, nil, fmt.Errorf("read the list: %w", err)
	}
	return lines, bad, nil
}
