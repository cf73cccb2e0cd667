package pickup_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// textBrowser is the path of w3m.
func textBrowser(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("w3m")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("no w3m here: the pages are not tried in a text browser")
	}
	return path
}

var (
	linkNumbers = regexp.MustCompile(`\[\d+\]`)
	pageLinks   = regexp.MustCompile(`<a [^>]*href="([^"#]+)"`)
	pageFields  = regexp.MustCompile(`<input [^>]*type="(?:text|password|file)"[^>]*>`)
	pageLines   = regexp.MustCompile(`<textarea [^>]*rows="(\d+)"`) // each is shown as a field
	shownFields = regexp.MustCompile(`\[[^\]\d][^\]]*\]`)
)

// A text browser knows no style sheets: all that a page says is shown, once and
// in its order, links can be followed and fields stand below their labels.
func TestPagesInATextBrowser(t *testing.T) {
	w3m := textBrowser(t)
	everyPage(t, "en", func(name string, p page) {
		cmd := exec.CommandContext(t.Context(), w3m, "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "70",
			"-o", "display_link_number=1")
		cmd.Stdin = strings.NewReader(p.text)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("w3m: %v", err)
		}
		shown, references, _ := strings.Cut(string(out), "References:")
		if missing := firstMissing(t, p.text, shown); missing != "" {
			t.Errorf("%s: %s:\n%s", name, missing, shown)
		}
		for _, link := range pageLinks.FindAllStringSubmatch(p.text, -1) {
			if strings.Contains(link[0], "stylesheet") || strings.Contains(references, link[1]) {
				continue
			}
			t.Errorf("%s: no link leads to %s", name, link[1])
		}
		want := len(pageFields.FindAllString(p.text, -1))
		for _, rows := range pageLines.FindAllStringSubmatch(p.text, -1) {
			n, err := strconv.Atoi(rows[1])
			if err != nil {
				t.Fatal(err)
			}
			want += n
		}
		got := len(shownFields.FindAllString(linkNumbers.ReplaceAllString(shown, ""), -1))
		if got != want {
			t.Errorf("%s: %d fields are shown, want %d:\n%s", name, got, want, shown)
		}
	})
}

// firstMissing tells which fixed text is not where it should be; empty: all are.
func firstMissing(t *testing.T, page, shown string) string {
	rest := strings.Join(strings.Fields(linkNumbers.ReplaceAllString(shown, "")), " ")
	for _, text := range fixed(t, page) {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			return fmt.Sprintf("%q is missing, or not in its place", text)
		}
		rest = after
	}
	return ""
}

func TestLinesOfAMessageInATextBrowser(t *testing.T) {
	w3m := textBrowser(t)
	c := newClinic(t)
	d := c.deliver(plain("Dear Mrs. Bell,\n\nyour blood test is fine.\nDr. Reyes"))
	cmd := exec.CommandContext(t.Context(), w3m, "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8")
	cmd.Stdin = strings.NewReader(c.enrolled(d).get(d.path()).text)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("w3m: %v", err)
	}
	if want := "\nDear Mrs. Bell,\n\nyour blood test is fine.\nDr. Reyes\n"; !strings.Contains(string(out), want) {
		t.Errorf("got %s\nwant the lines %q", out, want)
	}
}
