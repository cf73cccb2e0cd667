package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

type layer struct {
	name     string
	packages []string
}

// layers are the packages from the top down. Each may import only what stands
// in a lower layer, and nothing of its own.
var layers = []layer{
	{name: "wiring", packages: []string{"cmd/securetext"}},
	{name: "roles", packages: []string{"gateway", "gateway/notice", "sms/courier", "pickup", "web/console", "store/notary", "store/keeper", "store/lookout"}},
	{name: "backends", packages: []string{"store/sqlite", "store/postgres", "store/seal/vault", "store/seal/kms", "pickup/session/memory", "pickup/session/redis", "sms/console", "sms/twilio", "sms/kannel", "sms/webhook", "sms/sandbox"}},
	{name: "shared by backends", packages: []string{"store/sqlstore"}},
	{name: "settings", packages: []string{"store/setting"}},
	{name: "made of events", packages: []string{"store/disclosure"}},
	{name: "shared by roles", packages: []string{"store/suppression", "store/insist", "store/recent", "store/audit", "store/eventfile", "gateway/option", "web/letter"}},
	{name: "contracts", packages: []string{"store", "pickup/session", "sms"}},
	{name: "leaves", packages: []string{"store/seal", "store/person", "store/token", "store/passcode", "store/group", "store/archive", "store/merkle", "store/sigv4", "sms/phone", "sms/reason", "sms/clock", "pickup/password", "pickup/passkey", "pickup/device", "pickup/photo", "gateway/mail", "gateway/dmarc", "gateway/limit", "gateway/virus", "gateway/outbound", "web", "web/idp", "configs"}},
}

// forTests are imported by tests alone.
var forTests = []string{"gateway/dmarc/fakedns", "store/storetest", "store/seal/sealtest", "store/seal/vault/vaultfake", "store/seal/kms/kmsfake", "store/sqlite/sqlitetest", "pickup/session/sessiontest", "pickup/passkey/passkeytest", "sms/twilio/twiliofake", "sms/kannel/kanneltest", "sms/webhook/webhookfake", "gateway/virus/virusfake", "web/webtest", "web/idp/idpfake"}

func layerOf(pkg string) int {
	return slices.IndexFunc(layers, func(l layer) bool { return slices.Contains(l.packages, pkg) })
}

func TestImportsGoDownOnly(t *testing.T) {
	for pkg, imports := range ours(t) {
		if slices.Contains(forTests, pkg) {
			continue
		}
		from := layerOf(pkg)
		if from < 0 {
			t.Errorf("%s is in no layer: add it to one", pkg)
			continue
		}
		for _, imported := range imports {
			to := layerOf(imported)
			switch {
			case slices.Contains(forTests, imported):
				t.Errorf("%s imports %s, which is for tests", pkg, imported)
			case to < 0 || from < to && !sideways(from, to):
			default:
				t.Errorf("%s (%s) imports %s (%s)", pkg, layers[from].name, imported, layers[to].name)
			}
		}
	}
}

// sideways: roles stand on contracts, never on a backend.
func sideways(from, to int) bool {
	return layers[from].name == "roles" && (layers[to].name == "backends" || layers[to].name == "shared by backends")
}

// ours are our packages, without the module's name, and which of us they import.
func ours(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "securetext/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string][]string{}
	for in := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		var imports []string
		for _, i := range p.Imports {
			if rest, ok := strings.CutPrefix(i, "securetext/"); ok {
				imports = append(imports, rest)
			}
		}
		found[strings.TrimPrefix(p.ImportPath, "securetext/")] = imports
	}
}
