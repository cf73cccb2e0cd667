package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/emersion/go-smtp"
)

// smarthost is the Postfix of a clinic: it takes the clinic's mail in, and sends
// what is for us on to our submission port. What we refuse it returns to the
// mailbox of its sender, as it does to a clinician.
type smarthost struct {
	*world
	dir  string
	port int
}

// postfix starts one, with folders, mailbox and port of its own.
func postfix(t *testing.T, w *world) func(letter) error {
	path := installed(t, "postfix")
	if os.Geteuid() != 0 {
		t.Skip("WARNING: Postfix starts as root only")
	}
	h := &smarthost{world: w, dir: publicFolder(t), port: newPort(t)}
	h.configure()
	cmd := exec.Command(path, "-c", h.at("etc"), "start-fg")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.stop(cmd) })
	w.until("Postfix listens", func() bool {
		conn, err := net.Dial("tcp", h.address())
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return h.send
}

// stop ends Postfix: the master, for whom a script is waiting.
func (h *smarthost) stop(script *exec.Cmd) {
	b, err := os.ReadFile(h.at("queue", "pid", "master.pid"))
	if pid, _ := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && pid > 1 {
		err = syscall.Kill(pid, syscall.SIGTERM)
	}
	if err != nil {
		h.t.Errorf("stop Postfix: %v", err)
		script.Process.Kill()
	}
	script.Wait()
}

// publicFolder is one that programs of other users get into.
func publicFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "securetext-postfix")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (h *smarthost) at(path ...string) string {
	return filepath.Join(append([]string{h.dir}, path...)...)
}

func (h *smarthost) address() string { return fmt.Sprintf("127.0.0.1:%d", h.port) }

const mailboxUser = 65534 // nobody

// configure writes the settings and makes the folders.
func (h *smarthost) configure() {
	h.t.Helper()
	daemons, err := user.Lookup("postfix")
	if err != nil {
		h.t.Fatal(err)
	}
	id, _ := strconv.Atoi(daemons.Uid)
	for folder, owner := range map[string]int{"etc": 0, "queue": 0, "data": id, "mail": mailboxUser} {
		if err := errors.Join(os.Mkdir(h.at(folder), 0o755), os.Chown(h.at(folder), owner, -1)); err != nil {
			h.t.Fatal(err)
		}
	}
	us := h.first.smtp
	ours, clear := fmt.Sprintf("[localhost]:%d", us), fmt.Sprintf("[127.0.0.1]:%d", us)
	account := h.sender.User + ":"
	for name, content := range map[string]string{
		"main.cf":   strings.NewReplacer("DIR", h.dir, "RELAY", ours).Replace(mainCf),
		"master.cf": h.address() + masterCf,
		"relays":    anyoneInClear + " " + clear + "\n",
		"tls":       clear + " none\n",
		"passwords": fmt.Sprintf("%s %s%s\nceo@riverside.example %[2]s%[3]s\n%s %[2]swrong\n",
			h.sender.User, account, h.sender.Password, wrongPassword),
	} {
		file(h.t, h.at("etc"), name, content)
	}
	ca, err := os.ReadFile(filepath.Join(h.world.dir, "cert.pem"))
	if err == nil {
		err = os.WriteFile(h.at("ca.pem"), ca, 0o644)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// Postfix goes by the envelope's sender: these two are sent on without TLS, and
// with a wrong password.
const (
	anyoneInClear = "clear@riverside.example"
	wrongPassword = "wrong@riverside.example"
)

const mainCf = `
compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
maillog_file_prefixes = DIR
maillog_file = DIR/data/log
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.riverside.example
mydestination =
alias_maps =
virtual_mailbox_domains = riverside.example
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
relayhost = RELAY
sender_dependent_relayhost_maps = texthash:DIR/etc/relays
smtp_host_lookup = native
smtp_tls_security_level = secure
smtp_tls_secure_cert_match = hostname
smtp_tls_CAfile = DIR/ca.pem
smtp_tls_policy_maps = texthash:DIR/etc/tls
smtp_sasl_auth_enable = yes
smtp_sasl_auth_soft_bounce = no
smtp_sasl_security_options = noanonymous
smtp_sender_dependent_authentication = yes
smtp_sasl_password_maps = texthash:DIR/etc/passwords
`

const masterCf = ` inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// send hands a letter to Postfix and waits until it got rid of it. If it was
// returned, the words of the returned mail are the error.
func (h *smarthost) send(l letter) error {
	from := l.From
	switch {
	case !l.TLS:
		from = anyoneInClear
	case l.Password != h.sender.Password:
		from = wrongPassword
	}
	id, err := h.hand(from, l)
	if err != nil {
		return err
	}
	h.until("Postfix is done with "+id, func() bool { return strings.Contains(h.log(), id+": removed") })
	for line := range strings.Lines(h.log()) {
		if strings.Contains(line, id) && strings.Contains(line, "status=bounced") {
			return fmt.Errorf("returned: %s", h.returned(id))
		}
	}
	return nil
}

var queueID = regexp.MustCompile(`queued as (\w+)`)

// hand gives Postfix a letter as a mail program of the clinic does, and returns
// the name that it has in the queue.
func (h *smarthost) hand(from string, l letter) (id string, err error) {
	c, err := smtp.Dial(h.address())
	if err != nil {
		return "", err
	}
	defer c.Close()
	options := &smtp.MailOptions{}
	if l.Raw != "" {
		options.Body, options.UTF8 = smtp.Body8BitMIME, true
	}
	err = c.Mail(from, options)
	asked := &smtp.RcptOptions{}
	if l.Notify != "" {
		asked.Notify = []smtp.DSNNotify{smtp.DSNNotify(l.Notify)}
	}
	for _, to := range l.To {
		err = errors.Join(err, c.Rcpt(to, asked))
	}
	if err != nil {
		return "", err
	}
	data, err := c.Data()
	if err != nil {
		return "", err
	}
	data.Write([]byte(l.written()))
	reply, err := data.CloseWithResponse()
	if err != nil {
		return "", err
	}
	found := queueID.FindStringSubmatch(reply.StatusText)
	if found == nil {
		return "", fmt.Errorf("Postfix says %q", reply.StatusText)
	}
	return found[1], nil
}

func (h *smarthost) log() string {
	b, err := os.ReadFile(h.at("data", "log"))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

// returned is the mail that tells the sender what became of another, its words
// with single blanks between.
func (h *smarthost) returned(id string) (words string) {
	h.until("the sender has the returned mail", func() bool {
		files, err := filepath.Glob(h.at("mail", "box", "new", "*"))
		if err != nil {
			h.t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err == nil && strings.Contains(string(b), "X-Postfix-Queue-ID: "+id) {
				words = strings.Join(strings.Fields(string(b)), " ")
			}
		}
		return words != ""
	})
	return words
}
