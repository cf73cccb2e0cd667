package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// Auth is how we sign in.
type Auth struct {
	Method string // token, approle or kubernetes
	Path   string // where approle and kubernetes are mounted; empty: at their names
	Role   string // of kubernetes; the role id of approle
	File   string // holds the token, the secret id or the service account's token
}

// signIn is a token that approle or kubernetes gave, and until when it is used.
type signIn struct {
	mu    sync.Mutex
	token string
	until time.Time
}

// token is who we are. A file's token is read each time, since agents renew it in
// place; that of a sign-in is kept for half its life.
func (c *Client) token(ctx context.Context, anew bool) (string, error) {
	secret, err := c.credential()
	if err != nil || c.config.Auth.Method == "token" {
		return secret, err
	}
	c.signIn.mu.Lock()
	defer c.signIn.mu.Unlock()
	if !anew && time.Now().Before(c.signIn.until) {
		return c.signIn.token, nil
	}
	body := map[string]string{"role_id": c.config.Auth.Role, "secret_id": secret}
	if c.config.Auth.Method == "kubernetes" {
		body = map[string]string{"role": c.config.Auth.Role, "jwt": secret}
	}
	var got struct {
		Token string `json:"client_token"`
		Life  int64  `json:"lease_duration"`
	}
	q := call{what: "sign-in", path: "auth/" + c.mount() + "/login", body: body, auth: &got}
	if err := c.post(ctx, q); err != nil {
		return "", err
	}
	if got.Token == "" {
		return "", unavailable("sign-in", "an answer without a token")
	}
	c.signIn.token, c.signIn.until = got.Token, time.Now().Add(time.Duration(got.Life)*time.Second/2)
	return got.Token, nil
}

func (c *Client) mount() string {
	if c.config.Auth.Path != "" {
		return c.config.Auth.Path
	}
	return c.config.Auth.Method
}

// credential reads the file. What is wrong with it is said without what is in it.
func (c *Client) credential() (string, error) {
	text, err := os.ReadFile(c.config.Auth.File)
	text = bytes.TrimSpace(text)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", unavailable("sign-in", "there is no file "+c.config.Auth.File)
	case err != nil:
		return "", unavailable("sign-in", c.config.Auth.File+" cannot be read")
	case len(text) == 0 || bytes.ContainsAny(text, " \t\r\n"):
		return "", unavailable("sign-in", c.config.Auth.File+" holds no credential")
	}
	return string(text), nil
}
