package notice

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"securetext/gateway/outbound"
	"securetext/sms/phone"
	"securetext/store"
)

// hookEvent is the body of a webhook: docs/howto/webhook.md is for who reads it.
type hookEvent struct {
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Message   store.MessageID `json:"message"`
	Org       store.OrgID     `json:"org"`
	Reference string          `json:"reference,omitempty"`
	Created   time.Time       `json:"created_at"`
	ReadBy    time.Time       `json:"read_by_at,omitzero"`
	Round     int             `json:"round,omitempty"`
	Test      bool            `json:"test"`
	StatusURL string          `json:"status_url"`
}

// hookBody writes the body of a webhook. Everything in it comes from the notice
// alone, so that a second try is the first, byte for byte.
func (m *Mailer) hookBody(d store.DueNotice, number phone.Number) ([]byte, error) {
	return json.Marshal(hookEvent{
		Type: "message." + string(d.Kind), ID: idOf(d), Message: d.Message, Org: d.Org.ID,
		Reference: shown(d.Reference, number), Created: d.Created.UTC(), ReadBy: d.ReadBy.UTC(),
		Round: roundOf(d), Test: d.Test, StatusURL: m.PublicURL + "/v1/messages/" + url.PathEscape(string(d.Message)),
	})
}

// tell posts the webhook of one notice, and records what came of it. It returns
// the error of the post.
func (m *Mailer) tell(ctx context.Context, j job) error {
	if now := m.Now(); now.After(j.until) {
		m.putBack(ctx, j, "too_slow", now)
		return nil
	}
	secrets := m.secretsOf(j.Org.ID)
	switch {
	case j.Org.Policy.Hook == "":
		m.drop(ctx, j, "no_webhook")
		return nil
	case CheckHook(j.Org.Policy.Hook, m.HookPrivate) != nil:
		m.drop(ctx, j, "webhook_bad_url")
		return nil
	case len(secrets) == 0:
		m.drop(ctx, j, "webhook_no_secret")
		return nil
	}
	number, ok := m.number(ctx, j)
	if !ok {
		return nil
	}
	body, err := m.hookBody(j.DueNotice, number)
	if err != nil {
		m.drop(ctx, j, "no_words")
		return nil
	}
	started := m.Now()
	err = m.poster.post(ctx, post{
		url: j.Org.Policy.Hook, id: idOf(j.DueNotice), body: body,
		signature: outbound.Sign(started, string(body), secrets...),
	})
	m.metrics.observe(j, m.Now().Sub(started))
	m.settleHook(ctx, j, err)
	return err
}

func (m *Mailer) secretsOf(org store.OrgID) []outbound.Secret {
	if m.HookSecrets == nil {
		return nil
	}
	var all []outbound.Secret
	for _, s := range m.HookSecrets(org) {
		all = append(all, outbound.NewSecret(s))
	}
	return all
}

// settleHook does what the answer to a webhook asks for.
func (m *Mailer) settleHook(ctx context.Context, j job, err error) {
	switch {
	case err == nil:
		m.sent(ctx, j)
	case errors.Is(err, ErrPermanent):
		m.drop(ctx, j, Code(err))
	default:
		m.retryHook(ctx, j, err)
	}
}

// retryHook puts a webhook off, for as long as the server asked for at least.
func (m *Mailer) retryHook(ctx context.Context, j job, err error) {
	in := backoff(j.Attempt)
	if silent, ok := errors.AsType[*silence](err); ok {
		in = max(in, silent.wait)
	}
	m.retry(ctx, j, Code(err), in)
}

// CheckHook says what is wrong with the URL of an org's webhook, and does not repeat
// it. Only with private may it be http, an address that is not public, or a name
// of this network alone. Where a name leads to is found out when it is posted to.
func CheckHook(hook string, private bool) error {
	u, err := url.Parse(hook)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && !(private && u.Scheme == "http"):
		return errors.New("the webhook is not an https URL")
	case u.User != nil || u.Fragment != "":
		return errors.New("the webhook's URL has a user or a fragment: webhooks are signed instead")
	}
	if !private && !isPublic(u.Hostname()) {
		return errors.New("the webhook's URL does not lead to a server on the internet")
	}
	return nil
}

// isPublic reports whether a host may be on the internet, by its name or address.
func isPublic(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return outbound.IsPublic(a)
	}
	return strings.Contains(strings.TrimSuffix(host, "."), ".") // which localhost lacks
}
