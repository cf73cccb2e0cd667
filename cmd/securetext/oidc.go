package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"securetext/configs"
	"securetext/store"
	"securetext/store/setting"
	"securetext/web/idp"
)

type oidcSetCmd struct {
	Org       string   `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
	Issuer    *string  `help:"The provider's issuer, letter by letter as it writes it: https://login.microsoftonline.com/TENANT/v2.0." placeholder:"URL"`
	ClientID  *string  `name:"client-id" help:"What the provider calls the console." placeholder:"ID"`
	Secret    *string  `name:"secret-file" help:"File that holds the client secret; - reads it from standard input." placeholder:"FILE"`
	Domains   []string `help:"Of your people's addresses, with commas between: riverside.example. Nobody else's count." placeholder:"DOMAIN"`
	Claim     *string  `help:"Which claim of the token says their roles: groups, roles, realm_access.roles; or none: roles are those set here." placeholder:"NAME"`
	Role      []string `help:"Which value of it gives a role: sender=clinicians. As often as there are." placeholder:"ROLE=VALUE" sep:"none"`
	Make      *string  `help:"Whether who is not here yet is added at their first sign-in: yes or no." placeholder:"YES|NO"`
	Passwords *string  `help:"Whether passwords and passkeys of the console sign people in as well: yes or no." placeholder:"YES|NO"`
	Scopes    *string  `help:"More to ask for than openid, email and profile, with commas between; or none." placeholder:"SCOPES"`
	ACR       *string  `name:"acr" help:"How they must have proved who they are (acr), with commas between; or none." placeholder:"VALUES"`
	AMR       *string  `name:"amr" help:"Or by which means (amr), such as mfa; or none." placeholder:"VALUES"`
}

// Run changes what is given of the settings, and prints all of them.
func (c *oidcSetCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		now, before, err := h.oidc(ctx, org.ID)
		if errors.Is(err, store.ErrNotFound) {
			now.Passwords = true
		} else if err != nil {
			return err
		}
		settings, passwords, err := c.settings(p, before, now.Passwords)
		if err != nil {
			return err
		}
		if err := settings.Check(h.cfg.Mode == configs.Embedded); err != nil {
			return err
		}
		if err := h.setOIDC(ctx, p, org.ID, settings, passwords, before.Issuer != "" && before.Issuer != settings.Issuer); err != nil {
			return err
		}
		return p.print(lineOfOIDC(org.ID, settings, passwords))
	})
}

// setOIDC seals and stores them.
func (h *house) setOIDC(ctx context.Context, p *program, org store.OrgID, s idp.Settings, passwords, anew bool) error {
	record, err := s.Bytes()
	if err != nil {
		return fmt.Errorf("seal settings: %w", err)
	}
	sealed, err := store.SealProvider(ctx, h.keys, org, record)
	if err != nil {
		return err
	}
	sealed.Domains, sealed.Passwords = s.Domains, passwords
	err = h.store.SetProvider(ctx, sealed, anew, operator(), p.now())
	if errors.Is(err, store.ErrConflict) {
		return errors.New("not set: a domain is another org's; or, with --passwords=no, no admin would be left to come in when the provider is away " +
			"(one who never signed in by it, with an authenticator app or a passkey)")
	}
	return err
}

// oidc is the org's provider, with its settings.
func (h *house) oidc(ctx context.Context, org store.OrgID) (store.Provider, idp.Settings, error) {
	p, err := h.store.Provider(ctx, org)
	if err != nil {
		return store.Provider{}, idp.Settings{}, err
	}
	record, err := p.Open(ctx, h.keys)
	if err != nil {
		return p, idp.Settings{}, err
	}
	s, err := idp.Parse(record)
	return p, s, err
}

// settings are those of before with what is given in their place.
func (c *oidcSetCmd) settings(p *program, s idp.Settings, passwords bool) (idp.Settings, bool, error) {
	for to, given := range map[*string]*string{&s.Issuer: c.Issuer, &s.ClientID: c.ClientID, &s.Claim: c.Claim} {
		if given != nil {
			*to = strings.TrimSpace(*given)
		}
	}
	for to, given := range map[*[]string]*string{&s.Scopes: c.Scopes, &s.ACR: c.ACR, &s.AMR: c.AMR} {
		if given != nil {
			*to = listOf(*given)
		}
	}
	if len(c.Domains) > 0 {
		s.Domains = nil
		for _, d := range c.Domains {
			s.Domains = append(s.Domains, strings.ToLower(strings.TrimSpace(d)))
		}
		slices.Sort(s.Domains)
		s.Domains = slices.Compact(s.Domains)
	}
	if s.Claim == setting.None {
		s.Claim, s.Rules = "", nil
	}
	for _, err := range []error{
		setBool("make", c.Make, &s.Make), setBool("passwords", c.Passwords, &passwords), c.rules(&s), c.secret(p, &s),
	} {
		if err != nil {
			return s, passwords, err
		}
	}
	return s, passwords, nil
}

// listOf takes apart what has commas between.
func listOf(text string) (list []string) {
	if text == setting.None {
		return nil
	}
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

func setBool(flag string, given *string, to *bool) error {
	if given == nil {
		return nil
	}
	if *given != "yes" && *given != "no" {
		return fmt.Errorf("--%s: %q is neither yes nor no", flag, *given)
	}
	*to = *given == "yes"
	return nil
}

// rules replace all of before.
func (c *oidcSetCmd) rules(s *idp.Settings) error {
	if len(c.Role) == 0 {
		return nil
	}
	s.Rules = nil
	for _, given := range c.Role {
		role, value, ok := strings.Cut(given, "=")
		if !ok || value == "" || !slices.Contains(store.AllRoles, store.Role(role)) {
			return fmt.Errorf("--role=%s: write sender, admin or auditor, = and the value of the claim", given)
		}
		s.Rules = append(s.Rules, idp.Rule{Role: role, Value: value})
	}
	return nil
}

// maxSecret is how many bytes a client secret may have.
const maxSecret = 4096

// secret reads it, since everybody on the machine sees what stands in a command.
func (c *oidcSetCmd) secret(p *program, s *idp.Settings) error {
	if c.Secret == nil {
		return nil
	}
	from := p.in
	if *c.Secret != "-" {
		f, err := os.Open(*c.Secret)
		if err != nil {
			return fmt.Errorf("--secret-file: %w", err)
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(bufio.NewReader(from), maxSecret))
	if err != nil {
		return fmt.Errorf("--secret-file: %w", err)
	}
	s.Secret = idp.Secret(strings.TrimSpace(string(b)))
	return nil
}

type oidcShowCmd struct {
	Org string `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints the settings.
func (c *oidcShowCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		provider, s, err := h.oidc(ctx, org.ID)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no identity provider (see: securetext org oidc set --help)", org.Name)
		}
		if err != nil {
			return err
		}
		return p.print(lineOfOIDC(org.ID, s, provider.Passwords))
	})
}

