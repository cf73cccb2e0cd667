// Package clock tells a recipient's day from the night.
//
// [Zones] finds where a number may be, and [Window.Open] when it is such a time
// of day there: in all zones that it may be in at once. The time zone database
// is part of the program, so that it also works where the machine has none.
package clock

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // for machines and containers without one

	"github.com/nyaruka/phonenumbers"
)

// ErrZone is returned, with the reason, for what is no time zone.
var ErrZone = errors.New("not a time zone")

// zoneName are the names of the database, without files such as localtime.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+/-]{0,63}$`)

// ParseZone finds a time zone by its IANA name, such as America/Chicago.
func ParseZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" { // which time.LoadLocation takes for UTC, and for the machine's own
		return nil, fmt.Errorf("%w: it needs a name such as America/Chicago", ErrZone)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || !zoneName.MatchString(name) {
		return nil, fmt.Errorf("%w: %q is no name such as America/Chicago", ErrZone, name)
	}
	return zone, nil
}

// maxZones is how many zones a number may be in. More of them tell nothing.
const maxZones = 3

// Zones are those in which the numbers of an area are, by a number in E.164 form.
// It is nil where the number tells none, or too many: toll-free numbers, those of
// no one country, and area codes that nobody has assigned. A phone may be carried
// elsewhere: where it is known better, that counts.
func Zones(e164 string) []*time.Location {
	names, err := phonenumbers.GetTimezonesForPrefix(e164)
	if err != nil || len(names) > maxZones {
		return nil
	}
	zones := make([]*time.Location, len(names))
	for i, name := range names {
		if zones[i], err = ParseZone(name); err != nil { // also phonenumbers.UNKNOWN_TIMEZONE
			return nil
		}
	}
	return zones
}
