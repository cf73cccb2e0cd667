package store

import (
	"context"
	"fmt"

	"securetext/store/person"
	"securetext/store/seal"
)

// Found are the ids under which a recipient, and the number's own where somebody
// shares it, are known already; empty: they are not.
type Found struct{ ID, Family RecipientID }

// SealRecipient makes a recipient, sealed under a key of their own and ready to
// store. One who is not known yet has an id made of their first hash: so all who
// write to them first, at one time, do so under one id.
func SealRecipient(ctx context.Context, keys *seal.Keyring, index seal.Index, w Whom, f Found) (Recipient, error) {
	r := Recipient{ID: f.ID}
	if f.ID == "" {
		r.Hashes = HashesOf(index, w)
		r.ID = newRecipientID(r.Hashes)
	}
	at := seal.Place{Org: string(w.Org), Recipient: string(r.ID)}
	key, wrapped, err := keys.NewDataKey(ctx, at)
	if err != nil {
		return Recipient{}, fmt.Errorf("make recipient key: %w", err)
	}
	r.Key, r.Number = wrapped, key.Seal(seal.Plaintext(w.Number), at)
	if w.Person.IsZero() {
		return r, nil
	}
	at.Part = seal.PartPerson
	r.Person = key.Seal(seal.Plaintext(w.Person.Written()), at)
	family, err := SealRecipient(ctx, keys, index, w.Alone(), Found{ID: f.Family})
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
