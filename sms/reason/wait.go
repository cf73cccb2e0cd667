package reason

import "strings"

// wait is what a text that is put off waits for.
type wait int

const (
	someWait wait = iota
	quietHours
	tooOften
	turn
	busy
	away
	unsure
	mending
)

// waits are the codes of texts that are put off, whole or as any provider may say
// them after its name and a "_".
var waits = map[string]wait{
	"quiet_hours": quietHours,
	"too_often":   tooOften,

	"line_paused": turn,
	"too_slow":    turn, // others went first, and the claim ran out
	"stopped":     turn, // the process, while it held the text

	"busy":         busy,
	"http_429":     busy,
	"twilio_20429": busy,

	"away":       away,
	"unreached":  away,
	"bad_answer": away,

	"unsure":     unsure,
	"timeout":    unsure,
	"broken_off": unsure,
	"no_id":      unsure,

	"org_name":          mending, // it makes no text of one segment
	"number_unreadable": mending,
	"private_address":   mending, // the provider's may not be one
	"http_401":          mending,
	"http_403":          mending,
	"http_404":          mending,
}

// statuses are the classes of HTTP that mean one thing.
var statuses = map[string]wait{
	"http_3": mending, // there is another URL
	"http_5": unsure,  // the provider may have taken it before things went wrong
}

// waitOf finds a code whole, or without the provider's name.
func waitOf(code string) wait {
	for _, c := range []string{code, word(code)} {
		if w, ok := waits[c]; ok {
			return w
		}
		for class, w := range statuses {
			if strings.HasPrefix(c, class) {
				return w
			}
		}
	}
	return someWait
}

var waitWords = map[wait]string{
	someWait:   "The text could not be sent yet. It is tried again.",
	quietHours: "The text waits until the quiet hours are over.",
	tooOften:   "This phone has had as many texts as it may get for now. The text waits until it may get another.",
	turn:       "Texts are held up at present. This one waits for its turn.",
	busy:       "The phone company takes no more texts at present. This one waits for its turn.",
	away:       "The phone company cannot be reached at present. The text is tried again.",
	unsure:     "The phone company did not say whether it took the text. That is looked into before another is sent.",
	mending:    "This service cannot send the text as things are set up. Your administrator has to mend that.",
}

// Waits says in English what a text waits for, by the code of its being put off.
func Waits(code string) string {
	if r := Of(code); r == Barred {
		return r.Explain().Why + " The text waits until they take it; your administrator can see why."
	}
	return waitWords[waitOf(code)]
}
