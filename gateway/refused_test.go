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

// A known key's refusal is written down, another's is not: neither is answered before
// that can be told apart.
func TestS33AWrongKeyIsAnsweredLateWhetherThereIsOneOrNot(t *testing.T) {
	c := newClinic(t)
	api := c.api()
	other, _, _ := NewAPIKey(time.Now())
	known := c.apiKey[:len(c.apiKey)-secretLength] + other[len(other)-secretLength:]
	for name, key := range map[string]string{"one that there is": known, "another": other} {
		r := c.request("GET", "/v1/messages/msg_x", "")
		r.Header.Set("Authorization", "Bearer "+key)
		begun := time.Now()
		refused(t, do(api, r), 401)
		if took := time.Since(begun); took < refuseAfter {
			t.Errorf("%s is answered after %v", name, took)
		}
	}
	if n := len(c.refusedKeys(t)); n != 1 {
		t.Errorf("%d are on record, want one", n)
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
