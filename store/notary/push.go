package notary

import (
	"context"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
)

// Target is where checkpoints are pushed to, outside of the database.
type Target struct {
	Kind  string        // for logs and metrics: file, webhook, mail, bucket
	Name  string        // tells it from others
	Every time.Duration // between two pushes at least
	Push  func(ctx context.Context, c merkle.Checkpoint, signed string) error
}

// pushBound is how long a push may take, and pushLease how long it is nobody else's:
// after that, one that failed is tried again.
const pushBound, pushLease = 20 * time.Second, time.Minute

// push pushes the last checkpoint to those who do not have it.
func (n *Notary) push(ctx context.Context) {
	if len(n.Targets) == 0 {
		return
	}
	stored, err := n.Store.LastCheckpoint(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return
	} else if err != nil {
		n.complain(ctx, "checkpoint not pushed", err)
		return
	}
	c, err := merkle.Open(stored.Note, audit.Public(n.Keys)...)
	if err != nil {
		return // signing complains
	}
	for _, t := range n.Targets {
		if err := n.pushTo(ctx, t, c, stored.Note); err != nil && ctx.Err() == nil {
			n.metrics.pushes.WithLabelValues(t.Kind, "failed").Inc()
			n.Log.Warn("checkpoint not pushed", "target", t.Kind, "size", c.Size, "err", err)
		}
	}
}

func (n *Notary) pushTo(ctx context.Context, t Target, c merkle.Checkpoint, signed string) error {
	now := n.Now()
	claimed, err := n.Store.ClaimPush(ctx, t.Name, c.Size, now.Add(pushLease), now)
	if err != nil || !claimed {
		return err
	}
	bound, cancel := context.WithTimeout(ctx, pushBound)
	defer cancel()
	if err := t.Push(bound, c, signed); err != nil {
		return err
	}
	n.metrics.pushes.WithLabelValues(t.Kind, "pushed").Inc()
	return n.Store.Pushed(ctx, t.Name, c.Size, n.Now().Add(t.Every))
}
