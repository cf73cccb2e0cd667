package sandbox_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"text/template"

	"securetext/sms/console"
	"securetext/sms/sandbox"
)

var update = flag.Bool("update", false, "write the manual's page anew")

const (
	manual = "../../docs/howto/rehearse.md"
	source = "testdata/rehearse.md.tmpl"
)

// The page that people read is made from the table, so that it cannot promise
// anything else. After a change: go test ./sms/sandbox -update
func TestManualIsTheTable(t *testing.T) {
	got := page(t)
	if *update {
		if err := os.WriteFile(manual, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the table says; go test ./sms/sandbox -update. Now it would be\n%s", manual, got)
	}
}

func page(t *testing.T) []byte {
	t.Helper()
	tmpl, err := template.New("rehearse.md.tmpl").Funcs(template.FuncMap{"ladder": ladder}).ParseFiles(source)
	if err != nil {
		t.Fatal(err)
	}
	data := struct {
		Outcomes []sandbox.Outcome
		Keep     int
	}{sandbox.Outcomes(), console.Keep}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// ladder shows events, with the reasons of those that have one.
func ladder(events []string) string {
	shown := make([]string, len(events))
	for i, event := range events {
		kind, detail, explained := strings.Cut(event, ": ")
		shown[i] = "`" + kind + "`"
		if explained {
			shown[i] += " (`" + detail + "`)"
		}
	}
	return strings.Join(shown, " → ")
}
