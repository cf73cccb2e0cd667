package notice

import (
	"net/smtp"
	"slices"
	"strings"
)

// signIn signs in by PLAIN (RFC 4616), or by LOGIN where that is all there is.
// It is used under TLS, or with a server on this machine.
type signIn struct{ user, password string }

var (
	errNoSignIn = &Error{"smtp_no_sign_in", ErrHeld}
	errStrange  = &Error{"smtp_sign_in_broken", ErrHeld}
)

// Start implements [smtp.Auth].
func (a *signIn) Start(server *smtp.ServerInfo) (mechanism string, first []byte, err error) {
	offers := func(mechanism string) bool {
		return slices.ContainsFunc(server.Auth, func(m string) bool { return strings.EqualFold(m, mechanism) })
	}
	switch {
	case offers("PLAIN"):
		return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password), nil
	case offers("LOGIN"):
		return "LOGIN", nil, nil
	}
	return "", nil, errNoSignIn
}

// Next implements [smtp.Auth] for LOGIN, which asks for the one and the other.
func (a *signIn) Next(asked []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch prompt := strings.ToLower(string(asked)); {
	case strings.HasPrefix(prompt, "user"):
		return []byte(a.user), nil
	case strings.HasPrefix(prompt, "pass"):
		return []byte(a.password), nil
	}
	return nil, errStrange
}
