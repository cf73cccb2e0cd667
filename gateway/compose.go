package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"securetext/gateway/virus"
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
	Files   []Attachment
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
	q, err := d.request()
	if err != nil {
		return complain(err)
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

// request is the draft as a post would say it.
func (d Draft) request() (*sendRequest, error) {
	q := &sendRequest{to: []string{d.To}, subject: d.Subject, text: d.Text}
	for name, value := range d.Options {
		if value != "" {
			q.options = append(q.options, optionRequest{name, value})
		}
	}
	if len(d.Files) > maxAttachments {
		return nil, invalid{{"/attachments", fmt.Sprintf("must be at most %d files", maxAttachments)}}
	}
	size := len(d.Text)
	for _, f := range d.Files {
		q.attachments = append(q.attachments, fileRequest{name: f.Name, data: f.Data})
		size += len(f.Data)
	}
	if size > maxContent {
		return nil, invalid{{"/attachments", "must have at most 25 MB together"}}
	}
	return q, nil
}

// aboutForm are the fields of a form that verdicts are about. Any other verdict is
// about all of it.
var aboutForm = map[string][]error{
	"to":          {errCountry, errPremium, errOptedOut, errBlocked, errLandline, errDead, errNotMine, errNobody},
	"passcode":    {errNoPasscode},
	"attachments": {errVirus, virus.ErrTooLarge},
}

// fieldOf is the field that an error is about, by where its post would be wrong.
func fieldOf(err error, pointer string) string {
	var d declined
	if !errors.As(err, &d) {
		field, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		return field
	}
	for field, verdicts := range aboutForm {
		if slices.ContainsFunc(verdicts, func(v error) bool { return errors.Is(err, v) }) {
			return field
		}
	}
	return ""
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
		list = append(list, Complaint{fieldOf(err, e.Pointer), e.Detail})
	}
	return "", list, nil
}
