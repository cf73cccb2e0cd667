package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
)

// Superuser changes whatever stands in the database, behind the store's back.
type Superuser struct {
	Do func(query string, args ...any)
	// OwnSeq is how an insert into events with a seq of one's own begins, up to VALUES.
	OwnSeq string
}

// Tamper holds a backend to S34: whatever somebody who can change every row does to
// the log, verifying it names the first event that is not as it was.
func Tamper(t *testing.T, open func(*testing.T) (store.Store, Superuser)) {
	for _, c := range slices.Concat(tamperCases, retentionCases) {
		t.Run(c.name, func(t *testing.T) {
			s, su := open(t)
			l := newTampered(t, NewClinic(t, s), su)
			l.wantSound(t)
			c.run(t, l)
		})
	}
}

// tampered is a log of some hundred events with checkpoints, and who changes it.
type tampered struct {
	*Clinic
	Superuser
	now    time.Time
	notary *notary.Notary
	given  []merkle.Checkpoint // that were pushed elsewhere
	seqs   []int64             // by index
}

// signedAt are the sizes of the checkpoints; tamperedSize is that of the log.
var signedAt = []int{40, 80, 100}

const tamperedSize = 105

func newTampered(t *testing.T, c *Clinic, su Superuser) *tampered {
	t.Helper()
	l := &tampered{Clinic: c, Superuser: su, now: Noon}
	l.notary = l.newNotary(t)
	for _, size := range signedAt {
		l.grow(t, size)
		l.now = l.now.Add(time.Hour)
		l.seal(t)
	}
	l.grow(t, tamperedSize)
	if _, err := c.Sequence(t.Context(), 1000, auditKey.Mark, l.now); err != nil {
		t.Fatalf("Sequence: %v", err)
	}
	leaves, err := c.Leaves(t.Context(), 0, 1000)
	must(t, "Leaves", err)
	for _, leaf := range leaves {
		l.seqs = append(l.seqs, leaf.Seq)
	}
	return l
}

func (l *tampered) newNotary(t *testing.T) *notary.Notary {
	t.Helper()
	n, err := notary.New(notary.Config{
		Store: l.Store, Keys: []*merkle.Key{auditKey}, Origin: "log.example", Now: func() time.Time { return l.now },
	})
	must(t, "notary", err)
	return n
}

// grow writes events until there are so many.
func (l *tampered) grow(t *testing.T, size int) {
	t.Helper()
	for n := l.count(t); n < size; n++ {
		err := l.SuspendSender(t.Context(), l.Org.ID, l.Sender.ID, n%2 == 0, Ana, l.now)
		if errors.Is(err, store.ErrConflict) { // after events were cut off
			err = l.SuspendSender(t.Context(), l.Org.ID, l.Sender.ID, n%2 != 0, Ana, l.now)
		}
		must(t, "SuspendSender", err)
	}
}

// seal signs a checkpoint and keeps it elsewhere.
func (l *tampered) seal(t *testing.T) {
	t.Helper()
	must(t, "Seal", l.notary.Seal(t.Context()))
	last, err := l.LastCheckpoint(t.Context())
	must(t, "LastCheckpoint", err)
	c, err := merkle.Open(last.Note, auditKey.Public())
	must(t, "open the checkpoint", err)
	l.given = append(l.given, c)
}

func (l *tampered) verify(t *testing.T, given ...merkle.Checkpoint) (audit.Report, error) {
	return audit.Verifier{Store: l.Store, Keys: []*merkle.Key{auditKey}, Given: given}.Verify(t.Context())
}

func (l *tampered) wantSound(t *testing.T) {
	t.Helper()
	r, err := l.verify(t, l.given...)
	if err != nil || r.Events != tamperedSize || r.Checkpoints != int64(2*len(signedAt)) || r.Unproved != tamperedSize-100 {
		t.Fatalf("Verify before: got %+v, %v", r, err)
	}
}

// wantFault checks that verifying names the event at the index, or a span that it
// begins.
func (l *tampered) wantFault(t *testing.T, index int64, what string, given ...merkle.Checkpoint) *audit.Fault {
	t.Helper()
	_, err := l.verify(t, given...)
	f, ok := errors.AsType[*audit.Fault](err)
	if !ok {
		t.Fatalf("Verify: got error %v, want a fault", err)
	}
	if f.Index != index || !strings.Contains(f.What, what) {
		t.Errorf("Verify: got %v, want one of event %d, that says %q", f, index, what)
	}
	return f
}

// rebuild makes all tiles anew from the events that are there: what somebody does
// who wants the tree to fit.
func (l *tampered) rebuild(t *testing.T) {
	t.Helper()
	var tree merkle.Tree
	keep := func(at merkle.Tile, hashes []merkle.Hash) {
		l.Do(`UPDATE log_tiles SET hashes = $1 WHERE level = $2 AND n = $3`, merkle.Bytes(hashes), at.Level, at.N)
	}
	leaves, err := l.Leaves(t.Context(), 0, 1000)
	must(t, "Leaves", err)
	for _, leaf := range leaves {
		tree.Append(leaf.Record.LeafHash(leaf.Index), keep)
	}
	tree.Partial(keep)
}

// cut removes all from an index on, as if it had never been.
func (l *tampered) cut(index int64) {
	l.Do(`DELETE FROM events WHERE seq >= $1`, l.seqs[index])
	l.Do(`DELETE FROM log_leaves WHERE leaf >= $1`, index)
	l.Do(`UPDATE log_state SET size = $1, high = $2`, index, l.seqs[index-1])
}

// rollBack puts everything back to what it was at the second checkpoint.
func (l *tampered) rollBack() {
	l.cut(80)
	l.Do(`DELETE FROM log_checkpoints WHERE size > 80`)
	l.Do(fmt.Sprintf(`DELETE FROM log_tiles WHERE level = 0 AND n > %d`, 80/merkle.Width))
}
