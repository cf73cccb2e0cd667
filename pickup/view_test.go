package pickup_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"securetext/store"
	"securetext/store/seal"
)

// attached is a message with one file.
func attached(name, mediaType string, content seal.Plaintext) letter {
	l := plain("Please see the file.")
	l.Content.Attachments = []store.ContentAttachment{{Part: 1, Name: name, Type: mediaType}}
	l.Files = []seal.Plaintext{content}
	return l
}

// webpPixel is a picture of one pixel; there is nothing in Go that writes one.
const webpPixel = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

// photo is a small picture of a sort.
func photo(t *testing.T, mediaType string) seal.Plaintext {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch small := image.NewGray(image.Rect(0, 0, 4, 3)); mediaType {
	case "image/png":
		return picture(t)
	case "image/jpeg":
		err = jpeg.Encode(&b, small, nil)
	case "image/gif":
		err = gif.Encode(&b, small, nil)
	case "image/webp":
		return must(t)(base64.StdEncoding.DecodeString(webpPixel))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must(t *testing.T) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// vast is the head of a PNG that says how large it is.
func vast(width, height uint32) seal.Plaintext {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	head := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height), 8, 2, 0, 0, 0)
	b = append(b, head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

func TestS20PicturesAndPDFsAreViewedInPlace(t *testing.T) {
	c := newClinic(t)
	b := c.enrolled(c.deliver(plain("Hello")))
	for mediaType, name := range map[string]string{
		"image/png": "a.png", "image/jpeg": "a.jpg", "image/gif": "a.gif", "image/webp": "a.webp", "application/pdf": "a.pdf",
	} {
		content := photo(t, mediaType)
		if mediaType == "application/pdf" {
			content = sheet("Fine")
		}
		d := c.deliver(attached(name, mediaType, content))
		at := d.path() + "/a/1"
		b.get(d.path()).want(t, 200, `href="`+at+`/view"`, `href="`+at+`" download`)
		b.get(at+"/view").want(t, 200, name, `src="`+at+`/shown"`, `href="`+at+`" download`, `href="`+d.path()+`">Back to my message`)
		p := b.get(at + "/shown")
		p.want(t, 200)
		if p.text != string(content) {
			t.Errorf("%s: what is shown is not the file", mediaType)
		}
		for header, want := range map[string]string{
			"Content-Type": mediaType, "Content-Disposition": `inline; filename="` + name + `"; filename*=UTF-8''` + name,
			"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'self'", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := p.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", mediaType, header, got, want)
			}
		}
		want := []store.Kind{store.Read, store.Read, store.AttachmentRead}
		if got := c.kinds(d); !slices.Equal(got, want) {
			t.Errorf("%s: got events %v, want %v", mediaType, got, want)
		}
	}
}

// What is not what its type says, or too much for a phone, is for saving.
func TestS20OtherFilesAreNotViewed(t *testing.T) {
	const script = "<script>alert(1)</script>"
	c := newClinic(t)
	b := c.enrolled(c.deliver(plain("Hello")))
	for name, l := range map[string]letter{
		"SVG":                     attached("a.svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)),
		"HTML":                    attached("a.html", "text/html", []byte(script)),
		"XML":                     attached("a.xml", "text/xml", []byte(`<?xml version="1.0"?><a/>`)),
		"XHTML":                   attached("a.xhtml", "application/xhtml+xml", []byte(script)),
		"text":                    attached("a.txt", "text/plain", []byte(script)),
		"a type with a tail":      attached("a.pdf", "application/pdf; charset=x", sheet("Fine")),
		"a type in capitals":      attached("a.png", "IMAGE/PNG", picture(t)),
		"a picture of no kind":    attached("a.tif", "image/tiff", []byte("II*\x00")),
		"HTML that is named PDF":  attached("a.pdf", "application/pdf", []byte(script+"%PDF-1.7")),
		"a PDF after a line":      attached("a.pdf", "application/pdf", append([]byte("\n"), sheet("Fine")...)),
		"HTML that is named PNG":  attached("a.png", "image/png", []byte(script)),
		"a GIF that is named PNG": attached("a.png", "image/png", photo(t, "image/gif")),
		"a PNG without a size":    attached("a.png", "image/png", []byte("\x89PNG\r\n\x1a\n")),
		"too many pixels":         attached("a.png", "image/png", vast(6325, 6325)),
		"far too many pixels":     attached("a.png", "image/png", vast(1<<31-1, 1<<31-1)),
		"too many bytes":          attached("a.png", "image/png", append(picture(t), make([]byte, 10<<20)...)),
		"nothing":                 attached("a.png", "image/png", nil),
		"no PDF":                  attached("a.pdf", "application/pdf", nil),
	} {
		d := c.deliver(l)
		p := b.get(d.path() + "/a/1/view")
		p.want(t, 200, "We cannot show this file here", `href="`+d.path()+`/a/1" download`)
		p.wantNo(t, "/shown", "alert")
		p = b.get(d.path() + "/a/1/shown")
		p.want(t, 404, "We cannot find this page")
		p.wantNo(t, "alert", "PNG")
		if got := c.kinds(d); slices.Contains(got, store.AttachmentRead) {
			t.Errorf("%s: nothing was shown, but events are %v", name, got)
		}
		if p := b.get(d.path() + "/a/1"); p.text != string(l.Files[0]) || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("%s cannot be saved", name)
		}
	}
	d := c.deliver(attached("a.png", "image/png", vast(6324, 6324)))
	b.get(d.path()+"/a/1/view").want(t, 200, "/shown")
	d = c.deliver(attached("a.png", "image/png", append(picture(t), make([]byte, 10<<20)...)))
	p := b.get(d.path())
	p.want(t, 200, `/a/1" download`)
	p.wantNo(t, "/a/1/view")
}

func TestS20FilesAreViewedByTheirOwnersAlone(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(rich(t))
	b := c.enrolled(d)
	theirs := rich(t)
	theirs.To = "+12114367700"
	other := c.deliver(theirs)
	for _, end := range []string{"/view", "/shown"} {
		for _, part := range []string{"0", "-1", "4", "x", "99999999999999999999", "1e0"} {
			b.get(d.path()+"/a/"+part+end).want(t, 404)
		}
		for path, who := range map[string]*browser{d.path(): c.browser(), other.path(): b} {
			p := who.get(path + "/a/2" + end)
			p.want(t, 303)
			p.wantNo(t, "PDF", "Preparation")
		}
		b.get(d.path()+"/other/"+string(other.ID)+"/a/2"+end).want(t, 404)
		b.get(d.path()+"/a/2"+end, "Sec-Purpose", "prefetch").want(t, 503)
	}
	if got := c.kinds(other); len(got) != 0 {
		t.Errorf("events were added to another's message: %v", got)
	}
}

// The address of another message leads back to that one.
func TestFilesOfOtherMessagesAreViewed(t *testing.T) {
	c := newClinic(t)
	d, other := c.deliver(plain("Hello")), c.deliver(rich(t))
	b := c.enrolled(d)
	at := d.path() + "/other/" + string(other.ID)
	b.get(at).want(t, 200, at+"/a/2/view")
	b.get(at+"/a/2/view").want(t, 200, `href="`+at+`">Back to my message`, at+"/a/2/shown", `href="`+at+`/a/2" download`)
	if p := b.get(at + "/a/2/shown"); p.text != string(rich(t).Files[1]) {
		t.Errorf("got %d and %d bytes that are not the file's", p.StatusCode, len(p.text))
	}
}
