package vaultfake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"securetext/store/seal/vault/vaultfake"
)

// ask posts as a client does, and gives the status and what was answered.
func ask(t *testing.T, f http.Handler, token, path, body string) (int, string) {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/v1/"+path, strings.NewReader(body))
	req.Header.Set("X-Vault-Token", token)
	w := httptest.NewRecorder()
	f.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

func TestTransitAsTheServerHasIt(t *testing.T) {
	f := vaultfake.New("root", "")
	f.AddKey("transit", "k")
	code, answer := ask(t, f, "root", "transit/encrypt/k", `{"plaintext":"aGk=","associated_data":"YQ=="}`)
	var got struct {
		Data struct{ Ciphertext string }
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil || code != 200 || !strings.HasPrefix(got.Data.Ciphertext, "vault:v1:") {
		t.Fatalf("encrypt: %d %s", code, answer)
	}
	sealed := `"ciphertext":"` + got.Data.Ciphertext + `"`
	for _, c := range []struct {
		token, path, body string
		code              int
		want              string
	}{
		{"root", "transit/decrypt/k", `{` + sealed + `,"associated_data":"YQ=="}`, 200, `"plaintext":"aGk="`},
		{"root", "transit/decrypt/k", `{` + sealed + `,"associated_data":"Yg=="}`, 400, "message authentication failed"},
		{"root", "transit/decrypt/k", `{` + sealed + `}`, 400, "message authentication failed"},
		{"root", "transit/decrypt/k", `{"ciphertext":"x"}`, 400, "invalid ciphertext"},
		{"root", "transit/decrypt/x", `{` + sealed + `}`, 400, "encryption key not found"},
		{"root", "transit/encrypt/x", `{"plaintext":"aGk="}`, 403, "permission denied"},
		{"other", "transit/decrypt/k", `{` + sealed + `}`, 403, "permission denied"},
		{"root", "elsewhere", `{}`, 404, "no handler for route"},
		{"", "auth/approle/login", `{"role_id":"r","secret_id":"s"}`, 400, "invalid role"},
	} {
		if code, answer := ask(t, f, c.token, c.path, c.body); code != c.code || !strings.Contains(answer, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.path, c.body, code, answer, c.code, c.want)
		}
	}
	f.AddLogin("r", "s", "given")
	if code, answer := ask(t, f, "", "auth/approle/login", `{"role_id":"r","secret_id":"s"}`); code != 200 || !strings.Contains(answer, `"client_token":"given"`) {
		t.Errorf("login: %d %s", code, answer)
	}
	f.Seal(true)
	if code, _ := ask(t, f, "root", "transit/encrypt/k", `{}`); code != 503 {
		t.Errorf("sealed: %d", code)
	}
}
