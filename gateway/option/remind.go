package option

import (
	"strings"
	"time"
)

// Remind is when the recipient is reminded, counted from when the message is
// sent, while it is unread: a list such as "24h.72h", or [NoRemind]. It is made
// by [Form.Set] or [RemindAt].
type Remind string

// NoRemind asks for no reminder.
const NoRemind Remind = "no"

const (
	maxReminders = 5
	firstRemind  = time.Hour
	lastRemind   = 90 * day
)

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
	spans, ok := parseSpans(value)
	if !ok {
		return "must be no, or up to 5 times from 1h to 90d that rise, such as 24h.72h"
	}
	f.Options.Remind = RemindAt(spans)
	return ""
}

// parseSpans reads a list of spans, or "no". A dot stands between them, since a
// comma ends an address in most mail programs; elsewhere a comma may.
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
		at, ok := parseSpan(strings.TrimSpace(one))
		if !ok || at < firstRemind || at > lastRemind || minutes(one) || i > 0 && at <= spans[i-1] {
			return nil, false
		}
		spans[i] = at
	}
	return spans, true
}
