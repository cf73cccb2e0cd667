package session_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"securetext/pickup/session"
)

func TestS13IDIs256RandomBits(t *testing.T) {
	seen := make(map[session.ID]bool)
	var union, common session.ID
	for i := range common {
		common[i] = 0xff
	}
	for range 200 {
		id := session.NewID()
		seen[id] = true
		for i, b := range id {
			union[i] |= b
			common[i] &= b
		}
	}
	if len(seen) != 200 {
		t.Errorf("200 IDs, %d of them different", len(seen))
	}
	if len(union)*8 != 256 || union != session.ID(bytes.Repeat([]byte{0xff}, 32)) || common != (session.ID{}) {
		t.Errorf("some of the 256 bits never change")
	}
}

func TestS13KeyIsSHA256OfID(t *testing.T) {
	id := session.NewID()
	if got, want := id.Key(), session.Key(sha256.Sum256(id[:])); got != want {
		t.Errorf("key %s, want %s", got, want)
	}
}

func TestS24IDPrintsAsNothing(t *testing.T) {
	id := session.NewID()
	secrets := []string{
		string(id[:]), hex.EncodeToString(id[:]), strings.ToUpper(hex.EncodeToString(id[:])),
		base64.RawURLEncoding.EncodeToString(id[:]), base64.StdEncoding.EncodeToString(id[:]),
		fmt.Sprint([]byte(id[:])), strings.Trim(fmt.Sprint([]byte(id[:])), "[]"),
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%o", "%b", "%U", "%T %v"} {
		fmt.Fprintf(&out, verb+"\n", id)
		fmt.Fprintf(&out, verb+"\n", struct{ ID session.ID }{id})
		fmt.Fprintf(&out, verb+"\n", &id)
	}
	if err := json.NewEncoder(&out).Encode(map[string]any{"id": id}); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "id", id, "in", struct{ ID session.ID }{id})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "id", id, "in", struct{ ID session.ID }{id})
	for _, secret := range secrets {
		if strings.Contains(out.String(), secret) {
			t.Errorf("printed the ID as %q", secret)
		}
	}
	if !strings.Contains(out.String(), "[session]") {
		t.Error("printed nothing in its place")
	}
}

// FuzzParseID: an ID has one spelling, and nothing else is an ID.
func FuzzParseID(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("A", 42) + "B") // bits beyond the 256th
	f.Add(strings.Repeat("A", 43) + "=")
	f.Add(strings.Repeat("A", 21) + "\n" + strings.Repeat("A", 21))
	f.Add(strings.Repeat("_-", 21) + "A")
	f.Fuzz(func(t *testing.T, value string) {
		id, ok := session.ParseID(value)
		if !ok && id != (session.ID{}) {
			t.Errorf("%q is no ID, yet one was returned", value)
		}
		if ok && base64.RawURLEncoding.EncodeToString(id[:]) != value {
			t.Errorf("%q is another spelling of an ID", value)
		}
	})
}

// What a page shows of a session must not lead to it.
func TestS13HandleIsNeitherIDNorKey(t *testing.T) {
	id := session.NewID()
	h := string(id.Key().Handle())
	if len(h) != 16 || len(h) >= len(id.Key().String()) || strings.Contains(hex.EncodeToString(id[:]), h) {
		t.Errorf("the handle %q tells too much of the session", h)
	}
	if _, ok := session.ParseID(h); ok {
		t.Error("a handle is taken for an ID")
	}
	if h == string(session.NewID().Key().Handle()) {
		t.Error("two sessions have one handle")
	}
}
