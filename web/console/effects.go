package console

import (
	"fmt"
	"strings"

	"securetext/configs"
	"securetext/store"
	"securetext/store/setting"
)

// effect is one setting that changes, and what there is to say about it.
type effect struct {
	setting.Change
	after  store.Org
	reach  store.Reach
	abroad int // numbers to which texts would be refused
}

// words say what the change does, for people who never saw the setting's name.
func (e effect) words() string {
	if say, ok := effects[e.Name]; ok {
		return say(e)
	}
	f, ok := fieldNamed(e.Name)
	if !ok {
		return fmt.Sprintf("%s changes.", e.Name)
	}
	return f.effect(e)
}

// effects say what a change does, by the setting's name; sentences and what has no
// row are said by their fields.
var effects = map[string]func(effect) string{
	"name": func(e effect) string {
		return fmt.Sprintf("All pages say “%s”, not “%s”, from now on: %s as well.", e.To, e.From, e.out("those of the", "that can be opened"))
	},
	"sms_name": func(e effect) string {
		return fmt.Sprintf("Texts from now on begin with “%s”, not “%s”. Patients may take a name that they do not know for a fraud: tell them beforehand.", e.To, e.From)
	},
	"phone": func(e effect) string {
		return fmt.Sprintf("Patients are asked to call %s, not %s, on all pages from now on, and in texts that have room for it.", e.To, e.From)
	},
	"lang": func(e effect) string {
		return fmt.Sprintf("Texts and pages of messages sent from now on are in %s, not %s, unless a message says. %s", languageWords(e.To), languageWords(e.From), e.keep())
	},
	"time_zone": func(e effect) string {
		return fmt.Sprintf("Where a patient’s number does not tell what time it is there, %s counts, not %s. The times in this console are shown so, too.", e.To, e.From)
	},
	"life": func(e effect) string {
		return fmt.Sprintf("Messages sent from now on can be opened for %s, not %s, unless a message says. %s", spanWords(e.To), spanWords(e.From), e.keep())
	},
	"remind": func(e effect) string {
		if e.To == setting.None {
			return "Patients are not reminded of messages sent from now on, unless a message says. " + e.keep()
		}
		return fmt.Sprintf("Of messages sent from now on patients are reminded %s after the first text, while they are unread, by day and once a day at most. %s", spansWords(e.To), e.keep())
	},
	"reply": func(e effect) string {
		if e.To == setting.Yes {
			return "Patients may write back to messages sent from now on, with photos and files, unless a message says otherwise. " + e.stay()
		}
		return "Patients may not write back to messages sent from now on, unless a message says otherwise. " + e.stay()
	},
	"ack": func(e effect) string {
		return map[string]string{
			setting.No:               "Patients are asked for no answer to messages sent from now on, unless a message says otherwise. ",
			string(store.AckYes):     "Under messages sent from now on there is a button that says “I have read this”, unless a message says otherwise. ",
			string(store.AckChoices): "Under messages sent from now on there are three buttons: understood, a question, please call. A message may say otherwise. ",
		}[e.To] + e.stay()
	},
	"confirm": func(e effect) string {
		return map[string]string{
			string(store.ConfirmNone):    "Senders get no mail about what became of messages sent from now on, unless a message says otherwise. ",
			string(store.ConfirmFailure): "Senders get a mail when a patient could not be reached, for messages sent from now on, unless a message says otherwise. ",
			string(store.ConfirmAlways):  "Senders get a mail when a message was stored, could not reach the patient, and was read, for those sent from now on, unless one says otherwise. ",
		}[e.To] + e.stay()
	},
	"quiet": func(e effect) string {
		if e.To == setting.None {
			return "Texts go out at any time of day. Reminders still wait for the day."
		}
		from, to, _ := strings.Cut(e.To, "-")
		return fmt.Sprintf("No first text and no reminder goes out from %s to %s by the patient’s clock, unless its message is to be read by a set time. This holds at once: %s.", from, to, e.waiting())
	},
	"countries": func(e effect) string {
		if e.To == setting.Anywhere {
			return "Texts may go to numbers of any country."
		}
		return fmt.Sprintf("Messages to numbers outside %s will be refused. %s", strings.ReplaceAll(e.To, ",", ", "), e.cutOff())
	},
	"step_up": func(e effect) string {
		return "This counts from the next time that a patient signs in, also for messages that are out. Who is signed in stays so."
	},
	"code_first": func(e effect) string {
		if e.To == setting.Yes {
			return "Whoever opens a link for the first time is texted a code before they can set a password, however fresh the link is. Messages that are out are meant, too."
		}
		return "Whoever opens a link within 24 hours of its text can set the first password with it alone. Messages that are out are meant, too."
	},
	"passcode": func(e effect) string {
		if e.To == setting.Required {
			return "A message without a passcode is refused from now on, unless the patient gave one before. Senders have to agree on one with each new patient. " + e.stay()
		}
		return "Messages may come without a passcode from now on. " + e.stay()
	},
	"passcode_hint": func(e effect) string {
		if e.To == setting.None {
			return "Pages that ask for a passcode do not say which, unless the message does. " + e.stay()
		}
		return fmt.Sprintf("Pages that ask for a passcode ask for “%s”, unless the message says another. Everybody who has the link sees this. %s", e.To, e.stay())
	},
	"logo": func(e effect) string {
		if e.To == setting.None {
			return "Pages show no picture of yours any more."
		}
		return "All pages show your picture beside the name, those of messages that are out as well. Texts stay as they are."
	},
}

