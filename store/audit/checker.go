package audit

import (
	"time"

	"securetext/store"
	"securetext/store/merkle"
)

// slack is how far the clocks of two processes may differ, with the time that a
// change may take.
const slack = 10 * time.Minute

// checker goes through the log in order.
type checker struct {
	keys  []merkle.PublicKey
	tree  merkle.Tree
	whole func(merkle.Tile, []merkle.Hash) // hears of tiles; nil: nobody does
	given []merkle.Checkpoint              // from elsewhere, smallest first; those that are past are gone
	last  merkle.Checkpoint                // that fitted
	note  string                           // it, signed
	fit   int64                            // how many did
	removals
}

// place is what stands at an index.
type place struct {
	index    int64
	seq      int64
	record   *store.Record
	foreign  bool         // another org's: its hash alone is known
	excused  bool         // it is gone, as was announced: likewise
	recorded *merkle.Hash // its hash in the tree; nil: it is not there
	marked   func(index int64, hash merkle.Hash) bool
}

// add checks what stands in the next place.
func (c *checker) add(p place) error {
	next := c.tree.Size()
	fault := func(what string) error { return &Fault{Index: next, End: next + 1, Seq: p.seq, What: what} }
	switch {
	case p.index > next:
		return &Fault{Index: next, End: next + 1, What: removed}
	case p.index < next:
		return &Fault{Index: p.index, End: p.index + 1, Seq: p.seq, What: repeated}
	case p.foreign || p.excused:
		if p.recorded == nil {
			return fault(removed)
		}
	case p.record == nil:
		return fault(removed)
	}
	hash := merkle.Hash{}
	if p.foreign || p.excused {
		hash = *p.recorded
		if p.marked != nil && !p.marked(next, hash) {
			return fault(unmarked)
		}
		if p.excused {
			c.miss(next)
		}
	} else {
		hash = p.record.LeafHash(next)
		if what := p.judge(hash); what != "" {
			return fault(what)
		}
		if c.fit > 0 && p.record.At < c.last.At.Add(-slack).UnixMicro() {
			return fault(backdated)
		}
		c.see(p.record)
	}
	c.tree.Append(hash, c.whole)
	return c.passGiven()
}

// judge says what is wrong with the hash of what stands there.
func (p place) judge(hash merkle.Hash) string {
	same := p.recorded != nil && *p.recorded == hash
	if p.marked == nil {
		if !same {
			return altered
		}
		return ""
	}
	marked := p.marked(p.index, hash)
	switch {
	case same && marked:
		return ""
	case marked:
		return hashAltered
	case p.recorded != nil && p.marked(p.index, *p.recorded):
		return altered
	}
	return unmarked
}

// passGiven compares the tree with the given checkpoints of its size.
func (c *checker) passGiven() error {
	for len(c.given) > 0 && c.given[0].Size == c.tree.Size() {
		if err := c.fits(c.given[0]); err != nil {
			return err
		}
		c.given = c.given[1:]
	}
	return nil
}

// pass compares the tree with a checkpoint of its size that stands in the log.
func (c *checker) pass(signed string) error {
	at, err := merkle.Open(signed, c.keys...)
	if err != nil || at.Size != c.tree.Size() {
		return c.between(unsigned)
	}
	if err := c.fits(at); err != nil {
		return err
	}
	c.note = signed
	return nil
}

func (c *checker) fits(at merkle.Checkpoint) error {
	if c.tree.Root() != at.Root {
		return c.between(otherRoot)
	}
	c.last, c.fit = at, c.fit+1
	c.removals.pass(at)
	return nil
}

// between is a fault of the events since the last checkpoint that fitted.
func (c *checker) between(what string) error {
	return &Fault{Index: max(0, min(c.last.Size, c.tree.Size()-1)), End: c.tree.Size(), What: what}
}

// end checks that nothing is missing behind what was added.
func (c *checker) end() error {
	if len(c.given) > 0 {
		return &Fault{Index: c.tree.Size(), End: c.tree.Size() + 1, What: shorter}
	}
	return c.removals.fault()
}
