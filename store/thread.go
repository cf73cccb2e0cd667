package store

import "time"

// A thread is a message and those by which its sender went on from it, to the same
// recipient. It is named by its first message, which may be gone.

// Continuation asks whether a message may be continued by another.
type Continuation struct {
	Org     OrgID
	Sender  SenderID  // of the other
	Test    bool      // likewise
	Message MessageID // of whichever place in its thread
}

// Threaded is what stands in a thread beside the message that is shown: another
// message, or that the recipient wrote back to it.
type Threaded struct {
	Message    MessageID
	Reply      ReplyID // empty: it is the message itself
	SenderName string  // the registered one; of a reply empty
	Created    time.Time
	Read       bool // true of a reply
}
