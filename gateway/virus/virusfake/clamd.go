package virusfake

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
)

const maxChunk = 1 << 20

// Clamd starts a fake clamd.
func Clamd(t testing.TB) *Server {
	t.Helper()
	return start(t, "clamd", "", serveClamd)
}

// ClamdSocket starts a fake clamd that listens on a Unix socket.
func ClamdSocket(t testing.TB) *Server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clamd.ctl")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, l, "unix://"+path, serveClamd)
}

func serveClamd(s *Server, conn net.Conn) error {
	done, err := misbehave(s.now(), conn, words{
		clean:    "stream: OK\x00",
		full:     "INSTREAM size limit exceeded. ERROR\x00",
		confused: "PONG\x00",
		broken:   "stream: Can't allocate\nmemory ERROR\x00",
	})
	if done {
		return err
	}
	in := bufio.NewReader(conn)
	command, err := in.ReadString(0)
	if err != nil {
		return err
	}
	if command != "zINSTREAM\x00" {
		return fmt.Errorf("%w: command %q", errProtocol, command)
	}
	content, err := readChunks(in)
	if err != nil {
		return err
	}
	answer := "stream: OK\x00"
	if s.found(content) {
		answer = "stream: " + Name + "(44d88612fea8a8f36de82e1278abb02f:68) FOUND\x00"
	}
	_, err = io.WriteString(conn, answer)
	return err
}

// readChunks reads chunks up to the one of no bytes.
func readChunks(in io.Reader) (content []byte, err error) {
	for {
		var size uint32
		if err := binary.Read(in, binary.BigEndian, &size); err != nil {
			return nil, err
		}
		if size == 0 {
			return content, nil
		}
		if size > maxChunk {
			return nil, fmt.Errorf("%w: a chunk of %d bytes", errProtocol, size)
		}
		chunk := make([]byte, size)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		content = append(content, chunk...)
	}
}
