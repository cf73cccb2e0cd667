package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// The bounds of a logo as it comes out. Pages with it are to weigh little.
const (
	LogoWidth  = 240 // pixels
	LogoHeight = 80
	LogoBytes  = 8 << 10

	logoPixels = 16_000_000 // of what comes in
)

// Logo is a picture for the head of a page.
type Logo struct {
	Photo
	Width, Height int
}

// Drawn makes a logo of a picture as [Clean] makes a photograph: of its pixels
// alone, and no larger than its bounds. One of many colours loses some of its
// sharpness, and then of its size, until it is light enough.
func Drawn(data []byte, mediaType string) (Logo, error) {
	p, err := clean(data, mediaType, logoPixels)
	if err != nil {
		return Logo{}, err
	}
	img, err := formats[p.Type].decode(bytes.NewReader(p.Data))
	if err != nil {
		return Logo{}, fmt.Errorf("decode what was encoded: %w", err)
	}
	b := img.Bounds()
	for w, h := within(b.Dx(), b.Dy(), LogoWidth, LogoHeight); ; w, h = max(1, w*3/4), max(1, h*3/4) {
		if l, ok := light(upright(img, asIs, w, h)); ok {
			return l, nil
		}
	}
}

// light encodes a logo in the first way in which it is light enough.
func light(img *image.RGBA) (Logo, bool) {
	l := Logo{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	var out bytes.Buffer
	best := png.Encoder{CompressionLevel: png.BestCompression}
	if err := best.Encode(&out, img); err == nil && out.Len() <= LogoBytes {
		l.Photo = Photo{Data: out.Bytes(), Type: "image/png", Ext: ".png"}
		return l, true
	}
	onWhite(img)
	for _, quality := range []int{90, 80, 70} {
		out.Reset()
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err == nil && out.Len() <= LogoBytes {
			l.Photo = Photo{Data: out.Bytes(), Type: "image/jpeg", Ext: ".jpg"}
			return l, true
		}
	}
	return Logo{}, false
}
