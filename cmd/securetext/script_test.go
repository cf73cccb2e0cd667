package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/html"

	"securetext/store/eventfile"
)

// TestScripts runs each script on both stacks. Besides testscript's own
// commands there are:
//
//	serve [FLAG...]               start the service
//	stop                          end it, as SIGTERM does
//	mail NUMBER SUBJECT BODY [FIELD…]  send a mail, with such fields in its header; prints the SMTP reply
//	post KEY JSON [IDEMPOTENCY]   POST /v1/messages; prints status and body
//	status KEY ID                 GET /v1/messages/ID; prints status and body
//	texts NUMBER N                wait for N links; prints all texts to the number
//	on PHONE                      from now on the patient uses that phone, new at first; it is "own" at the start
//	open NUMBER [N]               open the newest link, or the Nth, in the patient's browser; prints status and words of the page
//	enter PASSWORD                fill it into the page's form and send it; prints the same
//	answer PASSCODE               the same with what was agreed beforehand
//	code NUMBER N                 the same with the Nth code that is texted there
//	guess NUMBER PASSWORD         open the newest link and enter a password until the page says to wait; prints the same
//	tap ADDRESS                   follow the page's link, or press its button, that leads to ADDRESS; prints the same
//	preview NUMBER N              fetch the newest link N times as bots do
//	id NAME KIND                  put the message of the newest such event into a variable; waits for one
//	manifest NAME                 put the manifest of the backup that was just taken into a variable
//	empty                         take everything out of the database
//	holds NAME...                 put the ids that hold list just printed into variables
//	key NAME                      put the API key that was just printed into a variable
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, stack := range []string{embedded, production} {
		t.Run(stack, func(t *testing.T) {
			if stack == production {
				server(t, "TEST_POSTGRES")
				server(t, "TEST_REDIS")
			}
			testscript.Run(t, testscript.Params{
				Files: scripts, RequireExplicitExec: true,
				Setup: func(env *testscript.Env) error { return setUp(env, stack) },
				Cmds:  scriptCommands,
			})
		})
	}
}

// scripted is the world of one script, with its one patient.
type scripted struct {
	*world
	serving *process
	phones  map[string]*browser
	patient *browser // the phone in use
	page    *page
}

func setUp(env *testscript.Env, stack string) error {
	t, ok := env.T().(testing.TB)
	if !ok {
		return fmt.Errorf("%T is no testing.TB", env.T())
	}
	w := newWorld(t, stack)
	env.Vars = append(env.Vars, w.env...)
	env.Setenv("SENDER", w.sender.User)
	own := w.browser()
	env.Values["world"] = &scripted{world: w, patient: own, phones: map[string]*browser{"own": own}}
	env.Defer(func() {
		for _, p := range w.procs {
			p.stop()
		}
	})
	return nil
}

type command = func(s *scripted, args []string) (string, error)

var scriptCommands = func() map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){}
	for name, c := range map[string]command{
		"serve": (*scripted).start, "stop": (*scripted).end, "mail": (*scripted).send,
		"post": (*scripted).post, "status": (*scripted).status, "texts": (*scripted).phone,
		"on": (*scripted).on, "open": (*scripted).visit, "enter": (*scripted).enter, "answer": (*scripted).answer, "code": (*scripted).typeCode,
		"guess": (*scripted).guess, "tap": (*scripted).tap, "preview": (*scripted).preview, "empty": (*scripted).empty,
	} {
		commands[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			out, err := c(ts.Value("world").(*scripted), args)
			fmt.Fprint(ts.Stdout(), out)
			switch {
			case err != nil && !neg:
				ts.Fatalf("%v", err)
			case err == nil && neg:
				ts.Fatalf("it succeeded: %s", out)
			case err != nil:
				fmt.Fprintln(ts.Stderr(), err)
			}
		}
	}
	commands["id"], commands["key"], commands["write"], commands["holds"] = nameID, nameKey, writeBack, nameHolds
	commands["manifest"] = nameManifest
	return commands
}()

// nameID is "id VARIABLE KIND": the message of the newest event of that kind, which
// it waits for, goes into VARIABLE, its recipient into VARIABLE_RECIPIENT.
func nameID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: id VARIABLE KIND")
	}
	s := ts.Value("world").(*scripted)
	var e eventfile.Line
	s.until("there is an event "+args[1], func() bool {
		lines := strings.Split(strings.TrimSpace(s.cli("events", "--kind="+args[1])), "\n")
		return json.Unmarshal([]byte(lines[len(lines)-1]), &e) == nil
	})
	ts.Setenv(args[0], string(e.Message))
	ts.Setenv(args[0]+"_RECIPIENT", string(e.Recipient))
}

// nameKey is "key VARIABLE": the API key that was just printed goes into VARIABLE.
func nameKey(ts *testscript.TestScript, neg bool, args []string) {
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &made); err != nil || neg {
		ts.Fatalf("no key was printed: %v", err)
	}
	ts.Setenv(args[0], made.Key)
}

// nameHolds is "holds VARIABLE...": the ids of the holds that were just listed.
func nameHolds(ts *testscript.TestScript, neg bool, args []string) {
	in := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	for _, name := range args {
		var h holdLine
		if err := in.Decode(&h); err != nil || neg {
			ts.Fatalf("no hold was listed for %s: %v", name, err)
		}
		ts.Setenv(name, string(h.ID))
	}
}

