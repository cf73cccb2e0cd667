package letter

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"unicode/utf8"

	"securetext/store"
)

// frameStyle is all the style that a message gets: it brings none of its own.
//
//go:embed frame.css
var frameStyle string

// FramePolicy lets the frame show text and its own pixels, and do nothing.
var FramePolicy = func() string {
	sum := sha256.Sum256([]byte(frameStyle))
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
}()

// Frame is the document that shows a message's HTML, sanitised, with what follows
// its fold folded away under a label. Send it under [FramePolicy].
func Frame(lang string, content store.Content, images map[string]string, label string) string {
	first, rest := folded(content.HTML, content.HTMLFold)
	body := sanitise(first, images)
	if rest != "" {
		body += "<details><summary>" + html.EscapeString(label) + "</summary>" + sanitise(rest, images) + "</details>"
	}
	return frame(lang, body)
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
