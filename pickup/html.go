package pickup

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// frameStyle is all the style that a message gets: it brings none of its own.
//
//go:embed frame.css
var frameStyle string

// framePolicy lets the frame show text and its own pixels, and do nothing.
var framePolicy = func() string {
	sum := sha256.Sum256([]byte(frameStyle))
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
}()

// showHTML serves GET /m/:token/html, the sanitised message within the frame of
// its page. It is text that is shown, so it has its own Read event.
func (s *Site) showHTML(c echo.Context, v visit, viewer store.Viewer) error {
	ctx := c.Request().Context()
	sealed, err := s.sealed(c, v, viewer)
	if err != nil {
		return fmt.Errorf("show html: %w", err)
	}
	content, key, err := s.open(c, sealed)
	if err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	images, err := s.images(c, imageSource{v, viewer, sealed, content, key})
	if err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	if err := s.store.Read(ctx, sealed.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, framePolicy)
	body, err := s.folded(c, content, images)
	if err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	return c.HTML(http.StatusOK, frame(sealed.Lang, body))
}

// folded is sanitised HTML, with what follows its fold folded away.
func (s *Site) folded(c echo.Context, content store.Content, images map[string]string) (string, error) {
	first, rest := folded(content.HTML, content.HTMLFold)
	body := sanitise(first, images)
	if rest == "" {
		return body, nil
	}
	label, err := s.renderer.Say(c, "message.earlier")
	if err != nil {
		return "", err
	}
	return body + "<details><summary>" + html.EscapeString(label) + "</summary>" + sanitise(rest, images) + "</details>", nil
}

// frame is the document around sanitised HTML.
func frame(lang, body string) string {
	return `<!doctype html><html lang="` + html.EscapeString(lang) + `"><head><meta charset="utf-8">` +
		`<meta name="viewport" content="width=device-width, initial-scale=1"><title>Message</title>` +
		`<style>` + frameStyle + `</style></head><body><main dir="auto">` + body + `</main></body></html>`
}

// frameHeight guesses how tall the frame must be for a phone to show all of it
// at once. It cannot be measured: the frame runs no script, and no other page
// may look inside. Where the guess is short, the frame scrolls.
func frameHeight(content store.Content) int {
	const (
		perLine, line    = 34, 30 // characters; pixels
		image            = 200
		margin, low, top = 60, 200, 6000
	)
	height, column := margin, 0
	shown, _ := folded(content.Text, content.TextFold)
	for _, r := range shown {
		column++
		if r == '\n' || column > perLine {
			height, column = height+line, 0
		}
	}
	if content.Text == "" {
		height += utf8.RuneCountInString(content.HTML) / perLine * line / 4 // most of it is tags
	}
	for _, a := range content.Attachments {
		if a.Inline {
			height += image
		}
	}
	return min(max(height+line, low), top)
}
