// Package group commits the work of many callers at once.
//
// A [Group] gathers what callers bring while the commit before is under way,
// and hands it to one function as one batch. There is no timer: a lone caller
// is served at once, and the busier it gets the larger the batches grow. A
// caller returns only when its own item is durable or has failed.
package group

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed is returned by [Group.Do] after [Group.Close].
var ErrClosed = errors.New("group closed")

// Group batches calls. Make one with [New].
type Group[T, R any] struct {
	commit func(context.Context, []T) ([]R, error)
	most   int
	in     chan *item[T, R]

	mu     sync.RWMutex
	closed bool
	done   chan struct{}
}

type item[T, R any] struct {
	value  T
	result R
	err    error
	done   chan struct{}
}

// New makes a group that commits at most so many items at once. The function
// returns one result an item, in order; when it fails for several, each is
// tried again alone, so that one bad item does not fail its neighbours.
func New[T, R any](most int, commit func(context.Context, []T) ([]R, error)) *Group[T, R] {
	g := &Group[T, R]{commit: commit, most: most, in: make(chan *item[T, R], most), done: make(chan struct{})}
	go g.run()
	return g
}

// Do waits until value is committed. When ctx ends first, it is not known
// whether it was.
func (g *Group[T, R]) Do(ctx context.Context, value T) (R, error) {
	it := &item[T, R]{value: value, done: make(chan struct{})}
	if err := g.put(ctx, it); err != nil {
		return it.result, err
	}
	select {
	case <-it.done:
		return it.result, it.err
	case <-ctx.Done():
		var none R
		return none, ctx.Err()
	}
}

func (g *Group[T, R]) put(ctx context.Context, it *item[T, R]) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return ErrClosed
	}
	select {
	case g.in <- it:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close commits what waits, and returns when that is done. It may be called
// more than once.
func (g *Group[T, R]) Close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		close(g.in)
	}
	g.mu.Unlock()
	<-g.done
}

func (g *Group[T, R]) run() {
	defer close(g.done)
	for first := range g.in {
		g.serve(g.gather(first))
	}
}

func (g *Group[T, R]) gather(first *item[T, R]) []*item[T, R] {
	batch := append(make([]*item[T, R], 0, g.most), first)
	for len(batch) < g.most {
		select {
		case it, ok := <-g.in:
			if !ok {
				return batch
			}
			batch = append(batch, it)
		default:
			return batch
		}
	}
	return batch
}

func (g *Group[T, R]) serve(batch []*item[T, R]) {
	err := g.try(batch)
	if err == nil || len(batch) == 1 {
		g.settle(batch, err)
		return
	}
	for _, it := range batch {
		alone := []*item[T, R]{it}
		g.settle(alone, g.try(alone))
	}
}

func (g *Group[T, R]) try(batch []*item[T, R]) error {
	values := make([]T, len(batch))
	for i, it := range batch {
		values[i] = it.value
	}
	results, err := g.commit(context.Background(), values)
	if err != nil {
		return err
	}
	for i, it := range batch {
		it.result = results[i]
	}
	return nil
}

func (g *Group[T, R]) settle(batch []*item[T, R], err error) {
	for _, it := range batch {
		it.err = err
		close(it.done)
	}
}
