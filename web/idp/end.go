package idp

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	maxSubject = 255 // bytes, as OpenID Connect bounds it
	maxName    = 100 // bytes
)

// End redeems the code for who they are.
func (c *Client) End(ctx context.Context, s Settings, a Answer) (Person, error) {
	k, err := c.find(ctx, s.Issuer)
	if err != nil {
		return Person{}, err
	}
	if a.Issuer != s.Issuer && (a.Issuer != "" || k.meta.SaysFrom) {
		return Person{}, fmt.Errorf("%w: it is another provider's answer", ErrRefused)
	}
	raw, err := c.redeem(ctx, k, s, a)
	if err != nil {
		return Person{}, err
	}
	verifier := k.provider.Verifier(&oidc.Config{ClientID: s.ClientID, SupportedSigningAlgs: algorithms, Now: c.now})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("%w: the token is not for us, not of now, or not signed", ErrRefused)
	}
	var said claims
	if err := token.Claims(&said); err != nil {
		return Person{}, fmt.Errorf("%w: its claims cannot be read", ErrRefused)
	}
	if err := said.fit(s, a, token); err != nil {
		return Person{}, err
	}
	p := said.person(s)
	return p, c.proved(s, a, p, said)
}

// redeem gives the code back for a token, once.
func (c *Client) redeem(ctx context.Context, k known, s Settings, a Answer) (string, error) {
	got, err := k.config(s, a.Back).Exchange(oidc.ClientContext(ctx, c.http), string(a.Code), oauth2.VerifierOption(string(a.Verifier)))
	var refusal *oauth2.RetrieveError
	switch {
	case errors.As(err, &refusal) && refusal.ErrorCode == "invalid_grant":
		return "", fmt.Errorf("%w: the code is not good", ErrRefused)
	case errors.As(err, &refusal):
		return "", fmt.Errorf("%w: token: status %d", ErrUnavailable, refusal.Response.StatusCode)
	case err != nil:
		return "", unavailable("token", err)
	}
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return "", fmt.Errorf("%w: there is no token of who they are", ErrRefused)
	}
	return raw, nil
}

// claims are what a token says.
type claims struct {
	Party    string         `json:"azp"`
	Email    string         `json:"email"`
	Verified flag           `json:"email_verified"`
	Owned    flag           `json:"xms_edov"` // how Entra ID says it: its domain is theirs
	Name     string         `json:"name"`
	Level    string         `json:"acr"`
	Means    words          `json:"amr"`
	Proved   int64          `json:"auth_time"`
	all      map[string]any // by name
}

// UnmarshalJSON implements [json.Unmarshaler].
func (c *claims) UnmarshalJSON(b []byte) error {
	type plain claims
	if err := json.Unmarshal(b, (*plain)(c)); err != nil {
		return err
	}
	return json.Unmarshal(b, &c.all)
}

// flag is true in any of the ways that providers write it.
type flag bool

// UnmarshalJSON implements [json.Unmarshaler].
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag(slices.Contains([]string{"true", `"true"`, "1", `"1"`}, string(b)))
	return nil
}

// words is one, or a list.
type words []string

// UnmarshalJSON implements [json.Unmarshaler].
func (w *words) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*w = wordsOf(v)
	return nil
}

func wordsOf(v any) (list words) {
	switch v := v.(type) {
	case string:
		return words{v}
	case []any:
		for _, one := range v {
			if text, ok := one.(string); ok {
				list = append(list, text)
			}
		}
	}
	return list
}

// fit is nil when the token was made for this sign-in, and for nobody else.
func (c claims) fit(s Settings, a Answer, token *oidc.IDToken) error {
	switch {
	case a.Nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		return fmt.Errorf("%w: the token is another sign-in's", ErrRefused)
	case c.Party != "" && c.Party != s.ClientID, c.Party == "" && len(token.Audience) > 1:
		return fmt.Errorf("%w: the token is another party's", ErrRefused)
	case token.Subject == "" || len(token.Subject) > maxSubject:
		return fmt.Errorf("%w: the token names nobody", ErrRefused)
	}
	return nil
}

// person is whom they tell of.
func (c claims) person(s Settings) Person {
	p := Person{Name: nameOf(c.Name)}
	p.Subject, _ = c.all["sub"].(string)
	if c.Verified || c.Owned {
		p.Email = s.address(c.Email)
	}
	if s.Claim != "" {
		p.Roles = s.roles(c.find(s.Claim))
	}
	if c.Proved > 0 {
		p.Proved = time.Unix(c.Proved, 0)
	}
	return p
}

// find gives the values of a claim. A dot in its name leads to one within another,
// if there is none that is called so.
func (c claims) find(name string) words {
	if v, ok := c.all[name]; ok {
		return wordsOf(v)
	}
	var v any = c.all
	for part := range strings.SplitSeq(name, ".") {
		within, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = within[part]
	}
	return wordsOf(v)
}

func nameOf(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
			return -1
		}
		return r
	}, name))
	for len(name) > maxName {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	return name
}

// proved is nil when they proved who they are by as much as the org asks for, and
// anew if that was asked for.
func (c *Client) proved(s Settings, a Answer, p Person, said claims) error {
	if !p.Proved.IsZero() && p.Proved.After(c.now().Add(skew)) {
		return fmt.Errorf("%w: it was proved in the future", ErrRefused)
	}
	if a.Fresh && (p.Proved.IsZero() || p.Proved.Before(a.Asked.Add(-skew))) {
		return ErrStale
	}
	if len(s.ACR)+len(s.AMR) == 0 || slices.Contains(s.ACR, said.Level) ||
		slices.ContainsFunc(said.Means, func(m string) bool { return slices.Contains(s.AMR, m) }) {
		return nil
	}
	return ErrFactor
}
