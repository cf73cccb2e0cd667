package clock

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestZones(t *testing.T) {
	for number, want := range map[string][]string{
		"+12125550100":   {"America/New_York"},
		"+15205550100":   {"America/Phoenix"},
		"+16055550100":   {"America/Denver", "America/North_Dakota/Center"},
		"+17875550100":   {"America/Puerto_Rico"},
		"+19075550100":   {"America/Adak", "America/Anchorage"},
		"+442079460958":  {"Europe/London"},
		"+919876543210":  {"Asia/Calcutta"},
		"+18005550100":   nil, // toll-free
		"+12114367789":   nil, // an area code that nobody has assigned
		"+15551230001":   nil,
		"+80012345678":   nil, // of no one country
		"+5215512345678": nil, // eight zones
		"+":              nil,
		"":               nil,
		"no number":      nil,
	} {
		var got []string
		for _, zone := range Zones(number) {
			got = append(got, zone.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", number, got, want)
		}
	}
}

// The library and the database must know the same zones, whatever their versions.
func TestEveryZoneOfANumberIsKnown(t *testing.T) {
	known := 0
	for prefix := range 10000 {
		names, err := phonenumbers.GetTimezonesForPrefix("+" + strconv.Itoa(prefix))
		if err != nil {
			continue
		}
		for _, name := range names {
			if _, err := ParseZone(name); err != nil && name != phonenumbers.UNKNOWN_TIMEZONE {
				t.Errorf("prefix %d: %v", prefix, err)
			}
			known++
		}
	}
	if known < 1000 {
		t.Errorf("only %d zones were looked at", known)
	}
}

func TestParseZone(t *testing.T) {
	for _, name := range []string{"America/Chicago", "Europe/Paris", "UTC", "Asia/Kolkata", "America/North_Dakota/Center"} {
		if zone, err := ParseZone(name); err != nil || zone.String() != name {
			t.Errorf("%s: got %v, error %v", name, zone, err)
		}
	}
	for _, name := range []string{"", "Local", "Chicago", "America/Springfield", "../etc/passwd", "/etc/localtime", "localtime", "posixrules", "America/Chicago\n", "CST6CDT7"} {
		if _, err := ParseZone(name); !errors.Is(err, ErrZone) {
			t.Errorf("%q: got error %v, want ErrZone", name, err)
		}
	}
}
