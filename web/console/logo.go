package console

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/pickup/photo"
	"securetext/store"
	"securetext/web"
)

const (
	logoPath = settingsPath + "/logo"
	// logoUpload is the most bytes of a picture that is sent in.
	logoUpload = 50 << 10
)

// previewPolicy lets a page show a picture that stands in it.
var previewPolicy = strings.Replace(web.ContentSecurityPolicy, "img-src 'self'", "img-src 'self' data:", 1)

// logoPage is what logo.html shows.
type logoPage struct {
	Problem string
	Version int64
}

// showLogo serves GET /settings/logo.
func (s *Console) showLogo(c echo.Context, v visit) error {
	return s.render(c, http.StatusOK, "logo.html", v, logoPage{Version: v.Org.Version})
}

// showPicture serves GET /settings/logo/picture, which is the logo of now.
func (s *Console) showPicture(c echo.Context, v visit) error {
	p, err := s.store.Logo(c.Request().Context(), v.Org.Logo.ID)
	if err != nil {
		return fmt.Errorf("load logo: %w", err)
	}
	return c.Blob(http.StatusOK, p.Type, p.Data)
}

// previewLogo serves POST /settings/logo. The picture is made anew and shown, and
// goes along with the form; nothing of it is kept yet.
func (s *Console) previewLogo(c echo.Context, v visit) error {
	after, picture, err := s.readLogo(c, v)
	if problem := logoProblem(err); problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "logo.html", v, logoPage{problem, v.Org.Version})
	}
	if err != nil {
		return err
	}
	p, err := s.preview(c, v, after)
	if err != nil {
		return err
	}
	p.Title, p.Action, p.Back, p.Logo = "Logo", logoPath, logoPath, after.Logo
	if picture != nil {
		data := base64.StdEncoding.EncodeToString(picture.Data)
		p.Hidden = []choice{{"picture", data}}
		p.Picture = template.URL("data:" + picture.Type + ";base64," + data)
		c.Response().Header().Set(echo.HeaderContentSecurityPolicy, previewPolicy)
	}
	return s.render(c, http.StatusOK, "preview.html", v, p)
}

// setLogo serves POST /settings/logo/set.
func (s *Console) setLogo(c echo.Context, v visit) error {
	after, picture, err := s.readLogo(c, v)
	if problem := logoProblem(err); problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "logo.html", v, logoPage{problem, v.Org.Version})
	}
	if err != nil {
		return err
	}
	err = s.store.SetOrg(c.Request().Context(), store.OrgChange{Org: after, Picture: picture, By: s.actor(c, v), At: s.now()})
	if errors.Is(err, store.ErrConflict) {
		return toPage(c, logoPath, "changed")
	}
	if err != nil {
		return fmt.Errorf("change logo: %w", err)
	}
	return toPage(c, settingsPath, "settings")
}

// What may be wrong with a logo, besides what [photo.Drawn] finds.
var (
	errNoLogo    = errors.New("there is no picture")
	errLargeLogo = errors.New("the picture has too many bytes")
	errMeanwhile = errors.New("the settings were changed meanwhile")
)

// logoProblem is what there is to say of a picture, by its word in logo.html.
func logoProblem(err error) string {
	for _, p := range []struct {
		err  error
		word string
	}{{errNoLogo, "none"}, {errLargeLogo, "large"}, {errMeanwhile, "meanwhile"}, {photo.ErrTooLarge, "pixels"}, {photo.ErrDamaged, "damaged"}} {
		if errors.Is(err, p.err) {
			return p.word
		}
	}
	return ""
}

// readLogo is the org with the logo that was sent in, or without any: what comes from
// a browser is made anew, also what a preview gave it.
func (s *Console) readLogo(c echo.Context, v visit) (after store.Org, p *store.Picture, err error) {
	err = c.Request().ParseMultipartForm(formLimit)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return after, nil, errLargeLogo
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return after, nil, fmt.Errorf("%w (%T)", errBadForm, err)
	}
	if after = v.Org; c.FormValue("version") != strconv.FormatInt(v.Org.Version, 10) {
		return after, nil, errMeanwhile
	}
	if after.Logo = (store.Logo{}); c.FormValue("none") == "yes" {
		if v.Org.Logo.ID == "" {
			return after, nil, errNoLogo
		}
		return after, nil, nil
	}
	data, err := sentPicture(c)
	if err != nil {
		return after, nil, err
	}
	s.drawing.Lock()
	l, err := photo.Drawn(data, http.DetectContentType(data))
	s.drawing.Unlock()
	if err != nil {
		return after, nil, err
	}
	after.Logo = store.Logo{ID: store.NewLogoID(s.now()), Width: l.Width, Height: l.Height}
	return after, &store.Picture{Type: l.Type, Data: l.Data}, nil
}

// sentPicture is the file that was chosen, or what a preview kept of it.
func sentPicture(c echo.Context) ([]byte, error) {
	if kept := c.FormValue("picture"); kept != "" {
		data, err := base64.StdEncoding.DecodeString(kept)
		if err != nil {
			return nil, errNoLogo
		}
		return data, nil
	}
	file, err := c.FormFile("file")
	if err != nil {
		return nil, errNoLogo
	}
	if file.Size > logoUpload {
		return nil, errLargeLogo
	}
	f, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("open what was sent: %w", err)
	}
	defer f.Close()
	return io.ReadAll(f)
}
