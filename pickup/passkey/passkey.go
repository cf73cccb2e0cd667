// Package passkey checks what a face or a fingerprint lets a phone sign.
//
// A [Party] is the site as phones know it, made from its public URL. [Party.Make]
// and [Party.Use] write what the page's script hands to the browser; [Party.Made]
// and [Party.Used] check what comes back. Who calls them keeps the [Challenge] in
// between, and gives it out once.
//
// The phone must have looked who is there (user verification): a passkey stands
// for what its owner has and is, so nothing else is asked for. Where it comes from
// is not asked (no attestation). No answer that fails is quoted in an error.
package passkey

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

var (
	// ErrNoDomain means that browsers make no passkeys for such a URL: its host is
	// an address, or no domain name.
	ErrNoDomain = errors.New("passkeys need a domain name")
	// ErrRefused means that an answer proves nothing, for whatever reason.
	ErrRefused = errors.New("passkey refused")
)

// Challenge is what is to be signed: 32 random bytes.
type Challenge = [32]byte

// Owner is whose passkeys they are.
type Owner struct {
	Handle [32]byte   // by which phones tell owners apart; says nothing of them
	Former [][32]byte // handles that older passkeys of theirs were made with
	Name   string     // what a list of passkeys on the phone shows
	Keys   []Key
}

// Party is the site as phones know it. It is safe for concurrent use.
type Party struct {
	rp   *webauthn.WebAuthn
	byID bool // whose passkey it is has to be known beforehand
}

// algorithms are those of signatures, the most usual first.
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// New makes a party of the URL that patients reach the site by: whose link it is is
// known, and passkeys are made on the phone in hand. The phone waits for its owner as
// long as life.
func New(publicURL string, life time.Duration) (*Party, error) {
	return newParty(publicURL, life, true)
}

// NewForStaff makes a party of the console's URL: a passkey says itself whose it is,
// so that a page need not ask, and may be on whatever its owner has: this machine, a
// phone, a key on the ring.
func NewForStaff(url string, life time.Duration) (*Party, error) { return newParty(url, life, false) }

func newParty(publicURL string, life time.Duration, byID bool) (*Party, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	if err := protocol.ValidateRPID(u.Hostname()); err != nil {
		return nil, ErrNoDomain
	}
	wait := webauthn.TimeoutConfig{Timeout: life, TimeoutUVD: life}
	resident, must := protocol.ResidentKeyRequirementPreferred, protocol.ResidentKeyNotRequired()
	if !byID {
		resident, must = protocol.ResidentKeyRequirementRequired, protocol.ResidentKeyRequired()
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: u.Hostname(), RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: resident, RequireResidentKey: must,
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: wait, Registration: wait},
		// We ask for no extension and look at none. Some password managers answer
		// one unasked: that must not keep their owner out.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return &Party{rp, byID}, nil
}

// session is what the library keeps between the two halves of a ceremony.
func (p *Party) session(o Owner, ch Challenge) webauthn.SessionData {
	s := webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(ch[:]), RelyingPartyID: p.rp.Config.RPID, UserID: o.Handle[:],
		UserVerification: protocol.VerificationRequired, CredParams: algorithms,
	}
	for _, k := range o.Keys {
		s.AllowedCredentialIDs = append(s.AllowedCredentialIDs, k.ID)
	}
	return s
}

// refused hides what an answer held: the library's errors may quote it.
func refused(err error) error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return fmt.Errorf("%w: %s", ErrRefused, known.Type)
	}
	return fmt.Errorf("%w: %T", ErrRefused, err)
}
