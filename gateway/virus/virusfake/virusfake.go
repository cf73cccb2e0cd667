// Package virusfake stands in for virus scanners in tests: clamd by its INSTREAM
// command, and an ICAP server (RFC 3507) with one RESPMOD service.
//
// Both find the EICAR test string and nothing else, are strict about what they
// are sent, and fail as they are told to. Their URLs are for virus.Open.
package virusfake

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// Name is what the fakes call what they find.
const Name = "Eicar-Signature"

// EICAR is the test string that every scanner takes for a virus. It is put
// together when the program runs, so that no scanner finds it in a file of ours.
func EICAR() []byte {
	return []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}` + `$` + "EICAR" + `-STANDARD-ANTIVIRUS-` + "TEST" + `-FILE!$H+H*`)
}

// Mood is how a fake behaves.
type Mood int

// The moods.
const (
	Well      Mood = iota
	Silent         // takes everything and says nothing
	HangUp         // hangs up at once
	Hasty          // says that all is clean before it was sent anything
	Full           // takes no more than a few bytes, and says so
	Confused       // answers what is no answer
	Broken         // answers that it could not scan
	Talkative      // answers without end
	Trickling      // ICAP: sends the content back as it comes, and cuts a virus short
)

// Server is a fake scanner.
type Server struct {
	URL string

	listener net.Listener
	mu       sync.Mutex
	mood     Mood
	scanned  [][]byte
	wrong    []error
	conns    map[net.Conn]bool
}

// talk serves one connection.
type talk func(s *Server, conn net.Conn) error

// start serves on a free port of this machine until the test ends. What clients
// do wrong fails the test.
func start(t testing.TB, scheme, path string, serve talk) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return run(t, l, scheme+"://"+l.Addr().String()+path, serve)
}

func run(t testing.TB, l net.Listener, url string, serve talk) *Server {
	s := &Server{URL: url, listener: l, conns: make(map[net.Conn]bool)}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(conn, serve) })
		}
	})
	t.Cleanup(func() {
		s.Stop()
		all.Wait()
		for _, err := range s.Wrong() {
			t.Errorf("fake scanner: %v", err)
		}
	})
	return s
}

// serve keeps what the client did wrong. Hanging up is nothing wrong.
func (s *Server) serve(conn net.Conn, serve talk) {
	s.mu.Lock()
	s.conns[conn] = true
	s.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	defer conn.Close()
	err := serve(s, conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	if errors.Is(err, errProtocol) {
		s.wrong = append(s.wrong, err)
	}
}

// errProtocol: the client broke the protocol.
var errProtocol = errors.New("protocol")

// Set changes the mood, for connections from now on.
func (s *Server) Set(m Mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mood = m
}

// Scanned returns the contents that were sent whole.
func (s *Server) Scanned() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scanned
}

// Wrong returns what clients did wrong since it was last asked.
func (s *Server) Wrong() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wrong := s.wrong
	s.wrong = nil
	return wrong
}

// Stop ends the fake, and all its connections with it.
func (s *Server) Stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}

func (s *Server) now() Mood {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mood
}

// found keeps content, and reports whether it holds the test string.
func (s *Server) found(content []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scanned = append(s.scanned, content)
	return bytes.Contains(content, EICAR())
}
