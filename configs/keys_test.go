package configs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func embedded(t *testing.T, dir string) *Config {
	t.Helper()
	c, err := Load("", []string{"SECURETEXT_DATA_DIR=" + dir})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestS23KeysAreMadeOnceAndAllDiffer(t *testing.T) {
	c := embedded(t, filepath.Join(t.TempDir(), "data"))
	first := mustKeys(t, c)
	if bytes.Equal(first.Root, first.Phone) || bytes.Equal(first.Root, first.Pepper) || bytes.Equal(first.Phone, first.Pepper) {
		t.Error("two keys are the same")
	}
	if again := mustKeys(t, c); !bytes.Equal(first.Root, again.Root) || !bytes.Equal(first.Pepper, again.Pepper) {
		t.Error("the second start has other keys")
	}
	info, err := os.Stat(c.KeysFile())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
}

func mustKeys(t *testing.T, c *Config) *Keys {
	t.Helper()
	keys, err := c.Keys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestS23OneKeyForTwoPurposesIsRefused(t *testing.T) {
	for _, conf := range []string{
		"ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key1 + "\nPEPPER=" + key2,
		"ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key2 + "\nPEPPER=" + key1,
		"ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key2 + "\nPEPPER=" + key2,
		"ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key2 + "\nPEPPER=" + key3 + "\nROOT_KEY_OLD=" + key3,
		"ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key2 + "\nPEPPER=" + key3 + "\nAUDIT_KEY=" + key1,
		"AUDIT_KEY=" + key1 + "\nAUDIT_KEY_OLD=" + key1,
	} {
		if _, err := load("conf", nil, files{"conf": conf}.read); err == nil || !strings.Contains(err.Error(), "the same key as") {
			t.Errorf("%s: got %v", conf, err)
		}
	}
}

func TestKeysMadeAtOnceAreTheSame(t *testing.T) {
	c := embedded(t, t.TempDir())
	var roots [8]Key
	var wg sync.WaitGroup
	for i := range roots {
		wg.Go(func() {
			keys, err := c.Keys()
			if err != nil {
				t.Error(err)
				return
			}
			roots[i] = keys.Root
		})
	}
	wg.Wait()
	for _, r := range roots {
		if !bytes.Equal(r, roots[0]) {
			t.Fatal("two starts at once made different keys")
		}
	}
	left, err := filepath.Glob(filepath.Join(c.DataDir, ".keys-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestKeysThatOthersCanReadAreRefused(t *testing.T) {
	c := embedded(t, t.TempDir())
	mustKeys(t, c)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(c.KeysFile(), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Keys(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %v: got %v", mode, err)
		}
	}
}

func TestLostKeysAreNotReplaced(t *testing.T) {
	c := embedded(t, t.TempDir())
	if err := os.WriteFile(c.SQLiteFile(), []byte("store"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Keys(); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(c.KeysFile()); !os.IsNotExist(err) {
		t.Errorf("a keys file was made: %v", err)
	}
}

func TestAnEmptyKeysFileIsRefused(t *testing.T) {
	c := embedded(t, t.TempDir())
	if err := os.WriteFile(c.KeysFile(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Keys(); err == nil || !strings.Contains(err.Error(), "holds none") {
		t.Errorf("got %v", err)
	}
}

func TestGivenKeysAreUsed(t *testing.T) {
	c := text(t, "ROOT_KEY="+key1+"\nPHONE_KEY="+key2+"\nPEPPER="+key3+"\nROOT_KEY_OLD="+key4+"\nDATA_DIR=/nowhere")
	keys := mustKeys(t, c)
	if len(keys.RootOld) != 1 || !bytes.Equal(keys.Root, c.RootKey) {
		t.Errorf("got %d former keys", len(keys.RootOld))
	}
}

func TestTheAuditKeyIsMadeOnceAndApart(t *testing.T) {
	c := embedded(t, t.TempDir())
	var made [8]Key
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			keys, err := c.AuditKeys()
			if err != nil || len(keys) != 1 {
				t.Errorf("got %d keys, %v", len(keys), err)
				return
			}
			made[i] = keys[0]
		})
	}
	wg.Wait()
	for _, k := range made {
		if !bytes.Equal(k, made[0]) {
			t.Fatal("two starts at once made different keys")
		}
	}
	if keys := mustKeys(t, c); bytes.Equal(keys.Root, made[0]) || bytes.Equal(keys.Pepper, made[0]) {
		t.Error("it is another key, too")
	}
	if info, err := os.Stat(c.AuditKeyFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", info, err)
	}
}

func TestFormerAuditKeysCount(t *testing.T) {
	c := text(t, "AUDIT_KEY="+key1+"\nAUDIT_KEY_OLD="+key2+","+key3)
	keys, err := c.AuditKeys()
	if err != nil || len(keys) != 3 || !bytes.Equal(keys[0], c.AuditKey) {
		t.Errorf("got %d keys, %v, want the key and two former ones", len(keys), err)
	}
}

func TestCheckpointsHaveSomewhereToGo(t *testing.T) {
	for _, line := range []string{"AUDIT_MAIL=a@b.example", "AUDIT_WEBHOOK=http://logs.example/x", "AUDIT_BUCKET=http://s3.example/b"} {
		if _, err := load("conf", nil, files{"conf": line}.read); err == nil {
			t.Errorf("%s is taken", line)
		}
	}
}
