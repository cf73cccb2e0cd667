package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"securetext/configs"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
)

// house is the opened store with its keys: what every command but check needs.
type house struct {
	cfg    *configs.Config
	secret *configs.Keys
	store  whole
	keys   *seal.Keyring
	index  seal.Index
}

// open reads the settings and opens the store. The caller closes the house.
func (p *program) open(ctx context.Context) (*house, error) {
	cfg, err := p.settings()
	if err != nil {
		return nil, err
	}
	return openHouse(ctx, cfg, p.now())
}

func openHouse(ctx context.Context, cfg *configs.Config, now time.Time) (*house, error) {
	h, err := unlock(ctx, cfg, now)
	if err != nil {
		return nil, err
	}
	if err := h.findsAll(ctx); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	return h, nil
}

// unlock opens the house for those who see to the keys, while some may be missing.
func unlock(ctx context.Context, cfg *configs.Config, now time.Time) (*house, error) {
	secret, err := cfg.Keys()
	if err != nil {
		return nil, err
	}
	root, others, err := openRoots(cfg, secret)
	if err != nil {
		return nil, err
	}
	db, err := openStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	h := &house{cfg: cfg, secret: secret, store: db, keys: seal.NewKeyring(db, root, others...), index: indexOf(secret)}
	if err := h.rememberPhoneKeys(ctx, now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := h.usePhoneKey(ctx, now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

// use opens the house for one command.
func (p *program) use(ctx context.Context, f func(*house) error) error {
	h, err := p.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(h), h.store.Close())
}

// useKeys opens the house for one command about its keys.
func (p *program) useKeys(ctx context.Context, f func(*house) error) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	h, err := unlock(ctx, cfg, p.now())
	if err != nil {
		return err
	}
	return errors.Join(f(h), h.store.Close())
}

func sealKey(k configs.Key) seal.Key { return seal.KeyFrom([configs.KeyLen]byte(k)) }

// org finds an org by id or name; with an empty name, the only one there is.
func (h *house) org(ctx context.Context, name string) (store.Org, error) {
	orgs, err := h.store.Orgs(ctx)
	if err != nil {
		return store.Org{}, err
	}
	if name == "" && len(orgs) == 1 {
		return orgs[0], nil
	}
	for _, o := range orgs {
		if name != "" && (string(o.ID) == name || o.Name == name) {
			return o, nil
		}
	}
	if name == "" {
		return store.Org{}, fmt.Errorf("there are %d orgs: say which, with --org", len(orgs))
	}
	return store.Org{}, fmt.Errorf("no org has the id or the name %q (see: securetext org list)", name)
}

// sender finds a sender by address or id, in whichever org.
func (h *house) sender(ctx context.Context, name string) (store.Sender, error) {
	orgs, err := h.store.Orgs(ctx)
	if err != nil {
		return store.Sender{}, err
	}
	for _, o := range orgs {
		senders, err := h.store.Senders(ctx, o.ID)
		if err != nil {
			return store.Sender{}, err
		}
		for _, s := range senders {
			if s.Email == name || string(s.ID) == name {
				return s, nil
			}
		}
	}
	return store.Sender{}, fmt.Errorf("no sender has the address or the id %q (see: securetext sender list)", name)
}

// hookSecrets sign what is posted to an org's webhook: that of the phone key in use,
// then those of former ones, which the org's server may have yet. They stand in no
// database.
func (h *house) hookSecrets(org store.OrgID) []string {
	fields := []string{"secret of webhooks", string(org)}
	var all []string
	for _, sum := range append([][32]byte{h.index.Sum(fields...)}, h.index.Former(fields...)...) {
		all = append(all, hex.EncodeToString(sum[:]))
	}
	return all
}

// recipientFlags name a recipient. A number on the command line can be seen by
// whoever lists processes, so "-" reads it from standard input.
type recipientFlags struct {
	Org       string `help:"Id or name of the org; may be left out if there is only one."`
	Recipient string `help:"The recipient's id, as in events." xor:"who"`
	Number    string `help:"The recipient's phone number; - reads it from standard input." xor:"who"`
	For       string `help:"Which of those who share the number: the name that senders use." placeholder:"NAME"`
}

func (f recipientFlags) find(ctx context.Context, p *program, h *house) (store.OrgID, store.RecipientID, error) {
	who, err := f.person()
	if err != nil {
		return "", "", err
	}
	if f.Recipient != "" {
		org, err := h.org(ctx, f.Org)
		return org.ID, store.RecipientID(f.Recipient), err
	}
	org, n, err := f.number(ctx, p, h)
	if err != nil {
		return "", "", err
	}
	id, err := store.IDOf(ctx, h.store, h.index, store.Whom{Org: org.ID, Number: n.E164(), Person: who})
	return org.ID, id, err
}

// person is which of those who share the number is meant; the zero name: the
// number itself.
func (f recipientFlags) person() (person.Name, error) {
	switch {
	case f.For == "":
		return person.Name{}, nil
	case f.Number == "":
		return person.Name{}, errors.New("--for goes with --number")
	}
	who, err := person.Parse(f.For)
	if err != nil {
		return who, fmt.Errorf("--for %w", err)
	}
	return who, nil
}

// number is the recipient's, as it was written in the org's country.
func (f recipientFlags) number(ctx context.Context, p *program, h *house) (store.Org, phone.Number, error) {
	org, err := h.org(ctx, f.Org)
	if err != nil {
		return store.Org{}, phone.Number{}, err
	}
	written := f.Number
	if written == "-" {
		if _, err := fmt.Fscanln(p.in, &written); err != nil {
			return store.Org{}, phone.Number{}, fmt.Errorf("read the number from standard input: %w", err)
		}
	}
	n, err := phone.Parse(written, org.Region)
	return org, n, err
}

// recipient is a number, or one of those who share it, sealed as the store takes it.
func (h *house) recipient(ctx context.Context, org store.OrgID, n phone.Number, who person.Name) (store.Recipient, error) {
	return store.RecipientFor(ctx, h.store, h.keys, h.index, store.Whom{Org: org, Number: n.E164(), Person: who})
}

// print writes one JSON line.
func (p *program) print(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
