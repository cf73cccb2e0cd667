// Package memory keeps sessions in the process: for one process, until it ends.
//
// It holds keys only, never a session's ID, and what has expired is dropped as
// others are saved, so that nothing here needs a goroutine.
package memory

import (
	"context"
	"sync"
	"time"

	"securetext/pickup/session"
)

// sweepEvery is how often saving looks for sessions that have expired.
const sweepEvery = time.Minute

// owner is whose sessions they are.
type owner struct{ org, recipient string }

// Store implements [session.Store].
type Store struct {
	limits session.Limits

	mu       sync.Mutex
	sessions map[session.Key]session.Session
	owned    map[owner]map[session.Key]struct{}
	swept    time.Time
}

// New returns an empty store that holds sessions to limits.
func New(limits session.Limits) *Store {
	return &Store{
		limits:   limits,
		sessions: make(map[session.Key]session.Session),
		owned:    make(map[owner]map[session.Key]struct{}),
	}
}

// Find implements [session.Store].
func (st *Store) Find(ctx context.Context, key session.Key, now time.Time) (session.Session, error) {
	if err := ctx.Err(); err != nil {
		return session.Session{}, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	s, ok := st.sessions[key]
	if !ok {
		return session.Session{}, session.ErrNotFound
	}
	if st.limits.Expired(s, now) {
		st.drop(key)
		return session.Session{}, session.ErrNotFound
	}
	if now.After(s.Seen) {
		s.Seen = now
		st.sessions[key] = s
	}
	return s, nil
}

// Save implements [session.Store].
func (st *Store) Save(ctx context.Context, key session.Key, s session.Session, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.sweep(now)
	st.drop(key)
	st.sessions[key] = s
	o := owner{s.Org, s.Recipient}
	if st.owned[o] == nil {
		st.owned[o] = make(map[session.Key]struct{})
	}
	st.owned[o][key] = struct{}{}
	return nil
}

// Delete implements [session.Store].
func (st *Store) Delete(ctx context.Context, key session.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.drop(key)
	return nil
}

// List implements [session.Store].
func (st *Store) List(ctx context.Context, org, recipient string, now time.Time) ([]session.Listed, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	var list []session.Listed
	for key := range st.owned[owner{org, recipient}] {
		if s := st.sessions[key]; !st.limits.Expired(s, now) {
			list = append(list, s.Listed(key))
		}
	}
	return session.Newest(list), nil
}

// End implements [session.Store].
func (st *Store) End(ctx context.Context, org, recipient string, h session.Handle) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for key := range st.owned[owner{org, recipient}] {
		if key.Handle() == h {
			st.drop(key)
		}
	}
	return nil
}

// DeleteAll implements [session.Store].
func (st *Store) DeleteAll(ctx context.Context, org, recipient string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for key := range st.owned[owner{org, recipient}] {
		st.drop(key)
	}
	return nil
}

// sweep drops what has expired, at most once in a while. The lock is held.
func (st *Store) sweep(now time.Time) {
	if now.Sub(st.swept) < sweepEvery {
		return
	}
	st.swept = now
	for key, s := range st.sessions {
		if st.limits.Expired(s, now) {
			st.drop(key)
		}
	}
}

// drop forgets one session, if it is there. The lock is held.
func (st *Store) drop(key session.Key) {
	s, ok := st.sessions[key]
	if !ok {
		return
	}
	delete(st.sessions, key)
	o := owner{s.Org, s.Recipient}
	delete(st.owned[o], key)
	if len(st.owned[o]) == 0 {
		delete(st.owned, o)
	}
}
