package pickup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"securetext/pickup/photo"
	"securetext/store/seal"
	"securetext/web/letter"
)

// Scanner looks for viruses in what patients send. Safe for concurrent use.
type Scanner interface {
	// Clean reads r to its end, or until it knows enough, and reports whether it
	// may be taken. An error: nobody knows.
	Clean(ctx context.Context, r io.Reader) (bool, error)
}

var (
	errFileType    = errors.New("file of a type that is not taken")
	errAppleFormat = errors.New("photo in a format whose location cannot be taken out")
	errInfected    = errors.New("a virus was found in a file")
	errUnscanned   = errors.New("virus scanner gave no answer")
)

// enclosed is one file of a reply.
type enclosed struct {
	name string
	kind string // media type
	data seal.Plaintext
}

// taken are the media types that patients may send besides photos, with the ends
// that the names of such files have, the usual first.
var taken = map[string][]string{
	"application/pdf":    {".pdf"},
	"text/plain":         {".txt"},
	"text/csv":           {".csv", ".txt"},
	"text/rtf":           {".rtf"},
	"application/msword": {".doc"}, "application/vnd.ms-excel": {".xls"}, "application/vnd.ms-powerpoint": {".ppt"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {".docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {".xlsx"},
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": {".pptx"},
	"application/vnd.oasis.opendocument.text":                                   {".odt"},
	"application/vnd.oasis.opendocument.spreadsheet":                            {".ods"},
	"application/vnd.oasis.opendocument.presentation":                           {".odp"},
}

// acceptedFiles is what the page asks the phone for. HEIC is not in it, so that an
// iPhone makes a JPEG of such a photo by itself.
const acceptedFiles = "image/jpeg,image/png,image/webp,image/gif,application/pdf,text/plain,.csv,.rtf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.odp"

// fit makes of what a phone sent what may be kept: of photos their pixels, other
// files as they are. What it is tell its bytes, whatever it is called.
func (s *Site) fit(ctx context.Context, name string, data []byte) (enclosed, error) {
	if err := s.scan(ctx, data); err != nil {
		return enclosed{}, err
	}
	kind, _, _ := strings.Cut(mimetype.Detect(data).String(), ";")
	switch {
	case photo.Cleans(kind):
		return s.photo(ctx, name, kind, data)
	case strings.HasPrefix(kind, "image/hei") || kind == "image/avif":
		return enclosed{}, errAppleFormat
	case taken[kind] == nil:
		return enclosed{}, errFileType
	}
	if !slices.Contains(taken[kind], strings.ToLower(path.Ext(name))) {
		name = letter.ShortName(name + taken[kind][0])
	}
	return enclosed{name, kind, data}, nil
}

func (s *Site) scan(ctx context.Context, data []byte) error {
	if s.scanner == nil {
		return nil
	}
	clean, err := s.scanner.Clean(ctx, bytes.NewReader(data))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errUnscanned, err)
	case !clean:
		return errInfected
	}
	return nil
}

// photo makes a photo anew, one at a time: a large one takes much memory.
func (s *Site) photo(ctx context.Context, name, kind string, data []byte) (enclosed, error) {
	select {
	case s.darkroom <- struct{}{}:
		defer func() { <-s.darkroom }()
	case <-ctx.Done():
		return enclosed{}, ctx.Err()
	}
	p, err := photo.Clean(data, kind)
	if err != nil {
		return enclosed{}, err
	}
	return enclosed{letter.ShortName(strings.TrimSuffix(name, path.Ext(name)) + p.Ext), p.Type, p.Data}, nil
}
