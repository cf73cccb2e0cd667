package virus

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// chunk is how much goes to clamd at a time.
const chunk = 64 << 10

// clamd asks ClamAV's daemon by its INSTREAM command: chunks that each begin with
// their length, a last one of none, and one answer that ends in a NUL.
type clamd struct{ server }

// Scan implements [Scanner].
func (c clamd) Scan(ctx context.Context, r io.Reader) (Verdict, error) { return c.ask(ctx, r, c) }

func (clamd) send(w io.Writer, content io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+chunk)
	for {
		n, err := io.ReadFull(content, buf[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		last := err != nil
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, err := w.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		if last {
			_, err := w.Write(make([]byte, 4))
			return err
		}
	}
}

func (clamd) receive(r io.Reader) (Verdict, error) {
	answer, err := bufio.NewReader(io.LimitReader(r, maxAnswer)).ReadString(0)
	if err != nil {
		return Verdict{}, err
	}
	return clamdVerdict(strings.TrimSuffix(answer, "\x00"))
}

// clamdVerdict reads "stream: OK", "stream: Eicar-Signature FOUND", or some
// sentence that ends in ERROR.
func clamdVerdict(answer string) (Verdict, error) {
	answer = strings.TrimPrefix(answer, "stream: ")
	if name, ok := strings.CutSuffix(answer, " FOUND"); ok {
		return infected(name), nil
	}
	switch {
	case answer == "OK":
		return Verdict{}, nil
	case strings.HasPrefix(answer, "INSTREAM size limit exceeded"):
		return Verdict{}, ErrTooLarge
	}
	return Verdict{}, errors.New("clamd says " + plain(answer))
}
