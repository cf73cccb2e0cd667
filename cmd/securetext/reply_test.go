package main

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// upload is a file that a patient chooses.
type upload struct{ name, content string }

// writeBack is "write TEXT [FILE...]": what is typed and chosen in the form under
// the message that is shown, as a browser sends it.
func writeBack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: write TEXT [FILE...]")
	}
	var files []upload
	for _, name := range args[1:] {
		files = append(files, upload{name, ts.ReadFile(name)})
	}
	s := ts.Value("world").(*scripted)
	out, err := s.show(s.patient.write(s.page, args[0], files...))
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), out)
}

// write sends the form under a message, and gives the page that it leads to.
func (b *browser) write(p *page, text string, files ...upload) (*page, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	action, err := replyForm(p, w)
	err = errors.Join(err, w.WriteField("text", text))
	for _, f := range files {
		part, failed := w.CreateFormFile("files", f.name)
		if failed == nil {
			_, failed = part.Write([]byte(f.content))
		}
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, action, &body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

// replyForm begins a form with the hidden fields of the page's, and gives where it
// goes.
func replyForm(p *page, w *multipart.Writer) (action string, err error) {
	for form := range p.root.Descendants() {
		if form.Data != "form" || !strings.HasSuffix(attr(form, "action"), "/reply") {
			continue
		}
		to, err := p.at.Parse(attr(form, "action"))
		if err != nil {
			return "", err
		}
		return to.String(), w.WriteField("nonce", fields(form).Get("nonce"))
	}
	return "", errors.New("the page has no form to write back by")
}
