package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"securetext/store"
	"securetext/store/merkle"
)

// The kinds of documents.
const (
	ProofOfEvents   = "events"      // what somebody asked for
	ProofOfWipe     = "wipe"        // a wipe receipt
	ProofOfReadings = "disclosures" // a disclosure certificate: who was shown messages of one patient, and when
	ProofOfGrowth   = "growth"      // that one checkpoint is another with more behind it
)

// mostProved is how many events one document may hold.
const mostProved = 100_000

// Document is a proof for handing out. docs/howto/prove-the-log.md tells how it is
// checked with nothing of ours.
type Document struct {
	Kind       string        `json:"kind"`
	Checkpoint string        `json:"checkpoint"`
	Events     []Proved      `json:"events,omitempty"`
	Older      string        `json:"older,omitempty"` // checkpoint, of ProofOfGrowth
	Proof      []merkle.Hash `json:"proof,omitempty"` // likewise
}

// Proved is an event, its place, and the proof that it stands there.
type Proved struct {
	Index int64         `json:"index"`
	Event store.Record  `json:"event"`
	Proof []merkle.Hash `json:"proof"`
}

// ErrNotYet: the event is in no checkpoint yet.
var ErrNotYet = errors.New("no checkpoint covers the event yet")

// ErrRemoved: the event was removed after its time, and its hash alone is left.
var ErrRemoved = errors.New("the event was removed by retention: its hash alone is left")

// Prover proves from a store. What it reads there it checks against the checkpoint,
// so that no proof comes out that does not hold.
type Prover struct {
	Store store.ProvedLog
	Keys  []merkle.PublicKey
}

// Events proves events of those seqs by the last checkpoint.
func (p Prover) Events(ctx context.Context, kind string, seqs ...int64) (Document, error) {
	if len(seqs) > mostProved {
		return Document{}, fmt.Errorf("more than %d events in one document", mostProved)
	}
	last, signed, err := p.last(ctx)
	if err != nil {
		return Document{}, err
	}
	d := Document{Kind: kind, Checkpoint: signed}
	r := merkle.Reader(last, p.read(ctx))
	for _, seq := range seqs {
		e, err := p.event(ctx, last, r, seq)
		if err != nil {
			return Document{}, fmt.Errorf("prove the event of seq %d: %w", seq, err)
		}
		d.Events = append(d.Events, e)
	}
	return d, nil
}

func (p Prover) event(ctx context.Context, last merkle.Checkpoint, r tlog.HashReader, seq int64) (Proved, error) {
	index, err := p.Store.LeafOf(ctx, seq)
	if errors.Is(err, store.ErrNotFound) || err == nil && index >= last.Size {
		return Proved{}, ErrNotYet
	} else if err != nil {
		return Proved{}, err
	}
	leaves, err := p.Store.Leaves(ctx, index, 1)
	if err != nil {
		return Proved{}, err
	}
	if len(leaves) == 1 && leaves[0].Index == index && leaves[0].Record == nil {
		if announced, err := announcedIn(ctx, p.Store); err != nil || announced.Has(index) {
			return Proved{}, errors.Join(ErrRemoved, err)
		}
	}
	if len(leaves) == 0 || leaves[0].Index != index || leaves[0].Record == nil {
		return Proved{}, &Fault{Index: index, End: index + 1, What: removed}
	}
	e := Proved{Index: index, Event: *leaves[0].Record}
	if e.Proof, err = merkle.Prove(last, index, r); err != nil {
		return Proved{}, err
	}
	if err := merkle.Check(last, index, e.Event.LeafHash(index), e.Proof); err != nil {
		return Proved{}, &Fault{Index: index, End: index + 1, Seq: seq, What: altered}
	}
	return e, nil
}

// last is the last checkpoint, with what was signed. ErrNotYet when there is none.
func (p Prover) last(ctx context.Context) (merkle.Checkpoint, string, error) {
	c, err := p.Store.LastCheckpoint(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return merkle.Checkpoint{}, "", ErrNotYet
	} else if err != nil {
		return merkle.Checkpoint{}, "", err
	}
	at, err := merkle.Open(c.Note, p.Keys...)
	if err != nil {
		return merkle.Checkpoint{}, "", fmt.Errorf("the last checkpoint: %w", err)
	}
	return at, c.Note, nil
}

func (p Prover) read(ctx context.Context) merkle.Read { return Tiles(ctx, p.Store) }

// Tiles reads the tiles of a store, without their marks.
func Tiles(ctx context.Context, s store.ProvedLog) merkle.Read {
	return func(tiles ...merkle.Tile) (map[merkle.Tile][]byte, error) {
		found, err := s.Tiles(ctx, tiles...)
		hashes := make(map[merkle.Tile][]byte, len(found))
		for at, t := range found {
			hashes[at] = t.Hashes
		}
		return hashes, err
	}
}

// Growth proves that the newer of two signed checkpoints is the older one with more
// behind it. One that the store cannot prove is an error: the log is another than it
// was.
func (p Prover) Growth(ctx context.Context, older, newer string) (Document, error) {
	d := Document{Kind: ProofOfGrowth, Checkpoint: newer, Older: older}
	was, err := merkle.Open(older, p.Keys...)
	if err != nil {
		return d, fmt.Errorf("the older checkpoint: %w", err)
	}
	is, err := merkle.Open(newer, p.Keys...)
	if err != nil {
		return d, fmt.Errorf("the newer checkpoint: %w", err)
	}
	if was.Size <= is.Size {
		if d.Proof, err = merkle.Compare(was, is, merkle.Reader(is, p.read(ctx))); err != nil {
			return d, err
		}
	}
	return d, merkle.CheckCompare(was, is, d.Proof)
}

// Check checks a document with nothing but the public keys, and returns the
// checkpoint that it rests on. What is wrong with an event is a [Fault].
func Check(d Document, keys ...merkle.PublicKey) (merkle.Checkpoint, error) {
	at, err := merkle.Open(d.Checkpoint, keys...)
	if err != nil {
		return at, err
	}
	if d.Kind == ProofOfGrowth {
		was, err := merkle.Open(d.Older, keys...)
		if err != nil {
			return at, fmt.Errorf("the older checkpoint: %w", err)
		}
		return at, merkle.CheckCompare(was, at, d.Proof)
	}
	if len(d.Events) == 0 && d.Kind != ProofOfReadings {
		return at, errors.New("the document holds no events")
	}
	for _, e := range d.Events {
		if merkle.Check(at, e.Index, e.Event.LeafHash(e.Index), e.Proof) != nil {
			return at, &Fault{Index: e.Index, End: e.Index + 1, Seq: e.Event.Seq, What: "its proof does not hold: it was altered, or is not of this log"}
		}
		if of, bound := kindsOf[d.Kind]; bound && !slices.Contains(of, e.Event.Kind) {
			return at, fmt.Errorf("event %d is %q: not of a document about %s", e.Index, e.Event.Kind, d.Kind)
		}
	}
	return at, nil
}

// kindsOf are the kinds of events that a document of one purpose is about.
var kindsOf = map[string][]store.Kind{
	ProofOfWipe:     {store.Wiped, store.Expired, store.WipeAsked, store.WipeApproved, store.BulkWiped},
	ProofOfReadings: {store.Read, store.AttachmentRead, store.EmergencyOpened},
}
