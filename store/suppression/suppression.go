// Package suppression writes and reads the list of those who get no texts from an
// org, as CSV.
//
// The list has numbers in the clear: whoever has it exported knows whom the org
// writes to. What is wrong with a list is told by its line and without the number.
package suppression

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/seal"
)

// header is the first line of the list. A number begins with its plus, which
// spreadsheets are to be told to take for text.
var header = []string{"phone", "reason", "since"}

// page is how many recipients are looked up at a time.
const page = 1000

// Reasons are those that a line may give, as people say them first.
var Reasons = []store.Refusal{store.OptedOut, store.Blocked, store.Landline, store.Dead, store.NotMine}

// List is that of one org.
type List struct {
	Store interface {
		Suppressed(ctx context.Context, org store.OrgID, after store.RecipientID, limit int) ([]store.Suppressed, error)
		store.Finder
		Refuse(ctx context.Context, org store.OrgID, r store.Recipient, why store.Refusal, by store.Actor, at time.Time) error
	}
	Keys  *seal.Keyring
	Index seal.Index
	Org   store.Org
}

// Export writes which numbers get no texts. Of one that only some of those who share
// it get none on, whoever reads the list would take it that nobody does: it counts
// them instead.
func (l List) Export(ctx context.Context, w io.Writer) (left int, err error) {
	out := csv.NewWriter(w)
	out.Write(header) // of which Flush tells the error
	for after := store.RecipientID(""); ; {
		some, err := l.Store.Suppressed(ctx, l.Org.ID, after, page)
		if err != nil {
			return left, fmt.Errorf("list recipients: %w", err)
		}
		for _, s := range some {
			if after = s.ID; s.Family != nil {
				left++
				continue
			}
			number, err := l.number(ctx, s)
			if err != nil {
				return left, fmt.Errorf("open the number of %s: %w", s.ID, err)
			}
			out.Write([]string{number, string(s.Why), s.Since.UTC().Format(time.RFC3339)})
		}
		if out.Flush(); out.Error() != nil || len(some) < page {
			return left, out.Error()
		}
	}
}

// number is in E.164 form.
func (l List) number(ctx context.Context, s store.Suppressed) (string, error) {
	key, err := l.Keys.DataKey(ctx, s.Key, s.Place())
	if err != nil {
		return "", err
	}
	number, err := key.Open(s.Number, s.Place())
	return string(number), err
}

// Line is one of a list that was read.
type Line struct {
	Number phone.Number
	Why    store.Refusal
}

const byteOrderMark = "\ufeff" // with which spreadsheets begin

// Read reads all lines of a list, and what is wrong with those that it cannot take.
// Nothing of a number is repeated.
func (l List) Read(in io.Reader) (lines []Line, bad []error, err error) {
	buffered := bufio.NewReader(in)
	if mark, _ := buffered.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		buffered.Discard(len(byteOrderMark))
	}
	r := csv.NewReader(buffered)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	first, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if !slices.Equal(first, header) {
		return nil, nil, fmt.Errorf("%w: the first line must be %s", ErrNoList, strings.Join(header, ","))
	}
	seen := map[Line]bool{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, bad, nil
		}
		if err != nil {
			return nil, nil, err
		}
		line, err := parse(record, l.Org.Region)
		if err != nil {
			at, _ := r.FieldPos(0)
			bad = append(bad, fmt.Errorf("line %d: %w", at, err))
		} else if !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
}

// ErrNoList is returned for what is no such list at all.
var ErrNoList = errors.New("no list of numbers")

func parse(record []string, region string) (Line, error) {
	if len(record) != len(header) {
		return Line{}, fmt.Errorf("it has %d fields, not %d", len(record), len(header))
	}
	n, err := phone.Parse(strings.TrimSpace(record[0]), region)
	if err != nil {
		return Line{}, err
	}
	why := store.Refusal(strings.TrimSpace(record[1]))
	if !slices.Contains(Reasons, why) {
		return Line{}, errors.New("the reason is not opted_out, blocked, landline, dead or not_mine")
	}
	if since := strings.TrimSpace(record[2]); since != "" {
		if _, err := time.Parse(time.RFC3339, since); err != nil {
			return Line{}, errors.New("since is not empty, nor a time such as 2027-01-31T09:00:00Z")
		}
	}
	return Line{n, why}, nil
}

// Import stops texts to those on the list who get them yet, and says to how many.
// What is known of others is only replaced by their own wish, so that it may be
// done again.
func (l List) Import(ctx context.Context, lines []Line, by store.Actor, at time.Time) (added int, err error) {
	for some := range slices.Chunk(lines, page) {
		hashes := make([][]store.HashedNumber, len(some))
		var all []store.NumberHash
		for i, line := range some {
			hashes[i] = store.HashesOf(l.Index, store.Whom{Org: l.Org.ID, Number: line.Number.E164()})
			all = append(all, store.Hashes(hashes[i])...)
		}
		known, err := l.Store.Known(ctx, l.Org.ID, all)
		if err != nil {
			return added, fmt.Errorf("look for refusals: %w", err)
		}
		for i, line := range some {
			before, _ := store.Among(known, hashes[i])
			if before.Refusal != "" && (before.Refusal == store.OptedOut || line.Why != store.OptedOut) {
				continue
			}
			r, err := store.RecipientFor(ctx, l.Store, l.Keys, l.Index, store.Whom{Org: l.Org.ID, Number: line.Number.E164()})
			if err != nil {
				return added, err
			}
			if err := l.Store.Refuse(ctx, l.Org.ID, r, line.Why, by, at); err != nil {
				return added, fmt.Errorf("refuse recipient: %w", err)
			}
			known[hashes[i][0].Hash] = store.Known{ID: r.ID, Refusal: line.Why}
			added++
		}
	}
	return added, nil
}
