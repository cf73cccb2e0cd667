// Package notary makes the log one that can be proved (S34).
//
// A [Notary] gives each event its place in the log, and signs, once a minute at most
// and when there is something new, a checkpoint: what the log is. The checkpoint goes
// to each [Target], outside of the database: who can change every row there cannot
// take back what others have.
//
// It signs nothing that is not the former checkpoint with more behind it, neither the
// one in the store nor the last that it saw itself. So a log that was tampered with
// gets no signature, until somebody has looked at it. Any number of processes may run
// one: the store lets one at a time work.
package notary

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/insist"
	"securetext/store/merkle"
)

// Config is what a Notary works with. Zero durations take the defaults beside them.
type Config struct {
	Store   store.ProvedLog
	Keys    []*merkle.Key      // the first signs; by former ones, older checkpoints are still known
	Former  []merkle.PublicKey // of keys that are lost, whose last checkpoint is to be gone on from
	Origin  string             // the log's name
	Seen    merkle.Checkpoint  // the last that is known from elsewhere, if any
	Targets []Target
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: none
	Now     func() time.Time

	Poll       time.Duration // how often to look for events; 5 s
	Checkpoint time.Duration // how long between two checkpoints at least; 1 min
}

// batch is how many events get their places in one transaction: few enough that the
// one writer of an SQLite file waits for milliseconds only.
const batch = 1000

// Notary is made by [New].
type Notary struct {
	Config
	metrics *metrics
}

// New makes a Notary.
func New(c Config) (*Notary, error) {
	if len(c.Keys) == 0 {
		return nil, errors.New("notary: there is no key to sign by")
	}
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	if c.Checkpoint == 0 {
		c.Checkpoint = time.Minute
	}
	m, err := newMetrics(c)
	if err != nil {
		return nil, fmt.Errorf("notary: %w", err)
	}
	return &Notary{Config: c, metrics: m}, nil
}

// Run works until ctx ends, and returns nil. A store that is away it waits for.
func (n *Notary) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		more := n.round(ctx)
		if !more {
			insist.Sleep(ctx, n.Poll)
		}
	}
	return nil
}

// round does what is due, and reports whether more events wait.
func (n *Notary) round(ctx context.Context) (more bool) {
	done, err := n.Store.Sequence(ctx, batch, n.Keys[0].Mark, n.Now())
	if err != nil {
		n.complain(ctx, "events not sequenced", err)
		return false
	}
	n.metrics.leaves.Add(float64(done))
	if err := n.signIfDue(ctx); err != nil {
		n.complain(ctx, "checkpoint not signed", err)
	}
	n.push(ctx)
	return done >= batch
}

func (n *Notary) complain(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	switch {
	case errors.Is(err, ErrRestored):
		n.metrics.broken.Set(1)
		n.Log.Error("the log was restored: "+what, "err", err)
		return
	case broken(err):
		n.metrics.broken.Set(1)
		n.Log.Error("the log was tampered with, or its key is another: "+what, "err", err)
		return
	}
	n.Log.Warn(what, "err", err)
}

// broken reports whether an error says that the log is not what it was.
func broken(err error) bool {
	return errors.Is(err, ErrTampered) || errors.Is(err, merkle.ErrBroken)
}

// Seal gives all events that wait their places and signs a checkpoint of them, for
// who cannot wait for the next.
func (n *Notary) Seal(ctx context.Context) error {
	for {
		done, err := n.Store.Sequence(ctx, batch, n.Keys[0].Mark, n.Now())
		if err != nil {
			return err
		}
		if done < batch {
			break
		}
	}
	for {
		_, err := n.sign(ctx)
		if !errors.Is(err, store.ErrConflict) { // another signed meanwhile, maybe less
			return err
		}
	}
}

