package limit

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// sweepEvery is how often Memory looks for keys that made up for all they did.
	sweepEvery = time.Minute

	// sample is how many keys are looked at to find one that can be forgotten.
	sample = 8
)

// Memory is a [Limiter] for one process, until it ends.
//
// It holds a bounded number of keys. Once they are too many, those with little
// to make up for are forgotten before their time, so that somebody who comes
// under ever new keys can neither fill the memory nor shut others out.
type Memory struct {
	most int

	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time // when a key has made up for all it did
	swept time.Time
}

// NewMemory returns a limiter that holds at most so many keys, each about 100
// bytes; at least one.
func NewMemory(most int) *Memory {
	return &Memory{most: max(most, 1), until: make(map[[sha256.Size]byte]time.Time)}
}

// Allow implements [Limiter]. It is never unavailable.
func (m *Memory) Allow(ctx context.Context, key string, n int, rule Rule, now time.Time) (bool, time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return false, 0, err
	}
	d, err := rule.demand(n)
	if err != nil || d.free {
		return err == nil, 0, err
	}
	hash := sha256.Sum256([]byte(key))
	m.mu.Lock()
	defer m.mu.Unlock()
	next := now.Add(d.cost)
	if until, ok := m.until[hash]; ok && until.After(now) {
		next = until.Add(d.cost)
	}
	if wait := next.Sub(now) - d.room; wait > 0 {
		return false, wait, nil
	}
	if d.spend {
		m.makeRoom(hash, now)
		m.until[hash] = next
	}
	return true, 0, nil
}

// makeRoom drops keys so that hash can be kept. The lock is held.
func (m *Memory) makeRoom(hash [sha256.Size]byte, now time.Time) {
	if now.Sub(m.swept) >= sweepEvery || now.Before(m.swept) {
		m.sweep(now)
	}
	if _, ok := m.until[hash]; !ok && len(m.until) >= m.most {
		m.forget()
	}
}

// sweep drops the keys that made up for all they did. The lock is held.
func (m *Memory) sweep(now time.Time) {
	m.swept = now
	for hash, until := range m.until {
		if !until.After(now) {
			delete(m.until, hash)
		}
	}
}

// forget drops the key with the least to make up for, out of a few that the
// map's random order brings up. The lock is held.
func (m *Memory) forget() {
	var least [sha256.Size]byte
	var soonest time.Time
	seen := 0
	for hash, until := range m.until {
		if seen == 0 || until.Before(soonest) {
			least, soonest = hash, until
		}
		if seen++; seen == sample {
			break
		}
	}
	delete(m.until, least)
}
