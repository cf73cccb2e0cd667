package console_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	d, names := newDesk(t, newOffice(t)), newOffice(t).pageNames()
	night, weight := webtest.FirstStates(names), 0
	picture := func(name, scheme string, width, height int64) {
		webtest.Do(t, d.ctx, chromedp.EmulateViewport(width, height))
		webtest.Scheme(t, d.ctx, scheme)
		weight += webtest.Picture(t, d.ctx, filepath.Join(dir, name+".png"))
	}
	d.walk(func(g gallery) {
		picture(g.name+"-desk", "light", 1024, 640)
		if slices.Contains(night, g.name) {
			picture(g.name+"-phone", "dark", 360, 640)
		}
	})
	if weight > maxScreens {
		t.Errorf("the pictures weigh %d bytes, want at most %d", weight, maxScreens)
	}
	must(t, "write the index", os.WriteFile(filepath.Join(dir, "README.md"), index(names, night), 0o644))
}

// index is the page that shows the pictures.
func index(names, night []string) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "# The staff's pages\n\nEvery page of the console in every state at a desk by day, and the first state of each on a phone by night.\n"+
		"`make screens` takes the pictures anew.\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n\n![%[1]s at a desk](%[1]s-desk.png)", name)
		if slices.Contains(night, name) {
			fmt.Fprintf(&b, " ![%s on a phone](%[1]s-phone.png)", name)
		}
		fmt.Fprintln(&b)
	}
	return b.Bytes()
}
