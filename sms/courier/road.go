package courier

import (
	"time"

	"securetext/sms"
)

// Road is a way for texts that this process can go.
type Road struct {
	Line   string  // names it to all processes: see [store.Line]
	Rate   float64 // texts a second; 0: as many as it takes
	Sender sms.Sender
	Check  time.Duration // after which the provider is asked what became of a text; 0: never
}

// Roads finds the way for texts. Its methods may be called concurrently.
type Roads interface {
	// Of gives the roads of an org's policy in the order in which they are tried:
	// those that there are here. Empty is the operator's choice.
	Of(policy string) []Road
	// Sandbox is the one road of texts that must not reach a carrier.
	Sandbox() Road
	// Named finds a road by the name of its line.
	Named(line string) (Road, bool)
}

// finds reports whether a road can be asked what went out.
func (r Road) finds() bool {
	_, can := r.Sender.(sms.Finder)
	return can
}

// named finds a road by the name of its line, the sandbox too.
func named(roads Roads, line string) (Road, bool) {
	if s := roads.Sandbox(); s.Line == line {
		return s, true
	}
	return roads.Named(line)
}
