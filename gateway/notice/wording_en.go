package notice

import "securetext/store"

// english has no reasons of its own: see [wording.explain].
var english = wording{
	lang: "en",
	steps: map[store.Kind]step{
		store.Accepted: {
			subject: "Message to the phone ending {end}: accepted",
			lead:    "Your message was accepted and stored. The phone gets a text with a link to it.",
		},
		store.Delivered: {
			subject: "Message to the phone ending {end}: text delivered",
			lead:    "The text with the link to your message has reached the phone.",
			when:    "Delivered",
		},
		store.Failed: {
			subject: "Message to the phone ending {end}: could not be delivered",
			lead:    "Your message could not be delivered. No text with a link to it will reach the phone.",
			when:    "Given up",
		},
		store.Read: {
			subject: "Message to the phone ending {end}: read",
			lead:    "Your message was opened and read.",
			when:    "Read",
		},
		store.Overdue: {
			subject: "Message to the phone ending {end}: not read in time",
			lead:    "Your message has not been read by the time that you set. Please reach the person another way, or take the message over so that these mails stop.",
			when:    "Read by",
		},
		store.Asked: {
			subject: "Message to the phone ending {end}: asked for again",
			lead:    "The time of your message was over when somebody opened its link, and they asked for it again. Please send it once more, if they should read it.",
			when:    "Asked",
		},
		store.Disowned: {
			subject: "Message to the phone ending {end}: not for them",
			lead:    "The person who opened the link says that your message is not for them. It is sealed: nobody can read it there, and no more texts go to that number. Please check the number with your patient. Have it released only if you are sure.",
			when:    "Said",
		},
		store.Acknowledged: {
			subject: "Message to the phone ending {end}: answered",
			lead:    "The person read your message and answered it by a button on its page. What they answered is below. Please call or write to them.",
			when:    "Answered",
		},
		store.Replied: {
			subject: "Message to the phone ending {end}: written back",
			lead:    "The person who got your message has written back. What they wrote is not in this mail. Read it where you look up your messages: it can be opened there as long as your message can. Please do not let them wait.",
			when:    "Written",
		},
		store.Expired: {
			subject: "Message to the phone ending {end}: not read",
			lead:    "Your message was never read, and its time is over. Its content was destroyed.",
			when:    "Over since",
		},
	},
	labels: labels{
		why: "Why", next: "What to do", phone: "Phone", accepted: "Accepted",
		message: "Message", reference: "Your reference", console: "Look it up",
	},
	closing: "This mail was sent automatically for {org}. Nobody reads answers to it.",
}
