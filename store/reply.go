package store

import (
	"context"
	"iter"
	"time"

	"securetext/store/seal"
)

// MostReplies is how many replies a message may have.
const MostReplies = 20

// ToldEvery is how far apart the mails are that tell a sender of replies to one
// message. One that comes in between is told of by the next.
const ToldEvery = 15 * time.Minute

// MostCounted is how far unread replies are counted.
const MostCounted = 100

// Reply is what a recipient writes back to a message, sealed under a data key of
// its own.
type Reply struct {
	ID          ReplyID
	Message     MessageID
	Nonce       string // of the form that it was written in: one stores one reply
	Key         seal.DataKey
	Content     seal.Ciphertext
	Attachments []Attachment
}

// Place is where a part of the viewer's reply is sealed to.
func (r Reply) Place(v Viewer, part int) seal.Place {
	return seal.Place{Org: string(v.Org), Message: string(r.Message), Recipient: string(v.Recipient), Reply: string(r.ID), Part: part}
}

// SealedReply is a reply as whoever may read it opens it.
type SealedReply struct {
	ID          ReplyID
	Org         OrgID
	Message     MessageID
	Recipient   RecipientID
	Created     time.Time
	Key         seal.DataKey
	Content     seal.Ciphertext
	Attachments []AttachmentInfo
}

// Place is where a part of the reply is sealed to.
func (r SealedReply) Place(part int) seal.Place {
	return seal.Place{Org: string(r.Org), Message: string(r.Message), Recipient: string(r.Recipient), Reply: string(r.ID), Part: part}
}

// SealedReplyFile is one attachment of a reply on its way out.
type SealedReplyFile struct {
	SealedReply
	AttachmentInfo
	// Chunks reads from the backend each time it is walked.
	Chunks iter.Seq2[seal.Ciphertext, error]
}

// Correspondent is a sender who reads what was said, and by what means.
type Correspondent struct {
	Org    OrgID
	Sender SenderID
	Test   bool // by a key of the sandbox: of test messages alone
	By     Actor
}

// Threads serves the senders of messages. Whatever it gives was recorded before:
// with a ReplyRead event a reply, and a ShownToSender event for what they wrote
// themselves. Neither counts as reading by the recipient.
type Threads interface {
	// OpenReplies are the replies to a message of the sender's, oldest first.
	// Another's message is ErrNotFound, even of the same org, and so is one that is no test to
	// who reads of tests alone; one whose life is over
	// is ErrGone.
	OpenReplies(ctx context.Context, who Correspondent, message MessageID, now time.Time) ([]SealedReply, error)
	// OpenReplyFile is one attachment of a reply, on the terms of OpenReplies.
	OpenReplyFile(ctx context.Context, who Correspondent, message MessageID, reply ReplyID, part int, now time.Time) (SealedReplyFile, error)
	// OpenSent is a message of the sender's, on the terms of OpenReplies.
	OpenSent(ctx context.Context, who Correspondent, message MessageID, now time.Time) (Sealed, error)
	// OpenSentFile is one attachment of it.
	OpenSentFile(ctx context.Context, who Correspondent, message MessageID, part int, now time.Time) (SealedAttachment, error)
	// UnreadReplies counts the sender's messages with replies that nobody read by
	// OpenReplies, up to [MostCounted].
	UnreadReplies(ctx context.Context, org OrgID, sender SenderID, now time.Time) (int, error)
}