// signIfDue signs when the last checkpoint is old enough.
func (n *Notary) signIfDue(ctx context.Context) error {
	last, err := n.Store.LastCheckpoint(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && n.Now().Sub(last.At) < n.Checkpoint {
		return nil
	}
	c, err := n.sign(ctx)
	switch {
	case errors.Is(err, store.ErrConflict): // another process was faster
		return nil
	case err != nil:
		return err
	case c.Size > last.Size:
		n.Log.Info("checkpoint signed", "size", c.Size)
	}
	n.metrics.broken.Set(0)
	return nil
}

// ErrTampered: the log is not the one that was signed before.
var ErrTampered = errors.New("the log is not its last checkpoint with more behind it (see: securetext audit verify)")

// ErrRestored: the log was put back from a backup, and the key may have signed more than
// is there.
var ErrRestored = errors.New("the log was put back from a backup, and this key may have signed more than is in it: make a new AUDIT_KEY and keep this one as AUDIT_KEY_OLD (see docs/howto/back-up-and-restore.md)")

// mayGoOn is [ErrRestored] when the key that signed before a restore would sign after
// it: whoever keeps checkpoints would have two logs by one key. Once another has signed
// it goes on, whatever the clocks of the machines say.
func (n *Notary) mayGoOn(ctx context.Context, state store.LogState, last merkle.Checkpoint) error {
	if state.Restored.IsZero() || last.Size == 0 {
		return nil
	}
	stored, err := n.Store.LastCheckpoint(ctx)
	if err != nil {
		return err
	}
	if _, err := merkle.Open(stored.Note, n.Keys[0].Public()); err == nil {
		return ErrRestored
	}
	return nil
}

// sign signs what the log is, if it grew.
func (n *Notary) sign(ctx context.Context) (merkle.Checkpoint, error) {
	state, err := n.Store.LogState(ctx)
	if err != nil {
		return merkle.Checkpoint{}, err
	}
	last, err := n.last(ctx)
	if err != nil {
		return last, err
	}
	if err := n.mayGoOn(ctx, state, last); err != nil {
		return last, err
	}
	if max(last.Size, n.Seen.Size) > state.Size || n.Seen.Size > last.Size {
		return last, fmt.Errorf("%d events, %d were signed: %w", state.Size, max(last.Size, n.Seen.Size), ErrTampered)
	}
	c := merkle.Checkpoint{Origin: n.Origin, Size: state.Size, At: n.until(state, last)}
	read := audit.Tiles(ctx, n.Store)
	if c.Root, err = merkle.Root(c.Size, read); err != nil {
		return last, err
	}
	for _, was := range []merkle.Checkpoint{last, n.Seen} {
		if err := grew(was, c, read); err != nil {
			return last, err
		}
	}
	if c.Size == last.Size {
		n.Seen = last
		return last, nil
	}
	signed, err := n.Keys[0].Sign(c)
	if err != nil {
		return last, err
	}
	if err := n.Store.AddCheckpoint(ctx, last.Size, store.StoredCheckpoint{Size: c.Size, Note: signed, At: n.Now()}); err != nil {
		return last, err
	}
	n.Seen = c
	return c, nil
}

// until is the time until when the log has all events: now, or that of the oldest
// which waits.
func (n *Notary) until(state store.LogState, last merkle.Checkpoint) time.Time {
	at := n.Now()
	if !state.Oldest.IsZero() && state.Oldest.Before(at) {
		at = state.Oldest
	}
	if at.Before(last.At) {
		at = last.At
	}
	return at.UTC().Truncate(time.Second)
}

// last is the last checkpoint in the store; the zero one if there is none.
func (n *Notary) last(ctx context.Context) (merkle.Checkpoint, error) {
	stored, err := n.Store.LastCheckpoint(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return merkle.Checkpoint{}, nil
	} else if err != nil {
		return merkle.Checkpoint{}, err
	}
	c, err := merkle.Open(stored.Note, append(audit.Public(n.Keys), n.Former...)...)
	if err != nil || c.Size != stored.Size {
		return c, fmt.Errorf("the last checkpoint is not signed by our key: %w", ErrTampered)
	}
	return c, nil
}

// grew checks that a checkpoint is another with more behind it. Everything lies behind
// none.
func grew(was, is merkle.Checkpoint, read merkle.Read) error {
	if was.Size == 0 {
		return nil
	}
	proof, err := merkle.Compare(was, is, merkle.Reader(is, read))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTampered, err)
	}
	if err := merkle.CheckCompare(was, is, proof); err != nil {
		return fmt.Errorf("%w: %w", ErrTampered, err)
	}
	return nil
}
