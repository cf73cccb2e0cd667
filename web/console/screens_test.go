package console_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"securetext/web/webtest"
)

// maxScreens is what all pictures of the console may weigh together.
const maxScreens = 1_500_000

// The pictures are taken for SCREENS only: what they show is tested elsewhere.
func TestBrowserScreens(t *testing.T) {
	dir := os.Getenv("SCREENS")
	if dir == "" {
		t.Skip("SCREENS, a folder for pictures of the pages, is not set")
	}
	dir = filepath.Join(dir, "console")
	must(t, "clear the folder", os.RemoveAll(dir))
	must(t, "make the folder", os.MkdirAll(dir, 0o755))
	d, names := newDesk(t, newOffice(t)), webtest.FirstStates(newOffice(t).pageNames())
	weight := 0
	d.walk(func(g gallery) {
		if !slices.Contains(names, g.name) {
			return
		}
		webtest.Do(t, d.ctx, chromedp.EmulateViewport(1024, 640))
		weight += webtest.Picture(t, d.ctx, filepath.Join(dir, g.name+".png"))
	})
	if weight > maxScreens {
		t.Errorf("the pictures weigh %d bytes, want at most %d", weight, maxScreens)
	}
	must(t, "write the index", os.WriteFile(filepath.Join(dir, "README.md"), index(names), 0o644))
}

// index is the page that shows the pictures.
func index(names []string) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "# The staff's pages\n\nEvery page of the console at a desk, in the first of its states.\n"+
		"`make screens` takes the pictures anew.\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n\n![%[1]s](%[1]s.png)\n", name)
	}
	return b.Bytes()
}

// Whoever adds a page takes its picture: make screens.
func TestEveryPageHasItsPicture(t *testing.T) {
	want := webtest.FirstStates(newOffice(t).pageNames())
	pictures, err := filepath.Glob("../../docs/screens/console/*.png")
	must(t, "list the pictures", err)
	var got []string
	for _, file := range pictures {
		got = append(got, strings.TrimSuffix(filepath.Base(file), ".png"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("there are pictures of\n%v, want\n%v", got, want)
	}
}
