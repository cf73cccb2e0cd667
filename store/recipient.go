package store

import (
	"net/netip"
	"time"

	"securetext/store/seal"
	"securetext/store/token"
)

const (
	// FreeTries is how many wrong passwords in a row cost no waiting.
	FreeTries = 5
	// MaxDelay is the longest wait between two tries.
	MaxDelay = 15 * time.Minute
	// AskAgainEvery is how often the holder of a link whose message is over may
	// ask for it again.
	AskAgainEvery = 24 * time.Hour
)

// Delay is how long the next try must wait after so many failures in a row:
// nothing for the first [FreeTries], then a second, doubling up to [MaxDelay].
func Delay(failures int) time.Duration {
	if failures < FreeTries {
		return 0
	}
	return min(MaxDelay, time.Second<<min(failures-FreeTries, 20))
}

// Link is what a token leads to.
type Link struct {
	Org       OrgID
	OrgName   string
	OrgPhone  string
	OrgLogo   Logo
	Message   MessageID
	Recipient RecipientID
	Family    RecipientID     // the number's own recipient, whoever shares it
	NumberKey seal.DataKey    // bound to the recipient alone
	Number    seal.Ciphertext // so that a password made of it can be refused
	Person    seal.Ciphertext // whom of those who share the number it is for; nil: nobody in particular
	Key       seal.DataKey    // of the message, for the hint
	Hint      seal.Ciphertext // which passcode is asked for; nil: it does not say
	Lang      string
	Texted    time.Time // when the link was made
	Expires   time.Time
	State     LinkState
	Password  string        // the stored hash; empty before first use
	Passkeys  bool          // there are any to sign in with
	Device    Device        // the browser that asks
	Passcode  PasscodeState // whether it has to give one before anything else
	MustProve bool          // it has to prove itself by a code before it may give a password
	CodeFirst bool          // the first password takes a code, however fresh the link is
	Held      bool          // the message is sealed until staff release it
	Disowned  bool          // it is, because who held its link said that it is not theirs
}

// LinkState tells whether there is something behind a link.
type LinkState int

// The states of a link.
const (
	LinkLive LinkState = iota
	LinkWiped
	LinkExpired
)

// Place is where the recipient's number is sealed to.
func (l Link) Place() seal.Place {
	return seal.Place{Org: string(l.Org), Recipient: string(l.Recipient)}
}

// HintPlace is where the hint is sealed to.
func (l Link) HintPlace() seal.Place {
	return seal.Place{Org: string(l.Org), Message: string(l.Message), Recipient: string(l.Recipient), Part: seal.PartHint}
}

// Viewer is a signed-in recipient.
type Viewer struct {
	Org       OrgID
	Recipient RecipientID
	Epoch     int64 // of the session; a raised one ends it
	Addr      netip.Addr
}

// Actor is the viewer as events name it.
func (v Viewer) Actor() Actor {
	return Actor{Kind: ByRecipient, ID: string(v.Recipient), Addr: v.Addr}
}

// Enrolment is a first password on its way in.
type Enrolment struct {
	Link     token.Hash
	Password string          // hashed
	Word     seal.Ciphertext // what the recipient wants to see in texts; nil: nothing
	Grace    time.Duration   // how old the link may be; a device that proved itself needs none
	Device   DeviceHash      // remembered from now on
	Label    string          // what it is, for its owner: "Chrome on Android"
	Addr     netip.Addr
}

// Unlock is a right password.
type Unlock struct {
	Link     token.Hash
	Device   DeviceHash // remembered from now on
	Label    string     // as in [Enrolment]
	Verified string     // the stored hash that the password was verified against
	Rehash   string     // replaces it; empty: leave it
	Addr     netip.Addr
}
