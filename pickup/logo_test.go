package pickup_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"securetext/store"
)

// clinicLogo is a lake, and a sun above it.
const clinicLogo = store.LogoID("lgo_lakeside")

// drawLogo gives the clinic a logo.
func (c *clinic) drawLogo() {
	c.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 120, 48))
	for y := range 48 {
		for x := range 120 {
			switch sun := (x-90)*(x-90) + (y-16)*(y-16); {
			case y > 30+(x/8)%2*3:
				img.SetNRGBA(x, y, color.NRGBA{R: 11, G: 90, B: 117, A: 255})
			case sun < 140:
				img.SetNRGBA(x, y, color.NRGBA{R: 240, G: 150, B: 40, A: 255})
			}
		}
	}
	var data bytes.Buffer
	o, err := c.store.Org(c.Context(), c.org.ID)
	if err == nil {
		err = png.Encode(&data, img)
	}
	if err == nil {
		o.Logo = store.Logo{ID: clinicLogo, Width: 120, Height: 48}
		err = c.store.SetOrg(c.Context(), store.OrgChange{Org: o, Picture: &store.Picture{Type: "image/png", Data: data.Bytes()}, By: ana, At: c.clock()})
	}
	if err != nil {
		c.Fatalf("draw the logo: %v", err)
	}
}

func TestALogoComesFromOurOwnSite(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("All is well."))
	b := c.browser()
	if strings.Contains(b.get(d.path()).text, "<image") {
		t.Error("there is a picture on a page of a clinic without a logo")
	}
	c.drawLogo()
	page := b.get(d.path())
	if m := regexp.MustCompile(`<ima?ge?[^>]*>`).FindAllString(page.text, -1); len(m) != 1 || m[0] != `<image href="/logo/lgo_lakeside" width="100%" height="100%"/>` {
		t.Fatalf("the pictures on the page are %q", m)
	}
	if strings.Contains(page.text, "<path") {
		t.Error("our own sign stands beside it")
	}
	got := c.browser().get("/logo/lgo_lakeside")
	for header, want := range map[string]string{
		"Content-Type": "image/png", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin", "Set-Cookie": "",
	} {
		if h := got.Header.Get(header); h != want {
			t.Errorf("%s is %q, want %q", header, h, want)
		}
	}
	if size, err := png.DecodeConfig(strings.NewReader(got.text)); got.StatusCode != http.StatusOK || err != nil || size.Width != 120 {
		t.Errorf("got %d and %d bytes, %v", got.StatusCode, len(got.text), err)
	}
	if none := b.get("/logo/lgo_nobody"); none.StatusCode != http.StatusNotFound {
		t.Errorf("a logo that is not there: got %d", none.StatusCode)
	}
}
