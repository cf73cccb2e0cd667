package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/eventfile"
)

// file writes what a command prints to a file of the world's folder.
func (w *world) file(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// fails runs a command that has to fail, and returns what it says.
func (w *world) fails(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("securetext", args...)
	cmd.Env = w.env
	out, err := cmd.CombinedOutput()
	if err == nil {
		w.t.Errorf("securetext %s: it succeeded: %s", strings.Join(args, " "), out)
	}
	return string(out)
}

// pageProgram is the program of docs/howto/prove-the-log.md.
func pageProgram(t *testing.T, w *world) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/howto/prove-the-log.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "```python\n")
	program, _, found := strings.Cut(after, "```\n")
	if !found {
		t.Fatal("the page has no program")
	}
	return w.file("check.py", program)
}

// What we hand out is checked by the program of the page, which knows nothing of us:
// SHA-256, Ed25519 and the page.
func TestS34AThirdPartyChecksReceiptsByThePage(t *testing.T) {
	t.Parallel()
	python, openssl := installed(t, "python3"), installed(t, "openssl")
	w := newWorld(t, embedded)
	key := strings.TrimSpace(w.cli("audit", "key"))
	program := pageProgram(t, w)
	check := func(path string) (string, error) {
		cmd := exec.Command(python, program, path, key)
		cmd.Env = []string{"PATH=" + filepath.Dir(openssl) + ":" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	p := w.serve()
	if err := p.mail("2114367789", "subject", "words"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.browser().withPassword(w.link(number, 1)); err != nil {
		t.Fatal(err)
	}
	for range 40 { // so that there is more than one tile
		w.cli("apikey", "add", w.sender.User, "--label=x")
	}
	id := w.eventsOf(store.Read)[0].Message
	w.cli("wipe", string(id))
	for name, args := range map[string][]string{
		"wiped": {"receipt", "--wipe=" + string(id)}, "shown": {"receipt", "--number=2114367789"},
		"message": {"prove", "--message=" + string(id)}, "all": append([]string{"prove"}, w.seqs()...),
	} {
		text := w.cli(append([]string{"audit"}, args...)...)
		var d audit.Document
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		path := w.file(name+".json", text)
		if out, err := check(path); err != nil || !strings.HasPrefix(out, fmt.Sprintf("%d events are in the log of localhost", len(d.Events))) {
			t.Errorf("%s: the page's program says %q, %v", name, out, err)
		}
		w.cli("audit", "check", path, "--key="+key)
		for what, forged := range forgeries(text) {
			path := w.file("forged.json", forged)
			if out, err := check(path); err == nil {
				t.Errorf("%s with another %s: the page's program says %q", name, what, out)
			}
			w.fails("audit", "check", path, "--key="+key)
		}
	}
	if w.fails("audit", "receipt", "--wipe=msg_0") == "" {
		t.Error("no reason is given")
	}
}

// forgeries are a document with something changed in it.
func forgeries(text string) map[string]string {
	forged := map[string]string{
		"time": strings.Replace(text, `"at":17`, `"at":18`, 1),
		"org":  strings.Replace(text, `"org":"org_`, `"org":"orh_`, 1),
		"size": strings.Replace(text, `\n5`, `\n6`, 1),
		"name": strings.Replace(text, `"checkpoint":"localhost`, `"checkpoint":"otherhost`, 1),
	}
	for what, f := range forged {
		if f == text {
			delete(forged, what)
		}
	}
	return forged
}

// eventsOf are the events of a kind.
func (w *world) eventsOf(kind store.Kind) []eventfile.Line {
	w.t.Helper()
	var found []eventfile.Line
	for line := range strings.Lines(w.cli("events", "--kind="+string(kind))) {
		var e eventfile.Line
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			w.t.Fatal(err)
		}
		found = append(found, e)
	}
	if len(found) == 0 {
		w.t.Fatalf("no event of kind %s", kind)
	}
	return found
}

// seqs are those of all events.
func (w *world) seqs() []string {
	var seqs []string
	for line := range strings.Lines(w.cli("events")) {
		var e eventfile.Line
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			w.t.Fatal(err)
		}
		seqs = append(seqs, fmt.Sprint(e.Seq))
	}
	return seqs
}

// The notary is killed again and again while mails come in: the log has no gap, no
// double, and fits all checkpoints that were pushed.
func TestS34TheLogOutlivesKills(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.setting("AUDIT_FILE", filepath.Join(w.dir, "checkpoints.txt"))
		for round := range 5 {
			p := w.serve()
			for i := range 3 {
				if err := p.mail("2114367789", "s", fmt.Sprintf("words-%d-%d", round, i)); err != nil {
					t.Fatal(err)
				}
			}
			p.kill()
			w.cli("audit", "checkpoint", "--now")
			w.cli("audit", "verify")
		}
		p := w.serve()
		w.until("the last checkpoint is pushed", func() bool {
			file, _ := os.ReadFile(filepath.Join(w.dir, "checkpoints.txt"))
			return strings.HasSuffix(strings.TrimSpace(string(file)), strings.TrimSpace(w.cli("audit", "checkpoint")))
		})
		_, metrics, err := get(trustingClient(), fmt.Sprintf("http://127.0.0.1:%d/metrics", p.ops))
		for _, name := range []string{"securetext_log_waiting", "securetext_log_oldest_seconds", "securetext_log_broken 0"} {
			if err != nil || !strings.Contains(metrics, name) {
				t.Errorf("metrics: no %s: %v", name, err)
			}
		}
		p.stop()
		w.cli("audit", "verify")
	})
}
