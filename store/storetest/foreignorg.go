package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"securetext/store"
	"securetext/store/seal"
)

// foreignOrgs try an org's settings, keys, senders and ready texts.
var foreignOrgs = trials{
	"Org": func(ctx context.Context, b border) error {
		_, err := b.Store.Org(ctx, b.Org.ID+"x")
		return err
	},
	"OrgKey": func(ctx context.Context, b border) error {
		_, err := b.OrgKey(ctx, string(b.Org.ID)+"x", 0)
		return err
	},
	"AddSender": func(ctx context.Context, b border) error {
		s := b.newSender("Nobody")
		s.Org += "x"
		return b.AddSender(ctx, s, Ana, Noon)
	},
	"Senders": func(ctx context.Context, b border) error {
		senders, err := b.Senders(ctx, b.Org.ID+"x")
		return none(err, len(senders))
	},
	"AddAppPassword": func(ctx context.Context, b border) error {
		p := store.AppPassword{ID: store.NewKeyID(Noon), Org: b.neighbour.Org.ID, Sender: b.Sender.ID, Hash: store.HashSecret("p")}
		return b.AddAppPassword(ctx, p, Ana, Noon)
	},
	"AddAPIKey": func(ctx context.Context, b border) error {
		k := store.APIKey{ID: store.NewKeyID(Noon), Org: b.neighbour.Org.ID, Sender: b.Sender.ID, Hash: store.HashSecret("k")}
		return b.AddAPIKey(ctx, k, Ana, Noon)
	},
	"RevokeCredential": func(ctx context.Context, b border) error {
		p := store.AppPassword{ID: store.NewKeyID(Noon), Org: b.Org.ID, Sender: b.Sender.ID, Hash: store.HashSecret("r")}
		if err := b.AddAppPassword(ctx, p, Ana, Noon); err != nil {
			return err
		}
		return b.RevokeCredential(ctx, b.neighbour.Org.ID, p.ID, Ana, Noon)
	},
	"AddOrgKey": func(ctx context.Context, b border) error {
		key, err := b.Keys.NewOrgKey(ctx, string(b.Org.ID)+"x", 2)
		if err != nil {
			return err
		}
		return b.AddOrgKey(ctx, key, Ana, Noon)
	},
	"ReplaceOrgKey": func(ctx context.Context, b border) error {
		key, err := b.Keys.NewOrgKey(ctx, string(b.Org.ID)+"x", 1)
		if err != nil {
			return err
		}
		return b.ReplaceOrgKey(ctx, key, Ana, Noon)
	},
	"DataKeys": func(ctx context.Context, b border) error {
		keys, err := b.DataKeys(ctx, b.neighbour.Org.ID, 100, 100)
		shown := 0
		for _, k := range keys {
			if k.Message == b.message.ID || k.Reply == b.reply.ID || k.Recipient == b.message.To.ID || k.Recipient == store.RecipientID(b.phrase.ID) {
				shown++
			}
		}
		return none(err, shown)
	},
	"ReplaceDataKeys": func(ctx context.Context, b border) error {
		forged := seal.DataKey{Version: 99, Wrapped: seal.Ciphertext("forged")}
		err := b.ReplaceDataKeys(ctx, []store.StoredKey{
			{Org: b.neighbour.Org.ID, Message: b.message.ID, Recipient: b.message.To.ID, Key: forged},
			{Org: b.neighbour.Org.ID, Message: b.message.ID, Reply: b.reply.ID, Recipient: b.message.To.ID, Key: forged},
			{Org: b.neighbour.Org.ID, Recipient: b.message.To.ID, Key: forged},
		})
		if err != nil {
			return err
		}
		keys, err := b.DataKeys(ctx, b.Org.ID, 1000, 100)
		replaced := 0
		for _, k := range keys {
			if bytes.Equal(k.Key.Wrapped, forged.Wrapped) {
				replaced++
			}
		}
		return none(err, replaced)
	},
	"TallyDataKeys": func(ctx context.Context, b border) error {
		all, old, err := b.TallyDataKeys(ctx, b.Org.ID+"x", 100)
		return none(err, all+old)
	},
	"SetOrg": func(ctx context.Context, b border) error {
		o := b.Org
		if o.ID += "x"; !errors.Is(b.SetOrg(ctx, store.OrgChange{Org: o, By: Ana, At: Noon}), store.ErrNotFound) {
			return errors.New("an org that is not there was set")
		}
		o = b.neighbour.Org // with the logo of another
		o.Logo = b.logo
		return b.SetOrg(ctx, store.OrgChange{Org: o, By: Ana, At: Noon})
	},
	"OrgVersions": func(ctx context.Context, b border) error {
		list, err := b.OrgVersions(ctx, b.neighbour.Org.ID, 0, 100)
		list = slices.DeleteFunc(list, func(v store.OrgVersion) bool { return v.Org.ID == b.neighbour.Org.ID })
		return none(err, len(list))
	},
	"SuspendSender": func(ctx context.Context, b border) error {
		return b.SuspendSender(ctx, b.neighbour.Org.ID, b.Sender.ID, true, Ana, Noon)
	},
	"AddSmarthost": func(ctx context.Context, b border) error {
		s := b.smarthost()
		s.Org += "x"
		return b.AddSmarthost(ctx, s, Ana, Noon)
	},
	"RemoveSmarthost": func(ctx context.Context, b border) error {
		s := b.smarthost()
		if err := b.AddSmarthost(ctx, s, Ana, Noon); err != nil {
			return err
		}
		return b.RemoveSmarthost(ctx, b.neighbour.Org.ID, s.ID, Ana, Noon)
	},
	"Credentials": func(ctx context.Context, b border) error {
		list, err := b.Credentials(ctx, b.neighbour.Org.ID)
		return none(err, len(list))
	},
	"AddPhrase": func(ctx context.Context, b border) error {
		p := b.phrase
		p.ID, p.Org = store.NewPhraseID(Noon), b.Org.ID+"x"
		return b.AddPhrase(ctx, p, Ana, Noon)
	},
	"ChangePhrase": func(ctx context.Context, b border) error {
		p := b.phrase
		p.Org = b.neighbour.Org.ID
		return b.ChangePhrase(ctx, p, Ana, Noon)
	},
	"RemovePhrase": func(ctx context.Context, b border) error {
		return b.RemovePhrase(ctx, b.neighbour.Org.ID, b.phrase.ID, Ana, Noon)
	},
	"Phrases": func(ctx context.Context, b border) error {
		list, err := b.Phrases(ctx, b.neighbour.Org.ID)
		return none(err, len(list))
	},
}
