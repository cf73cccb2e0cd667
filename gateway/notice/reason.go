package notice

import (
	"strings"

	"securetext/store"
)

// reason is why a message could not be delivered, as far as its sender can do
// something about it.
type reason string

const (
	optedOut    = reason(store.OptedOut)
	blocked     = reason(store.Blocked)
	landline    = reason(store.Landline)
	dead        = reason(store.Dead)
	notNumber   = reason("not_a_number")
	unreachable = reason("unreachable")
	expired     = reason(store.Expired)
	wiped       = reason(store.Wiped)
	barred      = reason("barred") // by the phone companies, for all that we send
	unknown     = reason("unknown")
)

// reasons are the codes that events of failed messages show. See
// https://www.twilio.com/docs/api/errors
var reasons = map[string]reason{
	string(store.OptedOut): optedOut,
	string(store.Blocked):  blocked,
	string(store.Landline): landline,
	string(store.Dead):     dead,
	string(store.Expired):  expired,
	string(store.Wiped):    wiped,

	"twilio_21211": notNumber,
	"twilio_21610": optedOut, // answered STOP
	"twilio_21614": landline, // not a mobile
	"twilio_21635": landline,
	"twilio_30003": unreachable,
	"twilio_30004": optedOut, // blocked by the phone's owner or carrier
	"twilio_30005": dead,
	"twilio_30006": landline, // or a carrier that cannot be reached

	"twilio_20003": barred,
	"twilio_21408": barred, // country not enabled
	"twilio_21606": barred,
	"twilio_30002": barred,
	"twilio_30007": barred, // filtered as spam
	"twilio_30034": barred, // our number is not registered
}

// reasonOf reads a code; one it does not know is unknown.
func reasonOf(code string) reason {
	if r, ok := reasons[code]; ok {
		return r
	}
	if strings.HasPrefix(code, "twilio_3045") { // our registration is missing or wrong
		return barred
	}
	return unknown
}

// statusOf is each reason as RFC 3463 writes it.
var statusOf = map[reason]string{
	optedOut:    "5.7.1",
	blocked:     "5.7.1",
	landline:    "5.1.1",
	dead:        "5.1.1",
	notNumber:   "5.1.3",
	unreachable: "5.4.1",
	expired:     "5.4.7",
	wiped:       "5.7.1",
	barred:      "5.3.0",
	unknown:     "5.0.0",
}
