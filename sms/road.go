package sms

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Road is a way for texts: a provider, what they come from there, and how many a
// second that may carry. It is written provider, provider:from, or either with
// @rate, as in twilio:+15551230000@1.
type Road struct {
	Provider string  // a name of the table of providers
	From     string  // a number, a Messaging Service, a short code; empty: the provider's own default
	Rate     float64 // texts a second; 0: as many as it takes
}

// ErrRoad is returned, with the reason, for what is no list of roads.
var ErrRoad = errors.New("not a list of roads")

// Line names the road without its rate: what couriers share the state of.
func (r Road) Line() string {
	if r.From == "" {
		return r.Provider
	}
	return r.Provider + ":" + r.From
}

func (r Road) String() string {
	if r.Rate == 0 {
		return r.Line()
	}
	return r.Line() + "@" + strconv.FormatFloat(r.Rate, 'g', -1, 64)
}

var (
	roadFrom = regexp.MustCompile(`^[+A-Za-z0-9]{1,34}$`)
	roadRate = regexp.MustCompile(`^[0-9]{1,4}(\.[0-9]{1,3})?$`)
)

// maxRoads is how many roads one text may have.
const maxRoads = 5

// ParseRoads reads roads with a comma between, in the order in which they are
// tried. providers are those that there are.
func ParseRoads(s string, providers []string) ([]Road, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var roads []Road
	for part := range strings.SplitSeq(s, ",") {
		r, err := parseRoad(strings.TrimSpace(part), providers)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(roads, func(other Road) bool { return other.Line() == r.Line() }) {
			return nil, fmt.Errorf("%w: %s stands there twice", ErrRoad, r.Line())
		}
		roads = append(roads, r)
	}
	if len(roads) > maxRoads {
		return nil, fmt.Errorf("%w: there are %d, and at most %d make sense", ErrRoad, len(roads), maxRoads)
	}
	return roads, nil
}

func parseRoad(s string, providers []string) (Road, error) {
	line, rate, paced := strings.Cut(s, "@")
	provider, from, named := strings.Cut(line, ":")
	r := Road{Provider: provider, From: from}
	if !slices.Contains(providers, provider) {
		return r, fmt.Errorf("%w: %q is none of %s", ErrRoad, provider, strings.Join(providers, ", "))
	}
	if named && !roadFrom.MatchString(from) {
		return r, fmt.Errorf("%w: after %s: comes a number such as +15551230000, a short code or a service's id", ErrRoad, provider)
	}
	if !paced {
		return r, nil
	}
	r.Rate, _ = strconv.ParseFloat(rate, 64)
	if !roadRate.MatchString(rate) || r.Rate <= 0 {
		return r, fmt.Errorf("%w: after @ comes how many texts a second, such as 1 or 0.5", ErrRoad)
	}
	return r, nil
}

// FormatRoads is what [ParseRoads] reads.
func FormatRoads(roads []Road) string {
	parts := make([]string, len(roads))
	for i, r := range roads {
		parts[i] = r.String()
	}
	return strings.Join(parts, ",")
}
