// Package redis keeps sessions in Redis 6.2 or later, for any number of
// processes: one server, Sentinel or Cluster.
//
// Each session is one value under the hash of its ID, and each recipient has one
// sorted set of those hashes, so that all of a recipient's sessions can be ended.
// Every command concerns one key, as Cluster wants. The limits are checked when
// a session is found, and once more by the keys' times to live.
//
// Save writes the value before the set, and the ID is given out only once both
// are there: so a session that somebody can use is always in the set, and
// DeleteAll reaches it. A session whose Save is under way meanwhile may outlive
// DeleteAll; it carries the epoch that was just revoked.
//
// Run Redis with maxmemory-policy noeviction. A Redis that is down costs each
// call about a second at most and is reported as [session.ErrUnavailable].
package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"securetext/pickup/session"
)

// A session seen again within touchEvery is not written again: a page with its
// pictures is one visit. It may end that much early.
const touchEvery = time.Second

// Store implements [session.Store].
type Store struct {
	client goredis.UniversalClient
	prefix string
	limits session.Limits
}

// Open returns a store that holds sessions to limits, on the Redis of rawURL:
//
//	redis://[user:password@]host[:port][/db]                  one server
//	unix:///path/to/redis.sock[?db=n]                         one server, by its socket
//	redis://[user:password@]host[:port],host[:port]           Cluster, by some of its nodes
//	redis+cluster://[user:password@]host[:port]               Cluster, by one address
//	redis+sentinel://[user:password@]host[:port][,…][/db]?master=name
//
// rediss in place of redis means TLS. Every form takes ?prefix= for the keys,
// "securetext:" if absent; Sentinel's takes sentinel_user= and
// sentinel_password= as well. Anything else is an error, which never quotes the
// URL, for that may hold a password.
//
// Open does not connect, so that a process starts while Redis is away;
// [Store.Ping] tells.
func Open(rawURL string, limits session.Limits) (*Store, error) {
	quieten()
	t, err := parseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("redis url: %w", err)
	}
	return &Store{client: goredis.NewUniversalClient(t.options()), prefix: t.prefix, limits: limits}, nil
}

// Beside returns a store on the same connection whose keys begin with the name as
// well, so that nothing of the one is found in the other. It is not to be closed.
func (st *Store) Beside(name string, limits session.Limits) *Store {
	return &Store{client: st.client, prefix: st.prefix + name + ":", limits: limits}
}

// quieten keeps go-redis from writing lines of its own to standard error. Each
// call's error says what was wrong, and the caller logs it in the log's form.
var quieten = sync.OnceFunc(func() { goredis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// Client is the connection, for what else a process keeps in the same Redis. It
// is closed by [Store.Close].
func (st *Store) Client() goredis.UniversalClient { return st.client }

// Prefix begins the names of all keys.
func (st *Store) Prefix() string { return st.prefix }

// Close closes the connections.
func (st *Store) Close() error { return st.client.Close() }

// Ping returns [session.ErrUnavailable] unless Redis answers.
func (st *Store) Ping(ctx context.Context) error {
	return st.call(ctx, "ping", func(ctx context.Context) error { return st.client.Ping(ctx).Err() })
}

// Find implements [session.Store]. The session is marked as seen only where it
// still exists, so that one deleted in between stays deleted.
func (st *Store) Find(ctx context.Context, key session.Key, now time.Time) (s session.Session, err error) {
	err = st.call(ctx, "find session", func(ctx context.Context) error {
		value, err := st.client.Get(ctx, st.sessionKey(key)).Bytes()
		if errors.Is(err, goredis.Nil) {
			return session.ErrNotFound
		}
		if err != nil {
			return err
		}
		if s, err = decode(value); err != nil || st.limits.Expired(s, now) {
			return session.ErrNotFound
		}
		if now.Sub(s.Seen) < touchEvery {
			return nil
		}
		s.Seen = now
		return st.touch(ctx, key, s, now)
	})
	if err != nil {
		return session.Session{}, err
	}
	return s, nil
}

// touch writes the session back, if it is still there.
func (st *Store) touch(ctx context.Context, key session.Key, s session.Session, now time.Time) error {
	written, err := st.client.SetXX(ctx, st.sessionKey(key), encode(s), st.limits.Left(s, now)).Result()
	if err == nil && !written {
		return session.ErrNotFound
	}
	return err
}

// Save implements [session.Store].
func (st *Store) Save(ctx context.Context, key session.Key, s session.Session, now time.Time) error {
	left := st.limits.Left(s, now)
	if left <= 0 {
		return nil // nobody could find it
	}
	return st.call(ctx, "save session", func(ctx context.Context) error {
		if err := st.client.Set(ctx, st.sessionKey(key), encode(s), left).Err(); err != nil {
			return err
		}
		return st.index(ctx, key, s, now)
	})
}

// index adds key to its recipient's set, scored by its absolute end, and drops
// from the set what has ended.
func (st *Store) index(ctx context.Context, key session.Key, s session.Session, now time.Time) error {
	set := st.recipientKey(s.Org, s.Recipient)
	end := s.Created.Add(st.limits.Absolute).UnixMilli()
	_, err := st.client.TxPipelined(ctx, func(tx goredis.Pipeliner) error {
		tx.ZAdd(ctx, set, goredis.Z{Score: float64(end), Member: key.String()})
		tx.ZRemRangeByScore(ctx, set, "-inf", strconv.FormatInt(now.UnixMilli(), 10))
		tx.PExpire(ctx, set, st.limits.Absolute)
		return nil
	})
	return err
}

// Delete implements [session.Store]. The recipient's set keeps the hash until
// the session would have ended.
func (st *Store) Delete(ctx context.Context, key session.Key) error {
	return st.call(ctx, "delete session", func(ctx context.Context) error {
		return st.client.Del(ctx, st.sessionKey(key)).Err()
	})
}

// DeleteAll implements [session.Store]. A hash leaves the set only after its
// session is gone, so that a call that failed half-way can be made again; and
// only the hashes read leave it, so that one saved meanwhile stays within reach.
func (st *Store) DeleteAll(ctx context.Context, org, recipient string) error {
	set := st.recipientKey(org, recipient)
	return st.call(ctx, "delete sessions", func(ctx context.Context) error {
		hashes, err := st.client.ZRange(ctx, set, 0, -1).Result()
		if err != nil || len(hashes) == 0 {
			return err
		}
		_, err = st.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for _, hash := range hashes {
				p.Del(ctx, st.prefix+"session:"+hash)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return st.client.ZRem(ctx, set, hashes).Err()
	})
}

func (st *Store) sessionKey(key session.Key) string { return st.prefix + "session:" + key.String() }

// recipientKey gives the length of the org's id, so that no two pairs of ids
// make one key.
func (st *Store) recipientKey(org, recipient string) string {
	return st.prefix + "recipient:" + strconv.Itoa(len(org)) + ":" + org + ":" + recipient
}

// call runs f within the time a call may take, and turns whatever the driver
// says into an error of the contract: its text stays, for the operator, and its
// type goes.
func (st *Store) call(ctx context.Context, what string, f func(context.Context) error) error {
	within, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := f(within)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, session.ErrNotFound):
		return session.ErrNotFound
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	return fmt.Errorf("%s: %w: %v", what, session.ErrUnavailable, err)
}
