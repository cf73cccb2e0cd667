package kanneltest

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// Operators go by the page's configuration. What the tests run with is that, but
// for where things are, what the carrier is, and how long is waited.
func TestThePagesConfigurationIsTheOneTested(t *testing.T) {
	page, err := os.ReadFile("../../../docs/howto/connect-an-sms-gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	_, conf, _ := strings.Cut(string(page), "```\ngroup = core\n")
	conf, _, found := strings.Cut("group = core\n"+conf, "```")
	if !found {
		t.Fatal("the page has no configuration")
	}
	k := &Kannel{inbound: "https://host/?from=%p&to=%P&charset=%C&text=%b", carrier: &Carrier{}, SMSC: "carrier", User: "securetext"}
	shown, tested := groups(t, conf), groups(t, k.config())
	if !slices.Equal(slices.Sorted(maps.Keys(shown)), slices.Sorted(maps.Keys(tested))) {
		t.Fatalf("the page has the groups %q", slices.Sorted(maps.Keys(shown)))
	}
	for group, lines := range tested {
		for key, value := range lines {
			got, on := shown[group][key]
			switch {
			case slices.Contains(testsOnly, key) && on:
				t.Errorf("%s: %s is for tests only", group, key)
			case slices.Contains(testsOnly, key), slices.Contains(places, key) && on:
			case got != value:
				t.Errorf("%s: %s is %q on the page, %q in tests", group, key, got, value)
			}
		}
		for key := range shown[group] {
			if _, on := lines[key]; !on && key != "log-file" && key != "log-level" {
				t.Errorf("%s: %s is on the page, and in no test", group, key)
			}
		}
	}
}

// What differs from one Kannel to another, and what only makes ours impatient and
// its carrier easy to read.
var (
	places = []string{
		"admin-port", "admin-password", "smsbox-port", "store-location", "dlr-spool", "host", "port", "smsc-username", "smsc-password",
		"bearerbox-port", "sendsms-port", "http-queue-delay", "username", "password", "get-url",
	}
	testsOnly = []string{"sms-resend-freq", "alt-charset", "reconnect-delay", "denied-smsc-id"}
)

// groups reads a configuration as Kannel does: a blank line ends a group.
func groups(t *testing.T, conf string) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for group := range strings.SplitSeq(strings.TrimSpace(conf), "\n\n") {
		lines := map[string]string{}
		for line := range strings.Lines(group) {
			key, value, _ := strings.Cut(line, "=")
			lines[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
		if lines["group"] == "" {
			t.Errorf("a group without a name: %q", group)
		}
		found[lines["group"]] = lines
	}
	return found
}
