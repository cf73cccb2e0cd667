package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"securetext/configs"
	"securetext/gateway"
	"securetext/gateway/outbound"
	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
	"securetext/web/console"
	"securetext/web/idp"
)

// buildConsole makes the staff's site.
func (s *service) buildConsole(intake *gateway.Intake) (http.Handler, error) {
	url, err := sms.ParsePublicURL(s.cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	site, err := console.New(console.Config{
		Store: s.store, Sessions: s.sessions.staff(), Patients: s.sessions, Keys: s.keys, Index: s.index, Passwords: s.hasher,
		Desk: desk{intake, s.store, url, s.nudge}, Limiter: s.sessions.limiter(s.index), Providers: identityProviders(s.cfg, s.now), URL: s.cfg.ConsoleURL,
		TrustedProxies: s.cfg.TrustedProxies, Log: s.log, Metrics: s.metrics, Now: s.now,
	})
	if err != nil {
		return nil, err
	}
	return site.Handler(), nil
}

// identityProviders asks the identity providers of orgs. Those on a private network are
// reached only where the operator says so.
func identityProviders(cfg *configs.Config, now func() time.Time) *idp.Client {
	desk := cfg.Mode == configs.Embedded
	by := outbound.Transport(&net.Dialer{Timeout: 5 * time.Second}, desk || cfg.ProviderPrivate == "on", nil)
	return idp.New(by, desk, now)
}

// desk implements [console.Desk] by the other roles.
type desk struct {
	intake *gateway.Intake
	log    store.Log
	url    sms.PublicURL
	nudge  func()
}

// Compose implements [console.Desk].
func (d desk) Compose(ctx context.Context, draft console.Draft, dryRun bool) (store.MessageID, []console.Complaint, error) {
	id, found, err := d.intake.Compose(ctx, gateway.Draft(draft), dryRun)
	var complaints []console.Complaint
	for _, c := range found {
		complaints = append(complaints, console.Complaint(c))
	}
	return id, complaints, err
}

// Preview implements [console.Desk].
func (d desk) Preview(org store.Org, kind sms.Kind, lang string) (string, error) {
	if lang == "" {
		lang = org.Lang
	}
	return courier.Preview(org, kind, lang, d.url)
}

// Languages implements [console.Desk].
func (desk) Languages() []string { return sms.Languages() }

// NewAppPassword implements [console.Desk].
func (desk) NewAppPassword() (string, store.SecretHash) { return gateway.NewAppPassword() }

// NewAPIKey implements [console.Desk].
func (desk) NewAPIKey(now time.Time, test bool) (string, store.KeyID, store.SecretHash) {
	if test {
		return gateway.NewTestAPIKey(now)
	}
	return gateway.NewAPIKey(now)
}

// Nudge implements [console.Desk].
func (d desk) Nudge() { d.nudge() }

// Status implements [console.Desk]: what the API answers and message show prints.
func (d desk) Status(ctx context.Context, org store.OrgID, id store.MessageID) (console.Status, error) {
	found, err := gateway.StatusOf(ctx, d.log, org, id)
	if err != nil {
		return console.Status{}, err
	}
	s := console.Status{
		ID: found.ID, Kind: found.Status, Reference: found.Reference, Created: found.Created, SendAt: found.SendAt,
		ReadBy: found.ReadBy, Expires: found.Expires, Wiped: found.Wiped, Expired: found.Expired, Test: found.Test,
		Passcode: string(found.Passcode),
	}
	for _, step := range found.Ladder {
		one := console.Step{Kind: step.Step, At: step.At}
		if r := step.Reason; r != nil {
			one.Code, one.Why, one.Next = r.Code, r.Why, r.Next
		}
		s.Steps = append(s.Steps, one)
	}
	if w := found.Waiting; w != nil {
		s.Waits = &console.Wait{Code: w.Code, Why: w.Why, Since: w.Since}
	}
	if a := found.Answer; a != nil {
		s.Answer, s.Answered = string(a.Choice), a.At
	}
	for _, e := range found.Events {
		s.Events = append(s.Events, console.StatusEvent(e))
	}
	return s, nil
}
