package option

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"text/template"
)

var update = flag.Bool("update", false, "write the manual's page anew")

const (
	manual = "../../docs/howto/message-options.md"
	source = "testdata/message-options.md.tmpl"
)

// The page that people read is made from the table, so that it cannot promise
// anything else. After a change: go test ./gateway/option -update
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
		t.Errorf("%s is not what the table says; go test ./gateway/option -update. Now it would be\n%s", manual, got)
	}
}

func page(t *testing.T) []byte {
	t.Helper()
	tmpl, err := template.ParseFiles(source)
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Rows        []Row
		FullAddress string
	}
	data.Rows, data.FullAddress = Table(), fullAddress()
	var out bytes.Buffer
	if err := tmpl.Execute(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// fullAddress has as many of the options as an address has room for, by their
// examples: 64 octets before the @ (RFC 5321, 4.5.3.1.1).
func fullAddress() string {
	local := "2114367789"
	for _, row := range Table() {
		more := "+" + row.Address + "=" + row.Example
		if row.Address != "" && len(local+more) <= 64 {
			local += more
		}
	}
	return local + "@secure.text"
}

func TestTheManualsAddressIsOne(t *testing.T) {
	local, _, _ := strings.Cut(fullAddress(), "@")
	number, options, found := Cut(local)
	if number != "2114367789" || !found {
		t.Fatalf("Cut: %q, %v", number, found)
	}
	if err := NewForm(Address, languages).SetAll(options); err != nil {
		t.Error(err)
	}
}
