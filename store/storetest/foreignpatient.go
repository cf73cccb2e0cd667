package storetest

import (
	"context"
	"fmt"

	"securetext/store"
	"securetext/store/seal"
)

// foreignPatients try what a patient does: reading, writing back, passkeys.
var foreignPatients = trials{
	"Message": func(ctx context.Context, b border) error {
		_, err := b.Message(ctx, b.hash, b.viewer, Noon)
		return err
	},
	"Read": func(ctx context.Context, b border) error {
		return b.Read(ctx, b.message.ID, b.viewer, Noon)
	},
	"Attachment": func(ctx context.Context, b border) error {
		_, err := b.Attachment(ctx, b.hash, seal.FirstAttachment, b.viewer, Noon)
		return err
	},
	"AttachmentRead": func(ctx context.Context, b border) error {
		return b.AttachmentRead(ctx, b.message.ID, seal.FirstAttachment, b.viewer, Noon)
	},
	"MessageByID": func(ctx context.Context, b border) error {
		_, err := b.MessageByID(ctx, b.message.ID, b.viewer, Noon)
		return err
	},
	"AttachmentByID": func(ctx context.Context, b border) error {
		_, err := b.AttachmentByID(ctx, b.message.ID, seal.FirstAttachment, b.viewer, Noon)
		return err
	},
	"Inbox": func(ctx context.Context, b border) error {
		list, err := b.Inbox(ctx, b.viewer, Noon, 100)
		return none(err, len(list))
	},
	"Acknowledge": func(ctx context.Context, b border) error {
		return b.Acknowledge(ctx, b.message.ID, store.AnswerRead, b.viewer, Noon)
	},
	"Reply": func(ctx context.Context, b border) error {
		r := b.reply
		r.ID, r.Nonce = store.NewReplyID(Noon), "another"
		return b.Reply(ctx, r, b.viewer, Noon)
	},
	"KeepDraft": func(ctx context.Context, b border) error {
		d := b.draft
		d.ID, d.Nonce = store.NewDraftID(Noon), "another"
		return b.KeepDraft(ctx, d, b.viewer, Noon)
	},
	"Draft": func(ctx context.Context, b border) error {
		_, err := b.Draft(ctx, b.message.ID, b.viewer, Noon)
		return err
	},
	"ForgetDrafts": func(ctx context.Context, b border) error {
		if err := b.ForgetDrafts(ctx, b.neighbour.Org.ID, b.message.To.ID); err != nil {
			return err
		}
		if _, err := b.Draft(ctx, b.message.ID, b.known, Noon); err != nil {
			return fmt.Errorf("it is destroyed: %v", err)
		}
		return store.ErrNotFound
	},
	"Replies": func(ctx context.Context, b border) error {
		list, err := b.Replies(ctx, b.message.ID, b.viewer, Noon)
		return none(err, len(list))
	},
	"Thread": func(ctx context.Context, b border) error {
		list, err := b.Thread(ctx, b.message.ID, b.viewer, after(60), 100)
		return none(err, len(list))
	},
	"ReplyFile": func(ctx context.Context, b border) error {
		_, err := b.ReplyFile(ctx, b.message.ID, b.reply.ID, seal.FirstAttachment, b.viewer, Noon)
		return err
	},
	"ReplyFileRead": func(ctx context.Context, b border) error {
		return b.ReplyFileRead(ctx, b.message.ID, b.reply.ID, seal.FirstAttachment, b.viewer, Noon)
	},
	"AddPasskey": func(ctx context.Context, b border) error {
		return b.AddPasskey(ctx, passkeyOf(2, 0), browser(1), b.viewer, Noon)
	},
	"Passkeys": func(ctx context.Context, b border) error {
		list, err := b.Passkeys(ctx, b.viewer)
		return none(err, len(list))
	},
	"RemovePasskey": func(ctx context.Context, b border) error {
		return b.RemovePasskey(ctx, b.passkey.ID, b.viewer, Noon)
	},
	"DeclinePasskey": func(ctx context.Context, b border) error {
		return b.DeclinePasskey(ctx, browser(1), b.viewer)
	},
	"Looked": func(ctx context.Context, b border) error {
		return b.Looked(ctx, b.neighbour.Org.ID, b.message.To.ID, Noon)
	},
}
