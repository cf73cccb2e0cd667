package main

import (
	"path/filepath"
	"testing"
	"time"

	"securetext/configs"
	"securetext/store/archive"
	"securetext/store/merkle"
)

// Only the last checkpoint of all, named as that, tells that the log is not behind.
// AUDIT_FILE may be as old as the backup, and tells only that it is.
func TestS34WhatSaysThatARestoredLogIsBehind(t *testing.T) {
	key := merkle.NewKey([32]byte{1})
	signed := func(size int64) string {
		note, err := key.Sign(merkle.Checkpoint{Origin: "log.example", Size: size, At: time.Unix(1795738116, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	file := func(size int64) string {
		path := filepath.Join(t.TempDir(), "checkpoints.txt")
		if err := writeWhole(path, signed(size)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	of, earlier, later := file(5), file(4), file(6)
	for _, c := range []struct {
		what            string
		named           []string
		auditFile, note string
		want            bool
	}{
		{"nothing", nil, "", signed(5), true},
		{"the backup's, in AUDIT_FILE alone", nil, of, signed(5), true},
		{"the backup's, named", []string{of}, "", signed(5), false},
		{"the same file, named", []string{of}, of, signed(5), false},
		{"an earlier one, named", []string{earlier}, "", signed(5), true},
		{"a later one, named", []string{of, later}, "", signed(5), true},
		{"the backup's, named, and a later one in AUDIT_FILE", []string{of}, later, signed(5), true},
		{"one, of a backup that has none", []string{of}, "", "", true},
	} {
		cmd := restoreCmd{Checkpoint: c.named}
		got, err := cmd.behind(&configs.Config{Audit: configs.Audit{AuditFile: c.auditFile}}, archive.Manifest{Checkpoint: c.note}, []merkle.PublicKey{key.Public()})
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v, want %v", c.what, got, err, c.want)
		}
	}
}
