package notice

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"securetext/gateway/outbound"
	"securetext/sms/phone"
	"securetext/store"
)

// page is what integrators go by. What it says is held true here.
func page(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/howto/webhook.md")
	must(t, err)
	return string(b)
}

// example is the worked example of the page.
func example(t *testing.T) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^(secret|time|body|header): +(.*)$`).FindAllStringSubmatch(page(t), -1) {
		lines[line[1]] = line[2]
	}
	return lines
}

func TestThePagesExampleIsWhatIsPosted(t *testing.T) {
	said := example(t)
	number, err := phone.Parse(theNumber, "")
	must(t, err)
	seconds, err := strconv.ParseInt(said["time"], 10, 64)
	must(t, err)
	at := time.Unix(seconds, 0)
	m := &Mailer{Config: Config{PublicURL: "https://msg.clinic.example"}}
	body, err := m.hookBody(store.DueNotice{
		Kind: store.Overdue, Detail: "3", Org: store.Org{ID: "org_06h0j3jy2zb0vjwdv66851mp7c"}, Message: "msg_06h0j3k95296pyh601q6dhgk5g",
		Reference: "lab-4711", Created: at.Add(-(4*time.Hour + 45*time.Minute)), ReadBy: at.Add(-45 * time.Minute),
	}, number)
	if err != nil || string(body) != said["body"] {
		t.Errorf("the body is %s, %v\nthe page says %s", body, err, said["body"])
	}
	if got := outbound.NewSecret(said["secret"]).Sign(at, said["body"]); got != said["header"] {
		t.Errorf("the header is %s\nthe page says %s", got, said["header"])
	}
	if n := strings.Count(page(t), "\n"+said["body"]+"\n"); n != 1 {
		t.Errorf("the page shows the body of the example %d times as a request", n)
	}
}

func TestThePageTellsOfEachMember(t *testing.T) {
	var members []string
	for f := range reflect.TypeFor[hookEvent]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		members = append(members, name)
	}
	_, table, _ := strings.Cut(page(t), "| member | |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		told = append(told, row[1])
	}
	if !slices.Equal(told, members) {
		t.Errorf("the page tells of %v, the body has %v", told, members)
	}
}

// Each row of the page's table of answers means what it says.
func TestThePagesAnswersMeanWhatItSays(t *testing.T) {
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| [^|]+ \| (done|given up at once|tried again) \|$`).FindAllStringSubmatch(page(t), -1) {
		rows[row[1]] = row[2]
	}
	for row, statuses := range map[string][]int{
		"any 2xx": {200, 204}, "410": {410}, "any 3xx, any other 4xx": {302, 401, 404}, "408, 425, 429": {408, 425, 429},
		"any 5xx, no answer, no connection, no valid certificate": {500, 503},
	} {
		for _, status := range statuses {
			got := map[string]string{"done": "done", "drop": "given up at once", "again": "tried again", "rest": "tried again"}[kindOf(
				poster{}.meaning(&http.Response{StatusCode: status, Header: http.Header{}}))]
			if rows[row] != got {
				t.Errorf("%d: %s, the page says %q of %q", status, got, rows[row], row)
			}
		}
	}
	if len(rows) != 5 {
		t.Errorf("the page has %d rows: %v", len(rows), rows)
	}
}

func TestThePageShowsTheExampleThatIsTested(t *testing.T) {
	receiver, err := os.ReadFile("testdata/receiver.py")
	must(t, err)
	if !strings.Contains(page(t), "\n```python\n"+string(receiver)+"```\n") {
		t.Error("the page's example is not testdata/receiver.py")
	}
}

// runReceiver starts the page's example. It returns its URL, and what it prints.
func runReceiver(t *testing.T) (url string, printed *bufio.Reader) {
	t.Helper()
	python, err := exec.LookPath("python3")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("no python3")
	case err != nil:
		t.Skip("no python3")
	}
	cmd := exec.Command(python, "testdata/receiver.py")
	cmd.Env = append(os.Environ(), "SECRET="+hookKey, "PORT=0")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	printed = bufio.NewReader(out)
	port, err := printed.ReadString('\n')
	must(t, err)
	return "http://127.0.0.1:" + strings.TrimSpace(port) + "/securetext", printed
}

func TestThePagesExampleHearsOfEachRoundOnce(t *testing.T) {
	url, printed := runReceiver(t)
	p := newHookPeer(t).poster()
	send := func(id, secret string, at time.Time) error {
		body := fmt.Sprintf(`{"type":"message.overdue","id":%q,"message":"msg_01","round":3}`, id)
		return p.post(t.Context(), post{url: url, id: id, body: []byte(body), signature: outbound.NewSecret(secret).Sign(at, body)})
	}
	now := time.Now()
	for name, err := range map[string]error{
		"another secret":  send("0", hookKey+"!", now),
		"six minutes old": send("0", hookKey, now.Add(-6*time.Minute)),
	} {
		if err == nil || Code(err) != "webhook_http_401" {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	for _, id := range []string{"1", "1", "2"} {
		if err := send(id, hookKey, now); err != nil {
			t.Errorf("%s: got error %v", id, err)
		}
	}
	for range 2 {
		if line, err := printed.ReadString('\n'); err != nil || line != "msg_01 is overdue, round 3\n" {
			t.Errorf("printed %q, %v", line, err)
		}
	}
	if n := printed.Buffered(); n != 0 {
		t.Errorf("printed %d bytes more", n)
	}
}
