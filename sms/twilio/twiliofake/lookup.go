package twiliofake

import (
	"net/http"
	"slices"
	"strings"
)

// line is what a lookup tells of a number.
type line struct {
	kind  string
	valid bool
}

// SetLine says what lookups answer for a number: a type of line such as mobile,
// landline or nonFixedVoip, empty for one that is not known, and whether there
// are such numbers at all. Without it a number is a valid mobile.
func (f *Fake) SetLine(number, kind string, valid bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines[number] = line{kind, valid}
}

// Lookups returns the numbers that were looked up, in that order.
func (f *Fake) Lookups() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.looked)
}

// lookUp answers what is known of a number: its type of line if that is asked for.
func (f *Fake) lookUp(w http.ResponseWriter, r *http.Request) {
	number := r.PathValue("number")
	if !e164.MatchString(number) {
		notFound(w)
		return
	}
	l := f.look(number)
	body := map[string]any{
		"phone_number": number, "valid": l.valid, "validation_errors": []string{}, "line_type_intelligence": nil,
	}
	if !l.valid {
		body["validation_errors"] = []string{"INVALID_BUT_POSSIBLE"}
	}
	if l.valid && slices.Contains(strings.Split(r.URL.Query().Get("Fields"), ","), "line_type_intelligence") {
		body["line_type_intelligence"] = intelligence(l.kind)
	}
	answer(w, http.StatusOK, body)
}

func (f *Fake) look(number string) line {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked = append(f.looked, number)
	if l, ok := f.lines[number]; ok {
		return l
	}
	return line{"mobile", true}
}

// intelligence is Twilio's form of a type of line: of one that is not known it
// has a code instead.
func intelligence(kind string) map[string]any {
	if kind == "" {
		return map[string]any{"type": nil, "error_code": 60600}
	}
	return map[string]any{"type": kind, "error_code": nil}
}
