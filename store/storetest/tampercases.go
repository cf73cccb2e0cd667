package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
)

type tamperCase struct {
	name string
	run  func(*testing.T, *tampered)
}

var tamperCases = []tamperCase{
	{"S34: altered", func(t *testing.T, l *tampered) {
		for _, set := range []string{
			`detail = 'x'`, `at = at + 1`, `kind = 'read'`, `actor_id = 'bob'`, `addr = 'nowhere'`, `org_id = 'org_x'`,
			`message_id = 'msg_x'`, `recipient_id = 'rcp_x'`, `actor_kind = 'system'`,
		} {
			l.Do(`UPDATE events SET `+set+` WHERE seq IN ($1, $2)`, l.seqs[50], l.seqs[70])
			l.wantFault(t, 50, "was altered, or another", l.given...)
			l.wantFault(t, 50, "was altered, or another")
		}
	}},
	{"S34: altered behind the last checkpoint", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE events SET detail = 'x' WHERE seq = $1`, l.seqs[102])
		l.wantFault(t, 102, "was altered")
	}},
	{"S34: altered, with all hashes made anew", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE events SET detail = 'x' WHERE seq = $1`, l.seqs[50])
		l.rebuild(t)
		l.wantFault(t, 50, "together with its hash")
		l.grow(t, tamperedSize+1)
		if err := l.notary.Seal(t.Context()); !errors.Is(err, notary.ErrTampered) {
			t.Errorf("Seal: got %v, want ErrTampered", err)
		}
		if err := l.newNotary(t).Seal(t.Context()); !errors.Is(err, notary.ErrTampered) {
			t.Errorf("Seal by a new process: got %v, want ErrTampered", err)
		}
	}},
	{"S34: deleted", func(t *testing.T, l *tampered) {
		l.Do(`DELETE FROM events WHERE seq = $1`, l.seqs[50])
		l.wantFault(t, 50, "removed")
		l.Do(`DELETE FROM log_leaves WHERE leaf = 50`)
		l.wantFault(t, 50, "removed")
	}},
	{"S34: deleted, with those behind moved up and all hashes made anew", func(t *testing.T, l *tampered) {
		l.Do(`DELETE FROM events WHERE seq = $1`, l.seqs[50])
		l.Do(`DELETE FROM log_leaves WHERE leaf = 50`)
		l.Do(`UPDATE log_leaves SET leaf = -leaf WHERE leaf > 50`)
		l.Do(`UPDATE log_leaves SET leaf = -leaf - 1 WHERE leaf < 0`)
		l.Do(`UPDATE log_state SET size = size - 1`)
		l.wantFault(t, 50, "altered")
		l.rebuild(t)
		l.wantFault(t, 50, "altered")
	}},
	{"S34: inserted, with an earlier time", func(t *testing.T, l *tampered) {
		l.Do(`INSERT INTO events (org_id, kind, actor_kind, actor_id, addr, detail, at)
			VALUES ('org_x', 'read', 'recipient', 'rcp_x', '', '', $1)`, Noon.Add(time.Hour).UnixMicro())
		l.wantSound(t) // it has no place yet
		l.now = l.now.Add(time.Hour)
		must(t, "Seal", l.notary.Seal(t.Context()))
		l.wantFault(t, tamperedSize, "inserted afterwards")
	}},
	{"S34: inserted among those that were looked at", func(t *testing.T, l *tampered) {
		l.Do(l.OwnSeq+` VALUES (-7, 'org_x', 'read', 'recipient', 'rcp_x', '', '', $1)`, Noon.UnixMicro())
		if f := l.wantFault(t, -1, "has no place"); f.Seq != -7 {
			t.Errorf("Verify: got %v, want the event of seq -7", f)
		}
	}},
	{"S34: inserted into a place", func(t *testing.T, l *tampered) {
		l.Do(l.OwnSeq+` VALUES (-7, 'org_x', 'read', 'recipient', 'rcp_x', '', '', $1)`, Noon.UnixMicro())
		l.Do(`UPDATE log_leaves SET leaf = -leaf WHERE leaf >= 50`)
		l.Do(`UPDATE log_leaves SET leaf = 1 - leaf WHERE leaf < 0`)
		l.Do(`INSERT INTO log_leaves (leaf, seq) VALUES (50, -7)`)
		l.Do(`UPDATE log_state SET size = size + 1`)
		l.wantFault(t, 50, "altered, or another")
	}},
	{"S34: put behind the last, with a place", func(t *testing.T, l *tampered) {
		l.Do(l.OwnSeq+` VALUES (-7, 'org_x', 'read', 'recipient', 'rcp_x', '', '', $1)`, l.now.UnixMicro())
		l.Do(`INSERT INTO log_leaves (leaf, seq) VALUES ($1, -7)`, tamperedSize)
		l.Do(`UPDATE log_state SET size = size + 1`)
		l.wantFault(t, tamperedSize, "inserted")
	}},
	{"S34: moved", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE log_leaves SET seq = -1 WHERE leaf = 50`)
		l.Do(`UPDATE log_leaves SET seq = $1 WHERE leaf = 60`, l.seqs[50])
		l.Do(`UPDATE log_leaves SET seq = $1 WHERE leaf = 50`, l.seqs[60])
		l.wantFault(t, 50, "altered, or another")
		l.rebuild(t)
		l.wantFault(t, 50, "altered")
	}},
	{"S34: what two events say is swapped", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE events SET kind = CASE WHEN seq = $1 THEN 'sender_resumed' ELSE 'sender_suspended' END WHERE seq IN ($1, $2)`, l.seqs[50], l.seqs[51])
		l.Do(`UPDATE events SET kind = CASE WHEN seq = $1 THEN 'sender_suspended' ELSE 'sender_resumed' END WHERE seq IN ($1, $2)`, l.seqs[60], l.seqs[61])
		f := l.wantFault(t, 50, "")
		if f.End != 51 {
			t.Errorf("Verify: got %v, want one event", f)
		}
	}},
	{"S34: truncated", func(t *testing.T, l *tampered) {
		l.cut(90)
		l.wantFault(t, 90, "missing")
		l.wantFault(t, 90, "missing", l.given...)
	}},
	{"S34: rolled back, checkpoints and all", func(t *testing.T, l *tampered) {
		l.rollBack()
		if _, err := l.verify(t); err != nil {
			t.Errorf("Verify: got %v: the store alone cannot know", err)
		}
		l.wantFault(t, 80, "missing", l.given...)
		l.grow(t, 90)
		if err := l.notary.Seal(t.Context()); !errors.Is(err, notary.ErrTampered) {
			t.Errorf("Seal by who saw the later checkpoint: got %v, want ErrTampered", err)
		}
	}},
	{"S34: rolled back, and gone on from there", func(t *testing.T, l *tampered) {
		l.rollBack()
		l.now = l.now.Add(time.Hour)
		l.grow(t, tamperedSize)
		must(t, "Seal by a new process that knows nothing", l.newNotary(t).Seal(t.Context()))
		f := l.wantFault(t, 80, "at least one", l.given...)
		if f.End != 100 {
			t.Errorf("Verify: got %v, want it to end with the checkpoint that differs", f)
		}
		if err := l.notary.Seal(t.Context()); !errors.Is(err, notary.ErrTampered) {
			t.Errorf("Seal by who saw the later checkpoint: got %v, want ErrTampered", err)
		}
	}},
	{"S34: hashes of the tree altered", func(t *testing.T, l *tampered) {
		for _, at := range []merkle.Tile{{Level: 0, N: 1}, {Level: 1, N: 0}} {
			found, err := l.Tiles(t.Context(), at)
			must(t, "Tiles", err)
			forged := append([]byte(nil), found[at].Hashes...)
			forged[33] ^= 1 // the second hash
			l.Do(`UPDATE log_tiles SET hashes = $1 WHERE level = $2 AND n = $3`, forged, at.Level, at.N)
			if at.Level == 0 {
				l.wantFault(t, 33, "its hash in the tree was altered")
			} else {
				l.wantFault(t, 0, "a hash of the tree above them")
			}
			l.Do(`UPDATE log_tiles SET hashes = $1 WHERE level = $2 AND n = $3`, found[at].Hashes, at.Level, at.N)
		}
		l.wantSound(t)
		l.Do(`DELETE FROM log_tiles WHERE level = 0 AND n = 1`)
		l.wantFault(t, 32, "")
	}},
	{"S34: a mark altered", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE log_tiles SET marks = $1 WHERE level = 0 AND n = 1`, make([]byte, 16*merkle.Width))
		l.wantFault(t, 32, "mark")
	}},
	{"S34: a checkpoint altered", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE log_checkpoints SET note = $1 WHERE size = 80`, "log.example\n80\n"+strings.Repeat("A", 43)+"=\n\n— log.example AAAA\n")
		l.wantFault(t, 40, "checkpoint")
	}},
	{"S34: a checkpoint put in another's place", func(t *testing.T, l *tampered) {
		l.Do(`UPDATE log_checkpoints SET size = 70 WHERE size = 80`)
		l.wantFault(t, 40, "checkpoint")
	}},
	{"S34: a document proves nothing that was altered since", func(t *testing.T, l *tampered) {
		p := audit.Prover{Store: l.Store, Keys: []merkle.PublicKey{auditKey.Public()}}
		d, err := p.Events(t.Context(), audit.ProofOfEvents, l.seqs[0], l.seqs[50], l.seqs[99])
		must(t, "prove", err)
		if _, err := audit.Check(d, auditKey.Public()); err != nil {
			t.Errorf("Check: %v", err)
		}
		_, err = p.Events(t.Context(), audit.ProofOfEvents, l.seqs[100])
		wantError(t, "prove what is not signed", err, audit.ErrNotYet)
		l.Do(`UPDATE events SET detail = 'x' WHERE seq = $1`, l.seqs[50])
		_, err = p.Events(t.Context(), audit.ProofOfEvents, l.seqs[50])
		if _, ok := errors.AsType[*audit.Fault](err); !ok {
			t.Errorf("prove an altered event: got %v, want a fault", err)
		}
		l.rebuild(t)
		if _, err = p.Events(t.Context(), audit.ProofOfEvents, l.seqs[50]); err == nil {
			t.Error("prove an altered event with hashes to fit: want an error")
		}
	}},
}
