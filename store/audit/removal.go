package audit

import (
	"time"

	"securetext/store"
	"securetext/store/merkle"
)

// removals holds what retention may have removed to what it announced: a missing event
// is excused by a Removed event that stands in the log, names its place, is covered by
// a checkpoint, and came [store.MinKeep] after one that covers the missing event. So
// nobody can excuse the removal of anything younger.
type removals struct {
	missing store.Spans         // whose excuse is not seen yet
	removed int64               // how many are missing
	before  time.Time           // they all are older
	pending []store.Record      // Removed events behind the last checkpoint
	days    []merkle.Checkpoint // the last that fitted of each day
}

// dayOff is how exactly a removal's time is compared: days are looked at.
const dayOff = 24 * time.Hour

// miss notes that the event of a place is gone.
func (r *removals) miss(place int64) {
	r.missing = r.missing.Add(place)
	r.removed++
}

// see notes a Removed event that is as it was written.
func (r *removals) see(e *store.Record) {
	if e.Kind == store.Removed {
		r.pending = append(r.pending, *e)
	}
}

// pass looks at the announcements that a checkpoint covers. None of them is later than
// that, whatever it says itself.
func (r *removals) pass(at merkle.Checkpoint) {
	for _, e := range r.pending {
		spans, err := store.ParseSpans(e.Detail)
		if err != nil {
			continue
		}
		when := time.UnixMicro(e.At)
		if latest := at.At.Add(slack); when.After(latest) {
			when = latest
		}
		end, before := r.coveredBy(when.Add(-store.MinKeep + dayOff))
		r.missing = r.missing.Without(spans.Below(end))
		if before.After(r.before) {
			r.before = before
		}
	}
	r.pending = nil
	if n := len(r.days) - 1; n >= 0 && r.days[n].At.Truncate(dayOff).Equal(at.At.Truncate(dayOff)) {
		r.days[n] = at
		return
	}
	r.days = append(r.days, at)
}

// coveredBy is how many events were covered at a time, and by a checkpoint of when.
func (r *removals) coveredBy(when time.Time) (size int64, at time.Time) {
	for _, c := range r.days {
		if c.At.After(when) {
			break
		}
		size, at = c.Size, c.At
	}
	return size, at
}

// fault is the first event that is missing without an excuse.
func (r *removals) fault() error {
	if len(r.missing) == 0 {
		return nil
	}
	return &Fault{Index: r.missing[0].First, End: r.missing[0].Last + 1, What: unexcused}
}
