package passkey

import (
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Make is what navigator.credentials.create takes, as JSON, to make a passkey. What
// has a passkey of the owner's already makes no other.
func (p *Party) Make(o Owner, ch Challenge) ([]byte, error) {
	how := []webauthn.RegistrationOption{
		challenged(ch), webauthn.WithCredentialParameters(algorithms), webauthn.WithExclusions(descriptors(o.Keys)),
	}
	if p.byID {
		how = append(how, webauthn.WithPublicKeyCredentialHints([]protocol.PublicKeyCredentialHints{protocol.PublicKeyCredentialHintClientDevice}))
	}
	creation, _, err := p.rp.BeginRegistration(user{o}, how...)
	if err != nil {
		return nil, fmt.Errorf("ask for passkey: %w", err)
	}
	return json.Marshal(creation)
}

// challenged has the phone sign our challenge in place of the library's own.
func challenged(ch Challenge) webauthn.RegistrationOption {
	return func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.Challenge = ch[:]
		return nil
	}
}

// Made checks the browser's answer, as JSON, and returns the new passkey and how
// often it signed so far. Any answer that is not right is [ErrRefused]; so is a
// passkey that the owner has already.
func (p *Party) Made(o Owner, ch Challenge, answer []byte) (Key, int64, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, 0, refused(err)
	}
	made, err := p.rp.CreateCredential(user{o}, p.session(o, ch), parsed)
	if err != nil {
		return Key{}, 0, refused(err)
	}
	if _, known := find(o.Keys, made.ID); known {
		return Key{}, 0, fmt.Errorf("%w: known already", ErrRefused)
	}
	k := Key{ID: made.ID, Public: made.PublicKey, Synced: made.Flags.BackupEligible}
	for _, t := range made.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k, int64(made.Authenticator.SignCount), nil
}
