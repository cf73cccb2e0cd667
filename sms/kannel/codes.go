package kannel

import (
	"regexp"
	"strconv"
	"strings"

	"securetext/sms"
)

// The kinds of delivery reports, which are bits. An expired text and one that
// the carrier lost sight of are undelivered too.
const (
	delivered   = 1
	undelivered = 2
	taken       = 8
	refused     = 16
	expired     = 32
	unknown     = 64
)

// cause is why a text did not reach the phone.
type cause struct {
	code      string
	transient bool
	means     error
}

// read is what a delivery report says. One that a text waits at the carrier, or
// that we do not know, has an empty State.
func read(kind int, answer string) sms.Status {
	switch {
	case kind <= 0:
		return sms.Status{}
	case kind&refused != 0:
		return because(sms.Failed, refusal(answer))
	case kind&undelivered != 0:
		return because(sms.Undelivered, loss(kind, answer))
	case kind&delivered != 0:
		return sms.Status{State: sms.Delivered}
	case kind&taken != 0:
		return sms.Status{State: sms.Sent}
	}
	return sms.Status{}
}

func because(s sms.State, c cause) sms.Status {
	return sms.Status{State: s, Code: c.code, Transient: c.transient, Means: c.means}
}

// losses are the final states of a text in SMPP, as receipts write them after
// "stat:" (SMPP 3.4, appendix B). What follows after "err:" means something else
// with every carrier.
var losses = map[string]cause{
	"EXPIRED": {code: "kannel_expired", transient: true},
	"UNDELIV": {code: "kannel_undeliv", transient: true},
	"DELETED": {code: "kannel_deleted"},
	"UNKNOWN": {code: "kannel_unknown"}, // what became of it, not the subscriber
	"REJECTD": {code: "kannel_rejectd"},
}

var stat = regexp.MustCompile(`(?i)\bstat:([a-z]{1,16})\b`)

// loss is why a carrier that took a text did not deliver it. A receipt ends with
// the first words of the text: those tell nothing.
func loss(kind int, answer string) cause {
	if receipt, _, ok := strings.Cut(answer, " text:"); ok {
		answer = receipt
	}
	if found := stat.FindStringSubmatch(answer); found != nil {
		if c, ok := losses[strings.ToUpper(found[1])]; ok {
			return c
		}
	}
	switch {
	case kind&expired != 0:
		return losses["EXPIRED"]
	case kind&unknown != 0:
		return losses["UNKNOWN"]
	}
	return cause{code: "kannel_failed", transient: true}
}

// nacks are what Kannel itself says of a text that it gave up.
var nacks = []struct {
	begins string
	cause
}{
	{"validity expired", cause{code: "kannel_expired", transient: true}},
	{"Retries Exceeded", cause{code: "kannel_retries", transient: true}},
	{"no SMSC", cause{code: "kannel_not_routable", means: sms.ErrHalt}},
	{"receiver ", cause{code: "kannel_denied", means: sms.ErrPermanent}}, // in its black-list, or not in the white one
	{"sender ", cause{code: "kannel_sender", means: sms.ErrHalt}},
}

// commands are what carriers answer to a text, the command_status of SMPP
// (3.4, section 5.1.3). Those that are not here are "kannel_nack".
var commands = map[uint64]cause{
	0x08:  {code: "kannel_carrier", transient: true}, // system error
	0x0a:  {code: "kannel_sender", means: sms.ErrHalt},
	0x0b:  {code: "kannel_invalid", means: sms.ErrDead}, // no such number
	0x0e:  {code: "kannel_barred", means: sms.ErrHalt},  // wrong password
	0x0f:  {code: "kannel_barred", means: sms.ErrHalt},  // unknown account
	0x14:  {code: "kannel_carrier", transient: true},    // its queue is full
	0x15:  {code: "kannel_barred", means: sms.ErrHalt},  // not for our type of service
	0x48:  {code: "kannel_sender", means: sms.ErrHalt},
	0x49:  {code: "kannel_sender", means: sms.ErrHalt},
	0x53:  {code: "kannel_barred", means: sms.ErrHalt}, // not for our type of system
	0x58:  {code: "kannel_carrier", transient: true},   // throttled
	0x64:  {code: "kannel_carrier", transient: true},
	0x100: {code: "kannel_barred", means: sms.ErrHalt}, // not authorised
	0x101: {code: "kannel_barred", means: sms.ErrHalt},
	0x102: {code: "kannel_barred", means: sms.ErrHalt},
	0x103: {code: "kannel_barred", means: sms.ErrHalt},
}

// refusal is why a text was not even taken: "NACK/0x0000000b/Invalid ..." from a
// carrier, "NACK/no SMSC" from Kannel.
func refusal(answer string) cause {
	answer = strings.TrimPrefix(answer, "NACK/")
	for _, n := range nacks {
		if strings.HasPrefix(answer, n.begins) {
			return n.cause
		}
	}
	number, _, _ := strings.Cut(answer, "/")
	if hex, ok := strings.CutPrefix(number, "0x"); ok {
		status, err := strconv.ParseUint(hex, 16, 32)
		if c, known := commands[status]; known && err == nil {
			return c
		}
	}
	return cause{code: "kannel_nack"}
}
