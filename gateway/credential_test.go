package gateway

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func TestAppPasswordsAreReadAsTyped(t *testing.T) {
	shown, hash := NewAppPassword()
	if !regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$`).MatchString(shown) {
		t.Fatalf("an app password of another form than seven groups of four")
	}
	for name, typed := range map[string]string{
		"as shown":       shown,
		"without dashes": strings.ReplaceAll(shown, "-", ""),
		"with blanks":    " " + strings.ReplaceAll(shown, "-", " ") + "\u00a0",
		"in capitals":    strings.ToUpper(shown),
		"look-alikes":    strings.NewReplacer("0", "O", "1", "l").Replace(shown),
	} {
		if HashAppPassword(typed) != hash {
			t.Errorf("%s: another hash", name)
		}
	}
	if HashAppPassword(shown[:len(shown)-1]) == hash || HashAppPassword(shown+"0") == hash {
		t.Error("a password cut short or drawn out has the same hash")
	}
	if again, _ := NewAppPassword(); again == shown {
		t.Error("two app passwords are the same")
	}
}

func TestS30APIKeysAreAnIDAndASecretStoredAsItsHash(t *testing.T) {
	shown, id, hash := NewAPIKey(time.Now())
	if !regexp.MustCompile(`^st_live_[0-9a-z]{26}_[A-Za-z0-9_-]{43}$`).MatchString(shown) {
		t.Fatal("an API key of another form than st_live_<id>_<43 characters>")
	}
	if hash != store.HashSecret(shown[len(shown)-43:]) {
		t.Error("the hash is not the SHA-256 of the secret")
	}
	got, ok := splitAPIKey(shown)
	if !ok || got.ID != id || !sameHash(got.Hash, hash) || got.Test {
		t.Error("the key does not split into its id and its hash")
	}
	tried, id, hash := NewTestAPIKey(time.Now())
	if got, ok = splitAPIKey(tried); !ok || got.ID != id || !sameHash(got.Hash, hash) || !got.Test || !strings.HasPrefix(tried, "st_test_") {
		t.Error("a key of the sandbox does not split into its id and its hash, or does not look like one")
	}
	for _, bad := range []string{"", "st_live_", "st_prod_" + strings.TrimPrefix(shown, "st_live_"), "st_test_" + shown, shown[1:], shown + "x", shown[:len(shown)-1], "st_live_" + strings.Repeat("a", 65) + shown[len(shown)-44:]} {
		if _, ok := splitAPIKey(bad); ok {
			t.Errorf("%d characters were taken for a key", len(bad))
		}
	}
}
