package photo

import (
	"image"
	"image/color"
)

// pixels is what all decoders give.
type pixels interface {
	Bounds() image.Rectangle
	RGBA64At(x, y int) color.RGBA64
}

// upright draws a picture the way it is to be seen, w by h before it is turned: a
// pixel is the mean of those that it stands for.
func upright(img image.Image, o orientation, w, h int) *image.RGBA {
	src := img.(pixels)
	b := src.Bounds()
	size := image.Pt(w, h)
	if o.turned() {
		size = image.Pt(h, w)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range h {
		y0, y1 := span(y, h, b.Dy())
		for x := range w {
			x0, x1 := span(x, w, b.Dx())
			at := o.place(x, y, w, h)
			out.SetRGBA(at.X, at.Y, mean(src, image.Rect(x0, y0, x1, y1).Add(b.Min)))
		}
	}
	return out
}

// within is a size of the same shape that fits a box; none grows.
func within(w, h, wide, high int) (int, int) {
	switch {
	case w <= wide && h <= high:
		return w, h
	case w*high >= h*wide:
		return wide, max(1, h*wide/w)
	}
	return max(1, w*high/h), high
}

// span is the part of a line of so many pixels that the i-th of n stands for.
func span(i, n, of int) (from, to int) { return i * of / n, (i + 1) * of / n }

func mean(src pixels, box image.Rectangle) color.RGBA {
	var r, g, b, a, n uint64
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := src.RGBA64At(x, y)
			r, g, b, a, n = r+uint64(c.R), g+uint64(c.G), b+uint64(c.B), a+uint64(c.A), n+1
		}
	}
	n <<= 8 // to 8 bits
	return color.RGBA{R: uint8(r / n), G: uint8(g / n), B: uint8(b / n), A: uint8(a / n)}
}

// onWhite puts white paper behind a picture, since a JPEG cannot be seen through.
func onWhite(img *image.RGBA) {
	for i := 0; i < len(img.Pix); i += 4 {
		behind := 255 - img.Pix[i+3]
		for c := range 3 {
			img.Pix[i+c] += behind
		}
		img.Pix[i+3] = 255
	}
}
