package option

import (
	"errors"
	"strings"
	"time"
)

// Remind is when the recipient is reminded, counted from when the message is
// sent, while it is unread: a list such as "24h.72h", or [NoRemind]. It is made
// by [ParseRemind] or [RemindAt].
type Remind string

// NoRemind asks for no reminder.
const NoRemind Remind = "no"

const (
	maxReminders = 5
	firstRemind  = time.Hour
	lastRemind   = 90 * day
)

// ErrRemind says what is no [Remind].
var ErrRemind = errors.New("must be no, or up to 5 times from 1h to 90d that rise, such as 24h.72h")

// ParseRemind reads a list of hours or days, or "no". A dot stands between them,
// since a comma ends an address in most mail programs; elsewhere a comma may.
func ParseRemind(s string) (Remind, error) {
	spans, ok := parseSpans(s)
	if !ok {
		return "", ErrRemind
	}
	return RemindAt(spans), nil
}

// RemindAt is the Remind of spans: whole hours that rise.
func RemindAt(spans []time.Duration) Remind {
	if len(spans) == 0 {
		return NoRemind
	}
	written := make([]string, len(spans))
	for i, s := range spans {
		written[i] = formatSpan(s)
	}
	return Remind(strings.Join(written, "."))
}

// Spans are what r is made of. There are none in [NoRemind], nor in the empty
// Remind.
func (r Remind) Spans() []time.Duration {
	spans, _ := parseSpans(string(r))
	return spans
}

func setRemind(f *Form, value string) string {
	remind, err := ParseRemind(value)
	if err != nil {
		return err.Error()
	}
	f.Options.Remind = remind
	return ""
}

func parseSpans(s string) ([]time.Duration, bool) {
	if strings.EqualFold(s, string(NoRemind)) {
		return nil, true
	}
	written := strings.Split(strings.ReplaceAll(s, ",", "."), ".")
	if len(written) > maxReminders {
		return nil, false
	}
	spans := make([]time.Duration, len(written))
	for i, one := range written {
		one = strings.TrimSpace(one)
		at, ok := parseSpan(one)
		if !ok || at < firstRemind || at > lastRemind || minutes(one) || i > 0 && at <= spans[i-1] {
			return nil, false
		}
		spans[i] = at
	}
	return spans, true
}
