package postgres

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// statementTimeout ends a statement that the server cannot finish.
	statementTimeout = 15 * time.Second
	// idleTimeout ends a transaction whose process has gone quiet, so that it
	// holds no locks for ever.
	idleTimeout = 30 * time.Second
	// connectTimeout is how soon a server that does not answer is unavailable.
	connectTimeout = 3 * time.Second
	// mostConns is the size of the pool, unless the URL says pool_max_conns.
	mostConns = 16
)

// parse reads the URL and adds what must hold on every connection.
func parse(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read postgres url: it must look like postgres://user:password@host:5432/database?sslmode=verify-full") // not err, which may quote it
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = mostConns
	}
	if !strings.Contains(url, "connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	dialer := net.Dialer{
		Timeout: config.ConnConfig.ConnectTimeout,
		// A server that vanished without a word is noticed within half a minute,
		// whether or not something was on its way to it.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4},
		Control:         limitSilence,
	}
	config.ConnConfig.DialFunc = dialer.DialContext
	setParams(config.ConnConfig.RuntimeParams)
	return config, nil
}

// sessions are the parameters of every session, unless the URL sets them. Every
// row is found by an index here, however small the planner thinks that a table
// is which it has not analysed yet, or was when it made the plan: a scan of the
// whole is for want of anything better.
var sessions = map[string]string{
	"application_name":                    "securetext",
	"statement_timeout":                   milliseconds(statementTimeout),
	"idle_in_transaction_session_timeout": milliseconds(idleTimeout),
	"enable_seqscan":                      "off",
	"enable_hashjoin":                     "off",
	"enable_mergejoin":                    "off",
	"jit":                                 "off",
}

// setParams sets the session's parameters. The URL has no say in
// synchronous_commit: no setting may lose what was answered.
func setParams(params map[string]string) {
	for name, value := range sessions {
		if _, ok := params[name]; !ok {
			params[name] = value
		}
	}
	if params["synchronous_commit"] != "remote_apply" { // which is on, and more
		params["synchronous_commit"] = "on"
	}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
