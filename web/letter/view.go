package letter

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"golang.org/x/image/webp"

	"securetext/store"
)

// A picture beyond these is for saving: it might take more of a phone than the
// phone has.
const (
	maxPicture = 10 << 20   // bytes
	maxPixels  = 40_000_000 // once it is unpacked
)

const pdf = "application/pdf"

// pictures are the images that are viewed in place, by the type that their bytes
// tell, and what reads their size.
var pictures = map[string]func(io.Reader) (image.Config, error){
	"image/png": png.DecodeConfig, "image/jpeg": jpeg.DecodeConfig, "image/gif": gif.DecodeConfig, "image/webp": webp.DecodeConfig,
}

// mayView reports whether a file is of a sort that is viewed in place. SVG, HTML
// and XML are none: they are programs (S20).
func mayView(a store.ContentAttachment, size int64) bool {
	return a.Type == pdf || pictures[a.Type] != nil && size <= maxPicture
}

// View is what view.html shows: a page of ours around a file.
type View struct {
	At      string // where to go back to
	File    string // where the file is saved from; "/view" and "/shown" are beneath it
	Name    string
	Size    int64 // bytes
	Shown   bool  // in place; else it can be saved only
	Picture bool  // else it is a PDF
	Large   bool  // the picture in its own size
}

// NewView is the page around a file at an address.
func NewView(back, at string, f File, large bool) (View, error) {
	shown, err := f.Viewable()
	return View{back, at, SafeName(f.Name), f.Size, shown, f.Type != pdf, large}, err
}

// Viewable reports whether the file is what its type says, and bounded.
func (f File) Viewable() (bool, error) {
	if !mayView(f.ContentAttachment, f.Size) {
		return false, nil
	}
	var b beginning
	if err := f.write(&b); err != nil && !errors.Is(err, errBegun) {
		return false, err
	}
	if f.Type == pdf {
		return bytes.HasPrefix(b.Bytes(), []byte("%PDF-")), nil
	}
	if http.DetectContentType(b.Bytes()) != f.Type {
		return false, nil
	}
	size, err := pictures[f.Type](&b)
	return err == nil && int64(size.Width)*int64(size.Height) <= maxPixels, nil
}

// beginning takes in enough of a picture to know its size, whatever a camera
// wrote before that.
type beginning struct{ bytes.Buffer }

var errBegun = errors.New("that is enough of the file")

func (b *beginning) Write(p []byte) (int, error) {
	if b.Len()+len(p) > 1<<20 {
		return 0, errBegun
	}
	return b.Buffer.Write(p)
}
