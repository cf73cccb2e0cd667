package store

import (
	"context"
	"fmt"

	"securetext/store/person"
	"securetext/store/seal"
)

// SealRecipient makes the recipient of a phone number (E.164) within an org, or of
// one of those who share it, sealed under a key of their own and ready to store.
func SealRecipient(ctx context.Context, keys *seal.Keyring, index seal.Index, org OrgID, number string, who person.Name) (Recipient, error) {
	r := Recipient{ID: RecipientOf(index, org, number, who)}
	at := seal.Place{Org: string(org), Recipient: string(r.ID)}
	key, wrapped, err := keys.NewDataKey(ctx, at)
	if err != nil {
		return Recipient{}, fmt.Errorf("make recipient key: %w", err)
	}
	r.Key, r.Number = wrapped, key.Seal(seal.Plaintext(number), at)
	if who.IsZero() {
		return r, nil
	}
	at.Part = seal.PartPerson
	r.Person = key.Seal(seal.Plaintext(who.Written()), at)
	family, err := SealRecipient(ctx, keys, index, org, number, person.Name{})
	r.Family = &family
	return r, err
}

// OpenPerson opens the name of one of several people who share a number, with the
// key that the number is sealed under. There is none for the number's own
// recipient.
func OpenPerson(key seal.Key, sealed seal.Ciphertext, at seal.Place) (person.Name, error) {
	if len(sealed) == 0 {
		return person.Name{}, nil
	}
	at.Part = seal.PartPerson
	name, err := key.Open(sealed, at)
	if err != nil {
		return person.Name{}, fmt.Errorf("open name: %w", err)
	}
	who, err := person.Parse(string(name))
	if err != nil {
		return person.Name{}, fmt.Errorf("read name: %w", err)
	}
	return who, nil
}
