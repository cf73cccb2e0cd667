package pickup_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/token"
	"securetext/web/webtest"
)

// maxScreens is what all pictures of the pages may weigh together.
const maxScreens = 1_500_000

// gallery shows every page in every state, as the site sent it, headers and all.
type gallery struct {
	url   string // of the folder that the pages seem to be in
	names []string
	pages map[string]page

	mu    sync.Mutex
	asked []string // the paths that were asked for
}

// recorded are the pages of galleries, which are visited once for all tests. Those
// that look at every page go on beside each other, as a browser takes its time.
var (
	recording sync.Mutex
	recorded  map[string]page
)

// record visits every page, and those of the site's own faults.
func record(t *testing.T) map[string]page {
	recording.Lock()
	defer recording.Unlock()
	if recorded != nil {
		return recorded
	}
	pages := map[string]page{}
	everyPage(t, "en", func(name string, p page) { pages[name] = p })
	for name, err := range map[string]error{"busy": store.ErrUnavailable, "failed": errors.New("a fault of the store")} {
		c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = faulty{err: err} })
		pages[name] = c.browser().get("/m/" + token.New().Secret())
	}
	recorded = pages
	return pages
}

// newGallery is to be looked at with a phone that has a face or fingerprint reader:
// so what is offered to those shows too.
func newGallery(p *phone) *gallery {
	t := p.T
	p.newFace()
	g := &gallery{pages: record(t)}
	g.names = slices.Sorted(maps.Keys(g.pages))
	c := newClinic(t)
	c.drawLogo()
	d := c.deliver(rich(t))
	b := c.enrolled(d)
	parts := map[string]page{ // of any message
		"/html": b.get(d.path() + "/html"), "/a/1/shown": b.get(d.path() + "/a/1/shown"), "/a/2/shown": b.get(d.path() + "/a/2/shown"),
	}
	site := c.server.Config.Handler
	c.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, ok := g.pages[strings.TrimPrefix(r.URL.Path, "/shown/")]
		for end, p := range parts {
			if strings.HasSuffix(r.URL.Path, end) {
				shown, ok = p, true
			}
		}
		g.mu.Lock()
		g.asked = append(g.asked, r.URL.Path)
		g.mu.Unlock()
		if !ok {
			site.ServeHTTP(w, r)
			return
		}
		shown.Header.Del("Clear-Site-Data")
		maps.Copy(w.Header(), shown.Header)
		w.WriteHeader(shown.StatusCode)
		fmt.Fprint(w, shown.text)
	})
	g.url = c.server.URL + "/shown/"
	return g
}

// show has the phone visit a page, and waits until all that it may show is there.
func (g *gallery) show(p *phone, name string) {
	p.Helper()
	p.visit(g.url + name)
	eval[chromedp.Void](p, `new Promise(done => {
		const look = () => setTimeout(document.querySelector('[data-offer][hidden], [data-passkey][hidden]') ? look : done, 20);
		look();
	})`)
}

// The pictures are taken for SCREENS only: what they show is tested elsewhere.
func TestBrowserScreens(t *testing.T) {
	dir := os.Getenv("SCREENS")
	if dir == "" {
		t.Skip("SCREENS, a folder for pictures of the pages, is not set")
	}
	p := newPhone(t)
	g := newGallery(p)
	p.do(chromedp.EmulateViewport(360, 640, chromedp.EmulateMobile, chromedp.EmulateTouch))
	weight := 0
	for scheme, names := range map[string][]string{"light": g.names, "dark": webtest.FirstStates(g.names)} {
		old, _ := filepath.Glob(filepath.Join(dir, "*-"+scheme+".png"))
		for _, file := range old {
			os.Remove(file)
		}
		p.scheme(scheme)
		for _, name := range names {
			g.show(p, name)
			weight += webtest.Picture(t, p.ctx, filepath.Join(dir, name+"-"+scheme+".png"))
		}
	}
	if weight > maxScreens {
		t.Errorf("the pictures weigh %d bytes, want at most %d", weight, maxScreens)
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), g.index(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Whoever adds a page takes its picture: make screens.
func TestEveryPageHasItsPicture(t *testing.T) {
	const dir = "../docs/screens"
	golden, err := filepath.Glob("testdata/*.en.golden.html")
	if err != nil || len(golden) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	want := map[string]bool{"busy-light.png": true, "failed-light.png": true}
	for _, file := range golden {
		want[strings.TrimSuffix(filepath.Base(file), ".en.golden.html")+"-light.png"] = true
	}
	pictures, err := filepath.Glob(dir + "/*-light.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range pictures {
		if name := filepath.Base(file); !want[name] {
			t.Errorf("%s is of no page", name)
		} else {
			delete(want, name)
		}
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}

// index is the page that shows the pictures.
func (g *gallery) index() []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "# The patient's pages\n\nEvery page in every state on a phone of 360x640 by day, and the first state of each by night.\n"+
		"`make screens` takes the pictures anew.\n")
	night := webtest.FirstStates(g.names)
	for _, name := range g.names {
		fmt.Fprintf(&b, "\n## %s\n\n![%[1]s by day](%[1]s-light.png)", name)
		if slices.Contains(night, name) {
			fmt.Fprintf(&b, " ![%s by night](%[1]s-dark.png)", name)
		}
		fmt.Fprintln(&b)
	}
	return b.Bytes()
}
