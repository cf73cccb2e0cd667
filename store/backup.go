package store

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrNotEmpty: a backup is put back only where there is nothing.
var ErrNotEmpty = errors.New("there is data already")

// Backup copies a store out.
type Backup interface {
	// Backup writes all there is as it was at one moment, while others go on: what opens
	// messages to keys, everything else to records (see package archive). It returns the
	// version of the schema. What lives for minutes only is left out.
	Backup(ctx context.Context, records, keys io.Writer) (schema int64, err error)
}

// Restoration puts a backup back, into a store that has nothing in it. Keys may be of a
// later backup than the records: what was wiped by then stays wiped.
type Restoration struct {
	Schema  int64     // of the records
	Records io.Reader // see package archive
	Keys    io.Reader // nil: without; then no message can be read, and all are wiped
	Detail  string    // of the Restored event: which backup
	By      Actor
	At      time.Time
	// Behind says that the log may be behind what was signed. Then the key of its last
	// checkpoint signs no more.
	Behind bool
}

// RestoredWait is for how long nothing goes out that was waiting in a backup, so that
// there is time to put right what it does not know: who asked for no more texts.
const RestoredWait = time.Hour

// Restored is what became of it.
type Restored struct {
	Rows    int64 // that were put back
	Wiped   int   // messages whose keys are gone
	Waiting int   // texts that wait for [RestoredWait] at least
}
