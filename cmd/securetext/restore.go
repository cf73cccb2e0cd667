package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"securetext/configs"
	"securetext/store"
	"securetext/store/archive"
	"securetext/store/audit"
	"securetext/store/merkle"
)

type restoreCmd struct {
	From        string   `required:"" help:"The backup's manifest; its records stand beside it." placeholder:"MANIFEST" type:"path"`
	Keys        string   `xor:"keys" help:"The manifest of the keys, if they are of a later backup or stand elsewhere: what was wiped by then stays wiped." placeholder:"MANIFEST" type:"path"`
	WithoutKeys bool     `xor:"keys" help:"To look things up: no message can be read, ever."`
	Checkpoint  []string `help:"A file of checkpoints that was kept elsewhere and has the last that was ever signed: if nothing was signed since the backup, the key goes on. AUDIT_FILE can only tell that something was." placeholder:"FILE"`
	Key         []string `help:"The public key of an audit key that is lost, or a file that holds it." placeholder:"KEY" sep:"none"`
}

type restoredLine struct {
	Name    string    `json:"name"`
	At      time.Time `json:"at"`
	Rows    int64     `json:"rows"`
	Wiped   int       `json:"wiped"`
	Waiting int       `json:"texts_put_off"`
	Behind  bool      `json:"log_behind"`
}

// Run puts the backup back, and prints what became of it.
func (c *restoreCmd) Run(ctx context.Context, p *program) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	public, err := c.publicKeys(cfg)
	if err != nil {
		return err
	}
	records, err := openManifest(c.From, public...)
	if err != nil {
		return err
	}
	r := store.Restoration{Schema: records.Schema, By: operator(), At: p.now(), Detail: records.Name}
	if r.Behind, err = c.behind(cfg, records, public); err != nil {
		return err
	}
	files, err := c.open(records, &r, public)
	for _, f := range files {
		defer f.Close()
	}
	if err != nil {
		return err
	}
	done, err := restoreStore(ctx, cfg, r)
	if errors.Is(err, store.ErrNotEmpty) {
		return fmt.Errorf("%w: restore into an empty database, or a DATA_DIR without securetext.db", err)
	}
	if err != nil {
		return err
	}
	c.advise(p, done, r.Behind)
	return p.print(restoredLine{records.Name, records.At, done.Rows, done.Wiped, done.Waiting, r.Behind})
}

// publicKeys are those by which manifests and checkpoints are known.
func (c *restoreCmd) publicKeys(cfg *configs.Config) ([]merkle.PublicKey, error) {
	keys, err := (&house{cfg: cfg}).auditKeys()
	if err != nil {
		return nil, err
	}
	public := audit.Public(keys)
	if len(c.Key) > 0 {
		lost, err := publicKeys(c.Key)
		if err != nil {
			return nil, err
		}
		public = append(public, lost...)
	}
	return public, nil
}

// open opens the parts, once they are what their manifests say.
func (c *restoreCmd) open(records archive.Manifest, r *store.Restoration, public []merkle.PublicKey) (files []io.Closer, err error) {
	f, err := openPart(c.From, recordsFile, records.Records)
	if err != nil {
		return nil, err
	}
	files, r.Records = append(files, f), f
	if c.WithoutKeys {
		return files, nil
	}
	from, keys := c.From, records
	if c.Keys != "" {
		if from, keys, err = c.laterKeys(records, public); err != nil {
			return files, err
		}
	}
	k, err := openPart(from, keysFile, keys.Keys)
	if errors.Is(err, fs.ErrNotExist) {
		return files, fmt.Errorf("the keys are not there: say where, with --keys: %w", err)
	}
	if err != nil {
		return files, err
	}
	files, r.Keys = append(files, k), k
	if keys.Name != records.Name {
		r.Detail += " keys " + keys.Name
	}
	return files, nil
}

func (c *restoreCmd) laterKeys(records archive.Manifest, public []merkle.PublicKey) (string, archive.Manifest, error) {
	keys, err := openManifest(c.Keys, public...)
	if err == nil && keys.At.Before(records.At) {
		err = fmt.Errorf("the keys of %s are older than the records of %s: messages in between would be lost", keys.Name, records.Name)
	}
	return c.Keys, keys, err
}

// behind reports whether anything may have been signed that is not in the backup: only
// the last checkpoint of all, kept elsewhere and named as such, tells that nothing was.
// AUDIT_FILE alone does not: it may have been put back with the rest of the machine.
func (c *restoreCmd) behind(cfg *configs.Config, m archive.Manifest, public []merkle.PublicKey) (bool, error) {
	paths := c.Checkpoint
	if cfg.AuditFile != "" {
		if _, err := os.Stat(cfg.AuditFile); err == nil {
			paths = append(paths, cfg.AuditFile)
		}
	}
	known, err := checkpointsIn(paths, public...)
	if err != nil || len(c.Checkpoint) == 0 || m.Checkpoint == "" {
		return true, err
	}
	last, err := merkle.Open(m.Checkpoint, public...)
	if err != nil {
		return true, fmt.Errorf("the checkpoint in the manifest: %w", err)
	}
	newest := known[0]
	for _, k := range known {
		if k.Size > newest.Size {
			newest = k
		}
	}
	return newest.Size != last.Size || newest.Root != last.Root, nil
}

// advise says what is still to be done.
func (c *restoreCmd) advise(p *program, done store.Restored, behind bool) {
	say := []string{"all sessions are over; empty Redis all the same"}
	if done.Waiting > 0 {
		say = append(say, fmt.Sprintf("%d texts that waited go out in an hour: import the list of who gets none before", done.Waiting))
	}
	if behind {
		say = append(say, "the log may be behind what was signed: before the start, make a new AUDIT_KEY and keep the former as AUDIT_KEY_OLD, and put AUDIT_FILE away")
	}
	fmt.Fprintf(p.err, "securetext: %s\n", strings.Join(say, "; "))
}
