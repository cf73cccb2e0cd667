package photo

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// place is what a camera writes into every picture.
const place = "N 32 46 45.21 W 96 48 32.11"

// exif is what a camera writes: how it was held, and in the directory of GPS
// where it was.
func exif(order binary.AppendByteOrder, o orientation) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, entry := range [][2]uint16{{0x8825, 4}, {tagOrientation, typeShort}} {
		b = order.AppendUint16(b, entry[0])
		b = order.AppendUint16(b, entry[1])
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, uint16(o))
		b = order.AppendUint16(b, 0)
	}
	return append(b, place...)
}

// halves is a picture whose left half is red and whose right half is blue.
func halves(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 250, A: 255}
			if x >= w/2 {
				c = color.RGBA{B: 250, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image, segments ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	head := data[:2:2]
	for _, s := range segments {
		head = append(head, 0xff, 0xe1)
		head = binary.BigEndian.AppendUint16(head, uint16(len(s)+2))
		head = append(head, s...)
	}
	return append(head, data[2:]...)
}

func asPNG(t testing.TB, img image.Image, chunks ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	const head = 8 + 25 // the signature and IHDR
	with := data[:head:head]
	for _, c := range chunks {
		with = binary.BigEndian.AppendUint32(with, uint32(len(c)-4))
		with = append(with, c...)
		with = binary.BigEndian.AppendUint32(with, crc32.ChecksumIEEE(c))
	}
	return append(with, data[head:]...)
}

// asWebP is halves of 16 by 8, with a chunk EXIF.
func asWebP(t testing.TB, exif []byte) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(webpHalves)
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, "EXIF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(exif)))
	b = append(b, exif...)
	if len(exif)%2 == 1 {
		b = append(b, 0)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// webpHalves has the chunks VP8X (which says that there is Exif) and VP8L.
const webpHalves = "UklGRjgAAABXRUJQVlA4WAoAAAAIAAAADwAABwAAVlA4TBoAAAAvD8ABAA8Qo38D/fkPB2LBZP7SnSlE9D8yAA=="

func decoded(t testing.TB, p Photo) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatalf("what came out cannot be read: %v", err)
	}
	return img
}

// red reports whether a pixel is; it is blue otherwise.
func red(img image.Image, x, y int) bool {
	r, _, b, _ := img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y).RGBA()
	return r > b
}

func wantNothingBeside(t *testing.T, p Photo) {
	t.Helper()
	for _, s := range []string{place, "Exif", "eXIf", "EXIF", "II*\x00", "MM\x00*", "\xff\xe1", "hidden"} {
		if p.Type == "image/png" && s == "\xff\xe1" {
			continue // a marker in JPEGs alone
		}
		if bytes.Contains(p.Data, []byte(s)) {
			t.Errorf("what came out holds %q", s)
		}
	}
}

func TestPhotoComesOutUprightAndWithoutItsPlace(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		// Of each orientation, where the red half is: left, right, top or bottom.
		for o, want := range map[orientation]string{0: "left", 1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom", 9: "left"} {
			data := asJPEG(t, halves(60, 40), []byte("http://ns.adobe.com/xap/1.0/\x00"+place), append([]byte("Exif\x00\x00"), exif(order, o)...))
			p, err := Clean(append(data, "hidden"+place...), "image/jpeg")
			if err != nil {
				t.Fatalf("orientation %d: %v", o, err)
			}
			wantNothingBeside(t, p)
			img := decoded(t, p)
			w, h := img.Bounds().Dx(), img.Bounds().Dy()
			if p.Type != "image/jpeg" || p.Ext != ".jpg" || (w == 40) != o.turned() || w+h != 100 {
				t.Errorf("orientation %d: got %s of %d by %d", o, p.Type, w, h)
			}
			for side, at := range map[string]image.Point{"left": {2, h / 3}, "right": {w - 3, h / 3}, "top": {w / 3, 2}, "bottom": {w / 3, h - 3}} {
				opposite := map[string]string{"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[want]
				if side == want && !red(img, at.X, at.Y) || side == opposite && red(img, at.X, at.Y) {
					t.Errorf("orientation %d: the red half is not %s", o, want)
				}
			}
		}
	}
}

func TestDrawingsStaySharp(t *testing.T) {
	data := asPNG(t, halves(60, 40), append([]byte("eXIf"), exif(binary.BigEndian, 6)...), []byte("tEXtComment\x00"+place))
	p, err := Clean(data, "image/png")
	if err != nil {
		t.Fatal(err)
	}
	wantNothingBeside(t, p)
	if img := decoded(t, p); p.Type != "image/png" || p.Ext != ".png" || img.Bounds().Dx() != 40 || !red(img, 5, 2) || red(img, 5, 57) {
		t.Errorf("got %s of %v", p.Type, img.Bounds())
	}
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 6, 4), color.Palette{color.RGBA{R: 250, A: 255}, color.RGBA{B: 250, A: 255}})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	if p, err = Clean(moving.Bytes(), "image/gif"); err != nil || p.Type != "image/png" || !red(decoded(t, p), 3, 3) {
		t.Errorf("a GIF: got %s, %v", p.Type, err)
	}
}

