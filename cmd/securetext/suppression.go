package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/person"
)

// suppressionHeader is the first line of the list. A number begins with its plus,
// which spreadsheets are to be told to take for text.
var suppressionHeader = []string{"phone", "reason", "since"}

// suppressionPage is how many recipients are looked up at a time.
const suppressionPage = 1000

type suppressionExportCmd struct {
	Org string `help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints which numbers get no texts from the org, as CSV. Of one that only
// some of those who share it get none on, whoever reads the list would take it that
// nobody does.
func (c *suppressionExportCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		out := csv.NewWriter(p.out)
		out.Write(suppressionHeader) // of which Flush tells the error
		people := 0
		for after := store.RecipientID(""); ; {
			page, err := h.store.Suppressed(ctx, org.ID, after, suppressionPage)
			if err != nil {
				return fmt.Errorf("list recipients: %w", err)
			}
			for _, s := range page {
				if after = s.ID; s.Family != nil {
					people++
					continue
				}
				number, err := h.numberOf(ctx, s)
				if err != nil {
					return fmt.Errorf("open the number of %s: %w", s.ID, err)
				}
				out.Write([]string{number, string(s.Why), s.Since.UTC().Format(time.RFC3339)})
			}
			if out.Flush(); out.Error() == nil && len(page) == suppressionPage {
				continue
			}
			if people > 0 {
				fmt.Fprintf(p.err, "securetext: without %d whose number others share (see: securetext recipient family)\n", people)
			}
			return out.Error()
		}
	})
}

// numberOf is the number in E.164 form.
func (h *house) numberOf(ctx context.Context, s store.Suppressed) (string, error) {
	key, err := h.keys.DataKey(ctx, s.Key, s.Place())
	if err != nil {
		return "", err
	}
	number, err := key.Open(s.Number, s.Place())
	return string(number), err
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
		list, bad, err := c.read(p, org.Region)
		if err != nil {
			return err
		}
		for _, b := range bad {
			fmt.Fprintln(p.err, "securetext:", b)
		}
		if len(bad) > 0 && !c.SkipBad {
			return fmt.Errorf("%d lines are wrong, and nothing was imported (--skip-bad leaves them out)", len(bad))
		}
		added, err := h.suppress(ctx, p, org.ID, list)
		if err != nil {
			return fmt.Errorf("%w: %d were imported before that; import it again", err, added)
		}
		return p.print(struct {
			New     int `json:"new"`
			Known   int `json:"known"`
			Skipped int `json:"skipped"`
		}{added, len(list) - added, len(bad)})
	})
}

// suppressionLine is one line of a list.
type suppressionLine struct {
	number phone.Number
	why    store.Refusal
}

func (c *suppressionImportCmd) read(p *program, region string) (list []suppressionLine, bad []error, err error) {
	in := p.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		in = f
	}
	list, bad, err = readSuppression(in, region)
	if err != nil {
		return nil, nil, fmt.Errorf("read the list: %w", err)
	}
	return list, bad, nil
}

const byteOrderMark = "\ufeff" // with which spreadsheets begin

// readSuppression reads all lines of a list, and what is wrong with those that it
// cannot take. Nothing of a number is repeated.
func readSuppression(in io.Reader, region string) (list []suppressionLine, bad []error, err error) {
	buffered := bufio.NewReader(in)
	if mark, _ := buffered.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		buffered.Discard(len(byteOrderMark))
	}
	r := csv.NewReader(buffered)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	header, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if !slices.Equal(header, suppressionHeader) {
		return nil, nil, fmt.Errorf("the first line must be %s", strings.Join(suppressionHeader, ","))
	}
	seen := map[suppressionLine]bool{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, bad, nil
		}
		if err != nil {
			return nil, nil, err
		}
		line, err := parseSuppression(record, region)
		if err != nil {
			at, _ := r.FieldPos(0)
			bad = append(bad, fmt.Errorf("line %d: %w", at, err))
		} else if !seen[line] {
			seen[line] = true
			list = append(list, line)
		}
	}
}

var refusals = []store.Refusal{store.OptedOut, store.Blocked, store.Landline, store.Dead, store.NotMine}

func parseSuppression(record []string, region string) (suppressionLine, error) {
	if len(record) != len(suppressionHeader) {
		return suppressionLine{}, fmt.Errorf("it has %d fields, not %d", len(record), len(suppressionHeader))
	}
	n, err := phone.Parse(strings.TrimSpace(record[0]), region)
	if err != nil {
		return suppressionLine{}, err
	}
	why := store.Refusal(strings.TrimSpace(record[1]))
	if !slices.Contains(refusals, why) {
		return suppressionLine{}, errors.New("the reason is not opted_out, blocked, landline, dead or not_mine")
	}
	if since := strings.TrimSpace(record[2]); since != "" {
		if _, err := time.Parse(time.RFC3339, since); err != nil {
			return suppressionLine{}, errors.New("since is not empty, nor a time such as 2027-01-31T09:00:00Z")
		}
	}
	return suppressionLine{n, why}, nil
}

// suppress stops texts to those on the list who get them yet, and says to how
// many. What is known of others is only replaced by their own wish.
func (h *house) suppress(ctx context.Context, p *program, org store.OrgID, list []suppressionLine) (added int, err error) {
	for page := range slices.Chunk(list, suppressionPage) {
		hashes := make([][]store.HashedNumber, len(page))
		var all []store.NumberHash
		for i, line := range page {
			hashes[i] = store.HashesOf(h.index, store.Whom{Org: org, Number: line.number.E164()})
			all = append(all, store.Hashes(hashes[i])...)
		}
		known, err := h.store.Known(ctx, org, all)
		if err != nil {
			return added, fmt.Errorf("look for refusals: %w", err)
		}
		for i, line := range page {
			before, _ := store.Among(known, hashes[i])
			if before.Refusal != "" && (before.Refusal == store.OptedOut || line.why != store.OptedOut) {
				continue
			}
			r, err := h.recipient(ctx, org, line.number, person.Name{})
			if err != nil {
				return added, err
			}
			if err := h.store.Refuse(ctx, org, r, line.why, operator(), p.now()); err != nil {
				return added, fmt.Errorf("refuse recipient: %w", err)
			}
			known[hashes[i][0].Hash] = store.Known{ID: r.ID, Refusal: line.why}
			added++
		}
	}
	return added, nil
}
