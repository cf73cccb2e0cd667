package configs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a length of time: a number with s, m, h or d, as in 90s
// or 14d, or several such as 1h30m. It is not negative; days are whole and
// stand alone.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a length of time: write a number with s, m, h or d, as in 14d", text)
	}
	return d, nil
}

// ParseLife reads how long a message can be read. It takes what MESSAGE_LIFE
// takes.
func ParseLife(text string) (time.Duration, error) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.key == "MESSAGE_LIFE" })
	d, no := fields[i].duration(text)
	if no != nil {
		return 0, fmt.Errorf("%s: %s", no.reason, no.fix)
	}
	return d, nil
}

func (f field) duration(text string) (time.Duration, *refusal) {
	d, err := ParseDuration(text)
	if err != nil {
		return 0, &refusal{fmt.Sprintf("%q is not a length of time", text), "write a number with s, m, h or d, as in " + f.def}
	}
	low, _ := ParseDuration(f.min)
	high, _ := ParseDuration(f.max)
	if d < low || d > high {
		return 0, &refusal{fmt.Sprintf("%q is not between %s and %s", text, f.min, f.max), "choose one in that range"}
	}
	return d, nil
}

// FormatDuration writes whole days, hours and minutes as [ParseDuration] reads them.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	for _, u := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= u.size && d%u.size == 0 {
			return fmt.Sprintf("%d%s", d/u.size, u.name)
		}
	}
	return d.String()
}
