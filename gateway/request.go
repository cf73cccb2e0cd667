package gateway

import (
	"fmt"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"securetext/gateway/option"
)

// The limits of a request.
const (
	maxContent     = 25 << 20               // bytes of text, HTML and attachments together
	maxBody        = maxContent*4/3 + 1<<20 // base64, and the rest
	maxTo          = 100
	maxAttachments = 50
	maxSubject     = 998 // bytes
)

// sendRequest is the body of POST /v1/messages as it was read, unchecked.
type sendRequest struct {
	to          []string
	listed      bool // to was a list, so its errors name an index
	subject     string
	text        string
	html        string
	attachments []fileRequest
	options     []optionRequest
}

type optionRequest struct{ name, value string }

type fileRequest struct {
	name string
	kind string
	data []byte
}

// readRequest reads one JSON object, straight from the connection. Members that
// are unknown, given twice or of the wrong type are all refused in one answer,
// [errInvalid]; what is no JSON at all is [errMalformed].
func readRequest(body io.Reader) (*sendRequest, error) {
	r, q := newReader(transform.NewReader(body, encoding.UTF8Validator)), new(sendRequest)
	known := members{
		"to":          func(at string) error { return r.numbers(at, q) },
		"subject":     func(at string) error { return r.text(at, &q.subject) },
		"text":        func(at string) error { return r.text(at, &q.text) },
		"html":        func(at string) error { return r.text(at, &q.html) },
		"attachments": func(at string) error { return r.files(at, &q.attachments) },
	}
	for _, row := range option.Table() {
		if row.JSON != "" {
			known[row.JSON] = func(at string) error { return r.option(at, row.JSON, q) }
		}
	}
	err := r.object("", known, "to", "subject", "text")
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, bodyError(err)
	}
	return q, r.problems()
}

// numbers reads one number, or a list of them.
func (r *reader) numbers(at string, q *sendRequest) error {
	v, err := r.value()
	if err != nil {
		return err
	}
	if one, ok := asString(v); ok {
		q.to = []string{one}
		return nil
	}
	list, ok := asList(v)
	if !ok {
		r.wrong(at, "must be a number as a string, or a list of them")
		return nil
	}
	q.listed = true
	if len(list) == 0 || len(list) > maxTo {
		r.wrong(at, fmt.Sprintf("must have 1 to %d numbers", maxTo))
		return nil
	}
	for i, item := range list {
		number, ok := asString(item)
		if !ok {
			r.wrong(fmt.Sprintf("%s/%d", at, i), "must be a string")
		}
		q.to = append(q.to, number)
	}
	return nil
}

// option reads one of the options, to be checked with the others.
func (r *reader) option(at, name string, q *sendRequest) error {
	var value string
	err := r.text(at, &value)
	q.options = append(q.options, optionRequest{name, value})
	return err
}

// files reads the list of attachments, one at a time.
func (r *reader) files(at string, files *[]fileRequest) error {
	return r.list(at, func(item string) error {
		if len(*files) == maxAttachments {
			return invalid{{at, fmt.Sprintf("must have at most %d attachments", maxAttachments)}}
		}
		var f fileRequest
		err := r.object(item, members{
			"name":    func(at string) error { return r.text(at, &f.name) },
			"type":    func(at string) error { return r.text(at, &f.kind) },
			"content": func(at string) error { return r.base64(at, &f.data) },
		}, "name", "content")
		*files = append(*files, f)
		return err
	})
}
