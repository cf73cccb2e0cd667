package gateway

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"securetext/gateway/option"
	"securetext/store"
	"securetext/store/passcode"
	"securetext/store/seal"
)

// contentOf is what each message of sub says, its attachments named but not held.
func contentOf(sub Submission) seal.Plaintext {
	c := store.Content{
		Subject: sub.Subject, From: sub.From, Text: sub.Text, HTML: sub.HTML,
		TextFold: sub.TextFold, HTMLFold: sub.HTMLFold,
	}
	for i, a := range sub.Attachments {
		c.Attachments = append(c.Attachments, store.ContentAttachment{
			Part: seal.FirstAttachment + i, Name: a.Name, Type: typeOf(a.Data), ContentID: a.ContentID, Inline: a.Inline,
		})
	}
	return c.Plaintext()
}

// typeOf is the media type that the bytes tell, without parameters.
func typeOf(data []byte) string {
	bare, _, _ := strings.Cut(mimetype.Detect(data).String(), ";")
	return bare
}

// asked is which answer a message asks for.
func asked(a option.Ack) store.Ack {
	if a == option.AckNo {
		return ""
	}
	return store.Ack(a)
}

// message seals content for one target, which is completed, under a data key of
// its own.
func (in *Intake) message(ctx context.Context, sub Submission, content seal.Plaintext, to Target, now time.Time) (store.Message, error) {
	org := sub.Sender.Org
	rcpt, err := in.recipient(ctx, org, to)
	if err != nil {
		return store.Message{}, err
	}
	repeat, err := in.repeat(ctx, sub, rcpt.ID)
	if err != nil {
		return store.Message{}, err
	}
	m := store.Message{
		ID: store.NewMessageID(now), Org: org, Sender: sub.Sender.ID, To: rcpt,
		Lang: to.Options.Lang, Reference: to.Options.Reference, TimeZone: to.Options.TimeZone, Test: sub.Test, Created: now,
		Repeat: repeat, Notify: *to.Notify, EnvID: sub.EnvID,
		Ack: asked(to.Options.Ack), Reply: to.Options.Reply == option.ReplyYes,
		Thread: store.MessageID(to.Options.Thread),
	}
	to.schedule(&m)
	key, wrapped, err := in.Keys.NewDataKey(ctx, m.Place(seal.PartKey))
	if err != nil {
		return store.Message{}, fmt.Errorf("make message key: %w", err)
	}
	m.Key = wrapped
	in.ask(&m, to.Options, key)
	m.Content = key.Seal(content, m.Place(seal.PartContent))
	m.Attachments = attachmentsOf(sub.Attachments, key, m)
	return m, nil
}

// ask has the message ask for the passcode that it is to have, if any.
func (in *Intake) ask(m *store.Message, o option.Options, key seal.Key) {
	if o.Passcode == (passcode.Passcode{}) {
		return
	}
	m.Passcode = store.PasscodeOf(in.Index, m.Org, m.ID, o.Passcode)
	if o.Hint != "" {
		m.Hint = key.Seal(seal.Plaintext(o.Hint), m.Place(seal.PartHint))
	}
}

// schedule sets the times of a message, which count from when it is sent.
func (t Target) schedule(m *store.Message) {
	begin := m.Created
	if t.Options.SendAt.After(begin) {
		begin = t.Options.SendAt
		m.SendAt = begin
	}
	m.Expires, m.Remind = begin.Add(t.Options.Life), t.reminders()
	if t.Options.ReadBy != 0 {
		m.ReadBy = begin.Add(t.Options.ReadBy)
	}
}

// recipient is the number within the org, or one of those who share it, sealed
// under a key of its own. The store keeps the one it has, if this is not the first
// message to it.
func (in *Intake) recipient(ctx context.Context, org store.OrgID, to Target) (store.Recipient, error) {
	w := store.Whom{Org: org, Number: to.Number.E164(), Person: to.Options.For}
	f := store.Found{ID: in.met.id(store.HashesOf(in.Index, w)), Family: in.met.id(store.HashesOf(in.Index, w.Alone()))}
	if f.ID != "" && f.Family != "" {
		return store.SealRecipient(ctx, in.Keys, in.Index, w, f)
	}
	return store.RecipientFor(ctx, in.Verdicts, in.Keys, in.Index, w)
}

// attachmentsOf seals nothing yet: the store walks the chunks as it writes them.
func attachmentsOf(files []Attachment, key seal.Key, m store.Message) []store.Attachment {
	var list []store.Attachment
	for i, f := range files {
		part := seal.FirstAttachment + i
		list = append(list, store.Attachment{
			Part: part, Size: int64(len(f.Data)), Chunks: key.SealChunks(f.Data, m.Place(part)),
		})
	}
	return list
}
