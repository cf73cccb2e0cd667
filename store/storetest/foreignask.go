package storetest

import (
	"context"
	"time"

	"securetext/store"
)

// foreignAsks try what concerns asks, alerts and what was counted.
var foreignAsks = trials{
	"TallyOf": func(ctx context.Context, b border) error {
		found, err := b.TallyOf(ctx, []store.TallyKey{{Org: b.neighbour.Org.ID, Measure: store.TallyAccepted, Span: Noon}})
		return none(err, len(found))
	},
	"Tallies": func(ctx context.Context, b border) error {
		found, err := b.Tallies(ctx, store.TallyFilter{
			Org: b.neighbour.Org.ID, Measures: []store.Measure{store.TallyAccepted}, Since: Noon, Until: Noon.Add(time.Hour),
		})
		return none(err, len(found))
	},
	"Alerts": func(ctx context.Context, b border) error {
		found, err := b.Alerts(ctx, store.AlertFilter{Org: b.neighbour.Org.ID, ID: b.alert.ID})
		return none(err, len(found))
	},
	"SeeAlert": func(ctx context.Context, b border) error {
		return b.SeeAlert(ctx, b.neighbour.Org.ID, b.alert.ID, Ana, Noon)
	},
	"AlertRules": func(ctx context.Context, b border) error {
		_, err := b.AlertRules(ctx, b.Org.ID+"x")
		return err
	},
	"SetAlertRules": func(ctx context.Context, b border) error {
		return b.SetAlertRules(ctx, b.Org.ID+"x", store.DefaultAlertRules, Ana, Noon)
	},
	"AskToWipe": func(ctx context.Context, b border) error {
		a := store.Ask{ID: store.NewAskID(Noon), Org: b.neighbour.Org.ID}
		_, err := b.AskToWipe(ctx, a, store.Selection{Sender: b.Sender.ID}, staffOf(b.theirs), Noon)
		return err
	},
	"AskToRead": func(ctx context.Context, b border) error {
		_, err := b.AskToRead(ctx, store.Ask{ID: store.NewAskID(Noon), Org: b.neighbour.Org.ID, Message: b.message.ID}, staffOf(b.theirs), Noon)
		return err
	},
	"Asks": func(ctx context.Context, b border) error {
		list, err := b.Asks(ctx, b.neighbour.Org.ID, 100)
		return none(err, len(list))
	},
	"Ask": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		_, err := b.Ask(ctx, org, id)
		return err
	}),
	"AskedMessages": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		_, err := b.AskedMessages(ctx, org, id, "", 100)
		return err
	}),
	"Approve": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		return b.Approve(ctx, org, id, "", staffOf(b.theirs), Noon)
	}),
	"Withdraw": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		return b.Withdraw(ctx, org, id, staffOf(b.staff), Noon)
	}),
	"OpenAsked": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		_, err := b.OpenAsked(ctx, org, id, staffOf(b.staff), Noon)
		return err
	}),
}

// asked tries what concerns an ask, which is the clinic's, as the neighbour.
func asked(try func(context.Context, border, store.OrgID, store.AskID) error) func(context.Context, border) error {
	return func(ctx context.Context, b border) error { return try(ctx, b, b.neighbour.Org.ID, b.ask.ID) }
}
