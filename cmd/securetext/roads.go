package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"securetext/configs"
	"securetext/sms"
	"securetext/sms/console"
	"securetext/sms/courier"
	"securetext/sms/kannel"
	"securetext/sms/sandbox"
	"securetext/sms/twilio"
	"securetext/sms/webhook"
)

// A provider is one who carries texts. Adding another is adding a row to
// [providers] and a package below sms.
type provider struct {
	name  string
	ready func(*configs.Config) bool   // its settings are there
	from  func(*configs.Config) string // what texts come from unless the road says
	open  func(p *roads, from string) (sms.Sender, error)
	check time.Duration // after which it is asked what became of a text, if it can be
}

// providers is the table of all there are, by name.
func providers() []provider {
	return []provider{
		{
			name:  "console",
			ready: func(c *configs.Config) bool { return c.Mode == configs.Embedded },
			from:  func(*configs.Config) string { return "" },
			open:  func(p *roads, _ string) (sms.Sender, error) { return p.console, nil },
		}, {
			name:  "kannel",
			ready: func(c *configs.Config) bool { return c.KannelURL != "" },
			from:  func(c *configs.Config) string { return c.KannelFrom },
			open:  openKannel,
		}, {
			name:  "twilio",
			ready: func(c *configs.Config) bool { return c.TwilioAccountSID != "" && c.TwilioAuthToken != "" },
			from:  func(c *configs.Config) string { return c.TwilioFrom + c.TwilioMessagingServiceSID },
			open:  openTwilio,
			check: 5 * time.Minute,
		}, {
			name:  "webhook",
			ready: func(c *configs.Config) bool { return c.WebhookURL != "" },
			from:  func(c *configs.Config) string { return c.WebhookFrom },
			open:  openWebhook,
			check: 5 * time.Minute,
		},
	}
}

// providerNames are those of the table.
var providerNames = func() []string {
	var names []string
	for _, p := range providers() {
		names = append(names, p.name)
	}
	return names
}()

func openKannel(p *roads, from string) (sms.Sender, error) {
	return kannel.New(kannel.Config{
		URL: p.cfg.KannelURL, User: p.cfg.KannelUser, Password: string(p.cfg.KannelPassword), From: from,
		CallbackURL: p.cfg.PublicURL + statusPath("kannel"), Secret: string(p.cfg.KannelSecret),
	})
}

func openTwilio(p *roads, from string) (sms.Sender, error) {
	c := twilio.Config{
		AccountSID: p.cfg.TwilioAccountSID, AuthToken: string(p.cfg.TwilioAuthToken), BaseURL: p.cfg.TwilioBaseURL,
		CallbackURL: p.cfg.PublicURL + statusPath("twilio"), InboundURL: p.cfg.PublicURL + inboundPath("twilio"),
		Validity:         p.cfg.TwilioValidity,
		ContentRetention: p.cfg.TwilioContentRetention, AddressRetention: p.cfg.TwilioAddressRetention,
		Lookup: p.cfg.TwilioLookup == "on", Transport: p.transport,
	}
	if p.cfg.TwilioBaseURL != twilio.DefaultBaseURL {
		c.LookupURL = p.cfg.TwilioBaseURL
	}
	return twilio.New(c.Via(from))
}

func openWebhook(p *roads, from string) (sms.Sender, error) {
	return webhook.New(webhook.Config{
		URL: p.cfg.WebhookURL, Secret: string(p.cfg.WebhookSecret), From: from,
		CallbackURL: p.cfg.PublicURL + statusPath("webhook"), Private: true, Now: p.now, // the operator's own gateway
	})
}

// Where providers post to us.
func statusPath(provider string) string  { return "/sms/" + provider + "/status" }
func inboundPath(provider string) string { return "/sms/" + provider + "/inbound" }

// roads are all ways for texts that the settings open. It implements
// [courier.Roads].
type roads struct {
	cfg       *configs.Config
	log       *slog.Logger
	now       func() time.Time
	usual     []sms.Road // the operator's choice
	console   *console.Console
	sandbox   *sandbox.Sandbox
	transport *http.Transport // of all senders at Twilio

	mu   sync.Mutex
	open map[string]courier.Road // by line
}

