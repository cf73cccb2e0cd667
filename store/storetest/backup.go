package storetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

// Kept is a store that can be copied out.
type Kept interface {
	store.Store
	store.Backup
}

// Place is where a backup goes: nothing is there yet.
type Place struct {
	Restore func(store.Restoration) (store.Restored, error)
	Open    func() Kept
}

// Backups holds a backend to what backups promise: place gives empty places, of which
// the second kind may be another engine's.
func Backups(t *testing.T, place, other func(*testing.T) Place) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *kept)
	}{
		{"all there is comes back, and goes on", backupWhole},
		{"S22: what was wiped since stays wiped, by the keys of today", backupWiped},
		{"S22: without keys nothing can be read", backupKeyless},
		{"S14: sessions of the time of the backup are over", backupSessions},
		{"texts that waited wait longer, and codes are gone", backupTexts},
		{"S34: the log is whole, and another key goes on with it", backupLog},
		{"a backup goes into an empty store alone, and not into older tables", backupRefused},
		{"a backup is of one moment", backupOfOneMoment},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := place(t)
			s := p.Open()
			c.run(t, &kept{Clinic: NewClinic(t, s), from: s, place: place, other: other})
		})
	}
}

type kept struct {
	*Clinic
	from         Kept
	place, other func(*testing.T) Place
}

// parts are what a backup wrote.
type parts struct {
	schema        int64
	records, keys bytes.Buffer
}

func (k *kept) backup(t *testing.T) *parts {
	t.Helper()
	p := new(parts)
	var err error
	p.schema, err = k.from.Backup(t.Context(), &p.records, &p.keys)
	must(t, "Backup", err)
	return p
}

// restored is the clinic as it comes out of a backup.
func (k *kept) restored(t *testing.T, at Place, records, keys *parts, now time.Time) (*Clinic, store.Restored) {
	t.Helper()
	r := store.Restoration{Schema: records.schema, Records: bytes.NewReader(records.records.Bytes()), Detail: "20260302T120000Z", By: Ana, At: now, Behind: true}
	if keys != nil {
		r.Keys = bytes.NewReader(keys.keys.Bytes())
	}
	done, err := at.Restore(r)
	must(t, "Restore", err)
	s := at.Open()
	c := *k.Clinic
	c.Store = s
	return &c, done
}

func backupWhole(t *testing.T, k *kept) {
	m, hash, v := k.attached(t, files(seal.ChunkSize*2)...)
	k.setUp(t, "Rosa Diaz")
	k.hold(t, store.Hold{Message: m.ID})
	k.sequence(t, 100)
	before, whole := k.events(t, store.EventFilter{}), k.backup(t)
	for _, place := range []func(*testing.T) Place{k.place, k.other} {
		c, done := k.restored(t, place(t), whole, whole, Noon)
		if done.Wiped != 0 || done.Rows < 30 {
			t.Errorf("Restore: got %+v", done)
		}
		after := c.events(t, store.EventFilter{})
		for i, e := range before {
			if after[i] != e {
				t.Errorf("Events: got %+v, want %+v", after[i], e)
			}
		}
		last := after[len(after)-1]
		if len(after) != len(before)+done.Waiting+1 || last.Kind != store.BackupRestored || last.Detail != "20260302T120000Z" || last.Seq <= before[len(before)-1].Seq {
			t.Errorf("Events: got %d, the last %+v, want that it was restored", len(after), last)
		}
		v.Epoch = Noon.Unix()
		c.wantViewing(t, m, hash, v, Noon, nil)
		wantError(t, "Wipe on hold", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrOnHold)
		next := c.accept(t, Number(2))[0]
		if due := c.due(t, Noon); len(due) != 1 || due[0].Message != next.ID {
			t.Errorf("Due: got %+v, want the new message's text", due)
		}
	}
}

