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

	Unavailable bool // refused by name: planned, and nothing yet

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
		Syntax:  "`no`",
		Example: "no",
		Meaning: "Whether the patient may answer. There are no answers yet, so `no` is all that can be asked for; it will keep its meaning.",
		set:     setReply,
	}, {
		Address: "notify", Header: HeaderPrefix + "Notify", JSON: "notify",
		Syntax:  "`none`, `failure` or `always`",
		Example: "failure",
		Meaning: "Whether you get a mail about what became of the message: never, when the patient could not be reached, or in any case. Otherwise the clinic's rule counts.",
		set:     setNotify,
	}, {
		Header: HeaderPrefix + "Reference", JSON: "reference",
		Syntax:  "1 to 64 of `A-Z a-z 0-9 . _ : -`",
		Example: "lab-feed-a",
		Meaning: "Your own id for the message. It is stored **unsealed** and shown to operators: no name, no record number, nothing of health.",
		set:     setReference,
	}, {
		Address: "passcode", Header: HeaderPrefix + "Passcode", JSON: "passcode",
		Meaning:     "A word agreed with the patient beforehand, asked for at first use.",
		Unavailable: true,
	},
}
