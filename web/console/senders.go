package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// sendersPage is what senders.html shows.
type sendersPage struct{ Senders []senderRow }

// senderRow is a sender with how much of what they sign in by is still good.
type senderRow struct {
	store.Sender
	Good int
}

type newSenderPage struct{ Email, Name, Problem string }

// senderPage is what sender.html shows.
type senderPage struct {
	store.Sender
	Credentials []credentialRow
}

type credentialRow struct {
	store.Credential
	Over bool
}

// secretPage is what secret.html shows, this once.
type secretPage struct {
	store.Sender
	User   string // whom to sign in as; empty for an API key
	Secret string
}

// listSenders serves GET /senders.
func (s *Console) listSenders(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	list, err := s.store.Senders(ctx, v.Org.ID)
	if err != nil {
		return fmt.Errorf("list senders: %w", err)
	}
	credentials, err := s.store.Credentials(ctx, v.Org.ID)
	if err != nil {
		return fmt.Errorf("list credentials: %w", err)
	}
	good := map[store.SenderID]int{}
	for _, one := range credentials {
		if !s.over(one) {
			good[one.Sender]++
		}
	}
	var p sendersPage
	for _, sender := range list {
		p.Senders = append(p.Senders, senderRow{sender, good[sender.ID]})
	}
	return s.render(c, http.StatusOK, "senders.html", v, p)
}

func (s *Console) over(one store.Credential) bool {
	return !one.Revoked.IsZero() || !one.Expires.IsZero() && !s.now().Before(one.Expires)
}

// showNewSender serves GET /senders/new.
func (s *Console) showNewSender(c echo.Context, v visit) error {
	return s.render(c, http.StatusOK, "newsender.html", v, newSenderPage{})
}

// addSender serves POST /senders/new.
func (s *Console) addSender(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := newSenderPage{Email: strings.ToLower(f.line("email")), Name: f.line("name")}
	switch {
	case !isAddress(p.Email):
		p.Problem = "email"
	case p.Name == "" || len(p.Name) > maxName:
		p.Problem = "name"
	}
	if p.Problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "newsender.html", v, p)
	}
	sender := store.Sender{ID: store.NewSenderID(s.now()), Org: v.Org.ID, Email: p.Email, Name: p.Name, Created: s.now()}
	err = s.store.AddSender(c.Request().Context(), sender, s.actor(c, v), s.now())
	if errors.Is(err, store.ErrConflict) {
		p.Problem = "taken"
		return s.render(c, http.StatusConflict, "newsender.html", v, p)
	}
	if err != nil {
		return fmt.Errorf("add sender: %w", err)
	}
	return toPage(c, "/senders/"+string(sender.ID), "")
}

func (s *Console) sender(c echo.Context, v visit) (store.Sender, error) {
	list, err := s.store.Senders(c.Request().Context(), v.Org.ID)
	if err != nil {
		return store.Sender{}, fmt.Errorf("find sender: %w", err)
	}
	for _, sender := range list {
		if string(sender.ID) == c.Param("id") {
			return sender, nil
		}
	}
	return store.Sender{}, store.ErrNotFound
}

// showSender serves GET /senders/:id.
func (s *Console) showSender(c echo.Context, v visit) error {
	sender, err := s.sender(c, v)
	if err != nil {
		return err
	}
	all, err := s.store.Credentials(c.Request().Context(), v.Org.ID)
	if err != nil {
		return fmt.Errorf("list credentials: %w", err)
	}
	p := senderPage{Sender: sender}
	for _, one := range all {
		if one.Sender == sender.ID {
			p.Credentials = append(p.Credentials, credentialRow{one, s.over(one)})
		}
	}
	return s.render(c, http.StatusOK, "sender.html", v, p)
}

// suspendSender serves POST /senders/:id/suspend: nothing more is taken from them.
func (s *Console) suspendSender(c echo.Context, v visit) error { return s.stop(c, v, true, "stopped") }

// resumeSender serves POST /senders/:id/resume.
func (s *Console) resumeSender(c echo.Context, v visit) error { return s.stop(c, v, false, "resumed") }

func (s *Console) stop(c echo.Context, v visit, suspended bool, done string) error {
	sender, err := s.sender(c, v)
	if err != nil {
		return err
	}
	err = s.store.SuspendSender(c.Request().Context(), v.Org.ID, sender.ID, suspended, s.actor(c, v), s.now())
	if done, err = said(err, done, words{store.ErrConflict: "already"}); err != nil {
		return fmt.Errorf("suspend sender: %w", err)
	}
	return toPage(c, "/senders/"+string(sender.ID), done)
}

// addAppPassword serves POST /senders/:id/password.
func (s *Console) addAppPassword(c echo.Context, v visit) error {
	sender, f, err := s.senderForm(c, v)
	if err != nil {
		return err
	}
	shown, hash := s.desk.NewAppPassword()
	p := store.AppPassword{ID: store.NewKeyID(s.now()), Org: v.Org.ID, Sender: sender.ID, Label: label(f), Hash: hash}
	if err := s.store.AddAppPassword(c.Request().Context(), p, s.actor(c, v), s.now()); err != nil {
		return fmt.Errorf("add app password: %w", err)
	}
	return s.render(c, http.StatusOK, "secret.html", v, secretPage{sender, sender.Email, shown})
}

// addAPIKey serves POST /senders/:id/key.
func (s *Console) addAPIKey(c echo.Context, v visit) error {
	sender, f, err := s.senderForm(c, v)
	if err != nil {
		return err
	}
	k := store.APIKey{Org: v.Org.ID, Sender: sender.ID, Label: label(f), Test: f.has("test", "yes")}
	for _, scope := range []string{store.ScopeSend, store.ScopeRead} {
		if f.has("scopes", scope) {
			k.Scopes = append(k.Scopes, scope)
		}
	}
	if len(k.Scopes) == 0 {
		return errBadForm
	}
	if days, err := strconv.Atoi(f.line("days")); err == nil && days > 0 {
		k.Expires = s.now().Add(time.Duration(min(days, 3650)) * 24 * time.Hour)
	}
	var shown string
	shown, k.ID, k.Hash = s.desk.NewAPIKey(s.now(), k.Test)
	if err := s.store.AddAPIKey(c.Request().Context(), k, s.actor(c, v), s.now()); err != nil {
		return fmt.Errorf("add api key: %w", err)
	}
	return s.render(c, http.StatusOK, "secret.html", v, secretPage{Sender: sender, Secret: shown})
}

func (s *Console) senderForm(c echo.Context, v visit) (store.Sender, form, error) {
	f, err := readForm(c)
	if err != nil {
		return store.Sender{}, f, err
	}
	sender, err := s.sender(c, v)
	return sender, f, err
}

// label is what a credential is for, cut to the length of a name.
func label(f form) string {
	runes := []rune(f.line("label"))
	return string(runes[:min(len(runes), maxName)])
}

// revokeCredential serves POST /senders/:id/revoke.
func (s *Console) revokeCredential(c echo.Context, v visit) error {
	sender, f, err := s.senderForm(c, v)
	if err != nil {
		return err
	}
	err = s.store.RevokeCredential(c.Request().Context(), v.Org.ID, store.KeyID(f.get("credential")), s.actor(c, v), s.now())
	done, err := said(err, "credended", words{store.ErrNotFound: "already"})
	if err != nil {
		return fmt.Errorf("revoke credential: %w", err)
	}
	return toPage(c, "/senders/"+string(sender.ID), done)
}
