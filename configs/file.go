package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFile bounds a settings file and the file of a secret, in bytes.
const maxFile = 1 << 20

// line is one KEY=value of a file.
type line struct {
	num        int
	key, value string
}

// keyName is what a key looks like. A name that looks otherwise is never
// repeated in an error: it may be the second half of a pasted secret.
var keyName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// parseLines reads KEY=value lines. Blank lines and lines that begin with #
// are skipped; a value goes to the end of its line, without the space around
// it. Nothing is quoted, expanded or continued.
func parseLines(path string, text []byte) ([]line, Problems) {
	var lines []line
	var bad Problems
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for i, raw := range strings.Split(string(text), "\n") {
		raw = strings.TrimSpace(raw)
		if raw == "" || raw[0] == '#' {
			continue
		}
		l, reason, fix := parseLine(raw)
		if reason != "" {
			where := origin{file: path, line: i + 1}.where(l.key)
			bad = append(bad, Problem{Where: where, Reason: reason, Fix: fix, key: l.key, line: i + 1})
			continue
		}
		l.num = i + 1
		lines = append(lines, l)
	}
	return lines, bad
}

// parseLine takes one line apart, or gives the reason and the fix.
func parseLine(raw string) (l line, reason, fix string) {
	key, value, ok := strings.Cut(raw, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || !keyName.MatchString(key) {
		return line{}, "not a KEY=value line", "write KEY=value, or begin the line with # to make it a comment"
	}
	l = line{key: key, value: value}
	switch {
	case strings.HasPrefix(value, `"`), strings.HasPrefix(value, `'`):
		return l, "the value is quoted", "take the quotes away: a value goes to the end of its line"
	case strings.Contains(value, " #"):
		return l, "there is a comment behind the value", "put the comment on a line of its own"
	}
	if reason := unprintable(value); reason != "" {
		return l, reason, "type the value again as plain text"
	}
	return l, "", ""
}

func unprintable(value string) string {
	if !utf8.ValidString(value) {
		return "the value is not UTF-8 text"
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "the value holds a control character"
	}
	return ""
}

// readFile reads a whole file of at most maxFile bytes. Its errors do not
// repeat the path.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("larger than %d bytes", maxFile)
	}
	return text, nil
}

func withoutPath(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}
