package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pruned is what prune does to a folder with these files.
func pruned(t *testing.T, now time.Time, files ...string) (left []string, err error) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = (&backupPruneCmd{In: dir, KeepKeys: "7d"}).Run(&program{out: io.Discard, now: func() time.Time { return now }})
	there, readErr := os.ReadDir(dir)
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, f := range there {
		left = append(left, f.Name())
	}
	return left, err
}

// A backup that was killed on the way leaves keys behind under another name: they go
// like all others, and count for no backup.
func TestS22KeysOfABackupThatWasKilledArePruned(t *testing.T) {
	const old, young = "20261101T020000Z.keys", "20261127T020000Z.keys"
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	left, err := pruned(t, now, old, old+".part", young, young+".part", old+".txt", "other.keys")
	if want := strings.Join([]string{old + ".txt", young, young + ".part", "other.keys"}, " "); err != nil || strings.Join(left, " ") != want {
		t.Errorf("prune left %v, %v, want %s", left, err, want)
	}
	if left, err := pruned(t, now, young+".part"); err == nil || len(left) != 1 {
		t.Errorf("prune with nothing but an unfinished part: left %v, and no error", left)
	}
}

// What is not on the disk for certain does not get the name of what is.
func TestAPartThatIsNotOnTheDiskGetsNoName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x"+manifestFile)
	p, err := newPart(path)
	if err != nil {
		t.Fatal(err)
	}
	p.Close() // so that it cannot be synced
	if _, err := p.finish(); err == nil {
		t.Error("finish: want an error")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it has its name all the same")
	}
}
