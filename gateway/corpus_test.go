package gateway

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestCorpus sends real, odd and malformed mail through the real port. Each is
// stored and readable, or refused for good with its reason, within two seconds.
func TestCorpus(t *testing.T) {
	const corpus = "../../shared/corpus/mail"
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("the corpus is not here: it is no part of the source")
	}
	c := newClinic(t, "*")
	addr, _ := c.serveSMTP(t, nil)
	names := map[string]string{} // by message id
	refusals := map[string]int{}
	err := filepath.WalkDir(corpus, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		begun := time.Now()
		reply := c.sendFile(t, addr, path)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s: %q took %v", path, reply, took)
		}
		if id, ok := strings.CutPrefix(reply, "250 2.6.0 Stored as "); ok {
			names[id] = path
		} else if strings.HasPrefix(reply, "5") {
			refusals[reply]++
		} else {
			t.Errorf("%s: got %q", path, reply)
		}
		return nil
	})
	must(t, err)
	got := c.read(t)
	if len(got) != len(names) || len(got) == 0 {
		t.Errorf("%d mails were answered 250 and %d can be read", len(names), len(got))
	}
	for _, m := range got {
		if strings.TrimSpace(m.Subject+m.Text+m.HTML) == "" && len(m.files) == 0 {
			t.Errorf("%s: there is nothing to read", names[string(m.ID)])
		}
	}
	t.Logf("%d stored, refused: %v", len(got), refusals)
}

// sendFile sends a file as mail programs do: lines end in CR LF, whatever they
// ended in before.
func (c *clinic) sendFile(t *testing.T, addr, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r\n."), []byte("\r\n.."))
	if bytes.HasPrefix(raw, []byte(".")) {
		raw = append([]byte("."), raw...)
	}
	d := c.dialIn(t, addr)
	defer d.Close()
	reply := d.mail("anyone@anywhere.example", strconv.Itoa(2114367789)+"@secure.text", string(bytes.TrimSuffix(raw, []byte("\r\n"))))
	return reply
}
