package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/sms"
	"securetext/store"
)

// options are those of the form, by their names in the API.
var options = []string{
	"expires_in", "lang", "notify", "ack", "reply", "read_by", "remind", "send_at", "time_zone", "reference", "for", "passcode", "passcode_hint",
}

// maxOnce is how long the key of a form is: that of [rand.Text].
const maxOnce = 26

// composePage is what compose.html shows.
type composePage struct {
	Sender    store.Sender
	NoSender  bool
	Draft     Draft
	Languages []string
	Zone      string      // in which the time is given when it goes out
	Phrases   []phraseRow // the org's ready texts
	Preview   string      // of the text; empty: not asked for
	Taken, Of int         // how much of the one text that is, and how much that holds
	Fine      bool        // nothing was found against it
	Again     []string    // files that are to be chosen again: browsers keep none
	Problems  map[string]string
	Others    []string // problems of no field
}

// Choices reports whether something is wrong with what stands under more choices.
func (p composePage) Choices() bool {
	return slices.ContainsFunc(options, func(name string) bool { return p.Problems[name] != "" })
}

// showCompose serves GET /compose.
func (s *Console) showCompose(c echo.Context, v visit) error {
	p, err := s.composePage(c.Request().Context(), v)
	if err != nil {
		return err
	}
	p.Draft.Once = rand.Text()
	return s.render(c, http.StatusOK, "compose.html", v, p)
}

func (s *Console) composePage(ctx context.Context, v visit) (p composePage, err error) {
	if v.Own.ID == "" {
		return composePage{NoSender: true}, nil
	}
	p = composePage{Sender: v.Own, Languages: s.desk.Languages(), Zone: zoneOf(v.Org).String()}
	p.Phrases, err = s.phrases(ctx, v)
	return p, err
}

// compose serves POST /compose: a ready text put in, a look at what the patient will
// get, or the message itself on its way.
func (s *Console) compose(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	p, err := s.composePage(ctx, v)
	if err != nil {
		return err
	}
	if p.NoSender {
		return errRole
	}
	w, err := s.readWritten(c)
	defer func() { w.leave() }()
	if err != nil {
		return err
	}
	p.Draft = s.draft(c, v, w)
	switch act := w.get("act"); {
	case act == "phrase":
		p.put(store.PhraseID(w.get("phrase")))
		return s.composeAgain(c, v, p, w)
	case w.wrong != "":
		p.complain([]Complaint{{"attachments", w.wrong}})
		return s.composeAgain(c, v, p, w)
	default:
		return s.judge(c, v, p, w, act == "send")
	}
}

// judge has the draft looked at and, if it is to be sent and nothing is found
// against it, taken in.
func (s *Console) judge(c echo.Context, v visit, p composePage, w written, send bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), patience)
	defer cancel()
	asked := p.Draft
	asked.Options = maps.Clone(asked.Options)
	asked.Options["send_at"] = onClock(asked.Options["send_at"], zoneOf(v.Org))
	id, complaints, err := s.desk.Compose(ctx, asked, !send)
	if err != nil {
		return fmt.Errorf("compose: %w", err)
	}
	if send && len(complaints) == 0 {
		s.desk.Nudge()
		return toPage(c, "/messages/"+string(id), "sent")
	}
	p.complain(complaints)
	if !send {
		if p.Preview, err = s.desk.Preview(v.Org, sms.NewMessage, p.Draft.Options["lang"]); err != nil {
			return fmt.Errorf("preview: %w", err)
		}
		p.Taken, p.Of, _ = sms.Room(p.Preview)
		p.Fine = len(complaints) == 0
	}
	return s.composeAgain(c, v, p, w)
}

// composeAgain shows the form with all that was typed.
func (s *Console) composeAgain(c echo.Context, v visit, p composePage, w written) error {
	status := http.StatusOK
	if len(p.Problems)+len(p.Others) > 0 {
		status = http.StatusUnprocessableEntity
	}
	p.Again = w.names()
	p.Draft.Files = nil
	p.Draft.Once = cmp.Or(p.Draft.Once, rand.Text())
	return s.render(c, status, "compose.html", v, p)
}

func (s *Console) draft(c echo.Context, v visit, w written) Draft {
	d := Draft{
		Sender: v.Own, By: s.actor(c, v), To: w.line("to"), Subject: w.line("subject"), Text: w.get("text"), Files: w.files,
		Options: map[string]string{}, Once: w.get("once"),
	}
	d.Once = d.Once[:min(len(d.Once), maxOnce)]
	for _, name := range options {
		d.Options[name] = w.line(name)
	}
	return d
}

// onClock is a time as the API has it, of one as it was chosen by the org's clock. What
// is none stays as it is, for the intake to say so.
func onClock(typed string, zone *time.Location) string {
	t, err := time.ParseInLocation("2006-01-02T15:04", typed, zone)
	if err != nil {
		return typed
	}
	return t.Format(time.RFC3339)
}

// put adds a ready text to what was typed, of which nothing is lost.
func (p *composePage) put(id store.PhraseID) {
	i := slices.IndexFunc(p.Phrases, func(one phraseRow) bool { return one.ID == id })
	if i < 0 {
		return
	}
	said := p.Phrases[i].Wording
	p.Draft.Subject = cmp.Or(p.Draft.Subject, said.Subject)
	if strings.TrimSpace(p.Draft.Text) == "" {
		p.Draft.Text = said.Text
	} else {
		p.Draft.Text = strings.TrimRight(p.Draft.Text, "\r\n") + "\n\n" + said.Text
	}
}

// complain puts each complaint beside its field.
func (p *composePage) complain(list []Complaint) {
	p.Problems = map[string]string{}
	fields := append([]string{"to", "subject", "text", "attachments"}, options...)
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
