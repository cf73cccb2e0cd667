package store

import (
	"securetext/store/passcode"
	"securetext/store/seal"
	"securetext/store/token"
)

// PasscodeTries is how many wrong passcodes browsers may give that did not prove
// themselves, all together and for all messages to a recipient; then they must.
// Those that did have as many more, and then staff must unlock the recipient.
const PasscodeTries = 5

// PasscodeHash is the keyed hash of a message's passcode. The zero PasscodeHash is
// none.
type PasscodeHash [32]byte

// PasscodeOf hashes the passcode of a message. It cannot be tried out without the
// key.
func PasscodeOf(index seal.Index, org OrgID, m MessageID, p passcode.Passcode) PasscodeHash {
	return index.Sum("passcode", string(org), string(m), p.Secret())
}

// PasscodesOf are the hashes that a passcode may have been kept as.
func PasscodesOf(index seal.Index, org OrgID, m MessageID, p passcode.Passcode) []PasscodeHash {
	return hashes[PasscodeHash](index.Sums("passcode", string(org), string(m), p.Secret()))
}

// PasscodeState is whether a browser owes a passcode.
type PasscodeState int

// The states. A browser that gave one within [ProofLife] owes none, nor does
// anybody once the recipient is vouched for.
const (
	PasscodeNone     PasscodeState = iota
	PasscodeOwed                   // it may be given
	PasscodeUnproved               // the browser must prove itself by a code before it may try
	PasscodeLocked                 // staff must unlock the recipient
)

// PasscodeTry is a passcode that somebody typed.
type PasscodeTry struct {
	Link   token.Hash
	Device DeviceHash
	Given  []PasscodeHash // with every key it may be kept by
	Viewer Viewer         // who is signed in there; zero: nobody
	By     Actor
}
