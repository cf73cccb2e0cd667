package option

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What [Form] refuses. Its errors are a [*Refusal] that wraps one of these.
var (
	// ErrUnknown: there is no such option in that place.
	ErrUnknown = errors.New("unknown option")

	// ErrValue: there is such an option, but it cannot be set so: its value is
	// malformed or out of range, it is said twice, or it is not available yet.
	ErrValue = errors.New("refused option")
)

// Refusal says which option is refused and what would be right, in words for
// the sender. It repeats no value.
type Refusal struct {
	Name string // as the place spells it; "" if what stands there is no name
	Why  string // completes a sentence: "must be from 1h to 90d, such as 12h or 3d"
	kind error
}

// Error is one line, such as "refused option exp: must be from 1h to 90d, such
// as 12h or 3d".
func (r *Refusal) Error() string {
	if r.Name == "" {
		return fmt.Sprintf("%v: %s", r.kind, r.Why)
	}
	return fmt.Sprintf("%v %s: %s", r.kind, r.Name, r.Why)
}

// Unwrap returns [ErrUnknown] or [ErrValue].
func (r *Refusal) Unwrap() error { return r.kind }

// spoken is what may be said back of a name that nobody knows: no digits, so
// that it cannot be a number, and nothing that could take a reply apart.
var spoken = regexp.MustCompile(`^[A-Za-z][A-Za-z-]{0,29}$`)

// unknown refuses a name that place does not have, and lists those it has.
func unknown(place Place, name string) error {
	known := fmt.Sprintf("%s can have %s", place, strings.Join(place.names(), ", "))
	if !spoken.MatchString(name) {
		return &Refusal{Why: "a name is made of letters; " + known, kind: ErrUnknown}
	}
	return &Refusal{Name: name, Why: known, kind: ErrUnknown}
}
