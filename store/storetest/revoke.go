package storetest

import (
	"testing"

	"securetext/store"
)

var revokeChecks = []check{
	{"S14: a browser that is forgotten is unknown, and no session goes on", forgetBrowser},
	{"S14: a revocation is in force when it returns, for that recipient alone", revokeAtOnce},
	{"a reset forgets the password and ends the sessions", resetForgets},
	{"whom nobody wrote to cannot be revoked or reset", revokeUnknown},
}

func revokeAtOnce(t *testing.T, c *Clinic) {
	m, hash, v := c.enrolled(t, Number(1))
	other, hashOfOther, viewerOfOther := c.enrolled(t, Number(2))
	for range 2 {
		must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
		c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
		again, err := c.Unlocked(t.Context(), unlock(hash), Noon)
		must(t, "Unlocked", err)
		if again.Epoch <= v.Epoch {
			t.Errorf("Unlocked: got epoch %d, want one above %d", again.Epoch, v.Epoch)
		}
		v = again
	}
	if e := c.last(t, store.Revoked); e.By != Ana || e.Recipient != m.To.ID || e.Message != "" {
		t.Errorf("event: got %+v, want one by Ana about the recipient", e)
	}
	c.wantViewing(t, other, hashOfOther, viewerOfOther, Noon, nil)
}

func resetForgets(t *testing.T, c *Clinic) {
	m, hash, v := c.enrolled(t, Number(1))
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	if e := c.last(t, store.Reset); e.By != Ana || e.Recipient != m.To.ID {
		t.Errorf("event: got %+v, want one by Ana about the recipient", e)
	}
	if c.link(t, hash, Noon).Password != "" {
		t.Error("Link: the password is still there")
	}
	c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
	again := c.enrol(t, hash)
	if again.Epoch <= v.Epoch {
		t.Errorf("Enrol: got epoch %d, want one above %d", again.Epoch, v.Epoch)
	}
	c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
	c.wantViewing(t, m, hash, again, Noon, nil)
}

func revokeUnknown(t *testing.T, c *Clinic) {
	nobody := c.Recipient(t, Number(1)).ID
	wantError(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, nobody, Ana, Noon), store.ErrNotFound)
	wantError(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, nobody, Ana, Noon), store.ErrNotFound)
}

func forgetBrowser(t *testing.T, c *Clinic) {
	ctx := t.Context()
	m, hash, v := c.signedIn(t, Number(1), browser(1))
	list, err := c.Browsers(ctx, c.Org.ID, m.To.ID)
	must(t, "Browsers", err)
	if len(list) != 1 || list[0].First.IsZero() || list[0].Last.IsZero() {
		t.Fatalf("Browsers: got %+v, want the one that the patient enrolled by", list)
	}
	wantError(t, "ForgetBrowser of none", c.ForgetBrowser(ctx, c.Org.ID, m.To.ID, "0000", Ana, Noon), store.ErrNotFound)
	c.wantViewing(t, m, hash, v, Noon, nil)
	must(t, "ForgetBrowser", c.ForgetBrowser(ctx, c.Org.ID, m.To.ID, list[0].Handle, Ana, Noon))
	c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
	if rest, err := c.Browsers(ctx, c.Org.ID, m.To.ID); err != nil || len(rest) != 0 {
		t.Errorf("Browsers: got %+v, %v, want none", rest, err)
	}
	if e := c.last(t, store.BrowserForgot); e.By != Ana || e.Recipient != m.To.ID || e.Detail != list[0].Handle {
		t.Errorf("event: got %+v", e)
	}
}
