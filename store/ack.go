package store

import "time"

// Ack is what a sender wants its recipient to answer once the message is read.
type Ack string

// The choices of [Message.Ack]; empty: nothing is asked.
const (
	AckYes     Ack = "yes"     // that it was read
	AckChoices Ack = "choices" // one of all answers
)

// Answer is what a recipient answers by a button. The details of Acknowledged
// events are answers.
type Answer string

// The answers.
const (
	AnswerRead     Answer = "read"     // and understood
	AnswerQuestion Answer = "question" // the recipient has one
	AnswerCall     Answer = "call"     // the recipient wants to be called
)

// Answers are what may be answered.
func (a Ack) Answers() []Answer {
	switch a {
	case AckYes:
		return []Answer{AnswerRead}
	case AckChoices:
		return []Answer{AnswerRead, AnswerQuestion, AnswerCall}
	}
	return nil
}

// Listed is a message in the list of all that a recipient may read.
type Listed struct {
	ID         MessageID
	SenderName string // the registered one
	Created    time.Time
	Read       bool
}
