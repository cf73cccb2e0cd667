package storetest

import (
	"testing"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

var keyChecks = []check{
	{"an org's key has versions, and the highest is in use", orgKeyVersions},
	{"an org key is wrapped anew in place", orgKeyReplaced},
	{"S22: data keys are replaced until none is old, and all still opens", dataKeysRotated},
	{"S22: a data key that was wiped in the meantime stays wiped", dataKeyWiped},
}

func (c *Clinic) dataKeys(tb testing.TB, limit int) []store.StoredKey {
	tb.Helper()
	keys, err := c.DataKeys(tb.Context(), c.Org.ID, 1_000_000, limit)
	must(tb, "DataKeys", err)
	return keys
}

// rotate makes a next version of the org's key the one in use.
func (c *Clinic) rotate(tb testing.TB, version int) {
	tb.Helper()
	must(tb, "AddOrgKey", c.AddOrgKey(tb.Context(), sealtest.OrgKey(tb, c.Keys, c.Org.ID, version), Ana, Noon))
	c.Keys.Forget(string(c.Org.ID))
}

// rewrap wraps keys under the version in use.
func (c *Clinic) rewrap(tb testing.TB, keys []store.StoredKey) []store.StoredKey {
	tb.Helper()
	for i, k := range keys {
		wrapped, _, err := c.Keys.RewrapData(tb.Context(), k.Key, k.Place())
		must(tb, "RewrapData", err)
		keys[i].Key = wrapped
	}
	return keys
}

func orgKeyVersions(t *testing.T, c *Clinic) {
	c.rotate(t, 2)
	org := string(c.Org.ID)
	for asked, want := range map[int]int{0: 2, 1: 1, 2: 2} {
		k, err := c.OrgKey(t.Context(), org, asked)
		if err != nil || k.Version != want || k.Org != org {
			t.Errorf("OrgKey %d: got version %d of %s, %v, want %d", asked, k.Version, k.Org, err, want)
		}
	}
	_, err := c.OrgKey(t.Context(), org, 3)
	wantError(t, "OrgKey 3", err, store.ErrNotFound)
	wantError(t, "AddOrgKey 2 again", c.AddOrgKey(t.Context(), sealtest.OrgKey(t, c.Keys, org, 2), Ana, Noon), store.ErrConflict)
	all, err := c.OrgKeys(t.Context())
	if err != nil || len(all) != 2 {
		t.Errorf("OrgKeys: got %d, %v, want 2", len(all), err)
	}
	if e := c.last(t, store.OrgKeyAdded); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
}

func orgKeyReplaced(t *testing.T, c *Clinic) {
	_, hash, v := c.enrolled(t, Number(1))
	stored, err := c.OrgKey(t.Context(), string(c.Org.ID), 1)
	must(t, "OrgKey", err)
	// The test's keyring plays its own former self under another root key.
	fresh := seal.NewKey()
	former := c.Keys
	c.Keys = seal.NewKeyring(c.Store, fresh)
	other := sealtest.OrgKey(t, c.Keys, c.Org.ID, 1)
	must(t, "ReplaceOrgKey", c.ReplaceOrgKey(t.Context(), other, Ana, Noon))
	got, err := c.OrgKey(t.Context(), string(c.Org.ID), 1)
	if err != nil || got.Root != fresh.ID() || got.Root == stored.Root {
		t.Errorf("OrgKey: got root %s, %v, want %s", got.Root, err, fresh.ID())
	}
	must(t, "ReplaceOrgKey back", c.ReplaceOrgKey(t.Context(), stored, Ana, Noon))
	c.Keys = former
	s, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	c.opens(t, s, "Your result is ready.")
	if e := c.last(t, store.OrgKeyRewrapped); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
	other.Version = 9
	wantError(t, "ReplaceOrgKey of no such version", c.ReplaceOrgKey(t.Context(), other, Ana, Noon), store.ErrNotFound)
}

func dataKeysRotated(t *testing.T, c *Clinic) {
	for n := range 5 {
		c.enrolled(t, Number(n))
	}
	_, hash, v := c.enrolled(t, Number(9))
	c.rotate(t, 2)
	replaced := 0
	for {
		old, err := c.DataKeys(t.Context(), c.Org.ID, 2, 5)
		must(t, "DataKeys", err)
		if len(old) == 0 {
			break
		}
		if replaced += len(old); len(old) > 5 || replaced > 12 {
			t.Fatalf("DataKeys: got %d at once, %d in all, want at most 5, 12 in all", len(old), replaced)
		}
		must(t, "ReplaceDataKeys", c.ReplaceDataKeys(t.Context(), c.rewrap(t, old)))
	}
	if replaced != 12 {
		t.Errorf("%d keys were replaced, want those of 6 messages and 6 recipients", replaced)
	}
	s, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	if s.Key.Version != 2 {
		t.Errorf("Message: got a key under version %d, want 2", s.Key.Version)
	}
	c.opens(t, s, "Your result is ready.")
	l := c.link(t, hash, Noon)
	c.opensNumber(t, l.NumberKey, l.Number, l.Place(), Number(9))
}

func dataKeyWiped(t *testing.T, c *Clinic) {
	m, hash, v := c.enrolled(t, Number(1))
	c.rotate(t, 2)
	old := c.dataKeys(t, 10)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(t.Context(), c.rewrap(t, old)))
	for _, k := range c.dataKeys(t, 10) {
		if k.Message == m.ID {
			t.Error("DataKeys: the wiped message's key came back")
		} else if k.Key.Version != 2 {
			t.Errorf("DataKeys: the recipient's key is under version %d, want 2", k.Key.Version)
		}
	}
	c.wantViewing(t, m, hash, v, Noon, store.ErrGone)
}
