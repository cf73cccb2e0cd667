package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

var key = merkle.NewKey([32]byte{1})

// exported is the export of a log of two clinics, line by line, with what others kept.
type exported struct {
	*storetest.Clinic
	lines []string
	given []merkle.Checkpoint
	notes []string
}

func export(t *testing.T) *exported {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "store.db"))
	x := &exported{Clinic: storetest.NewClinic(t, s)}
	other := x.Neighbour(t)
	now := storetest.Noon
	n, err := notary.New(notary.Config{Store: s, Keys: []*merkle.Key{key}, Origin: "log.example", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		of := []*storetest.Clinic{x.Clinic, other}[i%2]
		id := store.NewKeyID(now)
		p := store.AppPassword{ID: id, Org: of.Org.ID, Sender: of.Sender.ID, Hash: store.HashSecret(string(id))}
		if err := s.AddAppPassword(t.Context(), p, storetest.Ana, now); err != nil {
			t.Fatal(err)
		}
		if i%20 == 19 {
			now = now.Add(time.Hour)
			if err := n.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			last, err := s.LastCheckpoint(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c, err := merkle.Open(last.Note, key.Public())
			if err != nil {
				t.Fatal(err)
			}
			x.given, x.notes = append(x.given, c), append(x.notes, last.Note)
		}
	}
	x.lines = x.write(t, "")
	return x
}

func (x *exported) write(t *testing.T, org store.OrgID) []string {
	t.Helper()
	var out bytes.Buffer
	if err := audit.Export(t.Context(), x.Store, org, &out); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(out.String()))
}

func verify(lines []string, given ...merkle.Checkpoint) (audit.Report, error) {
	return audit.VerifyExport(strings.NewReader(strings.Join(lines, "")), given, key.Public())
}

func TestS34AnExportIsVerifiedOffline(t *testing.T) {
	x := export(t)
	if len(x.lines) != 64+3 {
		t.Errorf("got %d lines, want 64 events and 3 checkpoints", len(x.lines))
	}
	for _, given := range [][]merkle.Checkpoint{x.given[:1], x.given[2:], x.given} {
		r, err := verify(x.lines, slices.Clone(given)...)
		if err != nil || r.Events != 64 || r.Unproved != 0 || r.Checkpoint != x.notes[2] {
			t.Errorf("with %d checkpoints: got %+v, %v", len(given), r, err)
		}
	}
	if _, err := verify(x.lines); err == nil {
		t.Error("it is verified by nothing")
	}
	forked := x.given[1]
	forked.Root[0] ^= 1
	if _, err := verify(x.lines, forked); err == nil {
		t.Error("another log's checkpoint fits")
	}
}

func TestS34AnExportForOneOrgHidesTheOthers(t *testing.T) {
	x := export(t)
	lines := x.write(t, x.Org.ID)
	all := strings.Join(lines, "")
	if r, err := verify(lines, x.given...); err != nil || r.Events != 64 {
		t.Errorf("got %+v, %v", r, err)
	}
	if orgs := strings.Count(all, `"org":"`); orgs != strings.Count(all, `"org":"`+string(x.Org.ID)) || orgs != 32 {
		t.Errorf("it shows events of %d orgs, or others'", orgs)
	}
}

// at gives the line of an index, which checkpoints stand between.
func (x *exported) at(index int) int {
	return slices.IndexFunc(x.lines, func(l string) bool { return strings.HasPrefix(l, fmt.Sprintf(`{"index":%d,`, index)) })
}

