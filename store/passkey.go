package store

import (
	"net/netip"
	"time"

	"securetext/store/seal"
	"securetext/store/token"
)

const (
	// MostPasskeys is how many a recipient may have.
	MostPasskeys = 10
	// ChallengeLife is how long a challenge may wait for its answer.
	ChallengeLife = 5 * time.Minute
	// MostChallenges is how many wait at once for browsers that never signed in to
	// a recipient's messages. Known ones have their own.
	MostChallenges = 20
)

// ByPasskey is the detail of an Unlocked event for which no password was given.
const ByPasskey = "passkey"

// Passkey is what a recipient signs in with in place of the password.
type Passkey struct {
	ID      PasskeyID
	Record  seal.Ciphertext // what checks its signatures, under the key of the number
	Counter int64           // how often it signed, as it said last; 0: it does not count
	Label   string          // where it was made, for its owner: "Chrome on Android"
	Created time.Time
	Used    time.Time // zero: never yet
}

// Purpose is what a challenge is for.
type Purpose string

// The purposes.
const (
	ToAdd    Purpose = "add"    // make a passkey
	ToUnlock Purpose = "unlock" // sign in by one
)

// Challenge is what a passkey is about to sign, in one browser.
type Challenge struct {
	Link    token.Hash
	Device  DeviceHash
	Purpose Purpose
	Value   [32]byte // random
}

// PasskeyUnlock is a right signature by a passkey.
type PasskeyUnlock struct {
	Link    token.Hash
	Device  DeviceHash // remembered from now on
	Label   string     // as in [Enrolment]
	Passkey PasskeyID
	Counter int64 // as it says now
	Addr    netip.Addr
}
