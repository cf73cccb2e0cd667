package passkey

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Use is what navigator.credentials.get takes, as JSON. The owner's passkeys are
// named in it: so a phone that has some of other owners, as of another clinic's
// patient, asks for the right one, and one whose passkeys cannot be listed does
// too. Whoever may ask sees random names, and how many there are.
func (p *Party) Use(o Owner, ch Challenge) ([]byte, error) {
	assertion, _, err := p.rp.BeginLogin(user{o}, webauthn.WithChallenge(ch[:]))
	if err != nil {
		return nil, fmt.Errorf("ask for signature: %w", err)
	}
	return json.Marshal(assertion)
}

// UseAny is what navigator.credentials.get takes, as JSON, where nobody knows yet
// whose passkey it will be: the browser offers all that it has for the site. Whoever
// may ask sees nothing.
func (p *Party) UseAny(ch Challenge) ([]byte, error) {
	assertion, _, err := p.rp.BeginDiscoverableLogin(webauthn.WithChallenge(ch[:]))
	if err != nil {
		return nil, fmt.Errorf("ask for signature: %w", err)
	}
	return json.Marshal(assertion)
}

// Which is what the passkey calls itself that is said to have signed the browser's
// answer, as JSON: for finding its owner, and no more.
func Which(answer []byte) ([]byte, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, refused(err)
	}
	return parsed.RawID, nil
}

// Used checks the browser's answer, as JSON, and returns which of the owner's
// passkeys signed, and how often it has by its own count: the caller must refuse a
// count that does not go up, unless it is always 0. Any answer that is not right is
// [ErrRefused].
func (p *Party) Used(o Owner, ch Challenge, answer []byte) (which int, count int64, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return 0, 0, refused(err)
	}
	which, known := find(o.Keys, parsed.RawID)
	if !known {
		return 0, 0, fmt.Errorf("%w: not the owner's", ErrRefused)
	}
	for _, former := range o.Former {
		if bytes.Equal(parsed.Response.UserHandle, former[:]) {
			o.Handle = former
		}
	}
	if _, err := p.rp.ValidateLogin(user{o}, p.session(o, ch), parsed); err != nil {
		return 0, 0, refused(err)
	}
	return which, int64(parsed.Response.AuthenticatorData.Counter), nil
}
