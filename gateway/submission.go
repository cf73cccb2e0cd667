package gateway

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"securetext/gateway/option"
	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
)

const maxFileName = 255 // bytes, the limit of common file systems

// checker makes a [Submission] of a request, and collects what is wrong with it.
type checker struct {
	sub   Submission
	found invalid
}

// submission checks all values of the request at once, as a request of the org.
func (q *sendRequest) submission(org store.Org, now time.Time) (Submission, error) {
	var c checker
	c.numbers(q, org.Region)
	c.texts(q)
	c.files(q.attachments)
	c.options(q, org.Life, now)
	if len(c.found) > 0 {
		return Submission{}, c.found
	}
	return c.sub, nil
}

func (c *checker) wrong(at, detail string) { c.found = append(c.found, fieldError{at, detail}) }

func (c *checker) numbers(q *sendRequest, region string) {
	for i, written := range q.to {
		number, err := phone.Parse(written, region)
		if err != nil {
			at := "/to"
			if q.listed {
				at += "/" + strconv.Itoa(i)
			}
			c.wrong(at, err.Error()) // which repeats nothing of the number
			continue
		}
		c.sub.To = append(c.sub.To, Target{Number: number})
	}
}

func (c *checker) texts(q *sendRequest) {
	switch {
	case strings.TrimSpace(q.subject) == "":
		c.wrong("/subject", "must not be empty")
	case len(q.subject) > maxSubject:
		c.wrong("/subject", fmt.Sprintf("must have at most %d bytes", maxSubject))
	case strings.ContainsFunc(q.subject, unicode.IsControl):
		c.wrong("/subject", "must be one line without control characters")
	}
	if strings.TrimSpace(q.text) == "" {
		c.wrong("/text", "must not be empty")
	}
	c.sub.Subject, c.sub.HTML = q.subject, q.html
	c.sub.Text = strings.ReplaceAll(q.text, "\r\n", "\n")
}

func (c *checker) files(files []fileRequest) {
	for i, f := range files {
		at := "/attachments/" + strconv.Itoa(i)
		if !isBaseName(f.name) {
			c.wrong(at+"/name", fmt.Sprintf("must be a file's name of 1 to %d bytes, without a path", maxFileName))
		}
		if f.kind != "" && !mediaType.MatchString(f.kind) {
			c.wrong(at+"/type", "must be a media type such as application/pdf")
		}
		c.sub.Attachments = append(c.sub.Attachments, Attachment{Name: f.name, Data: f.data})
	}
}

// options checks what was asked for each message. It comes after the numbers.
func (c *checker) options(q *sendRequest, life time.Duration, now time.Time) {
	form := option.NewForm(option.JSON, sms.Languages)
	for _, o := range q.options {
		c.option(form.Set(o.name, o.value))
	}
	c.option(form.Options.Check(option.JSON, life, now))
	for i := range c.sub.To {
		c.sub.To[i].Options = form.Options
	}
}

// option takes the error of a form, if it is one.
func (c *checker) option(err error) {
	if refusal, ok := errors.AsType[*option.Refusal](err); ok {
		c.wrong("/"+refusal.Name, refusal.Why)
	}
}

var mediaType = regexp.MustCompile(`^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}$`)

// isBaseName reports whether a file may be called so anywhere.
func isBaseName(s string) bool {
	return 0 < len(s) && len(s) <= maxFileName && utf8.ValidString(s) && strings.Trim(s, ". ") != "" &&
		!strings.ContainsAny(s, `/\`) && !strings.ContainsFunc(s, unicode.IsControl)
}
