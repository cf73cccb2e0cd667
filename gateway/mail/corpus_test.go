package mail_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"securetext/gateway/mail"
)

// corpus is a folder of real, odd and malformed mail that does not come with
// the source.
const corpus = "../../../shared/corpus/mail"

var sentinels = []error{mail.ErrTooLarge, mail.ErrTooComplex, mail.ErrNotMail, mail.ErrUnreadable, mail.ErrTooSlow}

// refused is the sentinel that err wraps, or nil.
func refused(err error) error {
	for _, s := range sentinels {
		if errors.Is(err, s) {
			return s
		}
	}
	return nil
}

func corpusFiles(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("the corpus of mails is not here: " + err.Error())
	}
	var files []string
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "LICENSE" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCorpusIsAcceptedOrRefusedByName(t *testing.T) {
	files := corpusFiles(t)
	accepted, partial, notMail := 0, 0, 0
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		c, err := mail.Parse(raw, mail.DefaultLimits)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %v", path, took)
		}
		switch {
		case err == nil:
			accepted++
			if c.Partial {
				partial++
			}
			checkReadable(t, path, c)
		case errors.Is(err, mail.ErrNotMail):
			notMail++
			t.Logf("%s: %v", path, err)
		case refused(err) == nil:
			t.Errorf("%s: error %v is none of the sentinels", path, err)
		default:
			t.Logf("%s: %v", path, err)
		}
	}
	mails := len(files) - notMail
	t.Logf("%d files, %d not mail; of %d mails %d accepted, %d of them in part", len(files), notMail, mails, accepted, partial)
	if accepted*100 < mails*95 {
		t.Errorf("only %d of %d mails accepted", accepted, mails)
	}
}

// checkReadable holds what every accepted mail must be.
func checkReadable(t *testing.T, name string, c *mail.Content) {
	t.Helper()
	seen := len(c.Attachments)
	if c.Partial {
		seen--
		if last := c.Attachments[seen]; last.Name != "original.eml" || last.Type != "message/rfc822" {
			t.Errorf("%s: partial, and the original is not attached", name)
		}
	}
	if c.Subject == "" && strings.TrimSpace(c.Text) == "" && seen == 0 {
		t.Errorf("%s: accepted with nothing to read", name)
	}
	for _, line := range []string{c.MessageID, c.Subject, c.From.Name, c.From.Addr} {
		if !isCleanLine(line) {
			t.Errorf("%s: %q is not a clean line", name, line)
		}
	}
	for _, a := range c.Attachments {
		if !isCleanLine(a.Name) || a.Name == "" || len(a.Name) > 255 || strings.ContainsAny(a.Name, `/\`) {
			t.Errorf("%s: unsafe file name %q", name, a.Name)
		}
		if !isCleanLine(a.Type) || !strings.Contains(a.Type, "/") || !isCleanLine(a.ContentID) {
			t.Errorf("%s: unsafe type %q or id %q", name, a.Type, a.ContentID)
		}
	}
	checkFolds(t, name, c)
	if c.FromAmbiguous && c.From != (mail.Address{}) {
		t.Errorf("%s: an author, and yet in doubt", name)
	}
}
