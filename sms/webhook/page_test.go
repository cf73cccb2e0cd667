package webhook_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/webhook"
	"securetext/sms/webhook/webhookfake"
)

// page is what integrators go by. What it says is held true here.
func page(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/howto/connect-an-sms-gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestThePagesExampleIsSignedAsItSays(t *testing.T) {
	example := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^(secret|time|body|header): +(.*)$`).FindAllStringSubmatch(page(t), -1) {
		example[line[1]] = line[2]
	}
	seconds, err := strconv.ParseInt(example["time"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(seconds, 0)
	if want := webhookfake.Sign(example["secret"], at, example["body"]); example["header"] != want {
		t.Errorf("header is %s, want %s", example["header"], want)
	}
	w := newWebhook(t, "http://127.0.0.1:1", clock(at), func(c *webhook.Config) { c.Secret = example["secret"] })
	got, err := w.Callback(posted(example["body"], example["header"]))
	if want := (sms.Status{Text: "txt_06h0j3k95296pyh601q6dhgk5g", ProviderID: "gw-1", State: sms.Delivered}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// Each row of the page's table of codes is a word that is known, and means what
// the row says.
func TestThePagesCodesAreKnown(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [^|]* \\| (never|not before|in 10 to 60 minutes)[^|]* \\|$").FindAllStringSubmatch(page(t), -1)
	if len(rows) != 9 {
		t.Errorf("the page has %d codes", len(rows))
	}
	w := newCallbacks(t)
	for _, row := range rows {
		got, err := w.Callback(signed(fmt.Sprintf(`{"id":"gw-1","state":"undelivered","code":%q}`, row[1])))
		if err != nil || got.Code != "webhook_"+row[1] {
			t.Errorf("%s: got %+v, %v", row[1], got, err)
		}
		means := "in 10 to 60 minutes"
		switch {
		case errors.Is(got.Means, sms.ErrPermanent):
			means = "never"
		case errors.Is(got.Means, sms.ErrHalt):
			means = "not before"
		}
		if got.Transient != (means == "in 10 to 60 minutes") || means != row[2] {
			t.Errorf("%s: the page says %q, got %+v", row[1], row[2], got)
		}
	}
}

func TestThePageShowsTheExampleThatIsTested(t *testing.T) {
	example, err := os.ReadFile("testdata/gateway.py")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page(t), "\n```python\n"+string(example)+"```\n") {
		t.Error("the page's example is not testdata/gateway.py")
	}
}

// runExample starts the page's example, and returns its URL.
func runExample(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("no python3")
	case err != nil:
		t.Skip("no python3")
	}
	cmd := exec.Command(python, "testdata/gateway.py")
	cmd.Env = append(os.Environ(), "SECRET="+secret, "PORT=0", "no_proxy=127.0.0.1")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port) + "/texts"
}

func TestThePagesExampleIsAGateway(t *testing.T) {
	base := runExample(t)
	heard := make(chan sms.Status, 1)
	var w *webhook.Webhook
	hook, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := w.Callback(r)
		if err != nil {
			t.Errorf("Callback: %v", err)
		}
		heard <- s
	}))
	w = newWebhook(t, base, func(c *webhook.Config) { c.CallbackURL = hook })
	receipt, err := w.Send(t.Context(), newText(t, "txt_1"))
	if err != nil {
		t.Fatal(err)
	}
	want := sms.Status{Text: "txt_1", ProviderID: receipt.ProviderID, State: sms.Delivered}
	select {
	case got := <-heard:
		if got != want {
			t.Errorf("heard %+v, want %+v", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Error("heard nothing")
	}
	if again, err := w.Send(t.Context(), newText(t, "txt_1")); err != nil || again != receipt {
		t.Errorf("again: %+v, %v; want %+v", again, err, receipt)
	}
	if got, err := w.Report(t.Context(), receipt.ProviderID); err != nil || got != want {
		t.Errorf("Report: %+v, %v; want %+v", got, err, want)
	}
	found, err := w.Find(t.Context(), sms.Query{Texts: []string{"txt_0", "txt_1"}})
	if err != nil || len(found) != 1 || found[0].Text != "txt_1" || time.Since(found[0].At).Abs() > time.Minute {
		t.Errorf("Find: %+v, %v", found, err)
	}
	for name, stranger := range map[string]*webhook.Webhook{
		"another secret": newWebhook(t, base, func(c *webhook.Config) { c.Secret += "!" }),
		"six minutes":    newWebhook(t, base, clock(time.Now().Add(-6*time.Minute))),
	} {
		_, err := stranger.Send(t.Context(), newText(t, "txt_2"))
		checkError(t, err, sms.ErrHalt, "webhook_http_401")
		_, err = stranger.Find(t.Context(), sms.Query{Texts: []string{"txt_1"}})
		if !errors.Is(err, sms.ErrHalt) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}
