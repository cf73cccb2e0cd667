package web

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// Forever is how browsers may keep what never changes at its address.
const Forever = "public, max-age=31536000, immutable"

// Static serves the embedded files. Their URLs hold a hash of their content, so
// that browsers may keep them for good and never show an old one.
type Static struct {
	urls  map[string]string // by plain name
	files map[string]file   // by hashed name
}

type file struct {
	contentType string
	content     []byte
}

// NewStatic hashes the embedded files, and those that another site has in a folder
// of the same name.
func NewStatic(more ...fs.FS) (*Static, error) {
	s := &Static{urls: map[string]string{}, files: map[string]file{}}
	for _, from := range append([]fs.FS{static}, more...) {
		if err := s.addAll(from); err != nil {
			return nil, fmt.Errorf("read static files: %w", err)
		}
	}
	return s, nil
}

func (s *Static) addAll(from fs.FS) error {
	entries, err := fs.ReadDir(from, "static")
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := fs.ReadFile(from, path.Join("static", e.Name()))
		if err != nil {
			return err
		}
		s.add(e.Name(), b)
	}
	return nil
}

func (s *Static) add(name string, content []byte) {
	ext := path.Ext(name)
	sum := sha256.Sum256(content)
	hashed := fmt.Sprintf("%s.%x%s", strings.TrimSuffix(name, ext), sum[:6], ext)
	s.urls[name] = "/static/" + hashed
	s.files[hashed] = file{contentType: mimeType(ext), content: content}
}

// mimeType does not depend on the machine's own tables for what we serve.
func mimeType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

// URL is where a file is served. A name that does not exist is an error, which
// fails the template that asks for it.
func (s *Static) URL(name string) (string, error) {
	url, ok := s.urls[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return url, nil
}

// Serve answers GET /static/:file, [echo.ErrNotFound] for an unknown file.
func (s *Static) Serve(c echo.Context) error {
	f, ok := s.files[c.Param("file")]
	if !ok {
		return echo.ErrNotFound
	}
	c.Response().Header().Set(echo.HeaderCacheControl, Forever)
	return c.Blob(http.StatusOK, f.contentType, f.content)
}

// Icon answers GET /favicon.ico, for browsers that ask for it unasked.
func (s *Static) Icon(c echo.Context) error {
	b, err := fs.ReadFile(static, "static/icon.svg")
	if err != nil {
		return fmt.Errorf("read icon: %w", err)
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=86400")
	return c.Blob(http.StatusOK, mimeType(".svg"), b)
}
