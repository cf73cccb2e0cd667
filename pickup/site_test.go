package pickup_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// faulty is a store whose look-ups of links fail as told.
type faulty struct {
	store.Reader
	err   error
	panic any
}

func (f faulty) Link(context.Context, token.Hash, store.DeviceHash, time.Time) (store.Link, error) {
	if f.panic != nil {
		panic(f.panic)
	}
	return store.Link{}, f.err
}

func TestFaultsShowNothing(t *testing.T) {
	for _, x := range []struct {
		name   string
		store  faulty
		status int
		text   string
	}{
		{"a fault of the store", faulty{err: errors.New("constraint PHI violated")}, 500, "Something went wrong on our side"},
		{"a store that cannot be reached", faulty{err: store.ErrUnavailable}, 503, "One moment, please"},
		{"a store that hangs", faulty{err: context.DeadlineExceeded}, 503, "One moment, please"},
		{"a panic", faulty{panic: "PHI"}, 500, "Something went wrong on our side"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = x.store })
			tok := token.New().Secret()
			p := c.browser().get("/m/" + tok)
			p.want(t, x.status, x.text)
			p.wantNo(t, "PHI", "panic", "store")
			if !strings.Contains(c.logged(), `"route":"/m/:token"`) || strings.Contains(c.logged(), tok) {
				t.Errorf("the log is %s", c.logged())
			}
			if x.store.panic != nil && strings.Contains(c.logged(), "PHI") {
				t.Error("the log holds what the panic said")
			}
		})
	}
}

func TestMetricsKnowRoutesAlone(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	b.get(d.path())
	b.get("/" + d.Token.Secret())
	b.do("BREW"+d.Token.Secret(), d.path(), nil)
	families, err := c.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range families[0].GetMetric() {
		var labels []string
		for _, l := range m.GetLabel() {
			labels = append(labels, l.GetValue())
		}
		seen[strings.Join(labels, " ")] = true
	}
	for _, want := range []string{"GET /m/:token 200", "POST /m/:token/enrol 303", "other other 404", "other other 405"} {
		if !seen[want] {
			t.Errorf("%q is missing in %v", want, seen)
		}
	}
	if len(seen) != 4 {
		t.Errorf("got %v, want four", seen)
	}
}

func TestNewRefusesWhatIsMissing(t *testing.T) {
	good := newClinic(t).config
	good.Metrics = nil
	for name, change := range map[string]func(*pickup.Config){
		"no store":      func(c *pickup.Config) { c.Store = nil },
		"no sessions":   func(c *pickup.Config) { c.Sessions = nil },
		"no keys":       func(c *pickup.Config) { c.Keys = nil },
		"no passwords":  func(c *pickup.Config) { c.Passwords = nil },
		"no index":      func(c *pickup.Config) { c.Index = seal.Index{} },
		"no public URL": func(c *pickup.Config) { c.PublicURL = "" },
		"a path":        func(c *pickup.Config) { c.PublicURL = "https://pickup.example/here" },
		"metrics twice": func(c *pickup.Config) {
			c.Metrics = prometheus.NewRegistry()
			if _, err := pickup.New(*c); err != nil {
				t.Errorf("New: %v", err)
			}
		},
	} {
		bad := good
		change(&bad)
		if _, err := pickup.New(bad); err == nil {
			t.Errorf("%s: New returned no error", name)
		}
	}
	good.Log, good.Now = nil, nil
	if _, err := pickup.New(good); err != nil {
		t.Errorf("New: %v", err)
	}
}

func TestRobotsAndIcon(t *testing.T) {
	b := newClinic(t).browser()
	b.get("/robots.txt").want(t, 200, "Disallow: /\n")
	b.get("/favicon.ico").want(t, 200, "<svg")
}
