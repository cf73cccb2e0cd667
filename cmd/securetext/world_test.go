package main

import (
	"securetext/store/eventfile"

	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"securetext/configs"
	"securetext/sms/twilio/twiliofake"
)

// The tests wait for processes and for time to pass, and seldom compute: more of
// them than there are processors go on at once, unless -parallel says otherwise.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "4")
	testscript.Main(m, map[string]func(){"securetext": main})
}

const (
	embedded   = "embedded"   // SQLite, memory, console
	production = "production" // Postgres, Redis, the fake of Twilio; MODE alone stays, since it refuses loopback
)

// atExit keeps the race detector from sleeping a second at the end of every
// process. A race that it has seen still ends the process with an error.
const atExit = "atexit_sleep_ms=20"

// world is the service as real processes on one stack, and those who use it.
type world struct {
	t     testing.TB
	dir   string
	env   []string // of every process and command
	fake  *twiliofake.Fake
	clerk *clerk // keeps the book of what the fake was asked

	org    orgLine
	sender appPasswordLine
	first  *process // whose addresses the public URL has
	procs  []*process

	database, redis            string // URLs, for looking into them
	postgresV, redisV, twilioV *valve // between them and the processes
}

// onBoth runs a test on each stack that this machine has.
func onBoth(t *testing.T, f func(t *testing.T, w *world)) {
	t.Parallel()
	for _, stack := range []string{embedded, production} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, stack))
		})
	}
}

// newWorld sets a stack up, empty, with one org and one sender. Nothing runs yet.
func newWorld(t testing.TB, stack string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.first = &process{world: w, smtp: newPort(t), http: newPort(t), console: newPort(t), ops: newPort(t)}
	w.set("PATH", os.Getenv("PATH"), "HOME", w.dir, "GORACE", atExit)
	w.env = append(w.env, w.first.addresses()...)
	w.setting("PUBLIC_URL", fmt.Sprintf("https://localhost:%d", w.first.http), "DATA_DIR", filepath.Join(w.dir, "data"))
	if stack == production {
		w.produce()
	}
	w.json(&w.org, "org", "add", "Riverside Clinic", "--phone=(201) 555-0123")
	w.cli("sender", "add", "ana@riverside.example", "--name=Dr. Ana Lima")
	w.json(&w.sender, "apppassword", "add", "ana@riverside.example")
	t.Cleanup(func() {
		for _, p := range w.procs {
			p.stop()
		}
	})
	return w
}

func (w *world) set(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		w.env = append(w.env, pairs[i]+"="+pairs[i+1])
	}
}

func (w *world) setting(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		w.set(configs.Prefix+pairs[i], pairs[i+1])
	}
}

// produce makes the parts of the production stack.
func (w *world) produce() {
	w.database, w.redis = newDatabase(w.t), server(w.t, "TEST_REDIS")
	w.postgresV, w.redisV = newValve(w.t, w.database), newValve(w.t, w.redis)
	account := twiliofake.Account{SID: "AC" + strings.Repeat("0", 32), AuthToken: strings.Repeat("ab", 16)}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting()}, Timeout: 5 * time.Second}
	w.fake = twiliofake.New(account, time.Now, client)
	w.clerk = &clerk{fake: w.fake, answers: map[string][]answer{}}
	api := httptest.NewServer(w.clerk)
	w.t.Cleanup(func() { w.fake.Close(); api.Close() })
	w.twilioV = newValve(w.t, api.URL)
	cert, key := w.certificate()
	w.setting(
		"DATABASE_URL", w.postgresV.url, "REDIS_URL", w.redisV.url+"?prefix="+w.prefix(),
		"ROOT_KEY", newSecret(), "PHONE_KEY", newSecret(), "PEPPER", newSecret(),
		"TEXTS", "twilio", "TWILIO_BASE_URL", w.twilioV.url, "TWILIO_ACCOUNT_SID", account.SID,
		"TWILIO_AUTH_TOKEN", account.AuthToken, "TWILIO_FROM", "+15005550006",
		"TLS_CERT_FILE", cert, "TLS_KEY_FILE", key, "SMTP_DOMAINS", "secure.text",
	)
}

// prefix keeps this world's sessions apart in the Redis that all tests share.
func (w *world) prefix() string { return fmt.Sprintf("e2e-%d:", w.first.http) }

func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}

// server is the URL in a variable; without it the test skips, and fails in CI.
func server(t testing.TB, variable string) string {
	t.Helper()
	at := os.Getenv(variable)
	if at != "" {
		return at
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not set: run by make test", variable)
	}
	t.Skipf("WARNING: %s is not set: run by make test", variable)
	return ""
}

