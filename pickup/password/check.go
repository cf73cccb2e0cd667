package password

import (
	"fmt"
	"unicode/utf8"
)

// Check returns nil if p may be set, or why not: [ErrTooShort], [ErrTooLong],
// [ErrPersonal] if it is made of the forbidden words, which are the recipient's
// phone number and the clinic's name as people write them, or [ErrCommon].
// There are no rules of composition.
func Check(p Password, forbidden ...string) error {
	s, err := p.normal()
	switch {
	case err != nil:
		return fmt.Errorf("check password: %w", err)
	case utf8.RuneCountInString(s) < MinLength:
		return fmt.Errorf("check password: %w", ErrTooShort)
	case personal(s, forbidden):
		return fmt.Errorf("check password: %w", ErrPersonal)
	case common(s):
		return fmt.Errorf("check password: %w", ErrCommon)
	}
	return nil
}
