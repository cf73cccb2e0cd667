// Package reason says why a message did not reach a phone, or what it waits for.
//
// Events hold short codes: a provider's, such as twilio_21610 or kannel_expired,
// and our own, such as opted_out or quiet_hours. [Of] reads the code of a text
// that is over as a [Reason]. [Reason.Explain] and [Reason.ExplainLost] put that
// in words for people, [Reason.Status] in a mail server's. [Waits] says why a
// text is put off. A code that nobody knows is [Unknown]; no words repeat a code.
package reason

import "strings"

// Reason is why a message could not be delivered, as far as its sender can do
// something about it.
type Reason string

// The reasons.
const (
	OptedOut    Reason = "opted_out"
	Blocked     Reason = "blocked"
	Landline    Reason = "landline"
	Dead        Reason = "dead"
	NotMine     Reason = "not_mine" // who has the number is not the patient
	NotNumber   Reason = "not_a_number"
	Unreachable Reason = "unreachable"
	Expired     Reason = "expired" // the message's life ended while its text waited
	Wiped       Reason = "wiped"
	Barred      Reason = "barred" // by the phone companies, for all that we send
	Unknown     Reason = "unknown"
)

// All are the reasons that there are.
func All() []Reason {
	return []Reason{OptedOut, Blocked, Landline, Dead, NotMine, NotNumber, Unreachable, Expired, Wiped, Barred, Unknown}
}

// codes are those that mean one thing, whole. For Twilio's see
// https://www.twilio.com/docs/api/errors; Kannel's are the words of SMPP.
var codes = map[string]Reason{
	"opted_out": OptedOut,
	"blocked":   Blocked,
	"landline":  Landline,
	"dead":      Dead,
	"not_mine":  NotMine,
	"expired":   Expired,
	"wiped":     Wiped,

	"twilio_21211": NotNumber,
	"twilio_21610": OptedOut, // answered STOP
	"twilio_21614": Landline, // not a mobile
	"twilio_21635": Landline,
	"twilio_30003": Unreachable,
	"twilio_30004": OptedOut, // blocked by the phone's owner or carrier
	"twilio_30005": Dead,
	"twilio_30006": Landline, // or a carrier that cannot be reached

	"twilio_20003": Barred, // wrong credentials
	"twilio_20005": Barred, // account not active
	"twilio_20404": Barred,
	"twilio_21212": Barred,
	"twilio_21222": Barred,
	"twilio_21224": Barred,
	"twilio_21408": Barred, // country not enabled
	"twilio_21603": Barred,
	"twilio_21606": Barred, // From is not ours
	"twilio_21609": Barred,
	"twilio_21703": Barred,
	"twilio_21705": Barred,
	"twilio_30002": Barred, // account suspended
	"twilio_30007": Barred, // filtered as spam
	"twilio_30034": Barred, // our number is not registered

	"kannel_invalid": Dead,

	"kannel_undeliv": Unreachable,
	"kannel_failed":  Unreachable,
	"kannel_carrier": Unreachable, // its queue is full, or it is out of order
	"kannel_retries": Unreachable, // no carrier took it for as long as Kannel tries

	"kannel_auth":         Barred,
	"kannel_sender":       Barred, // from a number that is not ours
	"kannel_not_routable": Barred, // no carrier is connected for it
	"kannel_rejectd":      Barred,

	"kannel_unknown": Unknown, // what became of it, not the number
	"kannel_denied":  Unknown, // by a list of Kannel's, or as no number
	"kannel_body":    Unknown,
}

// words are what any provider may say after its name and a "_".
var words = map[string]Reason{
	"opted_out":   OptedOut,
	"landline":    Landline,
	"dead":        Dead,
	"unreachable": Unreachable,
	"expired":     Unreachable, // the carrier tried for as long as it was told to
	"refused":     Barred,
	"filtered":    Barred, // as spam
	"barred":      Barred,
}

// Of reads the code of a text that failed or was not delivered. A text that was
// put off until its message's life was over shows what it waited for last: that
// is [Expired].
func Of(code string) Reason {
	if r, ok := codes[code]; ok {
		return r
	}
	if strings.HasPrefix(code, "twilio_3045") { // our registration is missing or wrong
		return Barred
	}
	if r, ok := words[word(code)]; ok {
		return r
	}
	if waitOf(code) != someWait {
		return Expired
	}
	return Unknown
}

// word is a code without the provider's name.
func word(code string) string {
	_, rest, _ := strings.Cut(code, "_")
	return rest
}

// Status is the reason as RFC 3463 writes it.
func (r Reason) Status() string {
	switch r {
	case OptedOut, Blocked, Wiped:
		return "5.7.1"
	case Landline, Dead, NotMine:
		return "5.1.1"
	case NotNumber:
		return "5.1.3"
	case Unreachable:
		return "5.4.1"
	case Expired:
		return "5.4.7"
	case Barred:
		return "5.3.0"
	}
	return "5.0.0"
}