// nameManifest is "manifest VARIABLE": where the manifest of the backup is that was
// just taken. Names are seconds, so it waits for the next.
func nameManifest(ts *testscript.TestScript, neg bool, args []string) {
	var taken backupLine
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &taken); err != nil || neg || len(args) != 1 {
		ts.Fatalf("no backup was taken: %v", err)
	}
	ts.Setenv(args[0], taken.Manifest)
	ts.Value("world").(*scripted).until("the second is over", func() bool { return time.Since(taken.At) >= time.Second })
}

// empty takes everything out of the database, as if another disk had been put in.
func (s *scripted) empty([]string) (string, error) {
	if s.database == "" {
		files, err := filepath.Glob(filepath.Join(s.dir, "data", "securetext.db*"))
		for _, f := range files {
			err = errors.Join(err, os.Remove(f))
		}
		return "", err
	}
	conn, err := pgx.Connect(context.Background(), s.database)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	return "", err
}

func (s *scripted) start(args []string) (string, error) {
	s.serving = s.serve(args...)
	return "", nil
}

func (s *scripted) end([]string) (string, error) {
	s.serving.stop()
	return s.serving.log.String(), nil
}

func (s *scripted) send(args []string) (string, error) {
	if err := s.serving.mail(args[0], args[1], args[2], args[3:]...); err != nil {
		return "", err
	}
	return "250\n", nil
}

func (s *scripted) post(args []string) (string, error) {
	req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("https://localhost:%d/v1/messages", s.first.http), strings.NewReader(args[1]))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if len(args) > 2 {
		req.Header.Set("Idempotency-Key", args[2])
	}
	return s.call(req, args[0])
}

func (s *scripted) status(args []string) (string, error) {
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("https://localhost:%d/v1/messages/%s", s.first.http, args[1]), nil)
	if err != nil {
		return "", err
	}
	return s.call(req, args[0])
}

func (s *scripted) call(req *http.Request, key string) (string, error) {
	req.Header.Set("Authorization", "Bearer "+key)
	status, body, err := do(trustingClient(), req)
	return fmt.Sprintf("%d\n%s\n", status, body), err
}

func (s *scripted) phone(args []string) (string, error) {
	n := 0
	fmt.Sscan(args[1], &n)
	s.link(args[0], n)
	return strings.Join(s.texts(args[0]), "\n") + "\n", nil
}

func (s *scripted) newest(number string) string {
	links := s.links(number)
	if len(links) == 0 {
		return s.link(number, 1)
	}
	return links[len(links)-1]
}

func (s *scripted) on(args []string) (string, error) {
	if s.phones[args[0]] == nil {
		s.phones[args[0]] = s.browser()
	}
	s.patient, s.page = s.phones[args[0]], nil
	return "", nil
}

func (s *scripted) visit(args []string) (string, error) {
	if len(args) == 1 {
		return s.show(s.patient.open(s.newest(args[0])))
	}
	n := 0
	fmt.Sscan(args[1], &n)
	return s.show(s.patient.open(s.link(args[0], n)))
}

func (s *scripted) enter(args []string) (string, error) {
	return s.show(s.patient.submit(s.page, "password", args[0]))
}

func (s *scripted) answer(args []string) (string, error) {
	return s.show(s.patient.submit(s.page, "passcode", args[0]))
}

func (s *scripted) typeCode(args []string) (string, error) {
	n := 0
	fmt.Sscan(args[1], &n)
	return s.show(s.patient.submit(s.page, "code", s.code(args[0], n)))
}

func (s *scripted) guess(args []string) (string, error) {
	for range 20 {
		out, err := s.show(s.patient.withThis(s.newest(args[0]), args[1]))
		if err != nil || s.page.status == http.StatusTooManyRequests {
			return out, err
		}
	}
	return "", fmt.Errorf("20 guesses, and none has to wait")
}

func (s *scripted) tap(args []string) (string, error) {
	return s.show(s.patient.tap(s.page, args[0]))
}

// show is the status and words of a page, which stays the current one.
func (s *scripted) show(p *page, err error) (string, error) {
	if err != nil {
		return "", err
	}
	s.page = p
	words := []string{fmt.Sprint(p.status)}
	for n := range p.root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ") + "\n", nil
}

// bots are those that fetch links before people do.
var bots = []string{
	"WhatsApp/2.23", "facebookexternalhit/1.1", "Twitterbot/1.0", "Mozilla/5.0 (Macintosh) AppleWebKit facebookexternalhit/1.1 Facebot Twitterbot/1.0",
	"Googlebot/2.1", "SkypeUriPreview Preview/0.5", "Mozilla/5.0 (Linux; Android 14) Chrome/120", "curl/8",
}

func (s *scripted) preview(args []string) (string, error) {
	n := 0
	fmt.Sscan(args[1], &n)
	link := s.newest(args[0])
	var statuses []string
	for i := range n {
		req, err := http.NewRequest([]string{http.MethodGet, http.MethodHead}[i%2], link, nil)
		if err != nil {
			return "", err
		}
		req.Header.Set("User-Agent", bots[i%len(bots)])
		if i%3 == 0 {
			req.Header.Set("Sec-Purpose", "prefetch")
		}
		status, _, err := do(trustingClient(), req)
		if err != nil {
			return "", err
		}
		statuses = append(statuses, fmt.Sprint(status))
	}
	return strings.Join(statuses, "\n") + "\n", nil
}
