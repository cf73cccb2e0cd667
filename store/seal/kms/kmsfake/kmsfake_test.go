package kmsfake_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/store/seal/kms/kmsfake"
	"securetext/store/sigv4"
)

const arn = "arn:aws:kms:us-east-1:111122223333:key/a"

// ask posts a request, signed; spoil changes it afterwards.
func ask(f http.Handler, secret, what, body string, spoil func(*http.Request)) (int, string) {
	req := httptest.NewRequest(http.MethodPost, "https://kms.us-east-1.amazonaws.com/", strings.NewReader(body))
	req.URL.Host = req.Host
	req.Header.Set("X-Amz-Target", "TrentService."+what)
	sigv4.Sign(req, []byte(body), sigv4.Credentials{KeyID: "AKID", Secret: secret}, sigv4.Scope{Region: "us-east-1", Service: "kms"}, time.Now())
	if spoil != nil {
		spoil(req)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

func TestAnswersAsKMSDoes(t *testing.T) {
	f := kmsfake.New(kmsfake.Account{KeyID: "AKID", Secret: "s"}, arn)
	for _, c := range []struct {
		what, body, want string
		code             int
	}{
		{"Encrypt", `{"KeyId":"` + arn + `","Plaintext":"aGk="}`, `"CiphertextBlob":`, 200},
		{"Encrypt", `{"KeyId":"` + arn + `x","Plaintext":"aGk="}`, "NotFoundException", 400},
		{"Decrypt", `{"KeyId":"` + arn + `","CiphertextBlob":"aGk="}`, "InvalidCiphertextException", 400},
		{"Sign", `{"KeyId":"` + arn + `"}`, "UnknownOperationException", 400},
		{"Encrypt", `{`, "SerializationException", 400},
	} {
		if code, answer := ask(f, "s", c.what, c.body, nil); code != c.code || !strings.Contains(answer, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.what, c.body, code, answer, c.code, c.want)
		}
	}
}

func TestOnlyWhatIsSignedIsTaken(t *testing.T) {
	f := kmsfake.New(kmsfake.Account{KeyID: "AKID", Secret: "s"}, arn)
	body := `{"KeyId":"` + arn + `","Plaintext":"aGk="}`
	for name, spoil := range map[string]func(*http.Request){
		"another operation": func(r *http.Request) { r.Header.Set("X-Amz-Target", "TrentService.Decrypt") },
		"another host":      func(r *http.Request) { r.Host = "kms.example" },
		"another time":      func(r *http.Request) { r.Header.Set("X-Amz-Date", "20200101T000000Z") },
		"no signature":      func(r *http.Request) { r.Header.Del("Authorization") },
	} {
		if code, answer := ask(f, "s", "Encrypt", body, spoil); code != 400 || strings.Contains(answer, "Blob") {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
	if code, answer := ask(f, "other", "Encrypt", body, nil); code != 400 || !strings.Contains(answer, "InvalidSignatureException") {
		t.Errorf("another secret: %d %s", code, answer)
	}
}
