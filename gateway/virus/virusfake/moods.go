package virusfake

import (
	"io"
	"net"
)

// words are what a protocol says in each mood.
type words struct{ clean, full, confused, broken string }

// misbehave serves conn where the mood is to, and reports whether it did.
func misbehave(m Mood, conn net.Conn, w words) (done bool, err error) {
	switch m {
	case Well, Trickling:
		return false, nil
	case Silent:
		_, err = io.Copy(io.Discard, conn)
	case HangUp:
	case Hasty:
		_, err = io.WriteString(conn, w.clean)
		_, _ = io.CopyN(io.Discard, conn, 1<<20)
	case Full:
		_, _ = io.CopyN(io.Discard, conn, 8)
		_, err = io.WriteString(conn, w.full)
		_, _ = io.Copy(io.Discard, conn)
	case Confused:
		err = answerAfter(conn, w.confused)
	case Broken:
		err = answerAfter(conn, w.broken)
	case Talkative:
		for err == nil {
			_, err = io.WriteString(conn, "X-Filler: all work and no play\r\n")
		}
	}
	return true, err
}

// answerAfter answers once something came, and reads on until the client is gone.
func answerAfter(conn net.Conn, answer string) error {
	if _, err := io.CopyN(io.Discard, conn, 8); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, answer); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	return err
}
