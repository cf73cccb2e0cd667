package pickup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/store"
)

// write has the phone's owner write, pick files and send both.
func (p *phone) write(words string, files ...upload) {
	p.Helper()
	var paths []string
	for _, f := range files {
		path := filepath.Join(p.TempDir(), f.name)
		if err := os.WriteFile(path, f.data, 0o600); err != nil {
			p.Fatal(err)
		}
		paths = append(paths, path)
	}
	if words != "" {
		p.do(chromedp.SendKeys(chromedp.ID("words"), words))
	}
	if len(paths) > 0 {
		p.do(chromedp.SetUploadFiles(chromedp.ID("files"), paths))
	}
	p.tap(`form[action$="/reply"] button`)
}

// typed is what stands in the field for words.
func (p *phone) typed() string { return eval[string](p, `document.getElementById("words").value`) }

func TestBrowserReplyWithAPhoto(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			p, c := newPhone(t), newClinic(t)
			d := c.deliver(open())
			c.enrolled(d)
			if !script {
				p.noScript()
			}
			p.visit(c.server.URL + d.path())
			p.submit(secret)
			p.wantText("How is the wound on your hand today?")
			p.wantText("This is not for emergencies")
			p.write("It still itches.\nIs that all right?", upload{"IMG_2034.jpg", snapshot(t)})
			p.wantText("What you wrote")
			p.wantText("It still itches.\nIs that all right?")
			p.wantText("IMG_2034.jpg")
			if script { // which axe is
				for _, v := range p.violations() {
					t.Error(v)
				}
			}
			p.shoot("replied-" + strings.ReplaceAll(name, " ", "-"))
			// Of a page that comes back and is asked for again, chromedp hears an error.
			back := chromedp.Evaluate[chromedp.Void]("history.back()")
			steps := []chromedp.Action[chromedp.Void]{chromedp.Reload()}
			if script {
				steps = append(steps, back)
			}
			for _, step := range steps {
				p.do(step, chromedp.Sleep(time.Second), chromedp.WaitVisible(chromedp.ID("replies")))
				p.wantText("What you wrote")
				p.wantText("It still itches.")
				if got := p.typed(); got != "" {
					t.Errorf("%q is left in the form", got)
				}
			}
			if list, _ := c.threadOf(d); len(list) != 1 || len(list[0].Attachments) != 1 {
				t.Errorf("%d replies are stored, want the one with its photo", len(list))
			}
			p.tap("header button")
			p.visit(c.server.URL + d.path())
			p.wantText("Your password")
		})
	}
}

// A phone that has sent all of it is told what was wrong, however much it was, and
// keeps the words.
func TestBrowserReplyThatIsNotTaken(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(open())
	c.enrolled(d)
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	scan := append(pdf, make([]byte, 9<<20)...)
	p.write("It still itches.", upload{"1.pdf", scan}, upload{"2.pdf", scan}, upload{"3.pdf", scan}, upload{"4.pdf", scan})
	p.wantText("Your message was not sent")
	p.wantText("Please send them one by one.")
	p.write("A lot. ", upload{"setup.exe", []byte("MZ\x90\x00")})
	p.wantText("We cannot take a file of this kind.")
	if got := p.typed(); got != "A lot. It still itches." {
		t.Errorf("the field holds %q", got)
	}
	p.write("")
	p.wantText("What you wrote")
	p.wantText("A lot. It still itches.")
	if got := c.kinds(d); countOf(got, store.Replied) != 1 {
		t.Errorf("got events %v, want one reply", got)
	}
}
