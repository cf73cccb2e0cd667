// Package idp asks an identity provider who somebody is (OpenID Connect).
//
// A [Client] knows providers by their issuer alone: what else it has to know they
// publish. [Client.Begin] writes the address to which the browser is sent, and
// [Client.End] redeems the code that it comes back with (authorization code with
// PKCE). State, nonce and verifier are the caller's, who makes them anew each time
// and binds them to the browser; [Settings] say which provider, and what its word is
// worth.
//
// Nothing is believed but a token that the provider signed for us and this sign-in.
// An address counts once the provider says that it is verified, and only at a domain
// of the org's. No answer is quoted in an error.
package idp

import (
	"errors"
	"time"
)

var (
	// ErrUnavailable means that the provider could not be asked, or that it does not
	// know us: try later, or look at the settings.
	ErrUnavailable = errors.New("identity provider unavailable")
	// ErrRefused means that what came back proves nothing.
	ErrRefused = errors.New("identity refused")
	// ErrStale means that the provider did not ask who is there once more.
	ErrStale = errors.New("identity not proved anew")
	// ErrFactor means that they were not asked for what the org asks for.
	ErrFactor = errors.New("identity proved by too little")
)

// skew is how far the provider's clock may be off.
const skew = time.Minute

// Ask is what the browser is sent with.
type Ask struct {
	Back         string // where it is to come back to
	State, Nonce string
	Verifier     Secret
	Hint         string // the address that they typed; empty: none
	Fresh        bool   // they must prove who they are once more
}

// Answer is what it came back with, and what it was sent with.
type Answer struct {
	Back, Nonce    string
	Verifier, Code Secret
	Issuer         string // which says who it is from (RFC 9207); empty: it does not
	Fresh          bool
	Asked          time.Time // when it was sent
}

// Person is whom the provider vouches for.
type Person struct {
	Subject string    // what it calls them, for good
	Email   string    // verified, at a domain of the org's, in lower case; empty: none
	Name    string    // empty: none
	Roles   []string  // by the rules of the settings, each once, in their order
	Proved  time.Time // when they proved who they are; zero: it does not say
}
