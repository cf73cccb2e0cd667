package kms

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"securetext/store/seal"
	"securetext/store/sigv4"
)

func unavailable(what, why string) error {
	return fmt.Errorf("%w: kms %s: %s", seal.ErrRootUnavailable, what, why)
}

// maxAnswer is far more than any answer has.
const maxAnswer = 64 << 10

// ask calls KMS, and fills what it gives into to.
func (c *Client) ask(ctx context.Context, region, what string, body map[string]any, to any) error {
	creds, err := c.credentials()
	if err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return unavailable(what, "the request cannot be written")
	}
	ctx, cancel := context.WithTimeout(ctx, Bound)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint(region), bytes.NewReader(text))
	if err != nil {
		return unavailable(what, "the address cannot be read")
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "TrentService."+what)
	sigv4.Sign(req, text, creds, sigv4.Scope{Region: region, Service: "kms"}, c.config.Now())
	resp, err := c.http.Do(req)
	if err != nil {
		return unavailable(what, unreached(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return unavailable(what, "the answer broke off")
	}
	if resp.StatusCode != http.StatusOK {
		return refused(what, resp.StatusCode, answer)
	}
	if json.Unmarshal(answer, to) != nil {
		return unavailable(what, "an answer that cannot be read")
	}
	return nil
}

func (c *Client) endpoint(region string) string {
	if c.config.Endpoint != "" {
		return strings.TrimSuffix(c.config.Endpoint, "/") + "/"
	}
	domain := ".amazonaws.com/"
	if strings.HasPrefix(region, "cn-") {
		domain = ".amazonaws.com.cn/"
	}
	return "https://kms." + region + domain
}

// errorName is the name of an error of KMS, and nothing else.
var errorName = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

// means are the errors that the operator has to mend, in words of ours.
var means = map[string]string{
	"AccessDeniedException":       "the access key has no right to it",
	"NotFoundException":           "there is no such key",
	"DisabledException":           "the key is disabled",
	"KMSInvalidStateException":    "the key is to be deleted, or not ready",
	"ExpiredTokenException":       "the credentials are over",
	"UnrecognizedClientException": "the access key is not known",
	"InvalidSignatureException":   "the secret of the access key is wrong, or this machine's clock",
	"ThrottlingException":         "asked too often",
}

func refused(what string, code int, answer []byte) error {
	var e struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal(answer, &e) // what is no JSON has no name
	name := e.Type[strings.LastIndexByte(e.Type, '#')+1:]
	switch {
	case name == "InvalidCiphertextException", name == "IncorrectKeyException":
		return fmt.Errorf("kms %s: %w", what, seal.ErrTampered)
	case means[name] != "":
		return unavailable(what, means[name])
	case errorName.MatchString(name):
		return unavailable(what, name)
	}
	return unavailable(what, fmt.Sprintf("answer %d", code))
}

func unreached(err error) string {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return "its certificate is not one that is trusted"
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		return fmt.Sprintf("no answer within %s", Bound)
	}
	return "cannot be reached"
}

// credentials are those of the settings, or of the file as it is now: whoever
// writes it renews them in place.
func (c *Client) credentials() (sigv4.Credentials, error) {
	if c.config.File == "" {
		return c.config.Credentials, nil
	}
	text, err := os.ReadFile(c.config.File)
	if err != nil {
		return sigv4.Credentials{}, unavailable("credentials", c.config.File+" cannot be read")
	}
	var f struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      time.Time
	}
	if json.Unmarshal(text, &f) != nil || f.AccessKeyID == "" || f.SecretAccessKey == "" {
		return sigv4.Credentials{}, unavailable("credentials", c.config.File+" holds none")
	}
	if !f.Expiration.IsZero() && c.config.Now().After(f.Expiration) {
		return sigv4.Credentials{}, unavailable("credentials", "those in "+c.config.File+" are over")
	}
	return sigv4.Credentials{KeyID: f.AccessKeyID, Secret: f.SecretAccessKey, Token: f.SessionToken}, nil
}
