package seal

import (
	"context"
	"errors"
	"testing"
)

var errNoKey = errors.New("no such org key")

// orgKeys is where stored org keys come from: an org's versions from 1.
type orgKeys map[string][]OrgKey

func (s orgKeys) OrgKey(_ context.Context, org string, version int) (OrgKey, error) {
	keys := s[org]
	if version == 0 {
		version = len(keys)
	}
	if version < 1 || version > len(keys) {
		return OrgKey{}, errNoKey
	}
	return keys[version-1], nil
}

func newOrgKey(tb testing.TB, k *Keyring, org string, version int) OrgKey {
	tb.Helper()
	key, err := k.NewOrgKey(tb.Context(), org, version)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func ring(t *testing.T) (*Keyring, orgKeys) {
	t.Helper()
	source := orgKeys{}
	k := NewKeyring(source, NewKey())
	source["org_1"] = []OrgKey{newOrgKey(t, k, "org_1", 1)}
	source["org_2"] = []OrgKey{newOrgKey(t, k, "org_2", 1)}
	return k, source
}

func TestKeyringOpensWhatItSealed(t *testing.T) {
	k, source := ring(t)
	key, stored, err := k.NewDataKey(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	c := key.Seal(Plaintext("result"), here)
	restarted := NewKeyring(source, k.current)
	again, err := restarted.DataKey(t.Context(), stored, here)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := again.Open(c, here); err != nil || string(p) != "result" {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestS21DataKeyIsBoundToItsMessage(t *testing.T) {
	k, _ := ring(t)
	_, stored, err := k.NewDataKey(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	for _, there := range []Place{{Org: "org_2", Message: "msg_1", Recipient: "rcp_1"}, {Org: "org_1", Message: "msg_2", Recipient: "rcp_1"}} {
		if _, err := k.DataKey(t.Context(), stored, there); !errors.Is(err, ErrTampered) {
			t.Errorf("at %+v: got error %v, want ErrTampered", there, err)
		}
	}
}

func TestS22RotatingTheRootRewraps(t *testing.T) {
	k, source := ring(t)
	_, stored, err := k.NewDataKey(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	next := NewKeyring(source, NewKey(), k.current)
	rewrapped, changed, err := next.RewrapOrg(t.Context(), source["org_1"][0])
	if err != nil || !changed || rewrapped.Root == k.RootID() {
		t.Fatalf("RewrapOrg: %+v, %v, %v", rewrapped, changed, err)
	}
	if _, changed, _ := next.RewrapOrg(t.Context(), rewrapped); changed {
		t.Error("rewrapped a second time")
	}
	source["org_1"][0] = rewrapped
	alone := NewKeyring(source, next.current)
	if _, err := alone.DataKey(t.Context(), stored, here); err != nil {
		t.Errorf("data key under the new root alone: %v", err)
	}
	if _, err := alone.DataKey(t.Context(), stored, Place{Org: "org_2"}); !errors.Is(err, ErrUnknownRoot) {
		t.Errorf("an org key left under the old root: got error %v, want ErrUnknownRoot", err)
	}
}

func TestS22RotatingTheOrgKeyRewraps(t *testing.T) {
	k, source := ring(t)
	key, old, err := k.NewDataKey(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	c := key.Seal(Plaintext("result"), here)
	source["org_1"] = append(source["org_1"], newOrgKey(t, k, "org_1", 2))
	k.Forget("org_1")
	fresh, changed, err := k.RewrapData(t.Context(), old, here)
	if err != nil || !changed || fresh.Version != 2 {
		t.Fatalf("RewrapData: version %d, %v, %v", fresh.Version, changed, err)
	}
	if _, changed, _ := k.RewrapData(t.Context(), fresh, here); changed {
		t.Error("rewrapped a second time")
	}
	for _, stored := range []DataKey{old, fresh} {
		again, err := k.DataKey(t.Context(), stored, here)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := again.Open(c, here); err != nil || string(p) != "result" {
			t.Errorf("under version %d: %v, %v", stored.Version, p, err)
		}
	}
}

func TestKeyringOfUnknownOrg(t *testing.T) {
	k, _ := ring(t)
	if _, _, err := k.NewDataKey(t.Context(), Place{Org: "org_9"}); !errors.Is(err, errNoKey) {
		t.Errorf("got error %v, want the source's", err)
	}
	if _, err := k.DataKey(t.Context(), DataKey{Version: 4}, Place{Org: "org_1"}); !errors.Is(err, errNoKey) {
		t.Errorf("unknown version: got error %v, want the source's", err)
	}
}
