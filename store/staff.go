package store

import (
	"context"
	"slices"
	"time"

	"securetext/store/seal"
	"securetext/store/token"
)

// InviteLife is how long a set-up link is good.
const InviteLife = 24 * time.Hour

// StaffID is a person who signs in to the console.
type StaffID string

// NewStaffID makes a StaffID.
func NewStaffID(now time.Time) StaffID { return StaffID(newID("stf_", now)) }

// Role is what a person may do in the console. One may have several.
type Role string

// The roles.
const (
	RoleSender  Role = "sender"  // writes messages, and sees their own
	RoleAdmin   Role = "admin"   // people, recipients, what may send
	RoleAuditor Role = "auditor" // reads events, never content
)

// AllRoles are the roles there are.
var AllRoles = []Role{RoleSender, RoleAdmin, RoleAuditor}

// Staff is a person of an org who signs in to the console.
type Staff struct {
	ID        StaffID
	Org       OrgID
	Email     string // lower case, unique over all orgs
	Name      string
	Roles     []Role
	Created   time.Time
	Suspended time.Time // zero: may sign in
	SignedIn  time.Time // the last time; zero: never
	Invited   time.Time // until when the set-up link is good; zero: there is none
	SetUp     bool      // there is something that they sign in by
	Second    bool      // so was a second factor
	Recovery  int       // codes that are left for when it is lost
	Passkeys  int       // in place of both
	Vouched   bool      // they came by their org's provider
	Epoch     int64     // of sessions; a raised one ends them
}

// Has reports whether the person has one of the roles.
func (s Staff) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(s.Roles, r) })
}

// Account is a person with what they prove themselves by.
type Account struct {
	Staff
	Password string          // the stored hash; empty until it is set
	Key      seal.DataKey    // of Secret
	Secret   seal.Ciphertext // of the authenticator app; nil: there is none
	Identity IdentityHash    // for which the org's provider vouches; zero: none
}

// Spare reports whether a person comes in when the org's provider is away, where
// passwords sign nobody else in: an admin for whom it never vouched, with a second
// factor.
func (a Account) Spare() bool {
	return a.Has(RoleAdmin) && !a.Vouched && (a.Password != "" && a.Second || a.Passkeys > 0)
}

// Place is where a person's secret is sealed to.
func (s Staff) Place() seal.Place {
	return seal.Place{Org: string(s.Org), Recipient: string(s.ID)}
}

// Invite is a set-up link, which a person sets a password by.
type Invite struct {
	Hash  token.Hash
	Until time.Time
}

// RecoveryHash is the keyed hash of a code that stands in for the second factor.
type RecoveryHash [32]byte

// RecoveryOf hashes a recovery code. It cannot be tried out without the key.
func RecoveryOf(index seal.Index, id StaffID, code string) RecoveryHash {
	return index.Sum("recovery code", string(id), code)
}

// RecoveriesOf are the hashes that a recovery code may have been kept as.
func RecoveriesOf(index seal.Index, id StaffID, code string) []RecoveryHash {
	return hashes[RecoveryHash](index.Sums("recovery code", string(id), code))
}

// Proofs is what a person proves themselves by from now on. What is empty stays
// as it is.
type Proofs struct {
	Password string // a hash
	Key      seal.DataKey
	Secret   seal.Ciphertext
	Step     int64          // of the code that showed that the app has the secret
	Recovery []RecoveryHash // in place of all others
	Epoch    int64          // of the session that asks; a set-up link needs none
}

// StaffSignIn is a right password, with the second factor where there is one.
type StaffSignIn struct {
	Org      OrgID
	ID       StaffID
	Known    bool           // the browser signed in before
	Epoch    int64          // when the proofs were looked up
	Verified string         // the stored hash that the password was verified against
	Rehash   string         // replaces it; empty: leave it
	Step     int64          // of the code; 0: there was none
	Recovery []RecoveryHash // the code that stood in for it, with every key it may be kept by; nil: there was none
}

