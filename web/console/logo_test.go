package console_test

import (
	"bytes"
	"html"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"securetext/pickup/photo"
	"securetext/store"
)

// picture is a PNG; with noise it is as large as it can be.
func picture(t *testing.T, w, h int, noise bool) []byte {
	t.Helper()
	img, r := image.NewNRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		if img.Pix[i] = 200; noise {
			img.Pix[i] = uint8(r.Uint32())
		}
	}
	img.SetNRGBA(0, 0, color.NRGBA{A: 255})
	var out bytes.Buffer
	must(t, "encode picture", png.Encode(&out, img))
	return out.Bytes()
}

// bomb is a picture of few bytes and many pixels.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	must(t, "encode picture", png.Encode(&out, image.NewPaletted(image.Rect(0, 0, 5000, 4000), color.Palette{color.White, color.Black})))
	return out.Bytes()
}

// send posts a form with a file.
func (b *browser) send(path string, file []byte, pairs ...string) answer {
	b.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		must(b, "WriteField", form.WriteField(pairs[i], pairs[i+1]))
	}
	if file != nil {
		part, err := form.CreateFormFile("file", "file")
		must(b, "CreateFormFile", err)
		_, err = part.Write(file)
		must(b, "Write", err)
	}
	must(b, "Close", form.Close())
	return b.do(http.MethodPost, path, nil, func(r *http.Request) {
		r.Header.Set("Content-Type", form.FormDataContentType())
		with, err := http.NewRequest(r.Method, r.URL.String(), &body)
		must(b, "NewRequest", err)
		r.Body, r.ContentLength, r.GetBody = with.Body, with.ContentLength, with.GetBody
	})
}

func TestALogoIsShownAndThenKept(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	before, old := o.org(), b.get("/settings/logo/picture").text
	page := b.send("/settings/logo", picture(t, 480, 100, false), "version", "1").wants(t, http.StatusOK,
		"All pages show your picture beside the name", "Logo 60 × 20")
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "img-src 'self' data:;") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
	if !strings.Contains(page.text, `<img class="logo" src="data:image/png;base64,`) || !strings.Contains(page.text, `width="240" height="50"`) {
		t.Error("the picture is not shown")
	}
	if len(store.Changed(before, o.org())) > 0 || b.get("/settings/logo/picture").text != old {
		t.Fatal("the preview changed something")
	}
	kept := html.UnescapeString(page.field("picture"))
	b.post("/settings/logo/set", "version", page.field("version"), "picture", kept).goesTo(t, "/settings?done=settings")
	got := b.get("/settings/logo/picture").wants(t, http.StatusOK)
	c, err := png.DecodeConfig(strings.NewReader(got.text))
	if err != nil || c.Width != 240 || c.Height != 50 || got.Header.Get("Content-Type") != "image/png" || len(got.text) > photo.LogoBytes {
		t.Errorf("the logo is a %s of %d x %d and %d bytes, %v", got.Header.Get("Content-Type"), c.Width, c.Height, len(got.text), err)
	}
	if e := o.wantBy(o.own.rules, store.PolicySet); e.Detail != "version=2 logo" {
		t.Errorf("event: %s", e.Detail)
	}
	b.post("/settings/logo/set", "version", "1", "picture", kept).wants(t, http.StatusUnprocessableEntity, "changed meanwhile")
	b.post("/settings/logo", "version", "2", "none", "yes").wants(t, http.StatusOK, "Pages show no picture of yours any more")
	b.post("/settings/logo/set", "version", "2", "none", "yes").goesTo(t, "/settings?done=settings")
	b.get("/settings/logo/picture").wants(t, http.StatusNotFound)
	b.get("/settings").wants(t, http.StatusOK, "None: patients see a padlock")
	back := b.get("/settings/history/2").wants(t, http.StatusOK, "All pages show your picture beside the name")
	b.post("/settings/history/2/set", "version", back.field("version")).goesTo(t, "/settings/history?done=settings")
	if b.get("/settings/logo/picture").text != got.text {
		t.Error("the logo did not come back")
	}
}

func TestWhatIsNoLogoIsRefused(t *testing.T) {
	o := newOffice(t)
	b := o.as(o.own.rules)
	before := o.org()
	for name, try := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":       {nil, "Please choose a picture"},
		"too large":     {picture(t, 200, 200, true), "more than 50 KB"},
		"far too large": {picture(t, 1500, 750, true), "more than 50 KB"},
		"a script":      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "no picture that we can read"},
		"cut off":       {picture(t, 50, 20, false)[:60], "no picture that we can read"},
		"too far":       {bomb(t), "too many pixels"},
		"what is text":  {[]byte("phone,reason,since"), "no picture that we can read"},
	} {
		if len(try.file) > 50<<10 && !strings.HasSuffix(name, "too large") {
			t.Errorf("%s: it has %d bytes", name, len(try.file))
		}
		b.send("/settings/logo", try.file, "version", "1").wants(t, http.StatusUnprocessableEntity, try.want)
	}
	// What a preview is said to have shown is made anew, too.
	b.post("/settings/logo/set", "version", "1", "picture", "PHN2Zz48L3N2Zz4=").wants(t, http.StatusUnprocessableEntity, "no picture that we can read")
	b.post("/settings/logo/set", "version", "1", "picture", "%%%").wants(t, http.StatusUnprocessableEntity, "Please choose a picture")
	if len(store.Changed(before, o.org())) > 0 {
		t.Error("something was changed")
	}
}

// A browser that has not sent all of a file breaks off, and shows no page that says
// what is wrong.
func TestFilesAreReadToTheirEnd(t *testing.T) {
	o := newOffice(t)
	for _, path := range []string{"/compose", "/settings/logo", "/suppression/import"} {
		sent := bytes.NewReader(make([]byte, 3<<20))
		r := httptest.NewRequest(http.MethodPost, o.server.URL+path, sent)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		o.server.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
		if sent.Len() > 0 {
			t.Errorf("%s: %d bytes were left unread", path, sent.Len())
		}
	}
}