func backupWiped(t *testing.T, k *kept) {
	wiped, wipedHash := k.texted(t, Number(1))
	kept, keptHash := k.texted(t, Number(2))
	old := k.backup(t)
	must(t, "Wipe", k.Wipe(t.Context(), k.Org.ID, wiped.ID, Ana, Noon))
	k.texted(t, Number(3)) // of which the old records know nothing
	must(t, "AddOrgKey", k.AddOrgKey(t.Context(), sealtest.OrgKey(t, k.Keys, k.Org.ID, 2), Ana, Noon))
	today := k.backup(t)
	for _, place := range []func(*testing.T) Place{k.place, k.other} {
		c, done := k.restored(t, place(t), old, today, Noon)
		if done.Wiped != 1 {
			t.Errorf("Restore: got %+v, want one wiped", done)
		}
		if l := c.link(t, wipedHash, Noon); l.State != store.LinkWiped || len(l.Key.Wrapped) != 0 {
			t.Errorf("Link of what was wiped: got state %d", l.State)
		}
		if l := c.link(t, keptHash, Noon); l.State != store.LinkLive || len(l.Key.Wrapped) == 0 {
			t.Errorf("Link of what was not: got state %d", l.State)
		}
		for _, key := range c.dataKeys(t, 100) {
			if key.Message != "" && key.Message != kept.ID {
				t.Errorf("DataKeys: there is one of %s", key.Message)
			}
		}
		if e := c.last(t, store.Wiped); e.Message != wiped.ID || e.By.ID != "restore" {
			t.Errorf("event: got %+v", e)
		}
		versions := 0
		keys, err := c.OrgKeys(t.Context())
		must(t, "OrgKeys", err)
		for _, key := range keys {
			if key.Org == string(c.Org.ID) {
				versions++
			}
		}
		if versions != 2 {
			t.Errorf("OrgKeys: got %d versions, want that of today, too", versions)
		}
	}
}

func backupKeyless(t *testing.T, k *kept) {
	m, hash := k.texted(t, Number(1))
	held, _ := k.texted(t, Number(2))
	k.hold(t, store.Hold{Message: held.ID})
	c, done := k.restored(t, k.place(t), k.backup(t), nil, Noon)
	if done.Wiped != 1 {
		t.Errorf("Restore: got %+v, want one wiped", done)
	}
	if l := c.link(t, hash, Noon); l.State != store.LinkWiped {
		t.Errorf("Link: got state %d, want wiped", l.State)
	}
	if info := c.info(t, held.ID); !info.Wiped.IsZero() {
		t.Error("what is on hold was wiped")
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Wiped)
}

func backupSessions(t *testing.T, k *kept) {
	m, hash, v := k.attached(t)
	whole := k.backup(t)
	must(t, "RevokeSessions", k.RevokeSessions(t.Context(), k.Org.ID, v.Recipient, Ana, Noon))
	c, _ := k.restored(t, k.place(t), whole, whole, Noon)
	for range 3 { // whatever epochs there were between the backup and the restore
		c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
		v.Epoch++
	}
}

func backupTexts(t *testing.T, k *kept) {
	enrolled, link := k.texted(t, Number(2))
	m := k.accept(t, Number(1))[0]
	must(t, "AskCode", k.AskCode(t.Context(), link, browser(1), visitor, Noon))
	whole := k.backup(t)
	restored := Noon.Add(time.Hour)
	c, done := k.restored(t, k.place(t), whole, whole, restored)
	if done.Waiting != 1 {
		t.Errorf("Restore: got %+v, want one text that waits", done)
	}
	if due := c.due(t, restored.Add(store.RestoredWait-time.Second)); len(due) != 0 {
		t.Errorf("Due before its time: got %+v", due)
	}
	due := c.due(t, restored.Add(store.RestoredWait))
	if len(due) != 1 || due[0].Message != m.ID {
		t.Errorf("Due: got %+v, want the message's link", due)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Deferred)
	c.wantKinds(t, enrolled.ID, store.Accepted, store.Sent, store.CodeAsked)
}

