package reason

// Explanation is a reason in words for whoever sent the message.
type Explanation struct {
	Why  string // a sentence
	Next string // what to do about it
}

// Explain puts a reason in English, which programs and the command line get, and
// whoever reads a mail for which no other language is known.
func (r Reason) Explain() Explanation {
	if e, ok := english[r]; ok {
		return e
	}
	return english[Unknown]
}

// ExplainLost is [Reason.Explain] for a text that the carrier lost, of a message
// that is not given up.
func (r Reason) ExplainLost() Explanation {
	e := r.Explain()
	if r == Unreachable || r == Unknown {
		e.Next = "Another text may follow by itself within the hour. If it is urgent, reach the person another way."
	}
	return e
}

var english = map[Reason]Explanation{
	OptedOut: {
		Why:  "The owner of this phone asked for no more texts.",
		Next: "Reach them another way. If they change their mind, they text START from that phone, or your administrator allows texts again with their consent.",
	},
	Blocked: {
		Why:  "Your organization has blocked texts to this number.",
		Next: "Ask your administrator if that is a mistake.",
	},
	Landline: {
		Why:  "This number takes no texts: it is a landline, or its phone company cannot be reached.",
		Next: "Ask for a mobile number and send the message again.",
	},
	Dead: {
		Why:  "The phone company knows nobody with this number.",
		Next: "Check the number and send the message again.",
	},
	NotMine: {
		Why:  "The person who has this number says that they are not your patient.",
		Next: "Check the number with your patient. If it is right after all, your administrator allows texts again.",
	},
	NotNumber: {
		Why:  "The phone company says that this is not a phone number.",
		Next: "Check the number and send the message again.",
	},
	Unreachable: {
		Why:  "The phone was switched off or out of reach.",
		Next: "Send the message again later, or reach the person another way.",
	},
	Expired: {
		Why:  "The message's life ended before a text could be delivered.",
		Next: "Send the message again, or reach the person another way.",
	},
	Wiped: {
		Why:  "The message was withdrawn before a text could be delivered.",
		Next: "Nothing, if that was meant. Otherwise send it again.",
	},
	Barred: {
		Why:  "The phone companies refuse texts from this service at present.",
		Next: "Tell your administrator, and reach the person another way until then.",
	},
	Unknown: {
		Why:  "The phone company did not deliver it.",
		Next: "Check the number and send the message again, or reach the person another way.",
	},
}
