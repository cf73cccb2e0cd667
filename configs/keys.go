package configs

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keys are the secret keys, each for one purpose (S23).
type Keys struct {
	Root    Key   // wraps the orgs' keys
	RootOld []Key // former root keys, which still open what they wrapped
	Phone   Key   // keys the hash by which numbers are found
	Pepper  Key   // keys the HMAC over password hashes
}

// SQLiteFile is the path of the embedded store.
func (c *Config) SQLiteFile() string { return filepath.Join(c.DataDir, "securetext.db") }

// KeysFile is the path of the keys that embedded mode made for itself: a
// settings file of its own, readable by its owner only.
func (c *Config) KeysFile() string { return filepath.Join(c.DataDir, "keys") }

// Keys gives the keys that were set. In embedded mode with none set it reads
// those of KeysFile, and makes that file, once, when there is none.
//
// It is to be called before the store is opened: where a store exists but its
// keys do not, new ones would open nothing in it, so none are made.
func (c *Config) Keys() (*Keys, error) {
	if c.RootKey != nil {
		return &Keys{Root: c.RootKey, RootOld: c.RootKeyOld, Phone: c.PhoneKey, Pepper: c.Pepper}, nil
	}
	_, dbErr := os.Stat(c.SQLiteFile())
	keys, err := readKeys(c.KeysFile())
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if dbErr == nil {
		return nil, fmt.Errorf("keys: %s is there but %s is not: put the keys back from their backup", c.SQLiteFile(), c.KeysFile())
	}
	if err := makeKeys(c.KeysFile()); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	return readKeys(c.KeysFile())
}

// readKeys reads a keys file through the same checks as any settings file.
func readKeys(path string) (*Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keys: others can read %s: take it from them by: chmod 600 %s", path, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	c, err := load(path, nil, func(string) ([]byte, error) { return text, nil })
	if err != nil {
		return nil, err
	}
	if c.RootKey == nil {
		return nil, fmt.Errorf("keys: %s holds none: put it back from its backup", path)
	}
	return c.Keys()
}

// makeKeys writes new keys to path, whole or not at all, and leaves a file
// that another process has put there meanwhile as it is.
func makeKeys(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(newKeys())
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func newKeys() string {
	var b strings.Builder
	b.WriteString("# The secret keys of this folder's store, made at its first start.\n" +
		"# Keep a copy elsewhere: without them nothing stored can be read again.\n")
	for _, name := range []string{"ROOT_KEY", "PHONE_KEY", "PEPPER"} {
		key := make([]byte, KeyLen)
		rand.Read(key) // never fails
		fmt.Fprintf(&b, "%s=%s\n", name, base64.StdEncoding.EncodeToString(key))
	}
	return b.String()
}

// syncDir makes a new name in the folder outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
