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
)

// Keys are the secret keys, each for one purpose (S23).
type Keys struct {
	Root      Key   // wraps the orgs' keys, unless another provider does; nil: there is none
	RootOld   []Key // other root keys, which still open what they wrapped
	Phone     Key   // keys the hash by which numbers are found
	PhoneNext Key   // will; nil: there is none
	PhoneOld  []Key // did
	Pepper    Key   // keys the HMAC over password hashes
	PepperOld []Key // others that passwords are still right with
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
	if c.PhoneKey != nil {
		return &Keys{
			Root: c.RootKey, RootOld: c.RootKeyOld, Phone: c.PhoneKey, PhoneNext: c.PhoneKeyNext, PhoneOld: c.PhoneKeyOld,
			Pepper: c.Pepper, PepperOld: c.PepperOld,
		}, nil
	}
	_, dbErr := os.Stat(c.SQLiteFile())
	keys, err := readKeys(c.KeysFile())
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if dbErr == nil {
		return nil, fmt.Errorf("keys: %s is there but %s is not: put the keys back from their backup", c.SQLiteFile(), c.KeysFile())
	}
	if err := makeKeys(c.KeysFile(), newKeys()); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	return readKeys(c.KeysFile())
}

// AuditKeyFile is the path of the log's key that embedded mode made for itself.
func (c *Config) AuditKeyFile() string { return filepath.Join(c.DataDir, "audit_key") }

// AuditKeys are the key that signs the log's checkpoints, then former ones. In
// embedded mode with none set it reads that of AuditKeyFile, and makes that file,
// once, when there is none: a log that another key has signed is not signed by it.
func (c *Config) AuditKeys() ([]Key, error) {
	if c.AuditKey != nil {
		return append([]Key{c.AuditKey}, c.AuditKeyOld...), nil
	}
	made, err := readSecrets(c.AuditKeyFile())
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKeys(c.AuditKeyFile(), newAuditKey()); err != nil {
			return nil, fmt.Errorf("make audit key: %w", err)
		}
		made, err = readSecrets(c.AuditKeyFile())
	}
	if err != nil {
		return nil, err
	}
	if made.AuditKey == nil {
		return nil, fmt.Errorf("keys: %s holds none: put it back from its backup", c.AuditKeyFile())
	}
	return append([]Key{made.AuditKey}, c.AuditKeyOld...), nil
}

// readKeys reads the keys of KeysFile.
func readKeys(path string) (*Keys, error) {
	c, err := readSecrets(path)
	if err != nil {
		return nil, err
	}
	if c.RootKey == nil {
		return nil, fmt.Errorf("keys: %s holds none: put it back from its backup", path)
	}
	return c.Keys()
}

// readSecrets reads a keys file through the same checks as any settings file.
func readSecrets(path string) (*Config, error) {
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
	return load(path, nil, func(string) ([]byte, error) { return text, nil })
}

// makeKeys writes new keys to path, whole or not at all, and leaves a file
// that another process has put there meanwhile as it is.
func makeKeys(path, keys string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(keys)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func newKeys() string {
	return "# The secret keys of this folder's store, made at its first start.\n" +
		"# Keep a copy elsewhere: without them nothing stored can be read again.\n" +
		newKey("ROOT_KEY") + newKey("PHONE_KEY") + newKey("PEPPER")
}

func newAuditKey() string {
	return "# The secret key that signs the checkpoints of this folder's event log.\n" +
		"# Keep a copy elsewhere, and give the public key to others: securetext audit key\n" +
		newKey("AUDIT_KEY")
}

func newKey(name string) string {
	key := make([]byte, KeyLen)
	rand.Read(key) // never fails
	return name + "=" + base64.StdEncoding.EncodeToString(key) + "\n"
}

// syncDir makes a new name in the folder outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
