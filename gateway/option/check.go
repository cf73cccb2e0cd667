package option

import (
	"cmp"
	"time"

	"securetext/store/passcode"
)

// lateness is how long ago a time to send at may be, as it then is at once: a
// mail waits on its way, and a request is sent again when no answer came.
const lateness = time.Hour

// Check finds what cannot be at the time now, or not together: a message that
// was not said to live any other time lives for the org's own. Its errors are a
// [*Refusal], with the name as place has it.
func (o Options) Check(place Place, orgs time.Duration, now time.Time) error {
	life := cmp.Or(o.Life, orgs)
	ends := "must be before the end of the message, which can be read for " + formatSpan(life)
	var last time.Duration
	if spans := o.Remind.Spans(); len(spans) > 0 {
		last = spans[len(spans)-1]
	}
	for _, c := range []struct {
		name  string // in JSON
		wrong bool
		why   string
	}{
		{"send_at", !o.SendAt.IsZero() && o.SendAt.Before(now.Add(-lateness)), "must be in the future"},
		{"send_at", o.SendAt.After(now.Add(MaxAhead)), "must be at most 90 days ahead"},
		{"read_by", o.ReadBy > life, ends},
		{"remind", last >= life, ends},
		{"passcode_hint", o.Hint != "" && o.Passcode == passcode.Passcode{}, "needs a passcode beside it"},
		{"passcode_hint", o.Passcode.Within(o.Hint), "must not hold the passcode"},
	} {
		if c.wrong {
			return &Refusal{Name: place.called(c.name), Why: c.why, kind: ErrValue}
		}
	}
	return nil
}

// called is what the place calls the option of that name in JSON. What cannot be
// said in an address was said in the header.
func (p Place) called(name string) string {
	i, _ := JSON.find(name)
	return cmp.Or(p.name(table[i]), table[i].Header)
}
