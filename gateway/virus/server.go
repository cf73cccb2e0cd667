package virus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// server is where a scanner listens.
type server struct{ network, addr string }

// protocol is how a scanner is talked to. Both may run at the same time, since a
// scanner may answer before it has heard all; receive bounds what it reads.
type protocol interface {
	send(w io.Writer, content io.Reader) error
	receive(r io.Reader) (Verdict, error)
}

// ask sends content and returns the verdict. A clean one counts only if the
// scanner got everything.
func (s server) ask(ctx context.Context, content io.Reader, p protocol) (Verdict, error) {
	within, cancel := context.WithTimeout(ctx, scanTimeout)
	defer cancel()
	conn, err := s.dial(within)
	if err != nil {
		return Verdict{}, unavailable(ctx, err)
	}
	defer context.AfterFunc(within, func() { _ = conn.Close() })()
	src, sent := &source{r: content, left: maxContent}, make(chan error, 1)
	go func() {
		err := p.send(conn, src)
		if src.err != nil {
			_ = conn.Close() // no verdict on a part
		}
		sent <- err
	}()
	v, err := p.receive(conn)
	_ = conn.Close() // ends the sending, if it goes on
	unsent := <-sent
	switch {
	case src.err != nil:
		return Verdict{}, src.err
	case err == nil && (v.Infected || unsent == nil):
		return v, nil
	case errors.Is(err, ErrTooLarge):
		return Verdict{}, err
	case within.Err() != nil:
		return Verdict{}, unavailable(ctx, errors.New("it took too long"))
	case err == nil:
		return Verdict{}, unavailable(ctx, errors.New("it answered before it had everything"))
	}
	return Verdict{}, unavailable(ctx, err)
}

func (s server) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, KeepAlive: 10 * time.Second}
	return d.DialContext(ctx, s.network, s.addr)
}

// unavailable is err in words, and the caller's own end of patience as such.
func unavailable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("scan for viruses: %w", ctx.Err())
	}
	return fmt.Errorf("scan for viruses: %w: %v", ErrUnavailable, err)
}

// source reads content within its limit, and remembers why it failed.
type source struct {
	r    io.Reader
	left int64
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.left -= int64(n); s.left < 0 {
		n, err = 0, ErrTooLarge
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
