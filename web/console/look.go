package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
	"securetext/web"
	"securetext/web/letter"
)

// lookPolicy is that of the patient's page within one of ours: it shows what there
// is and does nothing, even if somebody opens it by itself.
var lookPolicy = strings.Replace(web.ContentSecurityPolicy, "frame-ancestors 'none'", "frame-ancestors 'self'", 1) +
	"; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads"

// errPrefetch refuses content to a browser that fetches it ahead of need.
var errPrefetch = errors.New("content was fetched ahead of need")

// lookPage is what look.html shows.
type lookPage struct {
	Row messageRow
	At  string // the page as the patient sees it
}

// sentAt is where a message is shown as its patient sees it.
func sentAt(id store.MessageID) string { return "/messages/" + string(id) + "/look/page" }

// look serves GET /messages/:id/look: a page of ours around the patient's.
func (s *Console) look(c echo.Context, v visit) error {
	m, err := s.ownMessage(c, v)
	if err != nil {
		return err
	}
	rows, err := s.rows(c.Request().Context(), v, []store.MessageInfo{m})
	if err != nil {
		return err
	}
	if rows[0].Ended {
		return toPage(c, "/messages/"+string(m.ID), "over")
	}
	return s.render(c, http.StatusOK, "look.html", v, lookPage{rows[0], sentAt(m.ID)})
}

// showSent serves GET /messages/:id/look/page: the message to who wrote it, by the
// patient's own template.
func (s *Console) showSent(c echo.Context, v visit) error {
	sealed, content, _, err := s.openSent(c, v)
	if err != nil {
		return fmt.Errorf("show sent message: %w", err)
	}
	p := letter.NewPage(sentAt(sealed.ID), sealed, content, c.QueryParam("view") == "text")
	if sealed.Reply {
		p.Reply = &letter.Form{Action: p.At}
	}
	return s.renderLetter(c, "message.html", sealed, p)
}

// openSent opens what the person wrote. It is on record before.
func (s *Console) openSent(c echo.Context, v visit) (store.Sealed, store.Content, seal.Key, error) {
	ctx := c.Request().Context()
	if web.Prefetch(c.Request()) {
		return store.Sealed{}, store.Content{}, seal.Key{}, errPrefetch
	}
	sealed, err := s.store.OpenSent(ctx, s.correspondent(c, v), store.MessageID(c.Param("id")), s.now())
	if err != nil {
		return sealed, store.Content{}, seal.Key{}, err
	}
	content, key, err := sealed.Open(ctx, s.keys)
	return sealed, letter.Shown(content), key, err
}

// renderLetter shows a page of the patients' within one of ours.
func (s *Console) renderLetter(c echo.Context, name string, m store.Sealed, data any) error {
	ctx := c.Request().Context()
	list, err := s.store.Recipients(ctx, m.Org, []store.RecipientID{m.Recipient})
	if err != nil || len(list) != 1 {
		return fmt.Errorf("find recipient: %w", errors.Join(err, store.ErrNotFound))
	}
	_, who, err := s.whose(ctx, list[0])
	if err != nil {
		return err
	}
	web.SetLanguage(c, m.Lang)
	var out bytes.Buffer
	if err := s.letters.Render(&out, name, web.Page{Org: m.OrgName, Phone: m.OrgPhone, For: who.Written(), Data: data}, c); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, lookPolicy)
	return c.HTMLBlob(http.StatusOK, out.Bytes())
}

// showSentHTML serves GET /messages/:id/look/page/html, within the frame of that page.
func (s *Console) showSentHTML(c echo.Context, v visit) error {
	sealed, content, key, err := s.openSent(c, v)
	if err != nil {
		return fmt.Errorf("show html of sent message: %w", err)
	}
	images, err := letter.Images(sealed, content, key, func(part int) (store.SealedAttachment, error) {
		return s.store.OpenSentFile(c.Request().Context(), s.correspondent(c, v), sealed.ID, part, s.now())
	})
	if err != nil {
		return fmt.Errorf("show html of sent message %s: %w", sealed.ID, err)
	}
	web.SetLanguage(c, sealed.Lang)
	label, err := s.letters.Say(c, "message.earlier")
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, letter.FramePolicy)
	return c.HTML(http.StatusOK, letter.Frame(sealed.Lang, content, images, label))
}

// sentFile opens the attachment that the address names.
func (s *Console) sentFile(c echo.Context, v visit) (letter.File, store.Sealed, error) {
	ctx := c.Request().Context()
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil {
		return letter.File{}, store.Sealed{}, store.ErrNotFound
	}
	if web.Prefetch(c.Request()) {
		return letter.File{}, store.Sealed{}, errPrefetch
	}
	a, err := s.store.OpenSentFile(ctx, s.correspondent(c, v), store.MessageID(c.Param("id")), part, s.now())
	if err != nil {
		return letter.File{}, store.Sealed{}, fmt.Errorf("open file of sent message: %w", err)
	}
	content, key, err := a.Open(ctx, s.keys)
	if err != nil {
		return letter.File{}, store.Sealed{}, fmt.Errorf("open file of sent message %s: %w", a.ID, err)
	}
	f, ok := letter.FileOf(a, content, key)
	if !ok {
		return letter.File{}, store.Sealed{}, store.ErrNotFound
	}
	return f, a.Sealed, nil
}

// saveSentFile serves GET /messages/:id/look/page/a/:part, as a download.
func (s *Console) saveSentFile(c echo.Context, v visit) error {
	f, _, err := s.sentFile(c, v)
	if err != nil {
		return err
	}
	return save(c, f)
}

// viewSentFile serves GET /messages/:id/look/page/a/:part/view, a page around it.
func (s *Console) viewSentFile(c echo.Context, v visit) error {
	f, m, err := s.sentFile(c, v)
	if err != nil {
		return err
	}
	at := sentAt(m.ID)
	p, err := letter.NewView(at, at+"/a/"+strconv.Itoa(f.Part), f, c.QueryParam("size") == "large")
	if err != nil {
		return fmt.Errorf("view file of sent message %s: %w", m.ID, err)
	}
	return s.renderLetter(c, "view.html", m, p)
}

// showSentFile serves GET /messages/:id/look/page/a/:part/shown: what that page shows.
func (s *Console) showSentFile(c echo.Context, v visit) error {
	f, _, err := s.sentFile(c, v)
	if err != nil {
		return err
	}
	return show(c, f)
}

// save sends a file to be put away, and show one to be seen within a page of ours,
// if it is of a sort that may be (S20).
func save(c echo.Context, f letter.File) error {
	f.Saved(c.Response().Header())
	return f.Send(c.Response())
}

func show(c echo.Context, f letter.File) error {
	shown, err := f.Viewable()
	if err != nil {
		return fmt.Errorf("show file: %w", err)
	}
	if !shown {
		return store.ErrNotFound
	}
	f.InPlace(c.Response().Header())
	return f.Send(c.Response())
}
