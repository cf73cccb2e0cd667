package pickup_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"testing"

	"securetext/store"
	"securetext/store/seal"
)

// picture is a small PNG.
func picture(t *testing.T) seal.Plaintext {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 240, 90))
	for x := range 240 {
		for y := range 90 {
			m.Set(x, y, color.RGBA{R: uint8(20 + x/2), G: 130, B: uint8(90 + y), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheet is a PDF of one page that says text, and has it for its title too.
func sheet(text string) seal.Plaintext {
	show := "BT /F1 24 Tf 20 150 Td (" + text + ") Tj ET"
	return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font" +
		"/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length " + strconv.Itoa(len(show)) + ">>stream\n" + show +
		"\nendstream endobj\n5 0 obj<</Title(" + text + ")>>endobj\ntrailer<</Root 1 0 R/Info 5 0 R>>\n")
}

// rich is a message with HTML, an inline picture and two files.
func rich(t *testing.T) letter {
	return letter{
		Content: store.Content{
			Subject: "How to prepare for your visit", From: "Dr. Ana Reyes",
			Text: "Dear Mrs. Bell,\n\nplease come at 9:30. Bring your list of medicines.\n",
			HTML: `<p style="color:red" onclick="alert(1)">Dear Mrs. Bell,</p><p>please come at <b>9:30</b>. Bring your:</p>` +
				`<ul><li>list of medicines</li><li>insurance card</li></ul><p><img src="cid:map@x" alt="Map of the entrance"></p>` +
				`<p>How to <a href="https://lakeside.example/find">find us</a>.</p>` +
				`<img src="https://track.example/pixel.gif" alt=""><script>alert(1)</script>`,
			Attachments: []store.ContentAttachment{
				{Part: 1, Name: "map.png", Type: "image/png", ContentID: "map@x", Inline: true},
				{Part: 2, Name: "Preparation.pdf", Type: "application/pdf"},
				{Part: 3, Name: "niño ../\u202Efdp.exe", Type: "text/html"},
			},
		},
		Files: []seal.Plaintext{picture(t), slices.Concat(sheet("Do not eat"), bytes.Repeat([]byte("% nothing\n"), 18_000)), []byte("<script>alert(1)</script>")},
	}
}

func TestS19HTMLIsShownInAFrameThatCanDoNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(rich(t))
	b := c.enrolled(d)
	p := b.get(d.path())
	p.want(t, 200, `<iframe src="`+d.path()+`/html"`, `sandbox="allow-popups allow-popups-to-escape-sandbox"`, "?view=text")
	p.wantNo(t, "allow-scripts", "allow-same-origin", "insurance", "map.png", "\u202E", "../")
	b.get(d.path()+"?view=text").want(t, 200, "Bring your list of medicines.", "map.png", `href="`+d.path()+`"`)

	frame := b.get(d.path() + "/html")
	frame.want(t, 200, "<li>insurance card</li>", `href="https://lakeside.example/find" target="_blank" rel="noopener noreferrer"`,
		`src="data:image/png;base64,`+base64.StdEncoding.EncodeToString(picture(t)))
	frame.wantNo(t, "script", "onclick", "style=", "track.example", "cid:")
	csp := frame.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "img-src data:", "frame-ancestors 'self'", "sandbox allow-popups", "style-src 'sha256-"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the frame's policy %q lacks %q", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "allow-scripts") || frame.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the frame's headers are %v", frame.Header)
	}
	if got, want := c.kinds(d), []store.Kind{store.Opened, store.Enrolled, store.Read, store.Read, store.Read}; !slices.Equal(got, want) {
		t.Errorf("got events %v, want one Read for each time that text was shown: %v", got, want)
	}
}

func TestS20AttachmentsAreDownloadsAndNothingElse(t *testing.T) {
	c := newClinic(t)
	l := rich(t)
	d := c.deliver(l)
	b := c.enrolled(d)
	for part, want := range map[string]struct{ mediaType, disposition string }{
		"2": {"application/pdf", `attachment; filename="Preparation.pdf"; filename*=UTF-8''Preparation.pdf`},
		"3": {"application/octet-stream", `attachment; filename="fdp.exe"; filename*=UTF-8''fdp.exe`},
	} {
		p := b.get(d.path() + "/a/" + part)
		p.want(t, 200)
		if p.text != string(l.Files[part[0]-'1']) {
			t.Errorf("part %s: got %d bytes that are not the file's", part, len(p.text))
		}
		for name, want := range map[string]string{
			"Content-Type": want.mediaType, "Content-Disposition": want.disposition, "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("part %s: %s is %q, want %q", part, name, got, want)
			}
		}
	}
	if got := c.kinds(d); !slices.Equal(got[2:], []store.Kind{store.AttachmentRead, store.AttachmentRead}) {
		t.Errorf("got events %v, want an AttachmentRead for each download", got)
	}
	for _, part := range []string{"0", "-1", "4", "x", "99999999999999999999", "1e0"} {
		b.get(d.path()+"/a/"+part).want(t, 404)
	}
	p := c.browser().get(d.path() + "/a/2")
	p.want(t, 303)
	p.wantNo(t, "PDF")
}

func TestTextIsShownAsItIsWritten(t *testing.T) {
	c := newClinic(t)
	l := plain("Take 2 tablets:\n\n  morning\n  evening\n\n<b>not bold</b> & more: https://lakeside.example/a?b=1&c=2.")
	l.Content.Subject, l.Content.From = "", ""
	d := c.deliver(l)
	c.enrolled(d).get(d.path()).want(t, 200, "Take 2 tablets:<br><br>  morning<br>  evening<br><br>&lt;b&gt;not bold&lt;/b&gt; &amp; more: ",
		`<a href="https://lakeside.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">https://lakeside.example/a?b=1&amp;c=2</a>.`,
		"<h1 dir=\"auto\">Your message</h1>", "Dr. Ana Reyes")
}

// A page title is kept in the browser's history, on a phone that others use.
func TestTitlesSayNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	p := c.enrolled(d).get(d.path())
	p.want(t, 200, "<title>Private message · Lakeside Family Clinic</title>")
}

func TestHistoryIsFoldedAndNotLost(t *testing.T) {
	c := newClinic(t)
	text, history := "Take one a day.\n", "On Monday, Mrs. Bell wrote:\n> How many? <b>\n"
	html, quote := "<p>Take <b>one</b> a day.</p>", "<blockquote>How many? <script>alert(1)</script></blockquote>"
	d := c.deliver(letter{Content: store.Content{
		Subject: "Your pills", Text: text + history, TextFold: len(text), HTML: html + quote, HTMLFold: len(html),
	}})
	b := c.enrolled(d)
	b.get(d.path()+"?view=text").want(t, 200, "Take one a day.<br></div>\n<details><summary>Earlier messages and signature</summary>", "&gt; How many? &lt;b&gt;")
	framed := b.get(d.path() + "/html")
	framed.want(t, 200, "<p>Take <b>one</b> a day.</p><details><summary>Earlier messages and signature</summary><blockquote>How many? ")
	framed.wantNo(t, "script")
}
