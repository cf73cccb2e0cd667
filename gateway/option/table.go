package option

import "slices"

// Row is one option of the table. A name is "" where the option cannot be said.
type Row struct {
	Address string // its name behind the number of an address
	Header  string // its header field
	JSON    string // its member of a request

	Syntax  string // what its value may be, in Markdown
	Example string // a value
	Meaning string // a sentence for the manual, in Markdown

	// set puts a value into the form, or returns what would be right.
	set func(f *Form, value string) string
}

// Table returns all options, in the manual's order.
func Table() []Row { return slices.Clone(table) }

var table = []Row{
	{
		Address: "exp", Header: HeaderPrefix + "Expires", JSON: "expires_in",
		Syntax:  "hours or days, `1h` to `90d`",
		Example: "3d",
		Meaning: "How long the message can be read. After that its content is destroyed, and the link says whom to call. Otherwise the clinic's own time counts.",
		set:     setLife,
	}, {
		Address: "lang", Header: HeaderPrefix + "Lang", JSON: "lang",
		Syntax:  "a language that the service speaks, with or without a region: `es`, `es-MX`",
		Example: "es",
		Meaning: "Language of the text and of the pages. Your own words are not translated. Otherwise the clinic's language counts.",
		set:     setLang,
	}, {
		Address: "reply", Header: HeaderPrefix + "Reply", JSON: "reply",
		Syntax:  "`yes` or `no`",
		Example: "yes",
		Meaning: "Whether the patient may write back, with photos and files, under the message. You get a mail that there is a reply, without its words, and read it through the API. " +
			"Otherwise the clinic's rule counts, which is `no` until somebody changes it; for a mail that a program wrote it is `no`.",
		set: setReply,
	}, {
		Address: "ack", Header: HeaderPrefix + "Ack", JSON: "ack",
		Syntax:  "`yes`, `choices` or `no`",
		Example: "yes",
		Meaning: "Whether the patient is asked for an answer by a button under the message. `yes` is one button, that it was read; `choices` are three: understood, a question, please call. " +
			"Otherwise the clinic's rule counts, which is `no` until somebody changes it; for a mail that a program wrote it is `no`. " +
			"The answer is shown with the message's status, and you get a mail if it is a question or a wish to be called.",
		set: setAck,
	}, {
		Address: "notify", Header: HeaderPrefix + "Notify", JSON: "notify",
		Syntax:  "`none`, `failure` or `always`",
		Example: "failure",
		Meaning: "Whether you get a mail about what became of the message: never, when the patient could not be reached, or in any case. Otherwise the clinic's rule counts. " +
			"That the patient asks for a message that is over, writes back, has a question, wants a call, is not who has the number, or has not read one in the time that `read_by` sets, you are told whatever stands here.",
		set: setNotify,
	}, {
		Address: "by", Header: HeaderPrefix + "Read-By", JSON: "read_by",
		Syntax:  "minutes, hours or days, `15m` to `7d`",
		Example: "4h",
		Meaning: "Within what time the message is to be read. If it is not, the patient gets another text, by day where they are; then you get a mail, and then the clinic's own system is told, until it is read or somebody takes charge of it. " +
			"It cannot be longer than the message can be read.",
		set: setReadBy,
	}, {
		Address: "remind", Header: HeaderPrefix + "Remind", JSON: "remind",
		Syntax:  "up to 5 times in hours or days, `1h` to `90d`, rising, with a dot between; or `no`",
		Example: "24h.48h",
		Meaning: "When the patient is reminded while the message is unread: so long after the first text, but only by day where the patient is, and never more often than once a day. Otherwise the clinic's rule counts. " +
			"In the header and in JSON a comma may stand for the dot; in an address it would begin another one.",
		set: setRemind,
	}, {
		Header: HeaderPrefix + "Send-At", JSON: "send_at",
		Syntax:  "a date and a time with a time zone (RFC 3339), up to 90 days ahead",
		Example: "2027-01-31T09:00:00-06:00",
		Meaning: "When the first text goes out; otherwise at once. All other times count from it. A time that has passed within the last hour is at once, as a mail may wait on its way.",
		set:     setSendAt,
	}, {
		Address: "tz", Header: HeaderPrefix + "Time-Zone", JSON: "time_zone",
		Syntax:  "the name of a time zone in the IANA database, with its capitals",
		Example: "America/Chicago",
		Meaning: "Where the patient is, for what goes out by day only. Otherwise the area code of the number tells, and where it does not, the clinic's own time zone counts.",
		set:     setTimeZone,
	}, {
		Address: "thread", Header: HeaderPrefix + "Thread", JSON: "thread",
		Syntax:  "the id of a message of yours to the same patient that can still be read, `msg_` and 26 letters and digits",
		Example: "msg_06h0j3k95296pyh601q6dhgk5g",
		Meaning: "Which message this one continues, as when you answer what the patient wrote back. You find the id in the answer to the first message, and in the mail that there is a reply. " +
			"The page of each message then lists the others of the thread, and when the patient wrote. Nothing is quoted. It can be any message of the thread.",
		set: setThread,
	}, {
		Header: HeaderPrefix + "Reference", JSON: "reference",
		Syntax:  "1 to 64 of `A-Z a-z 0-9 . _ : -`",
		Example: "lab-feed-a",
		Meaning: "Your own id for the message. It is stored **unsealed** and shown to operators: no name, no record number, nothing of health.",
		set:     setReference,
	}, {
		Address: "for", Header: HeaderPrefix + "For", JSON: "for",
		Syntax:  "1 to 20 letters, digits (4 at most), spaces and `.` `-` `'`, at least one of them a letter or a digit",
		Example: "M",
		Meaning: "Which of the people who share the phone the message is for: a first name or an initial that they know each other by, and nothing of health. Each of them has a password of their own, and sees only their own messages; the pages before it say \"For M\". " +
			"It is stored sealed and stands in no text. Capitals, spaces and full stops around it do not matter, the spelling does: `M` and `Maria` are two people, and a message that names nobody is for neither. Addresses stand in many logs: an initial is enough there.",
		set: setFor,
	}, {
		Address: "passcode", Header: HeaderPrefix + "Passcode", JSON: "passcode",
		Syntax:  "4 to 32 letters and digits of any script; capitals, spaces and hyphens do not count",
		Example: "4711",
		Meaning: "What you and the patient agreed beforehand, such as the last four digits of the chart number. It is asked for before anything else is shown and before a password can be set; " +
			"who gave one is not asked again, until the password is reset. It tells who the *person* is, as a texted code tells who has the phone. " +
			"Say it in the header or in JSON rather than in the address, which many mail programs and logs keep; never write it in the subject.",
		set: setPasscode,
	}, {
		Header: HeaderPrefix + "Passcode-Hint", JSON: "passcode_hint",
		Syntax:  "1 to 80 characters in one line",
		Example: "the last four digits of your chart number",
		Meaning: "What tells the patient which passcode is asked for, as a name for it and in their language. Everybody who has the link sees it, **before** any passcode or password: nothing of health, and not the passcode itself. Otherwise the clinic's own hint counts.",
		set:     setHint,
	},
}
