package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"securetext/store"
	"securetext/store/merkle"
)

// Export writes the log up to its last checkpoint as JSON lines, each checkpoint
// behind the events that it covers. Of orgs other than the given one there are
// hashes alone; with none given all events are there. ErrNotFound when there is no
// checkpoint yet.
func Export(ctx context.Context, s store.ProvedLog, org store.OrgID, to io.Writer) error {
	last, err := s.LastCheckpoint(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(to)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	var points []store.StoredCheckpoint
	for from := int64(0); from < last.Size; {
		leaves, err := s.Leaves(ctx, from, int(min(page, last.Size-from)))
		if err != nil {
			return err
		}
		if len(leaves) == 0 {
			return &Fault{Index: from, End: from + 1, What: shorter}
		}
		tiles, err := s.Tiles(ctx, lowest(from, from+page)...)
		if err != nil {
			return err
		}
		for _, l := range leaves {
			if err := enc.Encode(lineOf(l, tiles, org)); err != nil {
				return err
			}
			if points, err = exportPoint(ctx, s, points, l.Index+1, enc); err != nil {
				return err
			}
		}
		from = leaves[len(leaves)-1].Index + 1
	}
	return out.Flush()
}

func lineOf(l store.Leaf, tiles map[merkle.Tile]store.MarkedTile, org store.OrgID) Line {
	line := Line{Index: &l.Index}
	if hashes, err := merkle.Hashes(tiles[merkle.Tile{N: l.Index / merkle.Width}].Hashes); err == nil && int(l.Index%merkle.Width) < len(hashes) {
		line.Hash = &hashes[l.Index%merkle.Width]
	}
	switch {
	case l.Record == nil:
		line.Removed = true
	case org == "" || l.Record.Org == org || l.Record.Kind == store.Removed:
		line.Event = l.Record
	}
	return line
}

// exportPoint writes the checkpoint of that size, if there is one.
func exportPoint(ctx context.Context, s store.ProvedLog, next []store.StoredCheckpoint, size int64, enc *json.Encoder) ([]store.StoredCheckpoint, error) {
	if len(next) == 0 || next[0].Size < size {
		var err error
		if next, err = s.Checkpoints(ctx, size-1, page); err != nil {
			return nil, err
		}
	}
	if len(next) == 0 || next[0].Size != size {
		return next, nil
	}
	return next[1:], enc.Encode(Line{Checkpoint: next[0].Note})
}

// VerifyExport verifies what [Export] wrote, by checkpoints from elsewhere, smallest
// first, of which there must be one, and the public keys.
func VerifyExport(in io.Reader, given []merkle.Checkpoint, keys ...merkle.PublicKey) (Report, error) {
	if len(given) == 0 {
		return Report{}, errors.New("an export proves nothing without a checkpoint from elsewhere")
	}
	c := checker{keys: keys, given: given}
	dec := json.NewDecoder(bufio.NewReaderSize(in, 1<<16))
	dec.DisallowUnknownFields()
	for {
		var l Line
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return Report{}, fmt.Errorf("read the export behind event %d: %w", c.tree.Size()-1, err)
		}
		if err := c.line(l); err != nil {
			return Report{}, err
		}
	}
	if err := c.end(); err != nil {
		return Report{}, err
	}
	if c.tree.Size() > c.last.Size {
		return Report{}, &Fault{Index: c.last.Size, End: c.last.Size + 1, What: uncovered}
	}
	return Report{
		Events: c.tree.Size() - c.removed, Checkpoints: c.fit, Checkpoint: c.note, Removed: c.removed, Before: c.before,
	}, nil
}

func (c *checker) line(l Line) error {
	if l.Checkpoint != "" {
		return c.pass(l.Checkpoint)
	}
	if l.Index == nil {
		return &Fault{Index: c.tree.Size(), End: c.tree.Size() + 1, What: removed}
	}
	p := place{index: *l.Index, record: l.Event, foreign: l.Event == nil && !l.Removed, excused: l.Removed, recorded: l.Hash}
	if l.Event != nil {
		p.seq = l.Event.Seq
	}
	return c.add(p)
}
