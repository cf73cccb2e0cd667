// Package audit proves what the log says, to whoever has a checkpoint and the
// public key (S34).
//
// [Verify] holds the store to its own tree, marks and checkpoints, and to those
// that were pushed elsewhere; [VerifyExport] does the same with a file that [Export]
// wrote, without any store. Both go through the events in order, a page at a time,
// and stop at the first that is not as it was: a [Fault]. A [Prover] proves single
// events and the growth of the log, as [Document]s that anybody can check.
package audit

import (
	"fmt"
	"time"

	"securetext/store"
	"securetext/store/merkle"
)

// Fault is the first thing that is wrong with the log.
type Fault struct {
	Index int64  // of the event; or where those begin of which one is wrong; -1: it has none
	End   int64  // behind the last of those; Index+1 for one event
	Seq   int64  // of the event that stands there; zero: none does
	What  string // in words
}

func (f *Fault) Error() string {
	if f.Index < 0 {
		return fmt.Sprintf("event of seq %d: %s", f.Seq, f.What)
	}
	if f.End > f.Index+1 {
		return fmt.Sprintf("events %d to %d: %s", f.Index, f.End-1, f.What)
	}
	if f.Seq == 0 {
		return fmt.Sprintf("event %d: %s", f.Index, f.What)
	}
	return fmt.Sprintf("event %d (seq %d): %s", f.Index, f.Seq, f.What)
}

// What is found, in words.
const (
	removed     = "it was removed"
	unexcused   = "it was removed, and no announcement of retention that is as old as it has to be covers it"
	repeated    = "its place is taken twice: one was inserted"
	altered     = "it was altered, or another was put in its place"
	hashAltered = "it is as it was written, but its hash in the tree was altered"
	unmarked    = "it was altered together with its hash in the tree, or inserted there, or its mark was altered"
	backdated   = "its time lies before the checkpoint that came before it: it was inserted afterwards, or the clock of the process that wrote it was wrong"
	strayed     = "it has no place in the log, though those after it have: it was inserted afterwards"
	shorter     = "it and all that follow are missing: they were removed, or the log was put back to an earlier time"
	otherRoot   = "at least one was altered, removed, inserted or moved, together with the hashes that would tell which"
	uncovered   = "it lies behind the last checkpoint: it was inserted"
	tileAltered = "they are as they were written, but a hash of the tree above them was altered"
	unsigned    = "the checkpoint that follows is not signed by the key of this log: it was altered"
)

// Report is what was verified, when nothing is wrong.
type Report struct {
	Events      int64  `json:"events"`      // that are in their places, unaltered
	Checkpoints int64  `json:"checkpoints"` // that fit
	Checkpoint  string `json:"checkpoint"`  // the last of them
	Unproved    int64  `json:"unproved"`    // events that no checkpoint covers yet
	Waiting     int64  `json:"waiting"`     // at most so many have no place yet
	// Removed are those that retention removed, as it had announced, all before that
	// time. Their hashes stand.
	Removed int64     `json:"removed"`
	Before  time.Time `json:"removed_before,omitzero"`
}

// Line is a line of an export: an event in its place, of which an export for one org
// has the hash alone if it is another's; or a checkpoint. What retention announced is in
// every export.
type Line struct {
	Index      *int64        `json:"index,omitempty"`
	Hash       *merkle.Hash  `json:"hash,omitempty"`
	Event      *store.Record `json:"event,omitempty"`
	Removed    bool          `json:"removed,omitempty"` // by retention: the hash alone is left
	Checkpoint string        `json:"checkpoint,omitempty"`
}