// effect says it of a sentence, and of what has no words of its own.
func (f field) effect(e effect) string {
	switch {
	case !f.Long:
		return fmt.Sprintf("%s: %s, not %s.", f.Label, f.Words(e.To), f.Words(e.From))
	case e.To == "":
		return fmt.Sprintf("%s is in our words again, for all texts from now on.", f.Label)
	}
	return fmt.Sprintf("%s is in your words, for all texts from now on. Where they do not fit, ours stand in.", f.Label)
}

// count is how many messages, in words.
func (e effect) count(n int) string {
	switch {
	case n == 0:
		return "no message"
	case n == 1:
		return "1 message"
	case e.reach.More:
		return fmt.Sprintf("at least %d messages", n)
	}
	return fmt.Sprintf("%d messages", n)
}

func (e effect) out(before, after string) string {
	if e.reach.Live == 0 {
		return "those of messages to come"
	}
	return fmt.Sprintf("%s %s %s", before, e.count(e.reach.Live), after)
}

// keep says that what is out keeps what it has, and stay the same of what has not
// several values.
func (e effect) keep() string { return e.those("keeps its own", "keep theirs") }
func (e effect) stay() string { return e.those("stays as it is", "stay as they are") }

func (e effect) those(one, several string) string {
	switch n := e.reach.Live; {
	case n == 0:
		return "None is out at the moment."
	case n == 1:
		return "The one that is out " + one + "."
	case e.reach.More:
		return fmt.Sprintf("Those that are out, at least %d, %s.", n, several)
	default:
		return fmt.Sprintf("The %d that are out %s.", n, several)
	}
}

func (e effect) waiting() string {
	if e.reach.Waiting == 0 {
		return "no text waits at the moment"
	}
	return "texts of " + e.count(e.reach.Waiting) + " wait at the moment"
}

func (e effect) cutOff() string {
	if e.abroad == 0 {
		return "No patient who got a message in the last 30 days is affected."
	}
	who := fmt.Sprintf("%d patients who got messages in the last 30 days are affected.", e.abroad)
	if e.abroad == 1 {
		who = "1 patient who got a message in the last 30 days is affected."
	}
	if e.reach.More {
		return "Among the latest messages: " + who
	}
	return who
}

// spanWords are a length of time as it is written, in words.
func spanWords(written string) string {
	d, err := configs.ParseDuration(written)
	if err != nil {
		return written
	}
	for _, unit := range []struct{ short, long string }{{"d", "day"}, {"h", "hour"}, {"m", "minute"}} {
		if n, ok := strings.CutSuffix(configs.FormatDuration(d), unit.short); ok && n == "1" {
			return "1 " + unit.long
		} else if ok {
			return n + " " + unit.long + "s"
		}
	}
	return written
}

// spansWords are several of them.
func spansWords(written string) string {
	var list []string
	for one := range strings.SplitSeq(written, ",") {
		list = append(list, spanWords(one))
	}
	last := len(list) - 1
	if last == 0 {
		return list[0]
	}
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

// ofSignIn are the settings that change how patients sign in.
var ofSignIn = []string{"step_up", "code_first", "passcode", "passcode_hint"}

// signInWords say what a patient is asked for, in the order in which they are.
func signInWords(p store.Policy) (list []string) {
	if p.Passcode {
		list = append(list, "Before anything else: the passcode, once. Who gave one before is not asked again.")
	}
	if p.CodeFirst {
		list = append(list, "The first time: a texted code, and then choose a password.")
	} else {
		list = append(list, "The first time, within 24 hours of the text: choose a password. Later: a texted code first.")
	}
	switch p.StepUp {
	case store.StepUpAlways:
		return append(list, "After that, every time: a texted code and the password; or a passkey.")
	case store.StepUpNewDevice:
		return append(list, "After that: the password, or a passkey. On a phone or computer not used before, a texted code as well.")
	}
	return append(list, "After that: the password, or a passkey. After ten wrong passwords from phones or computers not used before, a texted code as well.")
}
