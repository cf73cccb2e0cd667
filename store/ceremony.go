package store

import "time"

// MostBack is how many bytes a ceremony keeps of where to go on to.
const MostBack = 512

// The purposes of staff.
const (
	ToSignIn   Purpose = "sign in"           // by a passkey
	ToConfirm  Purpose = "confirm"           // that it is still them, by a passkey
	ToVouch    Purpose = "vouch"             // sign in by their org's provider
	ToRevouch  Purpose = "vouch again"       // confirm by it
	ToAddStaff Purpose = "add to a person's" // make a passkey
)

// BrowserHash is the SHA-256 of what a browser keeps while staff prove in it who
// they are.
type BrowserHash [32]byte

// Ceremony is a proof of who somebody of the staff is, which began in one browser
// and ends there, once, within [ChallengeLife].
type Ceremony struct {
	Browser BrowserHash
	Purpose Purpose
	Org     OrgID    // whose provider is asked, or whose person it is; empty: nobody knows yet
	Staff   StaffID  // who is signed in already; empty: nobody
	Value   [32]byte // random
	Back    string   // where to go on to
	Begun   time.Time
}
