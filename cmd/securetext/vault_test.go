package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"securetext/store/seal/kms/kmsfake"
	"securetext/store/seal/vault/vaultfake"
)

const kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// keepers are a Vault and a KMS, with the settings that lead there.
func (w *world) keepers() (*vaultfake.Fake, *kmsfake.Fake) {
	v := vaultfake.New("the-token", "")
	v.AddKey("transit", "securetext")
	k := kmsfake.New(kmsfake.Account{KeyID: "AKID", Secret: "the-secret"}, kmsKey)
	vault, kms := httptest.NewServer(v), httptest.NewServer(k)
	w.t.Cleanup(func() { vault.Close(); kms.Close() })
	w.setting("VAULT_ADDR", vault.URL, "VAULT_KEY", "securetext", "VAULT_CREDENTIAL_FILE", w.file("vault_token", "the-token"))
	w.setting("KMS_KEY", kmsKey, "KMS_ENDPOINT", kms.URL, "KMS_ACCESS_KEY_ID", "AKID", "KMS_ACCESS_SECRET", "the-secret")
	return v, k
}

// wantMail sends a mail, and wants that reply: 0 is taken.
func (p *process) wantMail(when string, want int) {
	p.world.t.Helper()
	if err := p.mail("2114367789", when, when); code(err) != want || want == 0 && err != nil {
		p.world.t.Errorf("mail %s: %v, want %d", when, err, want)
	}
}

func (p *process) wantReady(want int, words string) {
	p.world.t.Helper()
	p.world.until("readyz says "+words, func() bool {
		status, said := p.ready()
		return status == want && strings.Contains(said, words)
	})
}

// The root key moves from a file to Vault and on to KMS, and Vault goes away in
// between: nothing is lost, and what was written under each is read under the last.
func TestS25RootKeyElsewhereMayBeAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	v, k := w.keepers()
	w.setting("ROOT_PROVIDER", "vault")
	p := w.serve()
	p.wantMail("under the key of the file", 0)
	if out := w.cli("keys", "rotate"); !strings.Contains(out, "1 org keys wrapped") {
		t.Errorf("keys rotate: %s", out)
	}
	v.Seal(true)
	p.wantMail("with Vault sealed, to a process that knows the org", 0)
	w.until("its texts are out", func() bool { return len(w.printed(p)) == 2 })
	p.stop()

	cold := &process{world: w, smtp: p.smtp, http: p.http, console: p.console, ops: p.ops}
	cold.launch()
	cold.wantReady(http.StatusServiceUnavailable, "keys unavailable")
	cold.wantMail("with Vault sealed, to one that does not", 451)
	w.until("the log says why", func() bool { return strings.Contains(cold.log.String(), "sealed, or down for maintenance") })
	v.Seal(false)
	cold.wantReady(http.StatusOK, "keys ok")
	cold.wantMail("once it is back", 0)

	w.setting("ROOT_PROVIDER", "kms")
	if out := w.cli("keys", "rotate"); !strings.Contains(out, "1 org keys wrapped") {
		t.Errorf("keys rotate: %s", out)
	}
	status := w.cli("keys", "status")
	for _, want := range []string{"root key " + kmsKey + ": wraps 1 org keys: in use", "root key vault/transit/securetext: wraps 0 org keys: may be taken out"} {
		if !strings.Contains(status, want) {
			t.Errorf("keys status lacks %q:\n%s", want, status)
		}
	}
	v.Expire("the-token")
	cold.stop()
	last := w.serve()
	last.wantMail("under the key of KMS", 0)
	k.Disable(kmsKey, true)
	last.wantMail("with that key disabled", 0)
	w.everyTextReads("under the key of the file", "with Vault sealed, to a process that knows the org", "once it is back", "under the key of KMS", "with that key disabled")
	for _, secret := range []string{"the-token", "the-secret"} {
		for _, p := range w.procs {
			if strings.Contains(p.log.String(), secret) {
				t.Errorf("S24: the log has %s", secret)
			}
		}
	}
}

// everyTextReads opens the links that all processes printed, and wants these words
// behind them.
func (w *world) everyTextReads(want ...string) {
	w.t.Helper()
	links := func() (all []string) {
		for _, p := range w.procs {
			all = append(all, w.printed(p)...)
		}
		return all
	}
	w.until("all texts are out", func() bool { return len(links()) == len(want) })
	b := w.browser()
	if _, err := b.withPassword(links()[0]); err != nil {
		w.t.Fatal(err)
	}
	var read strings.Builder
	for _, link := range links() {
		page, err := b.open(link)
		if err != nil {
			w.t.Fatal(err)
		}
		read.WriteString(page.text)
	}
	for _, words := range want {
		if !strings.Contains(read.String(), words) {
			w.t.Errorf("%q cannot be read", words)
		}
	}
}
