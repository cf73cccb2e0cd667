package store

import (
	"crypto/sha256"
	"time"
)

// Org is one covered entity. It owns everything else, and nothing is ever
// visible across orgs. What has a name in JSON is a setting: under that name it is
// kept in versions, so none is ever renamed.
type Org struct {
	ID      OrgID         `json:"-"`
	Name    string        `json:"name"`     // as patients read it on the page
	SMSName string        `json:"sms_name"` // as it stands in texts: short, GSM-7
	Phone   string        `json:"phone"`    // whom a patient calls, as written
	Region  string        `json:"region"`   // ISO 3166 alpha-2: how national numbers are read
	Lang    string        `json:"lang"`     // BCP 47: of texts and pages unless the message says
	Life    time.Duration `json:"life"`     // of a message unless it says; 1 hour to 90 days
	Policy  Policy        `json:"policy"`
	Logo    Logo          `json:"logo,omitzero"`
	Created time.Time     `json:"-"`
	Version int64         `json:"-"` // of its settings: how often they were changed
}

// Sender is a person or a system of an org that may send.
type Sender struct {
	ID      SenderID
	Org     OrgID
	Email   string   // lower case, unique over all orgs
	Name    string   // as patients read it
	SendAs  []string // further From addresses, lower case; "*" is any
	Created time.Time
	// Suspended is since when the sender may not send; zero: it may. Its
	// credentials still say who it is, so that it can be told.
	Suspended time.Time
}

// SecretHash is the SHA-256 of a generated secret of at least 128 bits. (Secrets
// that people choose are another matter: see pickup/password.)
type SecretHash [32]byte

// HashSecret hashes a generated secret.
func HashSecret(secret string) SecretHash { return sha256.Sum256([]byte(secret)) }

// AppPassword lets a sender's mail program sign in.
type AppPassword struct {
	ID     KeyID
	Org    OrgID
	Sender SenderID
	Label  string // the sender's own name for it: "Outlook at the front desk"
	Hash   SecretHash
}

// Scopes of an API key.
const (
	ScopeSend    = "messages:send"
	ScopeRead    = "messages:read" // what became of messages, never content
	ScopeReplies = "replies:read"  // what was written back to the key's own sender
)

// APIKey lets a program send in a sender's name.
type APIKey struct {
	ID      KeyID
	Org     OrgID
	Sender  SenderID
	Label   string
	Hash    SecretHash // of the part after the id
	Scopes  []string
	Test    bool      // what it sends never reaches a carrier
	Expires time.Time // zero: never
}
