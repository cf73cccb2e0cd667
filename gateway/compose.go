package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"securetext/store"
)

// Draft is a message as staff write it into a form: to one number, as it was
// typed. However it is formatted or logged it shows as "[submission]".
type Draft struct {
	Sender  store.Sender
	By      store.Actor
	To      string
	Subject string
	Text    string
	Options map[string]string // by the names that they have in the API; empty: not said
	// Once is a key that the form has, so that a form sent twice makes one message.
	Once string
}

// Format implements [fmt.Formatter] for every verb.
func (d Draft) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[submission]") }

// LogValue implements [slog.LogValuer].
func (d Draft) LogValue() slog.Value { return slog.StringValue("[submission]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (d Draft) MarshalText() ([]byte, error) { return []byte("[submission]"), nil }

// Complaint is what keeps a draft from being sent: the field, by its name in the
// API or empty for all of it, and a sentence.
type Complaint struct{ Field, Why string }

// Compose takes a draft in as if it was posted, and judges it the same way. What
// is the writer's to mend is no error. With dryRun nothing is stored.
func (in *Intake) Compose(ctx context.Context, d Draft, dryRun bool) (store.MessageID, []Complaint, error) {
	org, err := in.Org(ctx, d.Sender.Org)
	if err != nil {
		return "", nil, err
	}
	q := &sendRequest{to: []string{d.To}, subject: d.Subject, text: d.Text}
	for name, value := range d.Options {
		if value != "" {
			q.options = append(q.options, optionRequest{name, value})
		}
	}
	sub, err := q.submission(org, in.Now())
	if err != nil {
		return complain(err)
	}
	sub.Sender, sub.By, sub.Via = d.Sender, d.By, ViaForm
	if d.Once != "" {
		sub.Idempotency = idempotent("form "+d.Once, in.Index, sub)
	}
	how := allOrNone
	if dryRun {
		how = dry
	}
	found, err := in.judge(ctx, org, sub, how)
	if err == nil {
		err = found.err()
	}
	if err != nil || dryRun {
		return complain(err)
	}
	stored, err := in.Accept(ctx, sub)
	if err != nil {
		return complain(err)
	}
	return stored.Messages[0], nil, nil
}

// complain tells what is the writer's to mend from what is ours.
func complain(err error) (store.MessageID, []Complaint, error) {
	p, known := problemFor(err)
	switch {
	case err == nil:
		return "", nil, nil
	case errors.Is(err, store.ErrConflict):
		return "", []Complaint{{Why: "This form was sent before, with other words: please start a new message"}}, nil
	case !known || errors.Is(err, store.ErrUnavailable):
		return "", nil, err
	case len(p.Errors) == 0:
		return "", []Complaint{{Why: p.Detail}}, nil
	}
	var list []Complaint
	for _, e := range p.Errors {
		list = append(list, Complaint{strings.TrimPrefix(e.Pointer, "/"), e.Detail})
	}
	return "", list, nil
}
