package photo_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"testing"

	"securetext/pickup/photo"
)

// drawing is a PNG of that size; with noise no two of its pixels are alike.
func drawing(t *testing.T, w, h int, noise bool) []byte {
	t.Helper()
	img, r := image.NewNRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 20, G: 90, B: 160, A: uint8(255 * (x / 10 % 2))}
			if noise {
				c = color.NRGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestALogoIsSmallAndLight(t *testing.T) {
	for name, try := range map[string]struct {
		data          []byte
		width, height int // 0: any within the bounds
		mediaType     string
	}{
		"as it is":    {drawing(t, 120, 40, false), 120, 40, "image/png"},
		"wide":        {drawing(t, 2400, 300, false), 240, 30, "image/png"},
		"high":        {drawing(t, 300, 1600, false), 15, 80, "image/png"},
		"a line":      {drawing(t, 4000, 1, false), 240, 1, "image/png"},
		"a dot":       {drawing(t, 1, 1, false), 1, 1, "image/png"},
		"many colour": {drawing(t, 1200, 400, true), 0, 0, "image/jpeg"},
	} {
		l, err := photo.Drawn(try.data, "image/png")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c, format, err := image.DecodeConfig(bytes.NewReader(l.Data))
		if err != nil || "image/"+format != l.Type || c.Width != l.Width || c.Height != l.Height {
			t.Errorf("%s: it is a %s of %d x %d, and told as %s of %d x %d", name, format, c.Width, c.Height, l.Type, l.Width, l.Height)
		}
		if len(l.Data) > photo.LogoBytes || l.Width > photo.LogoWidth || l.Height > photo.LogoHeight || l.Type != try.mediaType {
			t.Errorf("%s: got %s of %d bytes, %d x %d", name, l.Type, len(l.Data), l.Width, l.Height)
		}
		if try.width != 0 && (l.Width != try.width || l.Height != try.height) {
			t.Errorf("%s: got %d x %d, want %d x %d", name, l.Width, l.Height, try.width, try.height)
		}
		again, err := photo.Drawn(l.Data, l.Type)
		if err != nil || again.Width != l.Width || again.Height != l.Height {
			t.Errorf("%s: once more it is %d x %d, %v", name, again.Width, again.Height, err)
		}
	}
}

func TestWhatIsNoLogo(t *testing.T) {
	good := drawing(t, 50, 20, false)
	for name, data := range map[string][]byte{"nothing": nil, "words": []byte("no picture"), "cut off": good[:len(good)/2]} {
		if _, err := photo.Drawn(data, "image/png"); !errors.Is(err, photo.ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
	}
	if _, err := photo.Drawn(good, "image/svg+xml"); !errors.Is(err, photo.ErrDamaged) {
		t.Errorf("SVG: got %v, want ErrDamaged", err)
	}
	if _, err := photo.Drawn(drawing(t, 4001, 4000, false), "image/png"); !errors.Is(err, photo.ErrTooLarge) {
		t.Errorf("too many pixels: got %v, want ErrTooLarge", err)
	}
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 10, 10), color.Palette{color.White, color.Black})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	if l, err := photo.Drawn(moving.Bytes(), "image/gif"); err != nil || l.Type != "image/png" {
		t.Errorf("one that moves: got %s, %v, want its first frame", l.Type, err)
	}
}
