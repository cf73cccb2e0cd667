package pickup_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// watch is a phone all of whose requests are seen: those to the clinic are let
// through, those to anybody else are noted.
type watch struct {
	*phone
	site string // host and port

	mu    sync.Mutex
	noted []string
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noted = append(w.noted, fmt.Sprintf(format, args...))
}

// took is what was noted since the last call.
func (w *watch) took() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	noted := w.noted
	w.noted = nil
	return noted
}

// chromiums are the hosts that Chromium asks by itself, on whatever page.
var chromiums = regexp.MustCompile(`^(?:accounts|clients2)\.google\.com(?::443)?$|^[a-z-]+\.googleapis\.com(?::443)?$|\.gvt1\.com(?::443)?$`)

// newWatch starts a browser that reaches nothing but by a proxy of ours.
func newWatch(t *testing.T, site string) *watch {
	t.Helper()
	w := &watch{site: site}
	proxy := httptest.NewServer(w)
	t.Cleanup(proxy.Close)
	w.phone = newPhoneIn(t, t.TempDir(), chromedp.Flag("proxy-server", proxy.Listener.Addr().String()),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	w.do() // starts it
	err := chromedp.Listen(w.ctx, func(ev any) {
		if dialog, ok := ev.(*cdppage.EventJavascriptDialogOpening); ok {
			w.note("a dialog: %s", dialog.Message)
			go chromedp.Call(w.ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
		}
	})
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	return w
}

// ServeHTTP is the proxy.
func (w *watch) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Host != w.site {
		if chromiums.MatchString(r.Host) {
			return
		}
		w.note("a request for %s", r.Host)
		http.Error(rw, "nowhere", http.StatusBadGateway)
		return
	}
	site, err := net.Dial("tcp", w.site)
	if err != nil {
		http.Error(rw, "gone", http.StatusBadGateway)
		return
	}
	defer site.Close()
	rw.WriteHeader(http.StatusOK)
	conn, buffered, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		w.note("the proxy broke: %v", err)
		return
	}
	defer conn.Close()
	go func() { io.Copy(site, buffered); site.Close() }()
	io.Copy(conn, site)
}

// around says what is on the page of a message that no template wrote, and what
// Chromium makes of the document in its frame: once as it came, and once as it
// writes that out itself, since some HTML changes its mind.
const around = `(async at => {
	const out = [];
	const ours = new Set('html head meta title link script body a header svg rect path span form input button main article h1 div p strong time iframe br footer section h2 ul li bdi details summary'.split(' '));
	for (const el of document.querySelectorAll('*')) {
		if (!ours.has(el.localName)) out.push('outside the frame: ' + el.outerHTML.slice(0, 200));
		for (const a of el.attributes) if (/^on|^style$|^srcdoc$/.test(a.name)) out.push('outside the frame: ' + a.name + '=' + a.value);
	}
	if (location.pathname != at) out.push('the page went to ' + location);
	if (document.title != 'Private message · Lakeside Family Clinic') out.push('the title is ' + document.title);
	if (document.querySelectorAll('iframe').length > 1) out.push('there are several frames');
	const frame = document.querySelector('iframe');
	if (!frame) return out;
	const inside = new Set('main p br hr div span b strong i em u s del ins sub sup small big mark center h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote q pre code kbd samp tt abbr cite address table caption thead tbody tfoot colgroup tr th td a img details summary'.split(' '));
	const attributes = {
		'a href': /^(https?:\/\/[^\s@\\/?#]+([\/?#][^\s\\]*)?|mailto:[^\s?]+|tel:\+?[0-9]+)$/, 'a target': /^_blank$/, 'a rel': /^noopener noreferrer$/,
		'img src': /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+\/=]+$/, 'img alt': /^/, 'img width': /^\d{1,4}$/, 'img height': /^\d{1,4}$/,
		'td colspan': /^\d{1,3}$/, 'th colspan': /^\d{1,3}$/, 'td rowspan': /^\d{1,3}$/, 'th rowspan': /^\d{1,3}$/, 'ol start': /^\d{1,3}$/,
	};
	const look = (doc, when) => {
		const walk = doc.createTreeWalker(doc.body, NodeFilter.SHOW_ALL);
		while (walk.nextNode()) {
			const el = walk.currentNode;
			if (el.nodeType == Node.TEXT_NODE) continue;
			if (el.nodeType != Node.ELEMENT_NODE || el.namespaceURI != 'http://www.w3.org/1999/xhtml' || !inside.has(el.localName)) {
				out.push(when + ': ' + (el.outerHTML || el.data).slice(0, 200));
				continue;
			}
			for (const a of el.attributes) {
				if (a.name == 'dir' && /^(ltr|rtl|auto)$/i.test(a.value)) continue;
				const good = attributes[el.localName + ' ' + a.name];
				if (!good || !good.test(a.value)) out.push(when + ': ' + el.localName + ' ' + a.name + '=' + a.value.slice(0, 200));
			}
		}
		if (doc.body.attributes.length) out.push(when + ': the body has attributes');
	};
	const text = await (await fetch(frame.src)).text();
	const doc = new DOMParser().parseFromString(text, 'text/html');
	const head = [...doc.head.children].map(el => el.localName).join(' ');
	if (head != 'meta meta title style' || doc.body.children.length != 1) out.push('the frame has the head ' + head + ' and a body of ' + doc.body.children.length);
	look(doc, 'in the frame');
	look(new DOMParser().parseFromString('<body>' + doc.body.innerHTML, 'text/html'), 'in the frame, written out anew');
	return out;
})`

