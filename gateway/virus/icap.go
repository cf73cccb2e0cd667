package virus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"net/textproto"
	"strings"
)

// icap asks a service of an ICAP server (RFC 3507) by RESPMOD: the content
// travels as the body of a made-up web response, whole and without a preview.
//
// It says that it takes 204 for "unchanged", as servers then answer; so 200 means
// that the server put something else in its place.
type icap struct {
	server
	service string // path and query
}

// The web request and its response that the content is wrapped in. They say
// nothing about it, so that no scanner skips it for its kind.
const (
	webRequest  = "GET http://message.invalid/content HTTP/1.1\r\nHost: message.invalid\r\n\r\n"
	webResponse = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
)

// Scan implements [Scanner].
func (i icap) Scan(ctx context.Context, r io.Reader) (Verdict, error) { return i.ask(ctx, r, i) }

func (i icap) send(w io.Writer, content io.Reader) error {
	out := bufio.NewWriterSize(w, chunk)
	fmt.Fprintf(out, "RESPMOD icap://%s%s ICAP/1.0\r\nHost: %s\r\nAllow: 204\r\nConnection: close\r\n", i.addr, i.service, i.addr)
	fmt.Fprintf(out, "Encapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n\r\n", len(webRequest), len(webRequest)+len(webResponse))
	fmt.Fprint(out, webRequest, webResponse)
	body := httputil.NewChunkedWriter(out)
	if _, err := io.Copy(body, content); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	fmt.Fprint(out, "\r\n") // ends the trailer
	return out.Flush()
}

func (icap) receive(r io.Reader) (Verdict, error) {
	in := textproto.NewReader(bufio.NewReader(r))
	line, err := in.ReadLine()
	if err != nil {
		return Verdict{}, err
	}
	header, err := in.ReadMIMEHeader()
	if err != nil {
		return Verdict{}, errors.New("malformed ICAP header")
	}
	return icapVerdict(line, header)
}

// icapVerdict goes by the headers that scanners agree on, and without them by
// the status.
func icapVerdict(line string, header textproto.MIMEHeader) (Verdict, error) {
	version, rest, _ := strings.Cut(line, " ")
	status, _, _ := strings.Cut(rest, " ")
	if version != "ICAP/1.0" {
		return Verdict{}, errors.New("not an ICAP server")
	}
	if name, found := threat(header); found {
		return infected(name), nil
	}
	switch status {
	case "204":
		return Verdict{}, nil
	case "200", "201":
		return infected(""), nil
	case "413":
		return Verdict{}, ErrTooLarge
	}
	return Verdict{}, errors.New("ICAP status " + plain(status))
}

// threat is what the header says was found, as in
//
//	X-Infection-Found: Type=0; Resolution=2; Threat=Eicar-Signature;
//	X-Virus-ID: Eicar-Signature
//
// X-Violations-Found has names of files, and is only known to be there.
func threat(header textproto.MIMEHeader) (name string, found bool) {
	for param := range strings.SplitSeq(header.Get("X-Infection-Found"), ";") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(param), "Threat="); ok {
			return value, true
		}
	}
	if name = header.Get("X-Virus-ID"); name != "" {
		return name, true
	}
	for _, field := range []string{"X-Infection-Found", "X-Violations-Found"} {
		if value := strings.TrimSpace(header.Get(field)); value != "" && value != "0" {
			return "", true
		}
	}
	return "", false
}
