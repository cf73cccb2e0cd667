package console

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/sms"
	"securetext/store"
)

// options are those of the form, by their names in the API.
var options = []string{"expires_in", "lang", "notify", "ack", "read_by", "reference", "for", "passcode", "passcode_hint"}

// maxOnce is how long the key of a form is: that of [rand.Text].
const maxOnce = 26

// composePage is what compose.html shows.
type composePage struct {
	Sender    store.Sender
	NoSender  bool
	Draft     Draft
	Languages []string
	Preview   string // of the text; empty: not asked for
	Problems  map[string]string
	Others    []string // problems of no field
}

// showCompose serves GET /compose.
func (s *Console) showCompose(c echo.Context, v visit) error {
	p, err := s.composePage(c, v)
	if err != nil {
		return err
	}
	p.Draft.Once = rand.Text()
	return s.render(c, http.StatusOK, "compose.html", v, p)
}

func (s *Console) composePage(c echo.Context, v visit) (composePage, error) {
	own, err := s.ownSender(c.Request().Context(), v)
	if errors.Is(err, store.ErrNotFound) {
		return composePage{NoSender: true}, nil
	}
	return composePage{Sender: own, Languages: s.desk.Languages()}, err
}

// compose serves POST /compose: a look at what the patient will get, or the message
// itself on its way.
func (s *Console) compose(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := s.composePage(c, v)
	if err != nil {
		return err
	}
	if p.NoSender {
		return errRole
	}
	p.Draft = s.draft(c, v, f, p.Sender)
	send := f.get("act") == "send"
	id, complaints, err := s.desk.Compose(c.Request().Context(), p.Draft, !send)
	if err != nil {
		return fmt.Errorf("compose: %w", err)
	}
	if send && len(complaints) == 0 {
		s.desk.Nudge()
		return toPage(c, "/messages/"+string(id), "sent")
	}
	if len(complaints) > 0 {
		p.complain(complaints)
		return s.render(c, http.StatusUnprocessableEntity, "compose.html", v, p)
	}
	if p.Preview, err = s.desk.Preview(v.Org, sms.NewMessage, p.Draft.Options["lang"]); err != nil {
		return fmt.Errorf("preview: %w", err)
	}
	return s.render(c, http.StatusOK, "compose.html", v, p)
}

func (s *Console) draft(c echo.Context, v visit, f form, from store.Sender) Draft {
	d := Draft{
		Sender: from, By: s.actor(c, v), To: f.line("to"), Subject: f.line("subject"), Text: f.get("text"),
		Options: map[string]string{}, Once: f.get("once"),
	}
	d.Once = d.Once[:min(len(d.Once), maxOnce)]
	for _, name := range options {
		d.Options[name] = f.line(name)
	}
	return d
}

// complain puts each complaint beside its field.
func (p *composePage) complain(list []Complaint) {
	p.Problems = map[string]string{}
	fields := append([]string{"to", "subject", "text"}, options...)
	for _, complaint := range list {
		if slices.Contains(fields, complaint.Field) {
			p.Problems[complaint.Field] = sentence(complaint.Why)
		} else {
			p.Others = append(p.Others, sentence(complaint.Why))
		}
	}
}

// sentence makes one of what is said of a value: "must not be empty", "not a phone
// number".
func sentence(why string) string {
	if strings.HasPrefix(why, "must ") || strings.HasPrefix(why, "is ") {
		why = "this " + why
	}
	if why == "" {
		return ""
	}
	return strings.ToUpper(why[:1]) + strings.TrimSuffix(why[1:], ".") + "."
}
