package store

import (
	"iter"
	"time"

	"securetext/store/seal"
)

// IdempotencyLife is how long an idempotency key is remembered.
const IdempotencyLife = 24 * time.Hour

// Message is what one sender said to one recipient, sealed.
type Message struct {
	ID          MessageID
	Org         OrgID
	Sender      SenderID
	To          Recipient
	Lang        string
	Reference   string // the sender's own id for it: no health information
	Created     time.Time
	SendAt      time.Time // when the first text goes out; zero: at once
	Expires     time.Time
	Remind      []time.Duration // after the first text, while unread; whole hours, rising
	ReadBy      time.Time       // zero: its sender sets none
	TimeZone    string          // IANA name, of the recipient; empty: not said
	Test        bool            // its texts must not reach a carrier
	Key         seal.DataKey
	Content     seal.Ciphertext
	Attachments []Attachment
	Repeat      RepeatHash      // zero: it is none of another
	Notify      Notify          // what its sender wants to hear of
	EnvID       string          // for those mails: the sender's own name for it
	Ack         Ack             // empty: no answer is asked for
	Passcode    PasscodeHash    // zero: none is asked for
	Hint        seal.Ciphertext // which passcode is asked for; nil: it does not say
	Reply       bool            // the recipient may write back
	Thread      MessageID       // which it continues: see [Writer.Accept]; empty: none
}

// Recipient is a phone number within an org, sealed, or one of several people who
// share it. It is stored with its first message; later ones leave the stored number
// and name as they are.
//
// Password, devices, codes and messages are each recipient's own. What texts do to
// a phone counts for all who share it, and is kept with the number's own recipient:
// its refusal, how often it is texted, and what sort of line it is.
type Recipient struct {
	ID     RecipientID
	Key    seal.DataKey
	Number seal.Ciphertext // E.164
	Person seal.Ciphertext // what its sender calls them; nil: nobody in particular
	Hashes []HashedNumber  // of one who is not known yet, with every key that somebody may look with; nil: known
	Family *Recipient      // of a person: the number's own recipient, stored with it; nil: it is that
}

// FamilyID is the id under which a recipient's number is known: the number's own.
func (r Recipient) FamilyID() RecipientID {
	if r.Family == nil {
		return r.ID
	}
	return r.Family.ID
}

// Attachment is one attachment on its way in. Chunks seals as it is walked, so
// that a large mail to many recipients is never held sealed for all of them;
// a backend may walk it again when it tries again.
type Attachment struct {
	Part   int   // counts up from seal.FirstAttachment
	Size   int64 // of the plaintext, in bytes
	Chunks iter.Seq[seal.Ciphertext]
}

// Acceptance is what [Writer.Accept] stores as one.
type Acceptance struct {
	Messages    []Message // of one org
	By          Actor
	Detail      string // for the Accepted events: "smtp" or "api"
	Idempotency *Idempotency
	At          time.Time
}

// Idempotency is a caller's promise that the same key means the same request.
type Idempotency struct {
	Key     string     // unique within the org
	Request [32]byte   // hash of the request
	Others  [][32]byte // the same request's with other keys
}

// Stored tells what [Writer.Accept] did.
type Stored struct {
	// Messages are in the order given. For a message whose RepeatHash was seen
	// within [RepeatLife] it is the one stored then.
	Messages []MessageID
	Replayed bool // all were stored on an earlier call
}

// Sealed is a message as a viewer may open it.
type Sealed struct {
	ID          MessageID
	Org         OrgID
	OrgName     string
	OrgPhone    string
	SenderName  string // the registered one
	Recipient   RecipientID
	Lang        string
	Created     time.Time
	Expires     time.Time
	Key         seal.DataKey
	Content     seal.Ciphertext
	Attachments []AttachmentInfo
	Ack         Ack       // empty: no answer is asked for
	Answer      Answer    // empty: there is none
	Answered    time.Time // zero: not
	Reply       bool      // the recipient may write back
}

// Place is where the message's part is sealed to.
func (s Sealed) Place(part int) seal.Place {
	return seal.Place{Org: string(s.Org), Message: string(s.ID), Recipient: string(s.Recipient), Part: part}
}

// Place is where the message's part is sealed to.
func (m Message) Place(part int) seal.Place {
	return seal.Place{Org: string(m.Org), Message: string(m.ID), Recipient: string(m.To.ID), Part: part}
}

// AttachmentInfo is what is known of an attachment without opening the content.
type AttachmentInfo struct {
	Part int
	Size int64
}

// SealedAttachment is one attachment on its way out, with the message it belongs to.
type SealedAttachment struct {
	Sealed
	AttachmentInfo
	// Chunks reads from the backend each time it is walked.
	Chunks iter.Seq2[seal.Ciphertext, error]
}

// MessageInfo is what staff see of a message: never content.
type MessageInfo struct {
	ID        MessageID
	Org       OrgID
	Sender    SenderID
	Recipient RecipientID
	Reference string
	Lang      string
	Created   time.Time
	Expires   time.Time
	SendAt    time.Time // when the first text goes out; zero: at once
	ReadBy    time.Time // zero: its sender set none
	Test      bool
	Wiped     time.Time // zero: not; also set when expired
	Expired   time.Time // zero: not
	Held      time.Time // since when a legal hold is on it; zero: none is
	Passcode  bool      // one is asked for; false once the message is wiped
	Vouched   bool      // its recipient gave one, on this message or before
	Thread    MessageID // the first message of the thread that it continues; empty: none
	Answer    Answer    // what its recipient answered by a button; empty: nothing
	Replies   int       // how often they wrote back
	Unread    int       // how many of those its sender has not read
	Trouble   bool      // see [Trouble]
	Status    Kind      // see [Status]
}

// Over reports whether nobody can read the message any more, even if a legal hold
// keeps it.
func (m MessageInfo) Over(now time.Time) bool { return !m.Wiped.IsZero() || !now.Before(m.Expires) }

// Calls reports whether somebody should look after the message: something went
// wrong, or its recipient waits for a word. Once it is over nobody can.
func (m MessageInfo) Calls(now time.Time) bool {
	return !m.Over(now) && (m.Trouble || m.Unread > 0 || m.Answer == AnswerQuestion || m.Answer == AnswerCall)
}

// MessageFilter selects messages; zero fields select all.
type MessageFilter struct {
	Org       OrgID
	ID        MessageID
	Sender    SenderID
	Recipient RecipientID // with a number's own: all who share it, too
	Reference string
	Unread    bool // those alone with replies that their sender has not read
	Since     time.Time
	Before    MessageID // for paging: the last one of the page before
	Limit     int       // 0: 100
}

// StoredKey is a data key with the place it is bound to. Message is empty for
// the key of a recipient's number, and of a person's secret or a phrase, whose id
// then stands in Recipient. Reply is set for that of a reply, or of a draft of one.
type StoredKey struct {
	Org       OrgID
	Message   MessageID
	Recipient RecipientID
	Reply     ReplyID
	Key       seal.DataKey
}

// Place is where the key is bound to.
func (k StoredKey) Place() seal.Place {
	return seal.Place{Org: string(k.Org), Message: string(k.Message), Recipient: string(k.Recipient), Reply: string(k.Reply)}
}
