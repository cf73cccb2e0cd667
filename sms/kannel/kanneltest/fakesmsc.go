package kanneltest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
)

// fakeSMSC is Kannel's own fakesmsc, which delivers all it gets. It ends when
// bearerbox does, and is started anew with it; what it got is kept.
type fakeSMSC struct {
	sending sync.Mutex // fakesmsc reads one line at a time
	mu      sync.Mutex
	in      *os.File
	rest    []byte // of a line that is not complete
	got     []Text
	sent    int // texts from phones that it handed over, as it says
}

// runFake starts fakesmsc and has its words read.
func (k *Kannel) runFake() error {
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	f := k.fake
	f.mu.Lock()
	if f.in != nil {
		f.in.Close()
	}
	f.in, f.rest, f.sent = in, nil, 0
	f.mu.Unlock()
	_, err = k.runWith("fakesmsc", out, f, "-H", "127.0.0.1", "-r", strconv.Itoa(k.ports.smsc), "-i", "0")
	return err
}

// What fakesmsc says of a text that it got, and of one that it handed over.
var (
	gotText  = regexp.MustCompile(`Got message \d+: <(\S+) (\S+) (text|ucs-2) (.*)>$`)
	sentText = regexp.MustCompile(`fakesmsc: sent message (\d+)$`)
)

// Write takes in what fakesmsc says.
func (f *fakeSMSC) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rest = append(f.rest, b...)
	for {
		line, rest, whole := bytes.Cut(f.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		f.rest = rest
		if m := gotText.FindSubmatch(line); m != nil {
			f.got = append(f.got, Text{From: string(m[1]), To: string(m[2]), Body: body(string(m[3]), string(m[4]))})
		}
		if m := sentText.FindSubmatch(line); m != nil {
			f.sent, _ = strconv.Atoi(string(m[1]))
		}
	}
}

func body(kind, words string) string {
	if kind == "text" {
		return words
	}
	raw, err := url.QueryUnescape(words)
	if err != nil {
		return words
	}
	return fromUTF16([]byte(raw))
}

func (f *fakeSMSC) texts() []Text {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

func (f *fakeSMSC) handedOver() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent
}

// maxLine is the most that fakesmsc reads at a time.
const maxLine = 255

// receive has fakesmsc hand over a text. Its words travel as UCS-2, which takes
// any.
func (f *fakeSMSC) receive(text Text) error {
	f.sending.Lock()
	defer f.sending.Unlock()
	line := fmt.Sprintf("%s %s ucs2 %s\n", text.From, text.To, url.QueryEscape(string(toUTF16(text.Body))))
	if isPlain(text.Body) {
		line = fmt.Sprintf("%s %s text %s\n", text.From, text.To, text.Body)
	}
	if len(line) > maxLine {
		return errors.New("fakesmsc does not take a text that long")
	}
	before := f.handedOver()
	f.mu.Lock()
	_, err := f.in.WriteString(line)
	f.mu.Unlock()
	if err != nil {
		return fmt.Errorf("fakesmsc: %w", err)
	}
	for end := time.Now().Add(patience); f.handedOver() == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("fakesmsc did not hand the text over")
		}
	}
	return nil
}

func isPlain(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func toUTF16(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	return b
}

func fromUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
