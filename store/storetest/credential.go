package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

var credentialChecks = []check{
	{"an app password finds its sender, and no other finds anyone", appPasswordFinds},
	{"an API key finds itself and its sender until it expires", apiKeyFinds},
	{"a revoked credential finds nobody from then on", credentialRevoked},
	{"an app password is no API key, nor the other way about", credentialKinds},
}

func (c *Clinic) appPassword(tb testing.TB, secret string) store.AppPassword {
	tb.Helper()
	p := store.AppPassword{
		ID: store.NewKeyID(Noon), Org: c.Org.ID, Sender: c.Sender.ID, Label: "front desk", Hash: store.HashSecret(secret),
	}
	must(tb, "AddAppPassword", c.AddAppPassword(tb.Context(), p, Ana, Noon))
	return p
}

func (c *Clinic) apiKey(tb testing.TB, secret string, expires time.Time) store.APIKey {
	tb.Helper()
	k := store.APIKey{
		ID: store.NewKeyID(Noon), Org: c.Org.ID, Sender: c.Sender.ID, Label: "lab system", Hash: store.HashSecret(secret),
		Scopes: []string{store.ScopeSend, store.ScopeRead}, Expires: expires,
	}
	must(tb, "AddAPIKey", c.AddAPIKey(tb.Context(), k, Ana, Noon))
	return k
}

func appPasswordFinds(t *testing.T, c *Clinic) {
	c.appPassword(t, "horse")
	c.appPassword(t, "battery")
	n := c.Neighbour(t)
	n.appPassword(t, "staple")
	for _, secret := range []string{"horse", "battery"} {
		s, err := c.AppPassword(t.Context(), c.Sender.Email, store.HashSecret(secret))
		must(t, "AppPassword", err)
		if d := cmp.Diff(c.Sender, s); d != "" {
			t.Errorf("AppPassword: (-want +got)\n%s", d)
		}
	}
	for email, secret := range map[string]string{
		c.Sender.Email: "wrong", "nobody@lakeside.example": "horse", n.Sender.Email: "battery",
	} {
		_, err := c.AppPassword(t.Context(), email, store.HashSecret(secret))
		wantError(t, "AppPassword", err, store.ErrNotFound)
	}
	if e := c.last(t, store.AppPasswordAdded); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
}

func apiKeyFinds(t *testing.T, c *Clinic) {
	lasting := c.apiKey(t, "one", time.Time{})
	brief := c.apiKey(t, "two", Noon.Add(time.Hour))
	test := store.APIKey{ID: store.NewKeyID(Noon), Org: c.Org.ID, Sender: c.Sender.ID, Hash: store.HashSecret("t"), Scopes: []string{}, Test: true}
	must(t, "AddAPIKey", c.AddAPIKey(t.Context(), test, Ana, Noon))
	for _, want := range []store.APIKey{lasting, brief, test} {
		k, s, err := c.APIKey(t.Context(), want.ID, Noon.Add(time.Hour-time.Second))
		must(t, "APIKey", err)
		if d := cmp.Diff(want, k); d != "" {
			t.Errorf("APIKey: (-want +got)\n%s", d)
		}
		if d := cmp.Diff(c.Sender, s); d != "" {
			t.Errorf("APIKey's sender: (-want +got)\n%s", d)
		}
	}
	_, _, err := c.APIKey(t.Context(), brief.ID, Noon.Add(time.Hour))
	wantError(t, "APIKey after its time", err, store.ErrNotFound)
	_, _, err = c.APIKey(t.Context(), store.NewKeyID(Noon), Noon)
	wantError(t, "APIKey of no such id", err, store.ErrNotFound)
	if e := c.last(t, store.APIKeyAdded); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
}

func credentialRevoked(t *testing.T, c *Clinic) {
	p := c.appPassword(t, "horse")
	k := c.apiKey(t, "key", time.Time{})
	for _, id := range []store.KeyID{p.ID, k.ID} {
		must(t, "RevokeCredential", c.RevokeCredential(t.Context(), c.Org.ID, id, Ana, Noon))
		if e := c.last(t, store.CredentialRevoked); e.By != Ana {
			t.Errorf("event: got %+v, want one by Ana", e)
		}
	}
	_, err := c.AppPassword(t.Context(), c.Sender.Email, p.Hash)
	wantError(t, "AppPassword", err, store.ErrNotFound)
	_, _, err = c.APIKey(t.Context(), k.ID, Noon)
	wantError(t, "APIKey", err, store.ErrNotFound)
	wantError(t, "RevokeCredential of no such id",
		c.RevokeCredential(t.Context(), c.Org.ID, store.NewKeyID(Noon), Ana, Noon), store.ErrNotFound)
}

func credentialKinds(t *testing.T, c *Clinic) {
	p := c.appPassword(t, "horse")
	k := c.apiKey(t, "key", time.Time{})
	_, err := c.AppPassword(t.Context(), c.Sender.Email, k.Hash)
	wantError(t, "AppPassword with an API key's secret", err, store.ErrNotFound)
	_, _, err = c.APIKey(t.Context(), p.ID, Noon)
	wantError(t, "APIKey with an app password's id", err, store.ErrNotFound)
}
