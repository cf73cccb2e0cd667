package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"golang.org/x/sync/errgroup"

	"securetext/configs"
	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/token"
)

type demoCmd struct {
	Once bool `help:"Run the whole path unattended, read the message back as a patient would, and exit."`
}

// demo is a service with made-up data and somebody to use it.
type demo struct {
	*service
	p      *program
	folder string
	org    store.Org
	sender store.Sender
	pass   appPasswordLine
	began  time.Time
	seen   int // the last text
}

// The made-up people of the demo. The number is one of those kept for fiction.
const (
	demoClinic   = "Riverside Clinic"
	demoPhone    = "(201) 555-0123"
	demoSender   = "ana.lima@riverside.example"
	demoNumber   = "2015550147"
	demoPassword = "three quiet herons"

	demoStaffPassword = "five otters swim in line"
)

// Run starts the service on loopback in a folder of its own, which is removed
// at the end, and sends it a mail.
func (c *demoCmd) Run(ctx context.Context, p *program) error {
	folder, err := os.MkdirTemp("", "securetext-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d, err := newDemo(ctx, p, folder)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.run(ctx) })
	g.Go(func() error {
		if c.Once {
			defer stop()
			return d.once(ctx)
		}
		return d.stay(ctx)
	})
	return errors.Join(g.Wait(), d.close())
}

// newDemo starts a service on its usual ports, or on others if those are taken.
func newDemo(ctx context.Context, p *program, folder string) (*demo, error) {
	settings := filepath.Join(folder, "demo.env")
	if err := writeDemoSettings(settings, folder); err != nil {
		return nil, err
	}
	cfg, err := configs.Load(settings, nil)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(folder, "log"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	d := &demo{p: p, folder: folder, began: p.now()}
	if d.service, err = newService(ctx, cfg, newLog(log, cfg), io.Discard, p.now); err != nil {
		return nil, err
	}
	if err := d.furnish(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func writeDemoSettings(path, folder string) error {
	smtp, http, console, ops := freePort(2587), freePort(8443), freePort(8444), freePort(9090)
	return os.WriteFile(path, fmt.Appendf(nil,
		"DATA_DIR=%s\nSMTP_ADDR=127.0.0.1:%d\nHTTP_ADDR=127.0.0.1:%d\nPUBLIC_URL=https://localhost:%[3]d\n"+
			"CONSOLE_ADDR=127.0.0.1:%[4]d\nCONSOLE_URL=https://localhost:%[4]d\nOPS_ADDR=127.0.0.1:%[5]d\n",
		folder, smtp, http, console, ops), 0o600)
}

// freePort is the port if nothing listens there, else one that is free.
func freePort(port int) int {
	for _, try := range []int{port, 0} {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", try)); err == nil {
			defer l.Close()
			return l.Addr().(*net.TCPAddr).Port
		}
	}
	return port
}

// furnish adds the org, its sender and the sender's app password.
func (d *demo) furnish(ctx context.Context) (err error) {
	add := orgAddCmd{Name: demoClinic, Phone: demoPhone, Region: "US", Lang: "en"}
	if d.org, err = add.org(d.cfg, d.began); err != nil {
		return err
	}
	key, err := d.keys.NewOrgKey(ctx, string(d.org.ID), 1)
	if err != nil {
		return err
	}
	if err := d.store.AddOrg(ctx, d.org, key, operator(), d.began); err != nil {
		return err
	}
	d.sender = store.Sender{ID: store.NewSenderID(d.began), Org: d.org.ID, Email: demoSender, Name: "Dr. Ana Lima", Created: d.began}
	if err := d.store.AddSender(ctx, d.sender, operator(), d.began); err != nil {
		return err
	}
	if d.pass, err = addAppPassword(ctx, d.house, d.sender, "demo", operator(), d.began); err != nil {
		return err
	}
	return d.employ(ctx)
}

// employ adds somebody who may do everything in the console, and writes in the
// sender's name.
func (d *demo) employ(ctx context.Context) error {
	who := store.Staff{
		ID: store.NewStaffID(d.began), Org: d.org.ID, Email: demoSender, Name: d.sender.Name, Roles: store.AllRoles, Created: d.began,
	}
	t := token.New()
	if err := d.store.AddStaff(ctx, who, store.Invite{Hash: t.Hash(), Until: d.began.Add(store.InviteLife)}, operator(), d.began); err != nil {
		return err
	}
	hash, err := d.hasher.Hash(ctx, demoStaffPassword)
	if err != nil {
		return err
	}
	_, err = d.store.SetUpStaff(ctx, t.Hash(), store.Proofs{Password: hash}, operator(), d.began)
	return err
}

// send sends one real mail over SMTP, with STARTTLS and AUTH, and returns the
// text that it makes the phone receive.
func (d *demo) send(ctx context.Context, subject, body string) (string, error) {
	c, err := smtp.DialStartTLS(d.doors[0].listener.Addr().String(), &tls.Config{ServerName: "localhost", RootCAs: d.roots()})
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.Auth(sasl.NewPlainClient("", d.pass.User, d.pass.Password)); err != nil {
		return "", err
	}
	to := demoNumber + "@" + d.cfg.SMTPDomains[0]
	mail := fmt.Sprintf("From: Dr. Ana Lima <%s>\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%d@riverside.example>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", demoSender, to, subject, d.p.now().UnixNano(), body)
	if err := c.SendMail(demoSender, []string{to}, strings.NewReader(mail)); err != nil {
		return "", err
	}
	d.step("mail to %s answered 250: sealed and stored", to)
	return d.receive(ctx, hasLink)
}

// receive waits for the next text of a sort, and shows all as the phone would.
func (d *demo) receive(ctx context.Context, wanted func(text string) bool) (string, error) {
	n, err := phone.Parse(demoNumber, d.org.Region)
	if err != nil {
		return "", err
	}
	for {
		next, err := d.roads.console.Next(ctx, n, d.seen)
		if err != nil {
			return "", err
		}
		d.seen = next.Seq
		d.step("text to the phone: %s", next.Text.Body())
		if wanted(next.Text.Body()) {
			return next.Text.Body(), nil
		}
	}
}

func hasLink(text string) bool {
	_, ok := sms.FindToken(text)
	return ok
}

// roots trusts the certificate that this run signed for itself.
func (d *demo) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(d.tls.Certificates[0].Leaf)
	return pool
}

// step prints what has happened, and when since the start.
func (d *demo) step(format string, args ...any) {
	fmt.Fprintf(d.p.out, "%8.1f ms  %s\n", float64(d.p.now().Sub(d.began).Microseconds())/1000, fmt.Sprintf(format, args...))
}

// stay sends the mail, says what to do, and waits to be stopped.
func (d *demo) stay(ctx context.Context) error {
	text, err := d.send(ctx, "Your test results", "Good news: your results are normal.\n\nAna Lima")
	if err != nil {
		return err
	}
	fmt.Fprintf(d.p.out, `
Open the link of that text in a browser (it will warn of a certificate that this
machine signed for itself), set a password, and read:

    %s

The patient's texts:   http://%s/outbox
The staff's console:   %s, as %s, password %s
What happened so far:  securetext --config=%s/demo.env events
To write yourself:     any mail program; server %s, STARTTLS,
                       user %s, password %s,
                       to <phone number>@%s

Ctrl-C ends the demo and removes its data.
`, linkOf(text), d.listeners.ops.Addr(), d.cfg.ConsoleURL, demoSender, demoStaffPassword, d.folder, d.doors[0].listener.Addr(), d.pass.User, d.pass.Password, d.cfg.SMTPDomains[0])
	<-ctx.Done()
	return nil
}

// linkOf is the link that a text ends with.
func linkOf(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }
