package redis

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"securetext/pickup/session"
)

// List implements [session.Store]. The recipient's set holds sessions that ended
// early as well, so it is gone through from its newest end until there are enough.
func (st *Store) List(ctx context.Context, org, recipient string, now time.Time) (list []session.Listed, err error) {
	err = st.call(ctx, "list sessions", func(ctx context.Context) error {
		hashes, err := st.client.ZRevRange(ctx, st.recipientKey(org, recipient), 0, -1).Result()
		if err != nil {
			return err
		}
		for some := range slices.Chunk(hashes, session.MaxListed) {
			found, err := st.listed(ctx, some, now)
			if err != nil {
				return err
			}
			if list = append(list, found...); len(list) >= session.MaxListed {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return session.Newest(list), nil
}

// listed returns those of the hashes' sessions that are there and have not expired.
func (st *Store) listed(ctx context.Context, hashes []string, now time.Time) ([]session.Listed, error) {
	values := make([]*goredis.StringCmd, len(hashes))
	_, err := st.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for i, hash := range hashes {
			values[i] = p.Get(ctx, st.prefix+"session:"+hash)
		}
		return nil
	})
	if err != nil && !errors.Is(err, goredis.Nil) { // Nil: the first that failed is gone, look at each
		return nil, err
	}
	var list []session.Listed
	for i, hash := range hashes {
		value, err := values[i].Bytes()
		if errors.Is(err, goredis.Nil) {
			continue
		}
		if err != nil {
			return nil, err
		}
		key, ok := parseKey(hash)
		if s, err := decode(value); ok && err == nil && !st.limits.Expired(s, now) {
			list = append(list, s.Listed(key))
		}
	}
	return list, nil
}

// End implements [session.Store]. As in DeleteAll, the hash leaves the set only
// after its session is gone.
func (st *Store) End(ctx context.Context, org, recipient string, h session.Handle) error {
	set := st.recipientKey(org, recipient)
	return st.call(ctx, "end session", func(ctx context.Context) error {
		hashes, err := st.client.ZRange(ctx, set, 0, -1).Result()
		if err != nil {
			return err
		}
		for _, hash := range hashes {
			key, ok := parseKey(hash)
			if !ok || key.Handle() != h {
				continue
			}
			if err := st.client.Del(ctx, st.sessionKey(key)).Err(); err != nil {
				return err
			}
			if err := st.client.ZRem(ctx, set, hash).Err(); err != nil {
				return err
			}
		}
		return nil
	})
}

// parseKey reads a member of a recipient's set.
func parseKey(hash string) (key session.Key, ok bool) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != len(key) {
		return session.Key{}, false
	}
	return session.Key(b), true
}