// sandboxCheck is soon: whoever rehearses a lost callback waits for it.
const sandboxCheck = 15 * time.Second

// openRoads opens the roads of TEXTS, so that what is wrong with them is told at
// the start. What becomes of texts in the sandbox is told to call. In production
// the console prints nothing: it only keeps the sandbox's texts.
func openRoads(cfg *configs.Config, out io.Writer, log *slog.Logger, now func() time.Time, call func(sms.Status)) (*roads, error) {
	if cfg.Mode == configs.Production {
		out = nil
	}
	p := &roads{cfg: cfg, log: log, now: now, console: console.New(out, now), transport: twilio.NewTransport(), open: map[string]courier.Road{}}
	p.sandbox = sandbox.New(p.console, call, now)
	var err error
	if p.usual, err = sms.ParseRoads(cfg.Texts, providerNames); err != nil {
		return nil, fmt.Errorf("TEXTS: %w", err)
	}
	for _, r := range p.usual {
		if _, err := p.find(r); err != nil {
			return nil, fmt.Errorf("TEXTS: %w", err)
		}
	}
	return p, nil
}

// Of implements [courier.Roads]. Roads that this process does not have are left
// out, and told of in the log.
func (p *roads) Of(policy string) []courier.Road {
	wanted := p.usual
	if policy != "" {
		parsed, err := sms.ParseRoads(policy, providerNames)
		if err != nil {
			p.log.Error("an org's roads cannot be read", "roads", policy, "err", err)
			return nil
		}
		wanted = parsed
	}
	var found []courier.Road
	for _, w := range wanted {
		r, err := p.find(w)
		if err != nil {
			p.log.Warn("a road is not there", "road", w.Line(), "err", err)
			continue
		}
		r.Rate = w.Rate
		found = append(found, r)
	}
	return found
}

// Sandbox implements [courier.Roads].
func (p *roads) Sandbox() courier.Road {
	return courier.Road{Line: p.sandbox.Name(), Sender: p.sandbox, Check: sandboxCheck}
}

// Named implements [courier.Roads].
func (p *roads) Named(line string) (courier.Road, bool) {
	parsed, err := sms.ParseRoads(line, providerNames)
	if err != nil || len(parsed) != 1 {
		return courier.Road{}, false
	}
	r, err := p.find(parsed[0])
	return r, err == nil
}

// find opens a road, or gives the one that is open.
func (p *roads) find(w sms.Road) (courier.Road, error) {
	of := providerNamed(w.Provider)
	if !of.ready(p.cfg) {
		return courier.Road{}, fmt.Errorf("%s is not set up here", w.Provider)
	}
	if w.From == "" {
		w.From = of.from(p.cfg)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r, ok := p.open[w.Line()]; ok {
		return r, nil
	}
	s, err := of.open(p, w.From)
	if err != nil {
		return courier.Road{}, fmt.Errorf("open %s: %w", w.Line(), err)
	}
	r := courier.Road{Line: w.Line(), Sender: s, Check: of.check}
	p.open[w.Line()] = r
	return r, nil
}

// providerNamed is a row of the table, which has all that [sms.ParseRoads] lets
// through.
func providerNamed(name string) provider {
	for _, p := range providers() {
		if p.name == name {
			return p
		}
	}
	panic("no such provider: " + name)
}

// listeners are those who may post to us, by provider.
func (p *roads) listeners() map[string]sms.Listener {
	found := map[string]sms.Listener{}
	for _, of := range providers() {
		if !of.ready(p.cfg) {
			continue
		}
		r, err := p.find(sms.Road{Provider: of.name})
		if err != nil {
			p.log.Warn("a provider is not there", "provider", of.name, "err", err)
			continue
		}
		if l, can := r.Sender.(sms.Listener); can {
			found[of.name] = l
		}
	}
	return found
}