func TestWebPBecomesAPhoto(t *testing.T) {
	p, err := Clean(asWebP(t, exif(binary.LittleEndian, 6)), "image/webp")
	if err != nil {
		t.Fatal(err)
	}
	wantNothingBeside(t, p)
	img := decoded(t, p)
	if b := img.Bounds(); p.Type != "image/jpeg" || b.Dx() != 8 || b.Dy() != 16 || !red(img, 4, 1) || red(img, 4, 14) {
		t.Errorf("got %s of %v, want it turned", p.Type, b)
	}
}

func TestLargePhotosAreMadeSmaller(t *testing.T) {
	p, err := Clean(asJPEG(t, halves(8200, 100)), "image/jpeg")
	if err != nil {
		t.Fatal(err)
	}
	img := decoded(t, p)
	if b := img.Bounds(); b.Dx() != MaxSide || b.Dy() != 49 || !red(img, 2000, 20) || red(img, 2100, 20) {
		t.Errorf("got %v", b)
	}
	if w, h := within(100_000, 1, MaxSide, MaxSide); w != MaxSide || h != 1 {
		t.Errorf("a line becomes %d by %d", w, h)
	}
}

func TestWhatCanBeSeenThroughStaysSo(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 4))
	p, err := Clean(asPNG(t, img), "image/png")
	if _, _, _, a := decoded(t, p).At(1, 1).RGBA(); err != nil || a != 0 {
		t.Errorf("got opacity %d, %v", a, err)
	}
	out := image.NewRGBA(image.Rect(0, 0, 1, 1))
	out.SetRGBA(0, 0, color.RGBA{R: 100, A: 128})
	onWhite(out)
	if got := out.RGBAAt(0, 0); got != (color.RGBA{R: 227, G: 127, B: 127, A: 255}) {
		t.Errorf("on white it is %v", got)
	}
}

// bomb is a PNG of some bytes that says that it is very large.
func bomb(w, h uint32, depth byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, depth, 6, 0, 0, 0)
	b = append(b, head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

func TestS18BombsAreRefusedUnopened(t *testing.T) {
	for name, data := range map[string][]byte{
		"wide":    bomb(50_000, 50_000, 8),
		"a pixel": bomb(50_000_001, 1, 8),
		"deep":    bomb(5001, 5000, 16),
	} {
		allocated := testing.AllocsPerRun(1, func() {
			if _, err := Clean(data, "image/png"); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: got %v, want ErrTooLarge", name, err)
			}
		})
		if allocated > 100 {
			t.Errorf("%s: %v things were made of it", name, allocated)
		}
	}
	if _, err := Clean(bomb(5000, 10_000, 8), "image/png"); !errors.Is(err, ErrDamaged) {
		t.Errorf("one that is no larger than may be, and empty: got %v, want ErrDamaged", err)
	}
}

func TestDamagedPicturesAreRefused(t *testing.T) {
	photo, drawing := asJPEG(t, halves(60, 40)), asPNG(t, halves(60, 40))
	for _, x := range []struct {
		kind string
		data []byte
	}{
		{"image/jpeg", nil}, {"image/jpeg", photo[:len(photo)/2]}, {"image/jpeg", []byte("hello")}, {"image/jpeg", drawing},
		{"image/png", drawing[:len(drawing)/2]}, {"image/gif", []byte("GIF89a")}, {"image/webp", []byte("RIFF\x04\x00\x00\x00WEBP")},
		{"image/heic", photo}, {"image/tiff", photo}, {"", photo},
	} {
		if _, err := Clean(x.data, x.kind); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes as %s: got %v, want ErrDamaged", len(x.data), x.kind, err)
		}
	}
	if Cleans("image/heic") || Cleans("application/pdf") || !Cleans("image/jpeg") {
		t.Error("what is cleaned is not what is said")
	}
}

func TestOddExifIsPassedOver(t *testing.T) {
	for _, b := range []string{"", "II*\x00", "II*\x00\xff\xff\xff\xff", "II*\x00\x08\x00\x00\x00\xff\xff", "MM\x00*\x00\x00\x00\x04"} {
		if o := orientationOf([]byte(b)); o != 1 {
			t.Errorf("%q: got %d", b, o)
		}
	}
	long := exif(binary.LittleEndian, 6)
	for n := range long {
		orientationOf(long[:n])
	}
}

func FuzzClean(f *testing.F) {
	f.Add(asJPEG(f, halves(16, 8), append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 6)...)), uint8(0))
	f.Add(asPNG(f, halves(16, 8), append([]byte("eXIf"), exif(binary.BigEndian, 8)...)), uint8(1))
	f.Add(asWebP(f, exif(binary.LittleEndian, 3)), uint8(2))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"), uint8(3))
	kinds := []string{"image/jpeg", "image/png", "image/webp", "image/gif"}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		c, err := formats[kinds[kind%4]].config(bytes.NewReader(data))
		if err == nil && int64(c.Width)*int64(c.Height) > 1<<20 {
			t.Skip("slow, and no other than a small one")
		}
		p, err := Clean(data, kinds[kind%4])
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("got %v", err)
			}
			return
		}
		again, err := Clean(p.Data, p.Type)
		if err != nil || decoded(t, again).Bounds() != decoded(t, p).Bounds() {
			t.Fatalf("what came out does not go in again: %v", err)
		}
	})
}