type oidcRemoveCmd struct {
	Org string `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
}

// Run takes it away.
func (c *oidcRemoveCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		err = h.store.RemoveProvider(ctx, org.ID, operator(), p.now())
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no identity provider", org.Name)
		}
		return err
	})
}

type oidcLine struct {
	Org       store.OrgID `json:"org"`
	Issuer    string      `json:"issuer"`
	ClientID  string      `json:"client_id"`
	Secret    string      `json:"secret"`
	Domains   []string    `json:"domains"`
	Claim     string      `json:"claim"`
	Roles     []string    `json:"roles"`
	Make      bool        `json:"make"`
	Passwords bool        `json:"passwords"`
	Scopes    []string    `json:"scopes"`
	ACR       []string    `json:"acr"`
	AMR       []string    `json:"amr"`
}

func lineOfOIDC(org store.OrgID, s idp.Settings, passwords bool) oidcLine {
	line := oidcLine{
		Org: org, Issuer: s.Issuer, ClientID: s.ClientID, Secret: "set", Domains: s.Domains, Claim: s.Claim, Roles: []string{},
		Make: s.Make, Passwords: passwords, Scopes: append([]string{}, s.Scopes...), ACR: append([]string{}, s.ACR...), AMR: append([]string{}, s.AMR...),
	}
	if line.Claim == "" {
		line.Claim = setting.None
	}
	for _, r := range s.Rules {
		line.Roles = append(line.Roles, r.Role+"="+r.Value)
	}
	return line
}
