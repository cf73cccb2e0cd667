package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"securetext/configs"
	"securetext/gateway"
	"securetext/gateway/limit"
	"securetext/gateway/notice"
	"securetext/gateway/virus"
	"securetext/pickup/password"
	"securetext/sms/courier"
	"securetext/store/keeper"
	"securetext/store/lookout"
	"securetext/store/notary"
	"securetext/web"
)

type serveCmd struct {
	Roles []string `help:"Only these roles in this process: smtp, api, pickup, courier, console. Overrides ROLES." sep:","`
}

// Run serves until ctx ends, then drains.
func (c *serveCmd) Run(ctx context.Context, p *program) error {
	if len(c.Roles) > 0 {
		p.environ = append(p.environ, configs.Prefix+"ROLES="+strings.Join(c.Roles, ","))
	}
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if err := noCoreDumps(); err != nil {
		return err
	}
	s, err := newService(ctx, cfg, newLog(p.err, cfg), p.out, p.now)
	if err != nil {
		return err
	}
	return errors.Join(s.run(ctx), s.close())
}

// noCoreDumps keeps keys and content out of core files (S35).
func noCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("switch core dumps off: %w", err)
	}
	return nil
}

func newLog(w io.Writer, cfg *configs.Config) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel}))
}

// service is one process of the service: the parts it opened, and the roles
// that it runs on them.
type service struct {
	*house
	log      *slog.Logger
	metrics  *prometheus.Registry
	now      func() time.Time
	tls      *tls.Config
	out      io.Writer // where the console prints texts
	sessions shared
	hasher   *password.Hasher // of patients' and staff's passwords
	outbox   http.Handler     // the page of texts that reached no carrier; nil: none do here

	keysLooked atomic.Bool // the keys of orgs were opened, as far as could be

	roads    *roads            // nil: texts are another process's role
	receipts *courier.Receipts // likewise
	courier  *courier.Courier  // likewise
	keeper   *keeper.Keeper    // likewise
	mailer   *notice.Mailer    // likewise
	notary   *notary.Notary    // likewise
	lookout  *lookout.Lookout  // likewise
	doors    []door            // for mail
	public   http.Handler      // nil: nothing is served there
	console  http.Handler      // likewise

	listeners listeners
}

// listeners are the sockets of a process, but for those of its doors.
type listeners struct{ http, console, ops net.Listener }

