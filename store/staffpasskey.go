package store

import (
	"context"
	"fmt"
	"time"

	"securetext/store/seal"
)

// StaffPasskey is what a person signs in with in place of password and app.
type StaffPasskey struct {
	ID      PasskeyID
	Org     OrgID
	Staff   StaffID
	Handle  CredentialHash // by which it is found
	Key     seal.DataKey
	Record  seal.Ciphertext // what checks its signatures
	Counter int64           // how often it signed, as it said last; 0: it does not count
	Name    string          // its owner's for it: "Key on the ring"
	Created time.Time
	Used    time.Time // zero: never yet
}

// CredentialHash is the hash of what a passkey calls itself.
type CredentialHash [32]byte

// CredentialOf hashes what a passkey of staff calls itself. That is random and long, so
// it takes no key, which would have to be rotated.
func CredentialOf(id []byte) CredentialHash { return plainSum("staff passkey", string(id)) }

// KeyPlace is where the passkey's data key is wrapped to, and Place what it seals:
// it cannot be made another person's.
func (p StaffPasskey) KeyPlace() seal.Place {
	return seal.Place{Org: string(p.Org), Recipient: string(p.ID)}
}

// Place is where the record is sealed to.
func (p StaffPasskey) Place() seal.Place {
	return seal.Place{Org: string(p.Org), Message: string(p.ID), Recipient: string(p.Staff), Part: seal.PartPasskey}
}

// Seal puts what checks its signatures into a passkey.
func (p StaffPasskey) Seal(ctx context.Context, keys *seal.Keyring, record []byte) (StaffPasskey, error) {
	key, wrapped, err := keys.NewDataKey(ctx, p.KeyPlace())
	if err != nil {
		return StaffPasskey{}, fmt.Errorf("seal passkey: %w", err)
	}
	p.Key, p.Record = wrapped, key.Seal(record, p.Place())
	return p, nil
}

// Open opens it.
func (p StaffPasskey) Open(ctx context.Context, keys *seal.Keyring) ([]byte, error) {
	key, err := keys.DataKey(ctx, p.Key, p.KeyPlace())
	if err != nil {
		return nil, fmt.Errorf("open passkey %s: %w", p.ID, err)
	}
	record, err := key.Open(p.Record, p.Place())
	if err != nil {
		return nil, fmt.Errorf("open passkey %s: %w", p.ID, err)
	}
	return record, nil
}

// StaffPasskeyUse is a right signature by a passkey of staff.
type StaffPasskeyUse struct {
	Org     OrgID
	ID      StaffID
	Epoch   int64 // when the passkey was looked up
	Passkey PasskeyID
	Counter int64 // as it says now
}