// line is that of an index, changed, with the hash that it then has when forged.
func changed(t *testing.T, text string, forge bool, change func(*audit.Line)) string {
	t.Helper()
	var l audit.Line
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	change(&l)
	if forge {
		h := l.Event.LeafHash(*l.Index)
		l.Hash = &h
	}
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

func TestS34WhatWasDoneToAnExportIsNamed(t *testing.T) {
	x := export(t)
	renumber := func(lines []string, from, by int) []string {
		out := slices.Clone(lines)
		for i := from; i < len(out); i++ {
			if strings.HasPrefix(out[i], `{"index"`) {
				out[i] = changed(t, out[i], false, func(l *audit.Line) { *l.Index += int64(by) })
			}
		}
		return out
	}
	a, b := x.at(30), x.at(40)
	for _, c := range []struct {
		name       string
		lines      []string
		index, end int64
	}{
		{"altered", slices.Replace(slices.Clone(x.lines), a, a+1, changed(t, x.lines[a], false, func(l *audit.Line) { l.Event.Detail = "x" })), 30, 31},
		{"altered with its hash", slices.Replace(slices.Clone(x.lines), a, a+1, changed(t, x.lines[a], true, func(l *audit.Line) { l.Event.Detail = "x" })), 24, 44},
		{"its hash altered", slices.Replace(slices.Clone(x.lines), a, a+1, changed(t, x.lines[a], false, func(l *audit.Line) { l.Hash[0] ^= 1 })), 30, 31},
		{"hidden", slices.Replace(slices.Clone(x.lines), a, a+1, changed(t, x.lines[a], false, func(l *audit.Line) { l.Event = nil; l.Hash[0] ^= 1 })), 24, 44},
		{"removed", slices.Delete(slices.Clone(x.lines), a, a+1), 30, 31},
		{"removed, the others renumbered", renumber(slices.Delete(slices.Clone(x.lines), a, a+1), a, -1), 30, 31},
		{"inserted", slices.Insert(slices.Clone(x.lines), a, x.lines[a]), 30, 31},
		{"inserted, the others renumbered", renumber(slices.Insert(slices.Clone(x.lines), a, x.lines[a]), a+1, 1), 31, 32},
		{"moved", slices.Insert(slices.Delete(slices.Clone(x.lines), a, a+1), b, x.lines[a]), 30, 31},
		{"cut short", x.lines[:a], 30, 31},
		{"cut short at a checkpoint", x.lines[:x.at(24)], 24, 25},
		{"longer", append(slices.Clone(x.lines), changed(t, x.lines[a], true, func(l *audit.Line) { *l.Index = 64; l.Event.At = storetest.Noon.Add(3 * time.Hour).UnixMicro() })), 64, 65},
		{"longer, with an earlier time", append(slices.Clone(x.lines), changed(t, x.lines[a], true, func(l *audit.Line) { *l.Index = 64 })), 64, 65},
		{"a checkpoint altered", slices.Replace(slices.Clone(x.lines), x.at(43)+1, x.at(43)+2, `{"checkpoint":"`+strings.ReplaceAll(strings.Replace(x.notes[1], "44", "45", 1), "\n", `\n`)+`"}`+"\n"), 43, 44},
	} {
		_, err := verify(c.lines, x.given...)
		f, ok := errors.AsType[*audit.Fault](err)
		if !ok {
			t.Errorf("%s: got error %v, want a fault", c.name, err)
			continue
		}
		if f.Index != c.index || f.End != c.end {
			t.Errorf("%s: got %v, want events %d to %d", c.name, f, c.index, c.end-1)
		}
	}
}

func TestFilesOfCheckpointsAreRead(t *testing.T) {
	x := export(t)
	for name, text := range map[string]string{
		"with empty lines between": strings.Join(x.notes, "\n"), "without": strings.Join(x.notes, ""),
		"in another order": "\n\n" + x.notes[2] + "\n" + x.notes[0] + "\n" + x.notes[1],
	} {
		got, err := audit.ReadCheckpoints(strings.NewReader(text), key.Public())
		if err != nil || !slices.Equal(got, x.given) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if _, err := audit.ReadCheckpoints(strings.NewReader(strings.Replace(strings.Join(x.notes, "\n"), "44", "45", 1)), key.Public()); !errors.Is(err, merkle.ErrCheckpoint) {
		t.Errorf("an altered one: got %v, want ErrCheckpoint", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(`{"kind":"events","checkpoint":"x","events":[{"index":1,"event":{},"proof":["AAAA"]}]}`)
	f.Add(`{"index":0,"hash":"AAAA","event":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var d audit.Document
		if json.Unmarshal([]byte(text), &d) == nil {
			if _, err := audit.Check(d, key.Public()); err == nil {
				t.Error("a document is taken that nobody signed")
			}
		}
		if _, err := audit.VerifyExport(strings.NewReader(text), []merkle.Checkpoint{{Size: 1}}, key.Public()); err == nil {
			t.Error("an export is taken that fits no checkpoint")
		}
	})
}