// newService opens all parts and listens, in the order in which they are needed.
func newService(ctx context.Context, cfg *configs.Config, log *slog.Logger, out io.Writer, now func() time.Time) (*service, error) {
	h, err := openHouse(ctx, cfg, now())
	if err != nil {
		return nil, err
	}
	s := &service{house: h, log: log, out: out, now: now, metrics: prometheus.NewRegistry()}
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := s.build(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *service) build() (err error) {
	if s.tls, err = openTLS(s.cfg, s.now()); err != nil {
		return err
	}
	if s.sessions, err = openShared(s.cfg); err != nil {
		return err
	}
	if s.cfg.Has(configs.Courier) {
		if err := s.buildRoads(); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	if err := s.buildCourier(mux); err != nil {
		return err
	}
	if err := s.buildMailer(); err != nil {
		return err
	}
	if err := s.buildNotary(); err != nil {
		return err
	}
	if err := s.buildLookout(); err != nil {
		return err
	}
	if err := s.buildInlets(mux); err != nil {
		return err
	}
	return s.listen()
}

// buildMailer makes what tells senders by mail and by webhook: it goes with the
// courier. Without a mail server the mails are given up, and that is on record.
func (s *service) buildMailer() (err error) {
	if s.courier == nil {
		return nil
	}
	c := notice.Config{
		Store: s.store, Keys: s.keys, From: s.cfg.MailFrom, Hostname: s.cfg.SMTPHostname, OwnDomains: s.cfg.SMTPDomains,
		PublicURL: s.cfg.PublicURL, HookSecrets: s.hookSecrets, HookPrivate: s.cfg.Mode == configs.Embedded,
		Log: s.log, Metrics: s.metrics, Now: s.now,
	}
	if s.cfg.MailServer != "" {
		if c.Sender, err = s.smarthost(); err != nil {
			return err
		}
	}
	s.mailer, err = notice.New(c)
	return err
}

// buildInlets makes the doors for mail and what else the public listener serves.
func (s *service) buildInlets(mux *http.ServeMux) error {
	scanner, err := virus.Open(s.cfg.VirusScanner)
	if err != nil {
		return fmt.Errorf("VIRUS_SCANNER: %w", err)
	}
	intake := &gateway.Intake{
		Store: s.store, Directory: s.store, Verdicts: s.store, Keys: s.keys, Index: s.index,
		Nudge: s.nudge, Now: s.now, Log: s.log, Metrics: gateway.NewMetrics(s.metrics),
		Limiter: s.sessions.limiter(s.index), Rates: rates(s.cfg), Virus: scanner,
	}
	if s.cfg.Has(configs.SMTP) {
		s.doors = s.openDoors(intake)
	}
	if s.cfg.Has(configs.API) {
		api := &gateway.API{
			Intake: intake, Events: s.store, PublicURL: s.cfg.PublicURL,
			ClientAddr: web.ClientAddr(s.cfg.TrustedProxies), Log: s.log,
		}
		mux.Handle("/v1/", api.Handler())
		s.public = mux
	}
	return s.buildSites(mux, intake)
}

// buildSites makes the patients' site and the staff's. They hash passwords by one
// hasher, since what bounds it is the process's.
func (s *service) buildSites(mux *http.ServeMux, intake *gateway.Intake) error {
	var err error
	if s.hasher, err = s.newHasher(); err != nil {
		return err
	}
	if s.cfg.Has(configs.Pickup) {
		site, err := s.buildSite(intake.Virus)
		if err != nil {
			return err
		}
		mux.Handle("/", site.Handler())
		s.public = mux
	}
	if s.cfg.Has(configs.Console) {
		s.console, err = s.buildConsole(intake)
	}
	return err
}

// rates are the usual ones, with those that are settings.
func rates(cfg *configs.Config) gateway.Rates {
	r := gateway.DefaultRates
	r.Sender, r.Block = limit.Rule{}, limit.Rule{}
	if cfg.SenderRate > 0 {
		r.Sender = limit.Rule{Burst: int(cfg.SenderRate), Per: time.Hour}
	}
	if cfg.BlockRate > 0 {
		r.Block = limit.Rule{Burst: int(cfg.BlockRate), Per: time.Hour}
	}
	return r
}

func (h *house) newHasher() (*password.Hasher, error) {
	return password.New(password.Params{
		Memory: h.cfg.Argon2Memory, Time: h.cfg.Argon2Time, Threads: h.cfg.Argon2Threads,
	}, password.Pepper(h.secret.Pepper), peppers(h.secret.PepperOld)...)
}

func peppers(keys []configs.Key) (list []password.Pepper) {
	for _, k := range keys {
		list = append(list, password.Pepper(k))
	}
	return list
}

// nudge tells this process's courier of work; another's finds it by itself.
func (s *service) nudge() {
	if s.courier != nil {
		s.courier.Nudge()
	}
}

func (s *service) listen() (err error) {
	for i := range s.doors {
		if err := s.doors[i].listen(); err != nil {
			return err
		}
	}
	if s.public != nil {
		if s.listeners.http, err = net.Listen("tcp", s.cfg.HTTPAddr); err != nil {
			return err
		}
	}
	if s.console != nil {
		if s.listeners.console, err = net.Listen("tcp", s.cfg.ConsoleAddr); err != nil {
			return err
		}
	}
	s.listeners.ops, err = net.Listen("tcp", s.cfg.OpsAddr)
	return err
}

// run serves until ctx ends or a part fails, then drains: the inlets finish what
// they have begun, the courier the texts it is sending.
func (s *service) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	start := func(name string, run func(context.Context) error) {
		g.Go(func() error {
			if err := run(ctx); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	if s.courier != nil {
		for name, run := range s.textRoles() {
			start(name, run)
		}
	}
	if s.mailer != nil {
		start("mailer", s.mailer.Run)
	}
	if s.notary != nil {
		start("notary", s.notary.Run)
	}
	if s.lookout != nil {
		start("lookout", s.lookout.Run)
	}
	for _, d := range s.doors {
		start("smtp", func(ctx context.Context) error { return d.Run(ctx, d.listener) })
	}
	if s.listeners.http != nil {
		start("http", func(ctx context.Context) error { return s.serveHTTP(ctx, s.listeners.http, s.public) })
	}
	if s.listeners.console != nil {
		start("console", func(ctx context.Context) error { return s.serveHTTP(ctx, s.listeners.console, s.console) })
	}
	start("keys", s.keepKeys)
	start("ops", func(ctx context.Context) error { return s.serveHTTP(ctx, s.listeners.ops, s.opsHandler()) })
	s.log.Info("service started", "roles", s.cfg.Roles)
	err := g.Wait()
	s.log.Info("service stopped")
	return err
}

// close lets go of everything, in reverse order of opening.
func (s *service) close() error {
	var errs []error
	for _, l := range []net.Listener{s.listeners.ops, s.listeners.console, s.listeners.http} {
		if l != nil {
			l.Close() // closed already unless it never served
		}
	}
	for _, d := range s.doors {
		if d.listener != nil {
			d.listener.Close() // likewise
		}
	}
	if s.roads != nil {
		errs = append(errs, s.roads.sandbox.Close())
	}
	if s.sessions != nil {
		errs = append(errs, s.sessions.Close())
	}
	return errors.Join(append(errs, s.store.Close())...)
}
