package limit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"securetext/gateway/limit"
)

// server is the Redis that tests use, and a prefix of this test's own.
type server struct {
	redis.UniversalClient
	prefix string
}

// open connects to TEST_REDIS. A desk may do without one, CI may not.
func open(t testing.TB) server {
	t.Helper()
	where := os.Getenv("TEST_REDIS")
	if where == "" && os.Getenv("CI") == "true" {
		t.Fatal("TEST_REDIS is not set; CI must run these tests")
	}
	if where == "" {
		t.Skip("NOT TESTED on Redis: set TEST_REDIS to a server's URL, such as redis://127.0.0.1:6379/0")
	}
	s := server{client(t, where), "test-" + rand.Text() + ":"}
	if err := s.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("TEST_REDIS: %v", err)
	}
	t.Cleanup(func() {
		for _, key := range s.keys(t) {
			s.Del(context.WithoutCancel(t.Context()), key)
		}
	})
	return s
}

func client(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.ContextTimeoutEnabled, o.DisableIdentity = true, true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.MaxRetries = 1
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// keys lists what the limiters of this test wrote.
func (s server) keys(t testing.TB) []string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // cleanups come here too
	var all []string
	found := s.Scan(ctx, 0, s.prefix+"*", 1000).Iterator()
	for found.Next(ctx) {
		all = append(all, found.Val())
	}
	if err := found.Err(); err != nil {
		t.Fatalf("scan: %v", err)
	}
	return all
}

var secret = bytes.Repeat([]byte{7}, 32)

func TestS28Redis(t *testing.T) {
	runAll(t, func(t testing.TB) limit.Limiter {
		s := open(t)
		return limit.NewRedis(s, s.prefix, secret)
	})
}

// All processes count together, as long as they have the same secret.
func TestS28ProcessesCountTogether(t *testing.T) {
	s := open(t)
	one, other := limit.NewRedis(s, s.prefix, secret), limit.NewRedis(s, s.prefix, secret)
	want(t, one, "a", 6, noon, 0)
	want(t, other, "a", 4, noon, 0)
	want(t, one, "a", 1, noon, 6*time.Minute)
}

// A stolen dump must tell nobody whose number was texted: not even by trying
// the hashes of all numbers.
func TestS24DumpHoldsNoKey(t *testing.T) {
	const number = "+12114367789"
	s := open(t)
	want(t, limit.NewRedis(s, s.prefix, secret), number, 1, noon, 0)
	var dump bytes.Buffer
	for _, key := range s.keys(t) {
		value, err := s.Dump(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		dump.WriteString(key + "=" + value + "\n")
	}
	if dump.Len() == 0 {
		t.Fatal("nothing was written; is this the right dump?")
	}
	hash := sha256.Sum256([]byte(number))
	for _, spelling := range []string{
		number[1:], "7789", string(hash[:]), hex.EncodeToString(hash[:]),
		base64.RawURLEncoding.EncodeToString(hash[:]), base64.RawStdEncoding.EncodeToString(hash[:]),
	} {
		if bytes.Contains(dump.Bytes(), []byte(spelling)) {
			t.Error("the dump holds a key, or its hash without a secret")
		}
	}
	other := limit.NewRedis(s, s.prefix, bytes.Repeat([]byte{8}, 32))
	want(t, other, number, 10, noon, 0) // another secret, another key
}

// Redis forgets by itself what is made up for.
func TestRedisKeysExpire(t *testing.T) {
	s := open(t)
	want(t, limit.NewRedis(s, s.prefix, secret), "a", 2, noon, 0)
	keys := s.keys(t)
	if len(keys) != 1 {
		t.Fatalf("%d keys, want 1", len(keys))
	}
	ttl, err := s.PTTL(t.Context(), keys[0]).Result()
	if err != nil || ttl > 12*time.Minute || ttl < 11*time.Minute {
		t.Errorf("the key lives %v (%v), want just under 12m", ttl, err)
	}
}

// A Redis that is away, or says nothing, is reported within moments; whether
// mail is taken meanwhile is the caller's choice.
func TestS14RedisAwayIsUnavailableSoon(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	for name, l := range map[string]net.Listener{"silent": silent, "gone": gone} {
		began := time.Now()
		ok, wait, err := limit.NewRedis(client(t, "redis://"+l.Addr().String()), "", secret).Allow(t.Context(), "a", 1, tenAnHour, noon)
		if ok || wait != 0 || !errors.Is(err, limit.ErrUnavailable) {
			t.Errorf("%s: got %v, %v, %v, want ErrUnavailable", name, ok, wait, err)
		}
		var network net.Error
		if errors.As(err, &network) {
			t.Errorf("%s: an error of the network came through: %v", name, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func BenchmarkRedis(b *testing.B) {
	s := open(b)
	l := limit.NewRedis(s, s.prefix, secret)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := l.Allow(b.Context(), "a", 1, tenAnHour, noon); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
