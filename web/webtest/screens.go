package webtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Shoot keeps a picture of the whole page in the folder SCREENS, if there is one:
// for people to look at.
func Shoot(t *testing.T, browser context.Context, name string) {
	t.Helper()
	dir := os.Getenv("SCREENS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), screenshot(t, browser), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Picture keeps a small picture of the whole page, for the docs, and returns its
// size in bytes.
func Picture(t *testing.T, browser context.Context, file string) int {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(screenshot(t, browser)))
	if err != nil {
		t.Fatalf("screenshot: %v", err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, fewColours(full)); err != nil {
		t.Fatalf("screenshot: %v", err)
	}
	if err := os.WriteFile(file, small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return small.Len()
}

func screenshot(t *testing.T, browser context.Context) []byte {
	t.Helper()
	b, err := chromedp.Run(browser, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("screenshot: %v", err)
	}
	return b
}

// FirstStates are the first of each page's states, which stand together and are
// named page-state: the others differ in words alone, and by night are no other.
func FirstStates(names []string) []string {
	page := func(name string) string { first, _, _ := strings.Cut(name, "-"); return first }
	return slices.CompactFunc(slices.Clone(names), func(a, b string) bool { return page(a) == page(b) })
}

// fewColours draws a picture with its 12 most frequent colours that are not
// nearly the same: a page has no more.
func fewColours(img image.Image) *image.Paletted {
	count := map[color.RGBA]int{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	frequent := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	var palette color.Palette
	for _, c := range frequent {
		if len(palette) < 12 && !slices.ContainsFunc(palette, func(other color.Color) bool { return near(c, other.(color.RGBA)) }) {
			palette = append(palette, c)
		}
	}
	out := image.NewPaletted(b, palette)
	draw.Draw(out, b, img, b.Min, draw.Src)
	return out
}

func near(a, b color.RGBA) bool {
	apart := func(x, y uint8) int { return max(int(x), int(y)) - min(int(x), int(y)) }
	return apart(a.R, b.R)+apart(a.G, b.G)+apart(a.B, b.B) < 24
}
