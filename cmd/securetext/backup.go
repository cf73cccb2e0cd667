package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"securetext/configs"
	"securetext/store"
	"securetext/store/archive"
	"securetext/store/merkle"
)

// The files of a backup, behind its name. The manifest says what the others are.
const (
	recordsFile  = ".records"
	keysFile     = ".keys"
	manifestFile = ".manifest"

	unfinished = ".part" // behind these
)

// backupSigned is the name under which manifests are signed.
const backupSigned = "securetext-backup"

type backupTakeCmd struct {
	To     string `required:"" help:"Folder for the records, which are kept for years, and the manifest." placeholder:"DIR" type:"path"`
	KeysTo string `help:"Folder for the keys, which are kept for days. By default the same." placeholder:"DIR" type:"path"`
}

type backupLine struct {
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
	Records  string    `json:"records"`
	Keys     string    `json:"keys"`
	Manifest string    `json:"manifest"`
}

// Run writes both parts, as of one moment, and the manifest last: a backup without one
// is none.
func (c *backupTakeCmd) Run(ctx context.Context, p *program) error {
	if c.KeysTo == "" {
		c.KeysTo = c.To
	}
	return p.useLog(ctx, func(a auditing) error {
		at := p.now().UTC().Truncate(time.Second)
		m := archive.Manifest{Name: archive.NewName(at), At: at}
		if err := a.seal(ctx, p); err != nil { // no reason to have no backup
			fmt.Fprintln(p.err, "securetext: the log is not signed up to now:", err)
		}
		last, err := a.store.LastCheckpoint(ctx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		m.Checkpoint = last.Note
		line := backupLine{
			m.Name, m.At, filepath.Join(c.To, m.Name+recordsFile), filepath.Join(c.KeysTo, m.Name+keysFile), filepath.Join(c.To, m.Name+manifestFile),
		}
		if err := a.write(ctx, &m, line); err != nil {
			return err
		}
		signed, err := a.keys[0].SignText(backupSigned, m.Text())
		if err != nil {
			return err
		}
		for dir := range map[string]bool{c.To: true, c.KeysTo: true} {
			if err := writeWhole(filepath.Join(dir, m.Name+manifestFile), signed); err != nil {
				return err
			}
		}
		return p.print(line)
	})
}

// write writes both parts, and what they are into the manifest.
func (a auditing) write(ctx context.Context, m *archive.Manifest, line backupLine) (err error) {
	records, err := newPart(line.Records)
	if err != nil {
		return err
	}
	defer records.abandon()
	keys, err := newPart(line.Keys)
	if err != nil {
		return err
	}
	defer keys.abandon()
	if m.Schema, err = a.store.Backup(ctx, records, keys); err != nil {
		return errors.Join(err, records.err, keys.err)
	}
	if m.Records, err = records.finish(); err != nil {
		return err
	}
	m.Keys, err = keys.finish()
	return err
}

// part is a file on its way to the disk, under another name until it is there.
type part struct {
	*os.File
	path string
	sum  hash.Hash
	size int64
	err  error // the first
}

// newPart makes a file that nobody but its owner can read, and the folder.
func newPart(path string) (*part, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+unfinished, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &part{File: f, path: path, sum: sha256.New()}, nil
}

// Write implements [io.Writer].
func (p *part) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	p.sum.Write(b[:n])
	p.size += int64(n)
	if p.err == nil {
		p.err = err
	}
	return n, err
}

// finish gives the file its name, once all of it is on the disk.
func (p *part) finish() (archive.Part, error) {
	if err := errors.Join(p.Sync(), p.Close()); err != nil {
		return archive.Part{}, err
	}
	if err := os.Rename(p.path+unfinished, p.path); err != nil {
		return archive.Part{}, err
	}
	return archive.Part{SHA256: [32]byte(p.sum.Sum(nil)), Size: p.size}, nil
}

// abandon removes what is not finished.
func (p *part) abandon() {
	p.Close()
	os.Remove(p.path + unfinished)
}

func writeWhole(path, text string) error {
	p, err := newPart(path)
	if err != nil {
		return err
	}
	defer p.abandon()
	if _, err := io.WriteString(p, text); err != nil {
		return err
	}
	_, err = p.finish()
	return err
}

// openManifest reads a manifest that one of the keys signed.
func openManifest(path string, keys ...merkle.PublicKey) (archive.Manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return archive.Manifest{}, err
	}
	text, err := merkle.OpenText(string(b), backupSigned, keys...)
	if err != nil {
		return archive.Manifest{}, fmt.Errorf("%s: it is no manifest, was altered, or its AUDIT_KEY is not among the settings: %w", path, err)
	}
	m, err := archive.ParseManifest(text)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// openPart opens the part of a manifest, which stands beside it, and holds it to that.
func openPart(manifest, ending string, want archive.Part) (*os.File, error) {
	path := strings.TrimSuffix(manifest, manifestFile) + ending
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	got, err := archive.Measure(f)
	if err == nil && got != want {
		err = errors.New("it is not what the manifest says: it was altered or cut short")
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

type backupPruneCmd struct {
	In       string `required:"" help:"Folder of the keys." placeholder:"DIR" type:"path"`
	KeepKeys string `required:"" help:"How long keys are kept: 7d. What was wiped longer ago is gone from all backups then." placeholder:"TIME"`
}

// Run removes keys that are older, and prints them; also those of a backup that was
// killed on the way. That there are none left is an error, as backups are not being
// taken then.
func (c *backupPruneCmd) Run(p *program) error {
	keep, err := configs.ParseDuration(c.KeepKeys)
	if err != nil {
		return fmt.Errorf("--keep-keys: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(c.In, "*"+keysFile+"*"))
	if err != nil {
		return err
	}
	left := 0
	for _, path := range paths {
		name, ending, _ := strings.Cut(filepath.Base(path), keysFile)
		at, err := archive.TimeOf(name)
		if err != nil || ending != "" && ending != unfinished {
			continue // none of ours
		}
		if p.now().Sub(at) < keep {
			if ending == "" {
				left++
			}
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		fmt.Fprintln(p.out, path)
	}
	if left == 0 {
		return fmt.Errorf("%s has no keys younger than %s: take a backup (see: securetext backup)", c.In, c.KeepKeys)
	}
	return nil
}
