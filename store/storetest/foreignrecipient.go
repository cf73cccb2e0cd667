package storetest

import (
	"context"

	"securetext/store"
)

// foreignRecipients try what is done to whom an org writes to.
var foreignRecipients = trials{
	"RevokeSessions": func(ctx context.Context, b border) error {
		return b.RevokeSessions(ctx, b.neighbour.Org.ID, b.message.To.ID, Ana, Noon)
	},
	"ResetRecipient": func(ctx context.Context, b border) error {
		return b.ResetRecipient(ctx, b.neighbour.Org.ID, b.message.To.ID, Ana, Noon)
	},
	"UnlockRecipient": func(ctx context.Context, b border) error {
		return b.UnlockRecipient(ctx, b.neighbour.Org.ID, b.message.To.ID, Ana, Noon)
	},
	"Known": func(ctx context.Context, b border) error {
		shown, err := b.Known(ctx, b.neighbour.Org.ID, append(store.Hashes(b.refused.Hashes), store.NumberHash(b.vouched.To.ID)))
		return none(err, len(shown))
	},
	"AddHashes": func(ctx context.Context, b border) error {
		forged := store.HashOf{Org: b.neighbour.Org.ID, Recipient: b.message.To.ID, HashedNumber: store.HashedNumber{Key: "k", Hash: "rcp_forged"}}
		n, err := b.AddHashes(ctx, []store.HashOf{forged})
		return none(err, n)
	},
	"Refuse": func(ctx context.Context, b border) error {
		return b.Refuse(ctx, b.neighbour.Org.ID, b.message.To, store.Blocked, Ana, Noon)
	},
	"Allow": func(ctx context.Context, b border) error {
		return b.Allow(ctx, b.neighbour.Org.ID, b.refused.ID, store.Allowance{}, Ana, Noon)
	},
	"Family": func(ctx context.Context, b border) error {
		list, err := b.Family(ctx, b.neighbour.Org.ID, b.person.Family.ID)
		return none(err, len(list))
	},
	"Suppressed": func(ctx context.Context, b border) error {
		list, err := b.Suppressed(ctx, b.neighbour.Org.ID, "", 100)
		return none(err, len(list))
	},
	"Recipients": func(ctx context.Context, b border) error {
		list, err := b.Recipients(ctx, b.neighbour.Org.ID, []store.RecipientID{b.message.To.ID})
		return none(err, len(list))
	},
	"Record": func(ctx context.Context, b border) error {
		return b.Record(ctx, store.Event{Org: b.neighbour.Org.ID, Recipient: b.message.To.ID, Kind: store.SessionEnded, By: Ana, At: Noon})
	},
	"Browsers": func(ctx context.Context, b border) error {
		list, err := b.Browsers(ctx, b.neighbour.Org.ID, b.message.To.ID)
		return none(err, len(list))
	},
	"ForgetBrowser": func(ctx context.Context, b border) error {
		return b.ForgetBrowser(ctx, b.neighbour.Org.ID, b.message.To.ID, store.HandleOf(browser(1)), Ana, Noon)
	},
}
