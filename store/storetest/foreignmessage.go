package storetest

import (
	"context"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

// foreignMessages try what becomes of messages, and what was written back to them.
var foreignMessages = trials{
	"Accept": func(ctx context.Context, b border) error {
		// The neighbour's acceptance in the name of the clinic's recipient must
		// not have the neighbour's text go to the clinic's patient.
		m := b.message
		m.ID, m.Org, m.Attachments = store.NewMessageID(Noon), b.neighbour.Org.ID, nil
		if _, err := b.Accept(ctx, b.neighbour.Acceptance(m)); err != nil {
			return store.ErrNotFound // refused is as good
		}
		due, err := b.Due(ctx, 100, lease, Noon)
		return none(err, len(due))
	},
	"Continues": func(ctx context.Context, b border) error {
		_, err := b.Continues(ctx, store.Continuation{Org: b.neighbour.Org.ID, Sender: b.Sender.ID, Message: b.message.ID}, Noon)
		return err
	},
	"OpenReplies": func(ctx context.Context, b border) error {
		_, err := b.OpenReplies(ctx, b.correspondent(), b.message.ID, Noon)
		return err
	},
	"OpenReplyFile": func(ctx context.Context, b border) error {
		_, err := b.OpenReplyFile(ctx, b.correspondent(), b.message.ID, b.reply.ID, seal.FirstAttachment, Noon)
		return err
	},
	"Events": func(ctx context.Context, b border) error {
		events, err := b.Events(ctx, store.EventFilter{Org: b.neighbour.Org.ID, Message: b.message.ID})
		return none(err, len(events))
	},
	"Messages": func(ctx context.Context, b border) error {
		infos, err := b.Messages(ctx, store.MessageFilter{Org: b.neighbour.Org.ID, ID: b.message.ID})
		return none(err, len(infos))
	},
	"Wipe": func(ctx context.Context, b border) error {
		return b.Wipe(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
	},
	"PlaceHold": func(ctx context.Context, b border) error {
		h := store.Hold{ID: store.NewHoldID(Noon), Org: b.neighbour.Org.ID, Matter: "26-CV-1"}
		if h.Message = b.message.ID; b.neighbour.PlaceHold(ctx, h, Ana, Noon) == nil {
			return nil
		}
		h.Message, h.Recipient = "", b.message.To.ID
		return b.PlaceHold(ctx, h, Ana, Noon)
	},
	"LiftHold": func(ctx context.Context, b border) error {
		return b.LiftHold(ctx, b.neighbour.Org.ID, b.hold, Ana, Noon)
	},
	"Holds": func(ctx context.Context, b border) error {
		list, err := b.Holds(ctx, store.HoldFilter{Org: b.neighbour.Org.ID, Lifted: true})
		return none(err, len(list))
	},
	"ForgetMessages": func(ctx context.Context, b border) error {
		n, err := b.ForgetMessages(ctx, b.neighbour.Org.ID, 100, past)
		return none(err, n)
	},
	"WipeThread": func(ctx context.Context, b border) error {
		_, err := b.WipeThread(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
		return err
	},
	"ReleaseMessage": func(ctx context.Context, b border) error {
		return b.ReleaseMessage(ctx, b.neighbour.Org.ID, b.held.ID, Ana, Noon)
	},
	"Delivered": func(ctx context.Context, b border) error {
		shown, err := b.Delivered(ctx, b.neighbour.Org.ID, []store.RepeatHash{b.message.Repeat}, Noon)
		return none(err, len(shown))
	},
	"Usage": func(ctx context.Context, b border) error {
		n, err := b.Usage(ctx, b.neighbour.Org.ID, time.Time{})
		return none(err, n)
	},
	"Reach": func(ctx context.Context, b border) error {
		r, err := b.Reach(ctx, b.neighbour.Org.ID, Noon)
		return none(err, r.Live+r.Waiting)
	},
	"Written": func(ctx context.Context, b border) error {
		list, err := b.Written(ctx, b.neighbour.Org.ID, time.Time{})
		return none(err, len(list))
	},
	"Take": func(ctx context.Context, b border) error {
		return b.Take(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
	},
	"Resend": func(ctx context.Context, b border) error {
		return b.Resend(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
	},
	"Extend": func(ctx context.Context, b border) error {
		return b.Extend(ctx, b.neighbour.Org.ID, b.message.ID, Noon.Add(3*life), Ana, Noon)
	},
	"OpenSent": func(ctx context.Context, b border) error {
		_, err := b.OpenSent(ctx, b.correspondent(), b.message.ID, Noon)
		return err
	},
	"OpenSentFile": func(ctx context.Context, b border) error {
		_, err := b.OpenSentFile(ctx, b.correspondent(), b.message.ID, seal.FirstAttachment, Noon)
		return err
	},
	"UnreadReplies": func(ctx context.Context, b border) error {
		n, err := b.UnreadReplies(ctx, b.neighbour.Org.ID, b.Sender.ID, Noon)
		return none(err, n)
	},
}

// correspondent is the neighbour, in the name of the clinic's sender.
func (b border) correspondent() store.Correspondent {
	who := b.reader()
	who.Org = b.neighbour.Org.ID
	return who
}