// Personnel knows the staff. A person is suspended, or has other proofs, from the
// moment that the method returns: it raised their epoch.
type Personnel interface {
	// AddStaff is ErrConflict when the address is taken, by whichever org.
	AddStaff(ctx context.Context, s Staff, i Invite, by Actor, at time.Time) error
	// Personnel lists an org's people, oldest first.
	Personnel(ctx context.Context, org OrgID) ([]Staff, error)
	// StaffMember finds one of them.
	StaffMember(ctx context.Context, org OrgID, id StaffID) (Account, error)
	// StaffByEmail finds a person by their address, in lower case.
	StaffByEmail(ctx context.Context, email string) (Account, error)
	// StaffByInvite finds whose set-up link it is: ErrGone when that is too late.
	StaffByInvite(ctx context.Context, hash token.Hash, now time.Time) (Account, error)
	// InviteStaff makes a new set-up link. The former proofs are forgotten, passkeys
	// and whom the org's provider vouched for too.
	InviteStaff(ctx context.Context, org OrgID, id StaffID, i Invite, by Actor, at time.Time) error
	// SetUpStaff sets the first proofs by a set-up link, which is then used up: of
	// many at once exactly one succeeds, the others get ErrNotFound. ErrGone when it
	// is too late.
	SetUpStaff(ctx context.Context, hash token.Hash, p Proofs, by Actor, at time.Time) (Staff, error)
	// SetProofs changes what a person who is set up proves themselves by. ErrRevoked
	// when the epoch of the session that asks is over.
	SetProofs(ctx context.Context, org OrgID, id StaffID, p Proofs, by Actor, at time.Time) (Staff, error)
	// SetRoles changes what a person may do, from the next request on.
	SetRoles(ctx context.Context, org OrgID, id StaffID, roles []Role, by Actor, at time.Time) error
	// SuspendStaff keeps a person out, or lets them in again. ErrConflict when it is
	// so already.
	SuspendStaff(ctx context.Context, org OrgID, id StaffID, suspended bool, by Actor, at time.Time) error
	// RevokeStaff ends a person's sessions.
	RevokeStaff(ctx context.Context, org OrgID, id StaffID, by Actor, at time.Time) error
	// TryStaff counts a try before the password is looked at, for browsers that
	// signed in before apart from all others. After [FreeTries] wrong ones in a row
	// it is ErrThrottled until [Delay] has passed; after [LockAfter] of them unknown
	// browsers get ErrLocked until the person has a new set-up link.
	TryStaff(ctx context.Context, org OrgID, id StaffID, known bool, now time.Time) error
	// StaffSignedIn records a right password and starts its count anew, that of
	// others only when the browser was one of them. ErrConflict when the proofs are
	// no longer those verified: the password was changed, the code was used or an
	// older one, there is a second factor and neither came, or the person is
	// suspended, or was since they were looked up.
	StaffSignedIn(ctx context.Context, s StaffSignIn, by Actor, now time.Time) (Staff, error)
	// StaffSignInFailed records a wrong password or code.
	StaffSignInFailed(ctx context.Context, org OrgID, id StaffID, by Actor, now time.Time) error
	// BeginCeremony keeps what a browser began, in place of what it began before.
	BeginCeremony(ctx context.Context, c Ceremony) error
	// EndCeremony takes it away, so that it is good once. ErrGone when there is none, it
	// is for something else, or it is too late.
	EndCeremony(ctx context.Context, browser BrowserHash, now time.Time, why ...Purpose) (Ceremony, error)
	// StaffByPasskey finds whose passkey it is.
	StaffByPasskey(ctx context.Context, handle CredentialHash) (Account, StaffPasskey, error)
	// StaffPasskeys lists a person's, oldest first.
	StaffPasskeys(ctx context.Context, org OrgID, id StaffID) ([]StaffPasskey, error)
	// AddStaffPasskey adds one for who has that epoch, else it is ErrRevoked. ErrConflict
	// when there are [MostPasskeys], or somebody has it.
	AddStaffPasskey(ctx context.Context, p StaffPasskey, epoch int64, by Actor, at time.Time) error
	// RemoveStaffPasskey removes one, which ends all sessions. ErrRevoked as above;
	// ErrConflict when nothing else would let the person in.
	RemoveStaffPasskey(ctx context.Context, org OrgID, id StaffID, p PasskeyID, epoch int64, by Actor, at time.Time) (Staff, error)
	// StaffSignedInByPasskey records a right signature. Wrong passwords stay counted.
	// ErrConflict when its counter did not go up, which is on record, or the person is
	// suspended, or changed since they were looked up.
	StaffSignedInByPasskey(ctx context.Context, u StaffPasskeyUse, by Actor, now time.Time) (Staff, error)
	// Record writes an event of what changes nothing here: [SessionEnded],
	// [StaffSignedOut], [StaffRefused] and [Exported]. Any other kind is ErrConflict.
	Record(ctx context.Context, e Event) error
}

// Credential is an app password or an API key as it is listed: never its secret.
type Credential struct {
	ID      KeyID
	Sender  SenderID
	APIKey  bool // else an app password
	Label   string
	Scopes  []string
	Test    bool
	Created time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: not
}

// RecipientInfo is what staff see of a recipient.
type RecipientInfo struct {
	ID        RecipientID
	Org       OrgID
	NumberKey seal.DataKey
	Number    seal.Ciphertext // for its last digits
	Person    seal.Ciphertext // which of those who share it; nil: nobody in particular
	Family    RecipientID     // the number's own recipient
	Created   time.Time
	Enrolled  bool    // has a password
	Epoch     int64   // of sessions
	Failures  int     // wrong passwords in a row, of browsers that nobody knows
	Refused   Refusal // of the number, or of the person alone; empty: gets texts
	Since     time.Time
}

// Place is where the recipient's number is sealed to.
func (r RecipientInfo) Place() seal.Place {
	return seal.Place{Org: string(r.Org), Recipient: string(r.ID)}
}

// Locked reports whether staff have to unlock the recipient.
func (r RecipientInfo) Locked() bool { return r.Failures >= LockAfter }
