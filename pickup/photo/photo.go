// Package photo makes the pictures that patients send fit to keep.
//
// [Clean] decodes a picture and encodes it anew, upright and at most [MaxSide]
// wide and high. What comes out is made of pixels alone: where and when it was
// taken, by what, its thumbnail and whatever else stood beside the pixels are
// gone, and so is anything that was hidden behind a picture's end.
//
// How large a picture is drawn is looked at before it is decoded, so that a small
// file cannot become gigabytes. It still takes up to some 400 MB to decode the
// largest one that is taken: callers clean one at a time.
package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

var (
	// ErrTooLarge: the picture has more than MaxPixels.
	ErrTooLarge = errors.New("picture has too many pixels")
	// ErrDamaged: it is cut off, or no picture at all.
	ErrDamaged = errors.New("picture cannot be read")
)

// The bounds of a picture.
const (
	MaxPixels = 50_000_000 // of what comes in; half of it with 16 bits a colour
	MaxSide   = 4096       // of what comes out
)

const (
	quality = 90       // of a JPEG
	maxPNG  = 10 << 20 // bytes; what would be more becomes a JPEG
)

// Photo is a picture that holds nothing but its pixels.
type Photo struct {
	Data []byte
	Type string // media type
	Ext  string // of its file's name, with the dot
}

// format is how pictures of a type are read, and where their orientation stands.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	exif   func([]byte) []byte
}

var formats = map[string]format{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode, exifOfJPEG},
	"image/png":  {png.DecodeConfig, png.Decode, exifOfPNG},
	"image/webp": {webp.DecodeConfig, webp.Decode, exifOfWebP},
	"image/gif":  {gif.DecodeConfig, gif.Decode, func([]byte) []byte { return nil }},
}

// Cleans reports whether [Clean] takes pictures of a media type.
func Cleans(mediaType string) bool { return formats[mediaType].decode != nil }

// Clean makes a picture of the given media type anew. Of one that moves it is the
// first frame. Photographs become JPEGs, drawings and screenshots stay PNGs.
func Clean(data []byte, mediaType string) (Photo, error) {
	return clean(data, mediaType, MaxPixels)
}

// clean is Clean of a picture with so many pixels at most.
func clean(data []byte, mediaType string, most int64) (p Photo, err error) {
	f, ok := formats[mediaType]
	if !ok {
		return Photo{}, fmt.Errorf("%w: no type that we know", ErrDamaged)
	}
	defer func() {
		if recover() != nil { // a fault of a decoder, which only a damaged picture finds
			p, err = Photo{}, ErrDamaged
		}
	}()
	c, err := f.config(bytes.NewReader(data))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return Photo{}, ErrDamaged
	}
	if pixelsOf(c) > most {
		return Photo{}, ErrTooLarge
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Empty() {
		return Photo{}, ErrDamaged
	}
	drawn := isDrawn(mediaType, img)
	w, h := within(img.Bounds().Dx(), img.Bounds().Dy(), MaxSide, MaxSide)
	return encode(upright(img, orientationOf(f.exif(data)), w, h), drawn)
}

// pixelsOf counts a pixel of 16 bits a colour for two.
func pixelsOf(c image.Config) int64 {
	pixels := int64(c.Width) * int64(c.Height)
	switch c.ColorModel {
	case color.NRGBA64Model, color.RGBA64Model:
		pixels *= 2
	}
	return pixels
}

// isDrawn reports whether a picture would suffer as a JPEG.
func isDrawn(mediaType string, img image.Image) bool {
	if mediaType == "image/png" || mediaType == "image/gif" {
		return true
	}
	o, ok := img.(interface{ Opaque() bool })
	return ok && !o.Opaque()
}

func encode(img *image.RGBA, drawn bool) (Photo, error) {
	var out bytes.Buffer
	if drawn {
		if err := png.Encode(&out, img); err != nil {
			return Photo{}, fmt.Errorf("encode picture: %w", err)
		}
		if out.Len() <= maxPNG {
			return Photo{Data: out.Bytes(), Type: "image/png", Ext: ".png"}, nil
		}
		out.Reset()
		onWhite(img)
	}
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return Photo{}, fmt.Errorf("encode picture: %w", err)
	}
	return Photo{Data: out.Bytes(), Type: "image/jpeg", Ext: ".jpg"}, nil
}
