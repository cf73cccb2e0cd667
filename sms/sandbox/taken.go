package sandbox

import (
	"strconv"
	"strings"
	"time"

	"securetext/sms"
)

// taken is a text that the sandbox took. All that will become of it follows
// from its id, which any process can read.
type taken struct {
	Outcome
	at   time.Time
	text string // our id of it
}

const prefix = "sandbox_"

// providerID is prefix, the outcome's name, milliseconds since 1970 and our id
// of the text, with underscores between.
func (x taken) providerID() string {
	return prefix + x.Name + "_" + strconv.FormatInt(x.at.UnixMilli(), 10) + "_" + x.text
}

// parseID reads a providerID; false: it is none. Of what is taken no outcome's
// name has an underscore.
func parseID(id string) (taken, bool) {
	rest, ours := strings.CutPrefix(id, prefix)
	parts := strings.SplitN(rest, "_", 3)
	if !ours || len(parts) != 3 {
		return taken{}, false
	}
	o, known := outcomeNamed(parts[0])
	ms, err := strconv.ParseInt(parts[1], 10, 64)
	if !known || err != nil || o.state == "" {
		return taken{}, false
	}
	return taken{o, time.UnixMilli(ms), parts[2]}, true
}

// status is what has become of the text by now.
func (x taken) status(now time.Time) sms.Status {
	s := sms.Status{Text: x.text, ProviderID: x.providerID(), State: sms.Sent}
	if now.Before(x.at.Add(x.after)) {
		return s
	}
	s.State = x.state
	if x.state == sms.Undelivered || x.state == sms.Failed {
		s.Code, s.Transient, s.Means = x.Code(), x.transient, x.means
	}
	return s
}
