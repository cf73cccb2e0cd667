package option

import "strings"

// Form takes the options that one place has for one message. It is not safe for
// concurrent use.
type Form struct {
	Options Options // what is set so far

	place     Place
	languages func() []string
	said      map[int]bool // by index in the table
}

// NewForm returns an empty form for place. languages lists the primary subtags
// (BCP 47, lower case) of the languages that the service speaks.
func NewForm(place Place, languages func() []string) *Form {
	return &Form{place: place, languages: languages, said: make(map[int]bool)}
}

// Set sets the option that the place calls name. Its errors are a [*Refusal]
// and change nothing.
func (f *Form) Set(name, value string) error {
	i, ok := f.place.find(name)
	if !ok {
		return unknown(f.place, name)
	}
	row, why := table[i], "is given twice"
	if !f.said[i] {
		why = row.set(f, strings.TrimSpace(value))
	}
	if why != "" {
		return &Refusal{Name: f.place.name(row), Why: why, kind: ErrValue}
	}
	f.said[i] = true
	return nil
}

// SetAll sets the options of an address, as [Cut] returns them: name=value with
// a plus between them. It stops at the first that is refused.
func (f *Form) SetAll(options string) error {
	for one := range strings.SplitSeq(options, "+") {
		name, value, _ := strings.Cut(one, "=")
		if err := f.Set(strings.TrimSpace(name), value); err != nil {
			return err
		}
	}
	return nil
}

// Cut cuts the local part of an address into the number and the options behind
// it, at the first plus that is not the number's own. found reports whether
// there is such a plus; if so the options are for [Form.SetAll], even if empty.
func Cut(local string) (number, options string, found bool) {
	own := len(local) - len(strings.TrimLeft(local, "+ "))
	number, options, found = strings.Cut(local[own:], "+")
	return local[:own] + number, options, found
}
