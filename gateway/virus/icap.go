package virus

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"
)

// icap asks a service of an ICAP server (RFC 3507) by RESPMOD: the content
// travels as the body of a made-up web response, whole and without a preview.
//
// It says that it takes 204 for "unchanged". A server that began to send the
// content back before it had scanned all of it can no longer say so: then what
// comes back is compared, and anything else than the content is a virus.
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
func (i icap) Scan(ctx context.Context, r io.Reader) (Verdict, error) {
	x := &respmod{icap: i, sent: sha256.New()}
	v, err := i.ask(ctx, r, x)
	if err != nil {
		return Verdict{}, err
	}
	return x.compared(v), nil
}

// respmod is one request.
type respmod struct {
	icap
	sent     hash.Hash
	returned []byte // digest of what the server sent back, nil if nothing
}

// compared is the verdict in the light of what the server sent back, if it did.
func (x *respmod) compared(v Verdict) Verdict {
	if x.returned != nil && !bytes.Equal(x.returned, x.sent.Sum(nil)) {
		return infected("")
	}
	return v
}

func (x *respmod) send(w io.Writer, content io.Reader) error {
	out := bufio.NewWriterSize(w, chunk)
	fmt.Fprintf(out, "RESPMOD icap://%s%s ICAP/1.0\r\nHost: %s\r\nAllow: 204\r\nConnection: close\r\n", x.addr, x.service, x.addr)
	fmt.Fprintf(out, "Encapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n\r\n", len(webRequest), len(webRequest)+len(webResponse))
	fmt.Fprint(out, webRequest, webResponse)
	body := httputil.NewChunkedWriter(out)
	if _, err := io.Copy(body, io.TeeReader(content, x.sent)); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	fmt.Fprint(out, "\r\n") // ends the trailer
	return out.Flush()
}

func (x *respmod) receive(r io.Reader) (Verdict, error) {
	bounded := &io.LimitedReader{R: r, N: maxAnswer}
	in := textproto.NewReader(bufio.NewReader(bounded))
	line, err := in.ReadLine()
	if err != nil {
		return Verdict{}, err
	}
	header, err := in.ReadMIMEHeader()
	if err != nil {
		return Verdict{}, errors.New("malformed ICAP header")
	}
	v, returned, err := icapVerdict(line, header)
	if returned {
		bounded.N = 2 * maxContent // chunks of a few bytes each are the longest
		x.returned, err = bodyDigest(in.R, header.Get("Encapsulated"))
	}
	return v, err
}

// icapVerdict goes by the headers that scanners agree on, and without them by
// the status. returned tells that what comes back must be compared.
func icapVerdict(line string, header textproto.MIMEHeader) (v Verdict, returned bool, err error) {
	version, rest, _ := strings.Cut(line, " ")
	status, _, _ := strings.Cut(rest, " ")
	if version != "ICAP/1.0" {
		return Verdict{}, false, errors.New("not an ICAP server")
	}
	if name, found := threat(header); found {
		return infected(name), false, nil
	}
	switch status {
	case "204":
		return Verdict{}, false, nil
	case "200":
		return Verdict{}, true, nil
	case "201":
		return infected(""), false, nil
	case "413":
		return Verdict{}, false, ErrTooLarge
	}
	return Verdict{}, false, errors.New("ICAP status " + plain(status))
}

// bodyDigest reads the body of an answer and returns its digest: that of nothing
// where there is none. encapsulated says where the body begins (RFC 3507, 4.4.1).
func bodyDigest(in *bufio.Reader, encapsulated string) ([]byte, error) {
	digest := sha256.New()
	_, at, found := strings.Cut(encapsulated, "res-body=")
	if !found {
		return digest.Sum(nil), nil
	}
	offset, err := strconv.ParseUint(strings.TrimSpace(at), 10, 16)
	if err != nil || offset > maxAnswer {
		return nil, errors.New("malformed Encapsulated header")
	}
	if _, err := in.Discard(int(offset)); err != nil {
		return nil, err
	}
	if _, err := io.Copy(digest, httputil.NewChunkedReader(in)); err != nil {
		return nil, err
	}
	return digest.Sum(nil), nil
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
