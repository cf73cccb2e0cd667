package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
)

// auditing is the opened log, with the keys that its checkpoints are checked by.
type auditing struct {
	*house
	p    *program
	keys []*merkle.Key
}

// useLog opens the house and the log's keys for one command.
func (p *program) useLog(ctx context.Context, f func(auditing) error) error {
	return p.use(ctx, func(h *house) error {
		keys, err := h.auditKeys()
		if err != nil {
			return err
		}
		return f(auditing{h, p, keys})
	})
}

func (a auditing) prover() audit.Prover {
	return audit.Prover{Store: a.store, Keys: audit.Public(a.keys)}
}

type auditKeyCmd struct{}

// Run prints the public key, and former ones behind it.
func (auditKeyCmd) Run(ctx context.Context, p *program) error {
	return p.useLog(ctx, func(a auditing) error {
		for _, k := range a.keys {
			named, err := k.Public().Named(logOrigin(a.cfg))
			if err != nil {
				return err
			}
			fmt.Fprintln(p.out, named)
		}
		return nil
	})
}

type auditHookCmd struct{}

// Run prints the secret.
func (auditHookCmd) Run(ctx context.Context, p *program) error {
	return p.useLog(ctx, func(a auditing) error {
		_, err := fmt.Fprintln(p.out, a.keys[0].HookSecret())
		return err
	})
}

type auditCheckpointCmd struct {
	Now    bool   `help:"Sign one now, if there is anything new, and do not wait for the next."`
	Former string `help:"With --now: the public key of a key that was lost. The log goes on from its last checkpoint, under the key of the settings." placeholder:"KEY"`
}

// Run prints the last checkpoint, signed.
func (c *auditCheckpointCmd) Run(ctx context.Context, p *program) error {
	return p.useLog(ctx, func(a auditing) error {
		if c.Now {
			former, err := c.former()
			if err != nil {
				return err
			}
			if err := a.seal(ctx, p, former...); err != nil {
				return err
			}
		}
		last, err := a.store.LastCheckpoint(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return errors.New("there is none yet (see: securetext audit checkpoint --now)")
		} else if err != nil {
			return err
		}
		_, err = fmt.Fprint(p.out, last.Note)
		return err
	})
}

func (c *auditCheckpointCmd) former() ([]merkle.PublicKey, error) {
	if c.Former == "" {
		return nil, nil
	}
	return publicKeys([]string{c.Former})
}

type auditExportCmd struct {
	Org string `help:"Id or name of the org whose events are written; of others there are hashes. By default all are." placeholder:"ORG"`
}

// Run writes the export. All that happened before is in it.
func (c *auditExportCmd) Run(ctx context.Context, p *program) error {
	return p.useLog(ctx, func(a auditing) error {
		if err := a.seal(ctx, p); err != nil {
			return err
		}
		var org store.OrgID
		if c.Org != "" {
			o, err := a.org(ctx, c.Org)
			if err != nil {
				return err
			}
			org = o.ID
		}
		return audit.Export(ctx, a.store, org, p.out)
	})
}

// publicKey reads a key that was handed out, or the file that holds it.
func publicKey(given string) (merkle.PublicKey, error) {
	if key, err := merkle.ParsePublicKey(given); err == nil {
		return key, nil
	}
	text, err := os.ReadFile(given)
	if err != nil {
		return nil, fmt.Errorf("--key is neither a public key nor a file that holds one (see: securetext audit key): %w", err)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return merkle.ParsePublicKey(first)
}

// publicKeys reads all that were given.
func publicKeys(given []string) ([]merkle.PublicKey, error) {
	if len(given) == 0 {
		return nil, errors.New("--key is missing: the public key that the log's owner handed out")
	}
	var keys []merkle.PublicKey
	for _, g := range given {
		k, err := publicKey(g)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// checkpointsIn reads files of checkpoints, by size. A file without any is an error.
func checkpointsIn(paths []string, keys ...merkle.PublicKey) ([]merkle.Checkpoint, error) {
	var all []merkle.Checkpoint
	for _, path := range paths {
		found, err := notary.InFile(path, keys...)
		if err == nil && len(found) == 0 {
			err = errors.New("there is no checkpoint in it")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, found...)
	}
	return all, nil
}
