package mail_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
)

// TestNaughtyStrings sends strings that programs stumble over as subject, file
// name and body at once, each in the encoding made for it. The body must come
// back as it was sent, but for control characters.
func TestNaughtyStrings(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/corpus/naughty-strings.json")
	if err != nil {
		t.Skip("the corpus of strings is not here: " + err.Error())
	}
	var naughty []string
	if err := json.Unmarshal(raw, &naughty); err != nil {
		t.Fatal(err)
	}
	for _, s := range naughty {
		coded := base64.StdEncoding.EncodeToString([]byte(s))
		c := parse(t, "Subject: =?utf-8?b?"+coded+"?=\n"+
			"Content-Type: multipart/mixed; boundary=edge\n\n"+
			"--edge\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"+coded+"\n"+
			"--edge\nContent-Type: image/png\nContent-Disposition: attachment; filename*=utf-8''"+url.PathEscape(s)+"\n\nx\n--edge--\n")
		if c.Partial || len(c.Attachments) != 1 {
			t.Errorf("%q: partial %v, %d attachments", s, c.Partial, len(c.Attachments))
		}
		if got, want := strings.TrimSpace(c.Text), strings.TrimSpace(s); got != want && !hasControls(s) {
			t.Errorf("sent %q, got %q", want, got)
		}
	}
}

func hasControls(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\ufeff' })
}
