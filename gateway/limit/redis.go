package limit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// callTimeout is how long a Redis that is away may keep anybody waiting.
const callTimeout = time.Second

// allow is the algorithm in one script on one key, as Cluster wants. Times are in
// microseconds, which Lua's numbers hold exactly. It returns how long to wait, 0
// for not at all.
var allow = redis.NewScript(`
	local now, cost, room, spend = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
	local next = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + cost
	if next - now > room then
		return next - now - room
	end
	if spend == '1' then
		redis.call('SET', KEYS[1], next, 'PX', math.ceil((next - now) / 1000))
	end
	return 0
`)

// Redis is a [Limiter] for all processes that share a Redis, 6.2 or later. Their
// clocks should agree: by as much as they differ, those behind wait longer.
//
// Each key is one small value that expires by itself. Its name is a keyed hash,
// so that a dump tells nobody who did what: hashes of phone numbers without a
// key could all be tried out.
type Redis struct {
	client redis.UniversalClient
	prefix string
	secret []byte
}

// NewRedis returns a limiter on client, which must honour the deadlines of
// contexts (ContextTimeoutEnabled) and stays the caller's to close. prefix begins
// the names of its keys; secret, 32 bytes that stand in no database, hides the
// rest of them, and is the same in all processes.
func NewRedis(client redis.UniversalClient, prefix string, secret []byte) *Redis {
	return &Redis{client: client, prefix: prefix, secret: secret}
}

// Allow implements [Limiter].
func (r *Redis) Allow(ctx context.Context, key string, n int, rule Rule, now time.Time) (bool, time.Duration, error) {
	d, err := rule.demand(n)
	if err != nil || d.free {
		return err == nil, 0, err
	}
	within, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	spend := 0
	if d.spend {
		spend = 1
	}
	wait, err := allow.Run(within, r.client, []string{r.name(key)},
		now.UnixMicro(), d.cost.Microseconds(), d.room.Microseconds(), spend).Int64()
	switch {
	case err == nil:
		return wait == 0, time.Duration(wait) * time.Microsecond, nil
	case ctx.Err() != nil:
		return false, 0, fmt.Errorf("rate limit: %w", ctx.Err())
	}
	return false, 0, fmt.Errorf("rate limit: %w: %v", ErrUnavailable, err) // the driver's words, not its type
}

// name is what a key is called in Redis.
func (r *Redis) name(key string) string {
	mac := hmac.New(sha256.New, r.secret)
	mac.Write([]byte(key))
	return r.prefix + "limit:" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
