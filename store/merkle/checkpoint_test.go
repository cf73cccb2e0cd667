package merkle

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

var signedAt = time.Date(2026, 11, 26, 23, 42, 7, 0, time.UTC)

func signed(t testing.TB, k *Key, origin string) (Checkpoint, string) {
	t.Helper()
	c := Checkpoint{Origin: origin, Size: 1234, Root: LeafHash([]byte("x")), At: signedAt}
	text, err := k.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, text
}

func TestASignedCheckpointOpens(t *testing.T) {
	k := NewKey([32]byte{1})
	for _, origin := range []string{"msg.clinic.example", "localhost:8443", "[::1]:8443", "192.0.2.1"} {
		c, text := signed(t, k, origin)
		got, err := Open(text, NewKey([32]byte{2}).Public(), k.Public())
		if err != nil || got != c {
			t.Errorf("%s: got %+v, %v, want %+v", origin, got, err, c)
		}
	}
}

// The signature is over the text before the empty line, by the key that was handed
// out: checked here with nothing but the standard library.
func TestS34ACheckpointIsCheckedByAnybody(t *testing.T) {
	k := NewKey([32]byte{1})
	_, note := signed(t, k, "msg.clinic.example")
	named, err := k.Public().Named("msg.clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(named, "+", 3)
	public, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || public[0] != 1 {
		t.Fatalf("key %s: %v", named, err)
	}
	text, signature, _ := strings.Cut(note, "\n— msg.clinic.example ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signature))
	if err != nil || fmt.Sprintf("%08x", binary.BigEndian.Uint32(raw)) != parts[1] {
		t.Fatalf("signature %s: %v", signature, err)
	}
	if !ed25519.Verify(public[1:], []byte(text), raw[4:]) {
		t.Error("the signature does not hold")
	}
}

func TestS34AnythingElseIsNoCheckpoint(t *testing.T) {
	k := NewKey([32]byte{1})
	_, good := signed(t, k, "log.example")
	bad := map[string]string{
		"empty": "", "a word": "x", "no signature": good[:strings.Index(good, "\n\n")],
		"another size": strings.Replace(good, "1234", "1235", 1), "another time": strings.Replace(good, "23:42", "23:43", 1),
		"another origin": strings.ReplaceAll(good, "log.example", "log.examples"),
		"cut short":      good[:len(good)-10], "two in one": good + good,
	}
	for i := range good {
		flipped := []byte(good)
		flipped[i] ^= 4
		bad[fmt.Sprint("byte ", i)] = string(flipped)
	}
	for name, text := range bad {
		if c, err := Open(text, k.Public()); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: got %+v, %v, want ErrCheckpoint", name, c, err)
		}
	}
	if _, err := Open(good, NewKey([32]byte{2}).Public()); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("another's key: got %v", err)
	}
	if _, err := Open(good); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("no key: got %v", err)
	}
}

func TestAPublicKeyIsReadBack(t *testing.T) {
	for i := range 200 { // some have a + in their base64
		k := NewKey([32]byte{byte(i), 9}).Public()
		named, err := k.Named("localhost:8443")
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePublicKey(named + "\n")
		if err != nil || !bytes.Equal(got, k) {
			t.Fatalf("%s: got %v, %v", named, got, err)
		}
		if _, err := ParsePublicKey(named[:len(named)-4]); err == nil {
			t.Errorf("a key cut short is taken")
		}
	}
	for _, no := range []string{"", "x", "a+b", "a+b+c", "PRIVATE+KEY+a+12345678+AAAA"} {
		if _, err := ParsePublicKey(no); err == nil {
			t.Errorf("%q is taken for a key", no)
		}
	}
}

func TestS24TheAuditKeyPrintsAsNothing(t *testing.T) {
	k := NewKey([32]byte{1, 2, 3})
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", fmt.Sprint(k))
	for _, printed := range []string{fmt.Sprintf("%v %+v %#v %s %x %d", k, k, k, k, k, k), log.String()} {
		for _, secret := range [][]byte{k.sign, k.mark, k.hook} {
			for _, form := range []string{string(secret), fmt.Sprintf("%x", secret), fmt.Sprint(secret), base64.StdEncoding.EncodeToString(secret)} {
				if strings.Contains(printed, form) {
					t.Error("the key prints")
				}
			}
		}
	}
}

func TestS23EachPurposeHasItsOwnKey(t *testing.T) {
	k := NewKey([32]byte{1})
	if bytes.Equal(k.mark, k.hook) || bytes.Equal(k.sign.Seed(), k.mark) || bytes.Equal(k.sign.Seed(), make([]byte, 32)) {
		t.Error("two purposes share a key")
	}
	a := k.Mark(1, Hash{1})
	for _, b := range []Mark{k.Mark(2, Hash{1}), k.Mark(1, Hash{2}), NewKey([32]byte{2}).Mark(1, Hash{1})} {
		if a == b {
			t.Error("two leaves, or two keys, have one mark")
		}
	}
}
