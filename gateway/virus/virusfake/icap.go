package virusfake

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strings"
	"testing"
)

// Service is the path of the fake ICAP server's one service.
const Service = "/avscan"

// ICAP starts a fake ICAP server.
func ICAP(t testing.TB) *Server {
	t.Helper()
	return start(t, "icap", Service, serveICAP)
}

const unchanged = "ICAP/1.0 204 No Modifications Needed\r\nISTag: \"fake\"\r\n\r\n"

func serveICAP(s *Server, conn net.Conn) error {
	done, err := misbehave(s.now(), conn, words{
		clean:    unchanged,
		full:     "ICAP/1.0 413 Request Entity Too Large\r\n\r\n",
		confused: "HTTP/1.1 200 OK\r\n\r\n",
		broken:   "ICAP/1.0 500 Server error\r\n\r\n",
	})
	if done {
		return err
	}
	in := bufio.NewReader(conn)
	offsets, err := readRequest(in, s.listener.Addr().String())
	if err != nil {
		return err
	}
	if err := readHeaders(in, offsets); err != nil {
		return err
	}
	if s.now() == Trickling {
		return trickle(s, in, conn)
	}
	content, err := readContent(in)
	if err != nil {
		return err
	}
	answer := unchanged
	if s.found(content) {
		answer = blocked()
	}
	_, err = io.WriteString(conn, answer)
	return err
}

// offsets are where the encapsulated parts begin.
type offsets struct{ response, body int }

// readRequest reads what is ICAP's own of a request.
func readRequest(in *bufio.Reader, host string) (o offsets, err error) {
	text := textproto.NewReader(in)
	line, err := text.ReadLine()
	if err != nil {
		return o, err
	}
	header, err := text.ReadMIMEHeader()
	if err != nil {
		return o, err
	}
	if want := "RESPMOD icap://" + host + Service + " ICAP/1.0"; line != want {
		return o, fmt.Errorf("%w: %q, want %q", errProtocol, line, want)
	}
	for name, want := range map[string]string{"Host": host, "Allow": "204", "Preview": ""} {
		if got := header.Get(name); got != want {
			return o, fmt.Errorf("%w: %s is %q, want %q", errProtocol, name, got, want)
		}
	}
	_, err = fmt.Sscanf(header.Get("Encapsulated"), "req-hdr=0, res-hdr=%d, res-body=%d", &o.response, &o.body)
	if err != nil || o.response <= 0 || o.body <= o.response || o.body > 8<<10 {
		return o, fmt.Errorf("%w: Encapsulated is %q", errProtocol, header.Get("Encapsulated"))
	}
	return o, nil
}

// readHeaders reads the web request and its response, each where the offsets say.
func readHeaders(in *bufio.Reader, o offsets) error {
	headers := make([]byte, o.body)
	if _, err := io.ReadFull(in, headers); err != nil {
		return err
	}
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(headers[:o.response])))
	if err != nil || !bytes.HasSuffix(headers[:o.response], []byte("\r\n\r\n")) {
		return fmt.Errorf("%w: the web request: %v", errProtocol, err)
	}
	if _, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(headers[o.response:])), request); err != nil || !bytes.HasSuffix(headers, []byte("\r\n\r\n")) {
		return fmt.Errorf("%w: the web response: %v", errProtocol, err)
	}
	return nil
}

// readContent reads the chunked body.
func readContent(in *bufio.Reader) ([]byte, error) {
	content, err := io.ReadAll(httputil.NewChunkedReader(in))
	if err != nil {
		return nil, err
	}
	if end, err := in.ReadString('\n'); err != nil || end != "\r\n" {
		return nil, fmt.Errorf("%w: the body ends in %q", errProtocol, end)
	}
	return content, nil
}

// heldBack is how much of the content is kept until all is scanned.
const heldBack = 100

// trickle sends the content back while it comes, so that no web browser gives
// up waiting; the end of it only if it is clean.
func trickle(s *Server, in *bufio.Reader, conn io.Writer) error {
	fmt.Fprintf(conn, "ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=%d\r\n\r\n%s", len(okay), okay)
	body, back := httputil.NewChunkedReader(in), httputil.NewChunkedWriter(conn)
	var content []byte
	buf, sent := make([]byte, 4<<10), 0
	for {
		n, err := body.Read(buf)
		content = append(content, buf[:n]...)
		if upTo := len(content) - heldBack; upTo > sent {
			_, _ = back.Write(content[sent:upTo])
			sent = upTo
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if !s.found(content) && sent < len(content) {
		_, _ = back.Write(content[sent:])
	}
	_ = back.Close()
	_, err := io.WriteString(conn, "\r\n")
	return err
}

const okay = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"

// blocked is the answer in place of a virus.
func blocked() string {
	page := "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n"
	return strings.Join([]string{
		"ICAP/1.0 200 OK", `ISTag: "fake"`,
		"X-Infection-Found: Type=0; Resolution=2; Threat=" + Name + ";",
		"X-Violations-Found: 1", "\tcontent", "\t" + Name, "\t0", "\t0",
		fmt.Sprintf("Encapsulated: res-hdr=0, res-body=%d", len(page)), "", page + "7\r\nblocked\r\n0\r\n\r\n",
	}, "\r\n")
}
