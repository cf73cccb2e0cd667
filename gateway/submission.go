package gateway

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"securetext/sms"
	"securetext/sms/phone"
)

const maxFileName = 255 // bytes, the limit of common file systems

// checker makes a [Submission] of a request, and collects what is wrong with it.
type checker struct {
	sub   Submission
	found invalid
}

// submission checks all values of the request at once. National numbers are
// those of region.
func (q *sendRequest) submission(region string) (Submission, error) {
	var c checker
	c.numbers(q, region)
	c.texts(q)
	c.files(q.attachments)
	c.options(q)
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
		c.sub.To = append(c.sub.To, number)
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

func (c *checker) options(q *sendRequest) {
	if q.expiresIn != "" {
		life, ok := parseLife(q.expiresIn)
		if !ok {
			c.wrong("/expires_in", "must be from 1h to 90d, such as 12h or 3d")
		}
		c.sub.Life = life
	}
	if q.lang != "" && !speaks(q.lang) {
		c.wrong("/lang", "must be one of "+strings.Join(sms.Languages(), ", ")+", with or without a region")
	}
	if q.reference != "" && !reference.MatchString(q.reference) {
		c.wrong("/reference", "must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -")
	}
	c.sub.Lang, c.sub.Reference = q.lang, q.reference
}

var (
	reference = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
	mediaType = regexp.MustCompile(`^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}$`)
	langTag   = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)
	span      = regexp.MustCompile(`^([0-9]{1,4})([hd])$`)
)

// speaks reports whether texts can be written in a language (BCP 47).
func speaks(lang string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	return langTag.MatchString(lang) && sms.Speaks(primary)
}

// parseLife reads hours or days, 12h or 3d.
func parseLife(s string) (time.Duration, bool) {
	m := span.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1]) // four digits
	life := time.Duration(n) * time.Hour
	if m[2] == "d" {
		life *= 24
	}
	return life, MinLife <= life && life <= MaxLife
}

// isBaseName reports whether a file may be called so anywhere.
func isBaseName(s string) bool {
	return 0 < len(s) && len(s) <= maxFileName && utf8.ValidString(s) && strings.Trim(s, ". ") != "" &&
		!strings.ContainsAny(s, `/\`) && !strings.ContainsFunc(s, unicode.IsControl)
}