func backupLog(t *testing.T, k *kept) {
	now := Noon
	notaryOf := func(s store.ProvedLog, keys ...*merkle.Key) *notary.Notary {
		n, err := notary.New(notary.Config{Store: s, Keys: keys, Origin: "log.example", Now: func() time.Time { return now }})
		must(t, "notary", err)
		return n
	}
	first := notaryOf(k.from, auditKey)
	k.accept(t, Number(1))
	must(t, "Seal", first.Seal(t.Context()))
	whole := k.backup(t)
	k.accept(t, Number(2))
	now = now.Add(time.Minute)
	must(t, "Seal of what is lost", first.Seal(t.Context()))
	lost, err := k.LastCheckpoint(t.Context())
	must(t, "LastCheckpoint", err)
	c, _ := k.restored(t, k.place(t), whole, whole, now)
	now = now.Add(time.Minute)
	must(t, "Verify", second(audit.Verifier{Store: c.Store, Keys: []*merkle.Key{auditKey}}.Verify(t.Context())))
	given, err := merkle.Open(lost.Note, auditKey.Public())
	must(t, "Open", err)
	_, err = audit.Verifier{Store: c.Store, Keys: []*merkle.Key{auditKey}, Given: []merkle.Checkpoint{given}}.Verify(t.Context())
	if _, ok := errors.AsType[*audit.Fault](err); !ok {
		t.Errorf("Verify by what was signed since: got %v, want a fault", err)
	}
	wantError(t, "Seal by the key that may have signed more", notaryOf(c.Store, auditKey).Seal(t.Context()), notary.ErrRestored)
	fresh := merkle.NewKey([32]byte{2})
	now = now.Add(-90 * time.Second) // its clock is behind that of whoever restored
	must(t, "Seal by another", notaryOf(c.Store, fresh, auditKey).Seal(t.Context()))
	now = now.Add(time.Minute)
	c.accept(t, Number(3))
	must(t, "Seal again", notaryOf(c.Store, fresh, auditKey).Seal(t.Context()))
	must(t, "Verify", second(audit.Verifier{Store: c.Store, Keys: []*merkle.Key{fresh, auditKey}}.Verify(t.Context())))
}

// second is the error of two results.
func second[T any](_ T, err error) error { return err }

func backupRefused(t *testing.T, k *kept) {
	whole := k.backup(t)
	p := k.place(t)
	k.restored(t, p, whole, whole, Noon)
	r := store.Restoration{Schema: whole.schema, Records: bytes.NewReader(whole.records.Bytes()), Detail: "x", By: Ana, At: Noon}
	_, err := p.Restore(r)
	wantError(t, "Restore where there is something", err, store.ErrNotEmpty)
	r.Schema = 9999
	_, err = k.place(t).Restore(r)
	wantError(t, "Restore of a newer one", err, store.ErrNewerSchema)
	cut := whole.records.Bytes()[:whole.records.Len()/2]
	p = k.place(t)
	if _, err := p.Restore(store.Restoration{Schema: whole.schema, Records: bytes.NewReader(cut), Detail: "x", By: Ana, At: Noon}); err == nil {
		t.Error("Restore of half a backup: want an error")
	}
	k.restored(t, p, whole, whole, Noon) // nothing was left there
}

func backupOfOneMoment(t *testing.T, k *kept) {
	var writing sync.WaitGroup
	done := make(chan struct{})
	for w := range 2 {
		writing.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					k.accept(t, Number(w*1000+i%1000))
				}
			}
		})
	}
	k.accept(t, Number(5000))
	whole := k.backup(t)
	close(done)
	writing.Wait()
	c, restored := k.restored(t, k.place(t), whole, whole, Noon)
	if restored.Wiped != 0 {
		t.Errorf("Restore: %d messages have no key", restored.Wiped)
	}
	messages, err := c.Messages(t.Context(), store.MessageFilter{Limit: 100_000})
	must(t, "Messages", err)
	keys := 0
	for _, key := range c.dataKeys(t, 100_000) {
		if key.Message != "" {
			keys++
		}
	}
	accepted := c.events(t, store.EventFilter{Kind: store.Accepted, Limit: 100_000})
	if len(messages) == 0 || keys != len(messages) || len(accepted) != len(messages) {
		t.Errorf("got %d messages, %d keys and %d events of them", len(messages), keys, len(accepted))
	}
}
