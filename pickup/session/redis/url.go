package redis

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// How long a dead Redis may keep anybody waiting.
const (
	dialTimeout = 500 * time.Millisecond
	ioTimeout   = time.Second
	callTimeout = 1500 * time.Millisecond // a whole operation of the contract
)

const (
	defaultPrefix = "securetext:"
	defaultPort   = "6379"
	sentinelPort  = "26379"
)

// target is where Redis is.
type target struct {
	addrs    []string
	cluster  bool
	master   string // Sentinel's name for the servers; "" without Sentinel
	db       int
	tls      bool
	prefix   string
	user     *url.Userinfo
	sentinel *url.Userinfo
}

// parseURL reads the forms that [Open] lists.
func parseURL(raw string) (target, error) {
	u, hosts, err := splitHosts(raw)
	if err != nil {
		return target{}, err
	}
	t := target{prefix: defaultPrefix, user: u.User}
	scheme, kind, _ := strings.Cut(u.Scheme, "+")
	if u.Scheme == "unix" {
		scheme, kind = "redis", "unix"
	}
	if t.tls = scheme == "rediss"; !t.tls && scheme != "redis" {
		return target{}, errors.New("the scheme must be redis, rediss or unix, with +cluster or +sentinel where that is meant")
	}
	t.cluster = kind == "cluster" || kind == "" && len(hosts) > 1
	if err := t.setQuery(u.Query(), kind); err != nil {
		return target{}, err
	}
	return t, t.setPlace(u.Path, hosts, kind)
}

// splitHosts parses raw with its list of hosts taken out, since a URL has room
// for one only. It never returns net/url's error, which quotes its input.
func splitHosts(raw string) (*url.URL, []string, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return nil, nil, errors.New("no scheme://")
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	at := strings.LastIndex(authority, "@") + 1
	u, err := url.Parse(scheme + "://" + authority[:at] + "host" + tail)
	if err != nil {
		return nil, nil, errors.New("malformed; is every special character of the password %-encoded?")
	}
	return u, strings.Split(authority[at:], ","), nil
}

func (t *target) setQuery(q url.Values, kind string) (err error) {
	known := []string{"prefix"}
	switch kind {
	case "sentinel":
		known = append(known, "master", "sentinel_user", "sentinel_password")
		t.master = q.Get("master")
		t.sentinel = url.UserPassword(q.Get("sentinel_user"), q.Get("sentinel_password"))
	case "unix":
		known = append(known, "db")
		t.db, err = number(q.Get("db"))
	case "", "cluster":
	default:
		return errors.New("after the + of the scheme only cluster or sentinel may stand")
	}
	for name := range q {
		if !slices.Contains(known, name) {
			return errors.New("unknown or misplaced option in the query")
		}
	}
	if q.Has("prefix") {
		t.prefix = q.Get("prefix")
	}
	if kind == "sentinel" && t.master == "" {
		return errors.New("?master= is missing")
	}
	return err
}

// setPlace sets the addresses and the database.
func (t *target) setPlace(path string, hosts []string, kind string) (err error) {
	if kind == "unix" {
		if path == "" || hosts[0] != "" {
			return errors.New("a socket is given as unix:///path")
		}
		t.addrs = []string{path}
		return nil
	}
	port := defaultPort
	if kind == "sentinel" {
		port = sentinelPort
	}
	for _, h := range hosts {
		addr, err := address(h, port)
		if err != nil {
			return err
		}
		t.addrs = append(t.addrs, addr)
	}
	t.db, err = number(strings.TrimPrefix(path, "/"))
	if err == nil && t.cluster && t.db != 0 {
		return errors.New("a cluster has no database but 0")
	}
	return err
}

// address returns host:port with the port filled in.
func address(h, port string) (string, error) {
	if host, p, err := net.SplitHostPort(h); err == nil {
		h, port = host, p
	} else if strings.HasPrefix(h, "[") && strings.HasSuffix(h, "]") {
		h = h[1 : len(h)-1]
	} else if strings.Contains(h, ":") {
		return "", errors.New("malformed host")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if h == "" || err != nil || n == 0 {
		return "", errors.New("a host or a port is missing or malformed")
	}
	return net.JoinHostPort(h, port), nil
}

// number reads the number of a database; none is 0.
func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, errors.New("the database must be a number")
	}
	return int(n), nil
}

// options are go-redis's: deadlines of contexts are honoured, the commands that
// only newer servers know are not sent, and a dead server is given up soon.
func (t target) options() *goredis.UniversalOptions {
	o := &goredis.UniversalOptions{
		Addrs:                    t.addrs,
		IsClusterMode:            t.cluster,
		MasterName:               t.master,
		DB:                       t.db,
		Username:                 t.user.Username(),
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries:               1,
		DialTimeout:              dialTimeout,
		DialerRetries:            1,
		ReadTimeout:              ioTimeout,
		WriteTimeout:             ioTimeout,
		PoolTimeout:              ioTimeout,
	}
	o.Password, _ = t.user.Password()
	if t.sentinel != nil {
		o.SentinelUsername = t.sentinel.Username()
		o.SentinelPassword, _ = t.sentinel.Password()
	}
	if t.tls {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return o
}
