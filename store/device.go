package store

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"securetext/store/seal"
)

// StepUp is when a browser has to prove by a texted code that it holds the phone,
// besides the password (S10).
type StepUp string

// The choices of [Policy.StepUp].
const (
	StepUpNever     StepUp = "never"      // only after too many wrong passwords
	StepUpNewDevice StepUp = "new_device" // where it never signed in before
	StepUpAlways    StepUp = "always"     // at every sign-in
)

// DeviceHash is the SHA-256 of the secret in a browser's device cookie. The zero
// DeviceHash is a browser that has none.
type DeviceHash [32]byte

// HashDevice hashes the secret of a device cookie.
func HashDevice(secret []byte) DeviceHash { return sha256.Sum256(secret) }

// CodeHash is the keyed hash of a code that was texted.
type CodeHash [32]byte

// CodeOf hashes the digits of a code. It cannot be tried out without the key.
func CodeOf(index seal.Index, r RecipientID, digits string) CodeHash {
	return index.Sum("code", string(r), digits)
}

// CodesOf are the hashes that a code may have been kept as.
func CodesOf(index seal.Index, r RecipientID, digits string) []CodeHash {
	return hashes[CodeHash](index.Sums("code", string(r), digits))
}

const (
	// CodeLife is how long a code is good once it was texted, and CodeTries how
	// often it may be guessed at.
	CodeLife  = 10 * time.Minute
	CodeTries = 5
	// CodeEvery is how often a recipient may be texted a code, and MostCodes how
	// many of them within a day, whoever asks.
	CodeEvery = time.Minute
	MostCodes = 10
	// ProofLife is how long what a code proved is good, in that browser.
	ProofLife = 15 * time.Minute
	// ProveAfter wrong passwords in a row from browsers that never signed in, such
	// a browser has to prove itself, whatever the policy; after LockAfter of them
	// staff must unlock the recipient. Known devices have a count of their own.
	ProveAfter, LockAfter = 10, 100
)

// Device is what is known of a browser with one recipient.
type Device struct {
	Known   bool      // it has signed in before
	Passkey bool      // one was added, used or declined there: none is offered again
	Proved  time.Time // until when what a code proved is good; zero: nothing was
	RetryAt time.Time // before it [Reader.TryUnlock] is ErrThrottled; long past: now
}

// Browser is one that a recipient signed in by, as staff see it.
type Browser struct {
	Handle string // names it to staff, and opens nothing
	Label  string
	First  time.Time
	Last   time.Time
}

// HandleOf is a device's handle.
func HandleOf(h DeviceHash) string { return hex.EncodeToString(h[:8]) }
