package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"securetext/gateway"
	"securetext/gateway/dmarc"
)

// door is one way in for mail, with its socket.
type door struct {
	*gateway.SMTP
	network, addr string
	listener      net.Listener
}

// openDoors are those that the settings name. They do not listen yet.
func (s *service) openDoors(intake *gateway.Intake) []door {
	var doors []door
	for _, d := range []struct {
		kind          gateway.Door
		network, addr string
	}{
		{gateway.DoorSubmission, "tcp", s.cfg.SMTPAddr},
		{gateway.DoorSubmissionTLS, "tcp", s.cfg.SMTPSAddr},
		{gateway.DoorRelay, "tcp", s.cfg.RelayAddr},
		{gateway.DoorLMTP, "unix", s.cfg.LMTPSocket},
	} {
		if d.addr == "" {
			continue
		}
		doors = append(doors, door{network: d.network, addr: d.addr, SMTP: &gateway.SMTP{
			Intake: intake, Door: d.kind, Hostname: s.cfg.SMTPHostname, Domains: s.cfg.SMTPDomains, TLS: s.tls,
			ProxyFrom: s.cfg.ProxyFrom, DMARC: &dmarc.Check{Resolver: resolver(s.cfg.DNSServer)},
			DefaultRegion: s.cfg.DefaultRegion, RegisterURL: s.cfg.RegisterURL,
			Grace: s.cfg.ShutdownGrace, Log: s.log,
		}})
	}
	return doors
}

// resolver asks one name server, or whom the machine asks.
func resolver(server string) *net.Resolver {
	if server == "" {
		return net.DefaultResolver
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server)
	}}
}

// listen opens the door's socket. A Unix socket that a killed process left
// behind is replaced, and whoever shares the process's group may use it.
func (d *door) listen() (err error) {
	if d.network == "unix" {
		if err := removeSocket(d.addr); err != nil {
			return fmt.Errorf("LMTP_SOCKET: %w", err)
		}
	}
	if d.listener, err = net.Listen(d.network, d.addr); err != nil || d.network != "unix" {
		return err
	}
	return os.Chmod(d.addr, 0o660)
}

// removeSocket removes a socket that nobody answers, and nothing else.
func removeSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket", path)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return fmt.Errorf("another process answers at %s", path)
	}
	return os.Remove(path)
}
