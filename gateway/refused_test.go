package gateway

import (
	"testing"
	"time"

	"securetext/gateway/limit"
	"securetext/store"
)

// refusedKeys are the events of wrong app passwords and keys.
func (c *clinic) refusedKeys(tb testing.TB) []store.Event {
	tb.Helper()
	list, err := c.db.Events(tb.Context(), store.EventFilter{Org: c.org.ID, Kind: store.CredentialRefused})
	must(tb, err)
	return list
}

// Wrong secrets of what there is are on record, no more of them than are counted; of
// what there is not, nothing is.
func TestS33WrongKeysAreOnRecord(t *testing.T) {
	c := newClinic(t)
	c.Limiter, c.Rates.Account = limit.NewMemory(100), limit.Rule{Burst: 3, Per: time.Hour}
	api := c.api()
	other, _, _ := NewAPIKey(time.Now())
	for range 5 {
		last := c.apiKey[len(c.apiKey)-1]
		bad := c.apiKey[:len(c.apiKey)-1] + map[bool]string{true: "A", false: "B"}[last != 'A']
		for _, key := range []string{bad, other} {
			r := c.request("GET", "/v1/messages/msg_x", "")
			r.Header.Set("Authorization", "Bearer "+key)
			refused(t, do(api, r), 401)
		}
	}
	got := c.refusedKeys(t)
	if len(got) != 3 || got[0].By.Kind != store.ByVisitor || !got[0].By.Addr.IsValid() || got[0].Detail[:4] != "snd_" {
		t.Errorf("got %+v, want three of the sender's key", got)
	}
}

func TestS33WrongAppPasswordsAreOnRecord(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	for _, name := range []string{c.sender.Email, "nobody@lakeside.example"} {
		dialTLS(t, addr).say("AUTH PLAIN "+plain(name, "not-the-pass-word"), "535")
	}
	got := c.refusedKeys(t)
	if len(got) != 1 || got[0].Detail != string(c.sender.ID) || !got[0].By.Addr.IsValid() {
		t.Errorf("got %+v, want one of the sender's", got)
	}
}
