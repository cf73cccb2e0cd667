package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// opsHandler serves whoever runs the process, on the loopback listener: health,
// metrics, profiles and the outbox page of texts that reached no carrier.
func (s *service) opsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if s.outbox != nil {
		mux.Handle("GET /outbox", s.outbox)
		mux.Handle("GET /outbox.json", s.outbox)
	}
	return mux
}

// alive tells that the process runs.
func alive(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// ready tells whether the process can take messages in. The sessions are
// told of, but mail is not turned away for want of them.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	sessions := "ok"
	if err := s.sessions.Ping(ctx); err != nil {
		sessions = "unavailable"
	}
	if err := s.store.Ping(ctx); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "store unavailable\nsessions %s\n", sessions)
		return
	}
	keys, status := s.keyState()
	w.WriteHeader(status)
	fmt.Fprintf(w, "store ok\nsessions %s\nkeys %s\n", sessions, keys)
}

type healthCmd struct{}

// Run asks the process that runs on this machine with these settings.
func (healthCmd) Run(ctx context.Context, p *program) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.OpsAddr+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("not running: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", res.Status)
	}
	return nil
}

type checkCmd struct{}

// Run prints the settings. What is wrong with them is its error.
func (checkCmd) Run(p *program) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	return cfg.Print(p.out)
}
