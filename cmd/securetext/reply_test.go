package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// writeBack is "write TEXT [FILE...]": what is typed and chosen in the form under
// the message that is shown, as a browser sends it.
func writeBack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: write TEXT [FILE...]")
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	s := ts.Value("world").(*scripted)
	action, err := s.replyForm(w)
	ts.Check(err)
	ts.Check(w.WriteField("text", args[0]))
	for _, name := range args[1:] {
		part, err := w.CreateFormFile("files", name)
		ts.Check(err)
		_, err = part.Write([]byte(ts.ReadFile(name)))
		ts.Check(err)
	}
	ts.Check(w.Close())
	req, err := http.NewRequestWithContext(s.patient.ctx, http.MethodPost, action, &body)
	ts.Check(err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	out, err := s.show(s.patient.do(req))
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), out)
}

// replyForm begins a form with the hidden fields of the page's, and gives where it
// goes.
func (s *scripted) replyForm(w *multipart.Writer) (action string, err error) {
	for form := range s.page.root.Descendants() {
		if form.Data != "form" || !strings.HasSuffix(attr(form, "action"), "/reply") {
			continue
		}
		to, err := s.page.at.Parse(attr(form, "action"))
		if err != nil {
			return "", err
		}
		return to.String(), w.WriteField("nonce", fields(form).Get("nonce"))
	}
	return "", fmt.Errorf("the page has no form to write back by")
}
