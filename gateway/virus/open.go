package virus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
)

const (
	clamdPort = "3310"
	icapPort  = "1344" // RFC 3507, 4.2
)

// Open returns the scanner of rawURL, or nil for "", which means none:
//
//	clamd://host[:3310]            clamd, by TCP
//	unix:///run/clamav/clamd.ctl   clamd, by its socket
//	icap://host[:1344]/service     a service of an ICAP server that does RESPMOD
//
// Anything else is an error. Open does not connect, so that a process starts
// while the scanner is away.
func Open(rawURL string) (Scanner, error) {
	if rawURL == "" {
		return nil, nil
	}
	s, err := open(rawURL)
	if err != nil {
		return nil, fmt.Errorf("virus scanner url: %w", err)
	}
	return s, nil
}

func open(rawURL string) (Scanner, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("malformed") // net/url's own error quotes its input
	}
	if u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, errors.New("it may have no user, no password and no #")
	}
	switch u.Scheme {
	case "clamd":
		return openClamd(u)
	case "unix":
		return openSocket(u)
	case "icap":
		return openICAP(u)
	}
	return nil, errors.New("the scheme must be clamd, unix or icap")
}

func openClamd(u *url.URL) (Scanner, error) {
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, errors.New("clamd has a host and a port only")
	}
	addr, err := address(u, clamdPort)
	if err != nil {
		return nil, err
	}
	return clamd{server{"tcp", addr}}, nil
}

func openSocket(u *url.URL) (Scanner, error) {
	if u.Host != "" || len(u.Path) < 2 || u.RawQuery != "" {
		return nil, errors.New("a socket is given as unix:///path")
	}
	return clamd{server{"unix", u.Path}}, nil
}

func openICAP(u *url.URL) (Scanner, error) {
	if len(u.Path) < 2 {
		return nil, errors.New("the ICAP service is missing, as in icap://host/avscan")
	}
	addr, err := address(u, icapPort)
	if err != nil {
		return nil, err
	}
	return icap{server{"tcp", addr}, u.RequestURI()}, nil
}

// address is host:port, with port unless u has its own.
func address(u *url.URL, port string) (string, error) {
	if u.Port() != "" {
		port = u.Port()
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if u.Hostname() == "" || err != nil || n == 0 {
		return "", errors.New("the host or the port is missing or malformed")
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}
