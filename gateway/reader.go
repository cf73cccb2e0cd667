package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"

	"golang.org/x/text/encoding"
)

// reader reads JSON member by member, since encoding/json passes over members
// that are given twice. It collects what is wrong with values and stops at what
// leaves no more to read. No error repeats a value.
type reader struct {
	dec   *json.Decoder
	found invalid
	bytes int64 // of content so far
}

// members are the members that an object may have, each with what reads it. It
// is told where it is, as a JSON pointer.
type members map[string]func(at string) error

func newReader(r io.Reader) *reader { return &reader{dec: json.NewDecoder(r)} }

func (r *reader) wrong(at, detail string) { r.found = append(r.found, fieldError{at, detail}) }

func (r *reader) problems() error {
	if len(r.found) > 0 {
		return r.found
	}
	return nil
}

// object reads an object that has all of the required members.
func (r *reader) object(at string, known members, required ...string) error {
	if err := r.delim('{', at, "must be an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.dec.More() {
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if err := r.member(at, name, known[name], seen); err != nil {
			return err
		}
	}
	for _, name := range required {
		if !seen[name] {
			r.wrong(at+"/"+name, "is required")
		}
	}
	_, err := r.dec.Token()
	return err
}

func (r *reader) member(at, name string, read func(string) error, seen map[string]bool) error {
	at += "/" + sayable(name)
	switch {
	case read == nil:
		r.wrong(at, "is not known")
	case seen[name]:
		r.wrong(at, "is given twice")
	default:
		seen[name] = true
		return read(at)
	}
	_, err := r.value()
	return err
}

// list reads a list, one item at a time.
func (r *reader) list(at string, item func(at string) error) error {
	if err := r.delim('[', at, "must be a list"); err != nil {
		return err
	}
	for i := 0; r.dec.More(); i++ {
		if err := item(fmt.Sprintf("%s/%d", at, i)); err != nil {
			return err
		}
	}
	_, err := r.dec.Token()
	return err
}

// delim reads the beginning of an object or a list. Anything else ends the
// reading: what is in it would be taken for members.
func (r *reader) delim(want json.Delim, at, otherwise string) error {
	token, err := r.dec.Token()
	if err != nil {
		return err
	}
	if token != want {
		return append(r.found, fieldError{at, otherwise})
	}
	return nil
}

// text reads a string.
func (r *reader) text(at string, s *string) error {
	var v *string
	ok, err := r.into(&v)
	if err != nil {
		return err
	}
	if !ok || v == nil {
		r.wrong(at, "must be a string")
		return nil
	}
	*s = *v
	return r.count(len(*s))
}

// base64 reads bytes in standard base64.
func (r *reader) base64(at string, b *[]byte) error {
	ok, err := r.into(b)
	if err != nil {
		return err
	}
	if !ok || *b == nil {
		r.wrong(at, "must be a string in base64 (RFC 4648, section 4)")
	}
	return r.count(len(*b))
}

func (r *reader) count(n int) error {
	if r.bytes += int64(n); r.bytes > maxContent {
		return errBodySize
	}
	return nil
}

// into reads a value into v, and reports whether it was of v's type.
func (r *reader) into(v any) (ok bool, err error) {
	err = r.dec.Decode(v)
	var kind *json.UnmarshalTypeError
	var corrupt base64.CorruptInputError
	if errors.As(err, &kind) || errors.As(err, &corrupt) {
		return false, nil
	}
	return err == nil, err
}

func (r *reader) value() (json.RawMessage, error) {
	var v json.RawMessage
	err := r.dec.Decode(&v)
	return v, err
}

// end refuses what follows the object.
func (r *reader) end() error {
	if _, err := r.dec.Token(); err != io.EOF {
		return errors.Join(errMalformed, err)
	}
	return nil
}

func asString(v json.RawMessage) (s string, ok bool) {
	return s, len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &s) == nil
}

func asList(v json.RawMessage) (list []json.RawMessage, ok bool) {
	return list, len(v) > 0 && v[0] == '[' && json.Unmarshal(v, &list) == nil
}

// sayable is a member's name as it may stand in an answer and in the log.
func sayable(name string) string {
	if memberName.MatchString(name) {
		return name
	}
	return "?"
}

var memberName = regexp.MustCompile(`^[A-Za-z_-]{1,32}$`)

// bodyError makes one of our own errors of what reading a body came to: the
// JSON package's words may quote the body.
func bodyError(err error) error {
	var large *http.MaxBytesError
	var network net.Error
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &large):
		return errBodySize
	case slices.ContainsFunc([]error{errBodySize, errInvalid, errCrowded}, func(ours error) bool { return errors.Is(err, ours) }):
		return err
	case errors.Is(err, encoding.ErrInvalidUTF8):
		return errCharset
	case errors.As(err, &network):
		return errSlow
	case errors.As(err, &syntax):
		return fmt.Errorf("%w at byte %d", errMalformed, syntax.Offset)
	}
	return errMalformed
}