// newDatabase makes an empty database for one test.
func newDatabase(t testing.TB) string {
	t.Helper()
	admin := server(t, "TEST_POSTGRES")
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	var b [6]byte
	rand.Read(b[:])
	name := fmt.Sprintf("e2e_%x", b)
	do := func(sql string) {
		conn, err := pgx.Connect(context.Background(), admin)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Error(err)
		}
	}
	do("CREATE DATABASE " + name)
	t.Cleanup(func() { do("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

func (w *world) certificate() (certFile, keyFile string) {
	cfg := &configs.Config{PublicURL: "https://localhost", SMTPDomains: []string{"secure.text"}}
	cert, err := selfSigned(cfg, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		w.t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(w.dir, "cert.pem"), filepath.Join(w.dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// trusting is TLS to a server of this test, whose certificate nobody signed.
func trusting() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// cli runs one command to its end and returns what it printed.
func (w *world) cli(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	if err != nil {
		w.t.Fatalf("securetext %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (w *world) try(args ...string) (string, error) {
	cmd := exec.Command("securetext", args...)
	cmd.Env = w.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, errs.String())
	}
	return out.String(), nil
}

func (w *world) json(into any, args ...string) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(w.cli(args...)), into); err != nil {
		w.t.Fatalf("securetext %s: %v", strings.Join(args, " "), err)
	}
}

// events are the kinds of a message's events; of all, for the empty id.
func (w *world) events(message string) []string {
	w.t.Helper()
	args := []string{"events", "--limit=100000"}
	if message != "" {
		args = append(args, "--message="+message)
	}
	var kinds []string
	for line := range strings.Lines(w.cli(args...)) {
		var e eventfile.Line
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			w.t.Fatal(err)
		}
		kinds = append(kinds, string(e.Kind))
	}
	return kinds
}

// process is one running service.
type process struct {
	world                    *world
	smtp, http, console, ops int // ports
	cmd                      *exec.Cmd
	out, log                 safeBuffer // standard output and error
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// serve starts the first process, on its fixed ports; it may have run before.
func (w *world) serve(args ...string) *process {
	w.t.Helper()
	p := &process{world: w, smtp: w.first.smtp, http: w.first.http, console: w.first.console, ops: w.first.ops}
	return p.start(args...)
}

// another starts a further process.
func (w *world) another(args ...string) *process {
	w.t.Helper()
	p := &process{world: w, smtp: newPort(w.t), http: newPort(w.t), console: newPort(w.t), ops: newPort(w.t)}
	return p.start(args...)
}

// addresses are the settings of where it listens.
func (p *process) addresses() []string {
	return []string{
		fmt.Sprintf("SECURETEXT_SMTP_ADDR=127.0.0.1:%d", p.smtp),
		fmt.Sprintf("SECURETEXT_HTTP_ADDR=127.0.0.1:%d", p.http),
		fmt.Sprintf("SECURETEXT_CONSOLE_ADDR=127.0.0.1:%d", p.console),
		fmt.Sprintf("SECURETEXT_OPS_ADDR=127.0.0.1:%d", p.ops),
	}
}

func (p *process) start(args ...string) *process {
	p.world.t.Helper()
	p.launch(args...)
	p.world.until("the process is ready", func() bool {
		status, _ := p.ready()
		return status == http.StatusOK
	})
	return p
}

// ready is what the process says of itself.
func (p *process) ready() (status int, words string) {
	status, words, _ = get(&http.Client{}, fmt.Sprintf("http://127.0.0.1:%d/readyz", p.ops))
	return status, words
}

// launch starts the process, which may not get ready.
func (p *process) launch(args ...string) {
	p.world.t.Helper()
	p.cmd = exec.Command("securetext", append([]string{"serve"}, args...)...)
	p.cmd.Env = append(slices.Clone(p.world.env), p.addresses()...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.log
	if err := p.cmd.Start(); err != nil {
		p.world.t.Fatal(err)
	}
	p.world.procs = append(p.world.procs, p)
}

// stop ends the process as an operator does, and waits for it.
func (p *process) stop() { p.end(syscall.SIGTERM) }

// kill ends it in the middle of whatever it does.
func (p *process) kill() { p.end(syscall.SIGKILL) }

func (p *process) end(sig syscall.Signal) {
	if p.cmd.ProcessState != nil {
		return
	}
	p.cmd.Process.Signal(sig)
	err := p.cmd.Wait()
	if sig == syscall.SIGTERM && err != nil {
		p.world.t.Errorf("the process ended with %v:\n%s", err, p.log.String())
	}
}

// until waits for something that takes a moment.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if done() {
			return
		}
	}
	for _, p := range w.procs {
		w.t.Logf("log:\n%s", p.log.String())
	}
	w.t.Fatalf("waited in vain until %s", what)
}

// mail sends one mail as the sender's mail program would.
func (p *process) mail(number, subject, body string, fields ...string) error {
	return p.rawMail(number, fmt.Sprintf("From: Ana <%s>\r\nTo: %s@secure.text\r\nSubject: %s\r\nMessage-ID: <%d@x>\r\n%s\r\n%s\r\n",
		p.world.sender.User, number, subject, time.Now().UnixNano(), strings.Join(append(fields, ""), "\r\n"), body))
}

func (p *process) rawMail(number, mail string) error {
	c, err := p.signIn()
	if err != nil {
		return err
	}
	defer c.Close()
	return c.SendMail(p.world.sender.User, []string{number + "@secure.text"}, strings.NewReader(mail))
}

// signIn opens a connection, with STARTTLS and AUTH done.
func (p *process) signIn() (*smtp.Client, error) {
	c, err := smtp.DialStartTLS(net.JoinHostPort("127.0.0.1", fmt.Sprint(p.smtp)), trusting())
	if err != nil {
		return nil, err
	}
	c.CommandTimeout, c.SubmissionTimeout = 20*time.Second, 20*time.Second
	if err := c.Auth(sasl.NewPlainClient("", p.world.sender.User, p.world.sender.Password)); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// code is the SMTP code of an error; 0 for none, and for what is no reply.
func code(err error) int {
	if reply, ok := errors.AsType[*smtp.SMTPError](err); ok {
		return reply.Code
	}
	return 0
}

// links are those that the phone has got by text so far, oldest first.
func (w *world) links(number string) []string {
	w.t.Helper()
	var links []string
	for _, body := range w.texts(number) {
		if link := body[strings.LastIndexByte(body, ' ')+1:]; strings.HasPrefix(link, "https://") {
			links = append(links, link)
		}
	}
	return links
}

// texts are the words of the texts that the phone has got so far, oldest first.
func (w *world) texts(number string) []string {
	var bodies []string
	if w.fake != nil {
		for _, t := range w.fake.Texts() {
			if t.To == number {
				bodies = append(bodies, t.Body)
			}
		}
		return bodies
	}
	_, page, err := get(&http.Client{}, fmt.Sprintf("http://127.0.0.1:%d/outbox.json?to=%s", w.first.ops, url.QueryEscape(number)))
	if err != nil {
		w.t.Fatal(err)
	}
	var texts []struct{ Body string }
	if err := json.Unmarshal([]byte(page), &texts); err != nil {
		w.t.Fatal(err)
	}
	for _, t := range texts {
		bodies = append([]string{t.Body}, bodies...)
	}
	return bodies
}

// link waits until the phone has got n links, and returns the last.
func (w *world) link(number string, n int) string {
	w.t.Helper()
	w.until(fmt.Sprintf("there are %d links", n), func() bool { return len(w.links(number)) >= n })
	return w.links(number)[n-1]
}

// at is a link as another process would serve it.
func (p *process) at(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		p.world.t.Fatal(err)
	}
	u.Host = fmt.Sprintf("localhost:%d", p.http)
	return u.String()
}

// browser is a patient's, new.
func (w *world) browser() *browser {
	b, err := newBrowser(trusting())
	if err != nil {
		w.t.Fatal(err)
	}
	b.client.Timeout = 20 * time.Second
	return b.with(context.Background())
}

// prove is a browser that the patient's phone does not know, once the code that
// was texted for it is typed; and that code.
func (w *world) prove(link string) (*browser, string) {
	w.t.Helper()
	b := w.browser()
	p, err := b.askCode(link)
	if err != nil {
		w.t.Fatal(err)
	}
	code := w.code(number, 1)
	if p, err = b.submit(p, "code", code); err != nil || p.status != http.StatusOK {
		w.t.Fatalf("the code: %+v, %v", p, err)
	}
	return b, code
}

// code waits until the phone has got n codes, and returns the last.
func (w *world) code(number string, n int) string {
	w.t.Helper()
	var codes []string
	w.until(fmt.Sprintf("there are %d codes", n), func() bool {
		codes = nil
		for _, body := range w.texts(number) {
			if isCode(body) {
				codes = append(codes, codeIn(body))
			}
		}
		return len(codes) >= n
	})
	return codes[n-1]
}

// get is a bare request, as a preview makes it.
func get(c *http.Client, link string) (int, string, error) {
	req, err := http.NewRequest(http.MethodGet, link, nil)
	if err != nil {
		return 0, "", err
	}
	return do(c, req)
}

func do(c *http.Client, req *http.Request) (int, string, error) {
	c.Timeout = 20 * time.Second
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func trustingClient() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: trusting()}}
}