// bare is where the clinic's server shows what no wall keeps in.
const bare = "/bare"

// watched is the clinic's site as w asks for it: what it asks for is noted, but
// for what belongs to the pages of messages.
func (w *watch) watched(site http.Handler) http.Handler {
	parts := regexp.MustCompile(`^/m/[0-9a-z]{26}(?:/html)?$|^/static/`)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == bare:
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprint(rw, `<img src="https://trap.example/" onerror="alert(1)">`)
			return
		case !parts.MatchString(r.URL.Path):
			w.note("a request for %s", r.URL.Path)
		}
		site.ServeHTTP(rw, r)
	})
}

// alone wants no tab but the first.
func (w *watch) alone() {
	w.Helper()
	tabs, err := chromedp.Targets(w.ctx)
	if err != nil {
		w.Fatalf("tabs: %v", err)
	}
	if tabs = slices.DeleteFunc(tabs, func(i *target.Info) bool { return i.Type != "page" }); len(tabs) != 1 {
		w.Errorf("there are %d tabs", len(tabs))
	}
}

// Every piece of hostile HTML comes by a real mail and is looked at in the real
// page: no dialog, no request but the page's own, nothing that acts or leads astray.
func TestS19BrowserShowsHostileMailInPeace(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	w := newWatch(t, c.server.Listener.Addr().String())
	c.server.Config.Handler = w.watched(c.server.Config.Handler)
	inbox := c.mailbox()
	w.visit(c.server.URL + c.deliver(plain("Hello")).path())
	w.submit(secret)
	w.took()
	shown := 0
	for n, h := range hostileHTML(t) {
		d, ok := inbox.send(hostileMail(n, h.Payload))
		if !ok {
			continue
		}
		shown++
		w.visit(c.server.URL + d.path())
		found := eval[[]string](w.phone, fmt.Sprintf("%s(%q)", around, d.path()))
		for _, what := range append(found, w.took()...) {
			t.Errorf("%s, %s: %s", h.Title, envelopes[n%len(envelopes)].name, what)
		}
	}
	w.do(chromedp.Sleep(time.Second))
	if late := w.took(); len(late) > 0 {
		t.Errorf("afterwards: %v", late)
	}
	w.alone()
	if shown < 60 {
		t.Errorf("only %d mails were taken in", shown)
	}
	w.visit(c.server.URL + bare)
	w.do(chromedp.Sleep(time.Second))
	if noted := fmt.Sprint(w.took()); !strings.Contains(noted, "a dialog: 1") || !strings.Contains(noted, "a request for trap.example") {
		t.Errorf("what no wall keeps in is not seen either: %s", noted)
	}
}
