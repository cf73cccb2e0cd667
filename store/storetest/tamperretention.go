package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
)

// What retention removed is no tampering, and hides none.
var retentionCases = []tamperCase{
	{"S33: what retention removed is told from what was tampered with", func(t *testing.T, l *tampered) {
		l.retain(t)
		r, err := l.verify(t, l.given...)
		if err != nil || r.Removed != 40 || r.Events != int64(tamperedSize+1-40) || r.Before.Before(Noon) || r.Before.After(Noon.Add(3*time.Hour)) {
			t.Errorf("Verify: got %+v, %v, want 40 removed, all of that day or before", r, err)
		}
		l.wantExported(t, nil)
		p := audit.Prover{Store: l.Store, Keys: []merkle.PublicKey{auditKey.Public()}}
		_, err = p.Events(t.Context(), audit.ProofOfEvents, l.seqs[10])
		wantError(t, "prove what was removed", err, audit.ErrRemoved)
		_, err = p.Events(t.Context(), audit.ProofOfEvents, l.seqs[45])
		must(t, "prove what is there", err)
	}},
	{"S34: deleted by another than retention", func(t *testing.T, l *tampered) {
		l.retain(t)
		l.Do(`DELETE FROM events WHERE seq = $1`, l.seqs[50])
		l.wantFault(t, 50, "it was removed", l.given...)
	}},
	{"S34: deleted, and announced by who did it", func(t *testing.T, l *tampered) {
		l.now = l.now.Add(time.Hour)
		l.forge(t, "50-60", l.now)
		l.wantFault(t, 50, "no announcement of retention", l.given...)
		l.wantExported(t, &audit.Fault{Index: 50, End: 61})
	}},
	{"S34: deleted, and announced as from years to come", func(t *testing.T, l *tampered) {
		l.now = l.now.Add(time.Hour)
		l.forge(t, "50", l.now.Add(2*store.MinKeep))
		l.wantFault(t, 50, "no announcement of retention", l.given...)
	}},
	{"S34: the hash of what retention removed altered", func(t *testing.T, l *tampered) {
		l.retain(t)
		at := merkle.Tile{}
		found, err := l.Tiles(t.Context(), at)
		must(t, "Tiles", err)
		forged := slices.Clone(found[at].Hashes)
		forged[33] ^= 1
		l.Do(`UPDATE log_tiles SET hashes = $1 WHERE level = 0 AND n = 0`, forged)
		l.wantFault(t, 1, "hash in the tree", l.given...)
	}},
	{"S34: the announcement altered", func(t *testing.T, l *tampered) {
		l.retain(t)
		l.Do(`UPDATE events SET detail = '0-45' WHERE kind = 'removed'`)
		l.Do(`DELETE FROM events WHERE seq = $1`, l.seqs[42])
		l.wantFault(t, tamperedSize, "altered", l.given...)
	}},
}

// retain lets six years pass since the first checkpoint, and removes what it covers.
func (l *tampered) retain(t *testing.T) {
	t.Helper()
	l.now = Noon.Add(store.MinKeep + time.Hour + time.Minute)
	n, next, err := l.AnnounceRemoval(t.Context(), 0, 1000, l.now)
	if err != nil || n != 40 || next == 0 {
		t.Fatalf("AnnounceRemoval: got %d, %d, %v, want the 40 events of the first checkpoint", n, next, err)
	}
	if n, err := l.RemoveAnnounced(t.Context(), 1000, l.now); err != nil || n != 0 {
		t.Fatalf("RemoveAnnounced: got %d, %v before it is signed, want none", n, err)
	}
	l.seal(t)
	for _, want := range []int{30, 10, 0} {
		if n, err := l.RemoveAnnounced(t.Context(), 30, l.now); err != nil || n != want {
			t.Fatalf("RemoveAnnounced: got %d, %v, want %d", n, err, want)
		}
	}
}

// forge deletes events, and announces that as retention does.
func (l *tampered) forge(t *testing.T, spans string, at time.Time) {
	t.Helper()
	l.Do(`INSERT INTO events (org_id, kind, actor_kind, actor_id, addr, detail, at)
		VALUES ('', 'removed', 'system', 'retention', '', $1, $2)`, spans, at.UnixMicro())
	l.seal(t)
	all, err := store.ParseSpans(spans)
	must(t, "ParseSpans", err)
	for i := all[0].First; i <= all[0].Last; i++ {
		l.Do(`DELETE FROM events WHERE seq = $1`, l.seqs[i])
	}
}

// wantExported checks what is said of an export, of everything and of one org.
func (l *tampered) wantExported(t *testing.T, want *audit.Fault) {
	t.Helper()
	for _, org := range []store.OrgID{"", l.Org.ID, "org_x"} {
		var text strings.Builder
		must(t, "Export", audit.Export(t.Context(), l.Store, org, &text))
		_, err := audit.VerifyExport(strings.NewReader(text.String()), l.given, auditKey.Public())
		if f, ok := err.(*audit.Fault); ok != (want != nil) || ok && (f.Index != want.Index || f.End != want.End) || !ok && err != nil {
			t.Errorf("VerifyExport of %q: got %v, want %v", org, err, want)
		}
	}
}
