package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var here = Place{Org: "org_1", Message: "msg_1", Recipient: "rcp_1", Part: PartContent}

func TestSealRoundTrip(t *testing.T) {
	key := NewKey()
	for _, p := range []Plaintext{nil, []byte("x"), bytes.Repeat([]byte("long "), 40_000)} {
		c := key.Seal(p, here)
		if len(c) != len(p)+Overhead {
			t.Errorf("%d bytes sealed to %d, want %d more", len(p), len(c), Overhead)
		}
		if len(p) > 8 && bytes.Contains(c, p[:8]) { // one byte is among the random ones now and then
			t.Error("the ciphertext holds the plaintext")
		}
		got, err := key.Open(c, here)
		if err != nil || !bytes.Equal(got, p) {
			t.Errorf("Open: %v, %v; want what was sealed", got, err)
		}
	}
}

func TestSealIsRandomised(t *testing.T) {
	key := NewKey()
	if bytes.Equal(key.Seal(Plaintext("same"), here), key.Seal(Plaintext("same"), here)) {
		t.Error("the same text sealed twice gives the same bytes")
	}
}

func TestS21CiphertextCannotBeMoved(t *testing.T) {
	key := NewKey()
	c := key.Seal(Plaintext("result"), here)
	for _, there := range []Place{
		{Org: "org_2", Message: "msg_1", Recipient: "rcp_1"},
		{Org: "org_1", Message: "msg_2", Recipient: "rcp_1"},
		{Org: "org_1", Message: "msg_1", Recipient: "rcp_2"},
		{Org: "org_1", Message: "msg_1", Recipient: "rcp_1", Part: 1},
		{Org: "org_1", Message: "msg_1", Recipient: "rcp_1", Part: PartKey},
		{Org: "org_1m", Message: "sg_1", Recipient: "rcp_1"},
		{Org: "org_1", Message: "msg_1rcp_1"},
		{Org: "org_1", Message: "msg_1", Recipient: "rcp_1", Reply: "rpl_1"},
		{},
	} {
		if _, err := key.Open(c, there); !errors.Is(err, ErrTampered) {
			t.Errorf("opened at %+v: got error %v, want ErrTampered", there, err)
		}
	}
	if _, err := NewKey().Open(c, here); !errors.Is(err, ErrTampered) {
		t.Errorf("opened under another key: %v", err)
	}
	if _, err := (Key{}).Open(c, here); !errors.Is(err, ErrTampered) {
		t.Errorf("opened under no key: %v", err)
	}
}

func TestS21EveryAlteredByteIsNoticed(t *testing.T) {
	key := NewKey()
	c := key.Seal(Plaintext("result"), here)
	for i := range c {
		bad := slices.Clone(c)
		bad[i] ^= 1
		if _, err := key.Open(bad, here); !errors.Is(err, ErrTampered) {
			t.Fatalf("byte %d altered: got error %v, want ErrTampered", i, err)
		}
	}
	for n := range c {
		if _, err := key.Open(c[:n], here); !errors.Is(err, ErrTampered) {
			t.Fatalf("cut to %d bytes: got error %v, want ErrTampered", n, err)
		}
	}
}

func TestWrap(t *testing.T) {
	outer, inner := NewKey(), NewKey()
	w := outer.Wrap(inner, here)
	got, err := outer.Unwrap(w, here)
	if err != nil || got.ID() != inner.ID() {
		t.Fatalf("Unwrap: %v, %v; want the key wrapped", got.ID(), err)
	}
	if _, err := outer.Open(w, here); !errors.Is(err, ErrTampered) {
		t.Error("a wrapped key opens as content")
	}
	if _, err := outer.Unwrap(outer.seal([]byte("short"), Place{Part: PartKey}, 0, true), Place{}); !errors.Is(err, ErrTampered) {
		t.Error("five bytes unwrap as a key")
	}
}

func sealed(key Key, p Plaintext, at Place) []Ciphertext {
	return slices.Collect(key.SealChunks(p, at))
}

func stream(cs []Ciphertext) iter.Seq2[Ciphertext, error] {
	return func(yield func(Ciphertext, error) bool) {
		for _, c := range cs {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func TestChunksRoundTrip(t *testing.T) {
	key := NewKey()
	for _, n := range []int{0, 1, ChunkSize - 1, ChunkSize, ChunkSize + 1, 3*ChunkSize + 5} {
		p := bytes.Repeat([]byte{7}, n)
		cs := sealed(key, p, here)
		if len(cs) != Chunks(int64(n)) {
			t.Errorf("%d bytes: %d chunks, want %d", n, len(cs), Chunks(int64(n)))
		}
		var out bytes.Buffer
		if err := key.OpenChunks(&out, stream(cs), int64(n), here); err != nil || !bytes.Equal(out.Bytes(), p) {
			t.Errorf("%d bytes: got %d back, %v", n, out.Len(), err)
		}
	}
}

func TestS21ChunksAreBoundInOrderAndEnd(t *testing.T) {
	key := NewKey()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(t, "chunks")
		p := bytes.Repeat([]byte{1}, (n-1)*ChunkSize+rapid.IntRange(1, 100).Draw(t, "rest"))
		cs := sealed(key, p, here)
		size := int64(len(p))
		i, j := rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, n-1).Draw(t, "j")
		switch rapid.SampledFrom([]string{"drop", "cut", "repeat", "swap", "flip", "splice", "shorten"}).Draw(t, "damage") {
		case "drop":
			cs = slices.Delete(cs, i, i+1)
		case "cut":
			cs = cs[:n-1]
		case "repeat":
			cs = slices.Insert(cs, i, cs[j])
		case "swap":
			if i == j {
				return
			}
			cs[i], cs[j] = cs[j], cs[i]
		case "flip":
			cs[i] = slices.Clone(cs[i])
			cs[i][rapid.IntRange(0, len(cs[i])-1).Draw(t, "byte")] ^= 0x80
		case "splice":
			other := here
			other.Part++
			cs[i] = sealed(key, p, other)[i]
		case "shorten":
			size -= ChunkSize
			cs = cs[:n-1]
		}
		if err := key.OpenChunks(&bytes.Buffer{}, stream(cs), size, here); !errors.Is(err, ErrTampered) {
			t.Fatalf("got error %v, want ErrTampered", err)
		}
	})
}

func TestOpenChunksPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	chunks := func(yield func(Ciphertext, error) bool) { yield(nil, broken) }
	if err := NewKey().OpenChunks(&bytes.Buffer{}, chunks, 1, here); !errors.Is(err, broken) {
		t.Errorf("got error %v, want the source's", err)
	}
}

func TestS24NothingPrints(t *testing.T) {
	const secret = "Hepatitis B: positive"
	key := NewKey()
	keys := NewKeyring(nil, key)
	keys.opened[OrgVersion{"org", 1}] = key
	values := []any{
		keys, Plaintext(secret), key, NewIndex(key), &key, []any{Plaintext(secret), key},
		struct{ P Plaintext }{Plaintext(secret)}, map[string]Key{"k": key},
	}
	raw := string(key.raw[:])
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			got := fmt.Sprintf(verb, v)
			for _, leak := range []string{secret, raw, fmt.Sprint(key.raw[:])[1:9], fmt.Sprintf("%x", secret), fmt.Sprintf("%x", raw), base64.StdEncoding.EncodeToString([]byte(raw))} {
				if strings.Contains(strings.ToLower(got), strings.ToLower(leak)) {
					t.Errorf("%s of %T shows it: %s", verb, v, got)
				}
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "p", Plaintext(secret), "k", key, "i", NewIndex(key), "r", keys)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "p", Plaintext(secret), "k", key, "i", NewIndex(key), "r", keys)
	j, err := json.Marshal(map[string]any{"p": Plaintext(secret)})
	if err != nil {
		t.Fatal(err)
	}
	if out := log.String() + string(j); strings.Contains(out, secret) || strings.Contains(out, base64.StdEncoding.EncodeToString([]byte(secret))) {
		t.Errorf("shown: %s", out)
	}
}

func TestParseKey(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))
	k, err := ParseKey(" " + good + "\n")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := ParseKey(good)
	if k.ID() != again.ID() || k.ID() == NewKey().ID() || len(k.ID()) != 12 {
		t.Errorf("ids %s, %s", k.ID(), again.ID())
	}
	for _, bad := range []string{"", "secret", good[:40], good + good, strings.Repeat("!", 44)} {
		if _, err := ParseKey(bad); !errors.Is(err, ErrNotKey) {
			t.Errorf("ParseKey of %d characters: got error %v, want ErrNotKey", len(bad), err)
		}
	}
}

func TestS23IndexNeedsItsKey(t *testing.T) {
	a, b := NewIndex(NewKey()), NewIndex(NewKey())
	sum := a.Sum("org", "+12114367789")
	if again := a.Sum("org", "+12114367789"); again != sum {
		t.Error("not the same twice")
	}
	for _, other := range [][32]byte{b.Sum("org", "+12114367789"), a.Sum("org2", "+12114367789"), a.Sum("org+", "12114367789"), a.Sum("org", "+12114367780")} {
		if sum == other {
			t.Error("two different things have one hash")
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	key, p := NewKey(), make(Plaintext, 2048)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		key.Seal(p, here)
	}
}

func BenchmarkNewDataKeyAndSeal(b *testing.B) {
	ring := NewKeyring(orgKeys{}, NewKey())
	ring.source = orgKeys{"org_1": {newOrgKey(b, ring, "org_1", 1)}}
	p := make(Plaintext, 2048)
	for b.Loop() {
		key, _, err := ring.NewDataKey(b.Context(), here)
		if err != nil {
			b.Fatal(err)
		}
		key.Seal(p, here)
	}
}

func TestS23IndexFindsByFormerAndNextKeys(t *testing.T) {
	a, b, c := NewKey(), NewKey(), NewKey()
	first, swapped, last := NewIndex(a).Awaiting(b), NewIndex(b, a, c), NewIndex(b)
	sum := func(k Key) [32]byte { return NewIndex(k).Sum("+12114367789") }
	for name, got := range map[string]struct{ sums, want [][32]byte }{
		"before the swap": {first.Sums("+12114367789"), [][32]byte{sum(a), sum(b)}},
		"after it":        {swapped.Sums("+12114367789"), [][32]byte{sum(b), sum(a), sum(c)}},
		"former":          {swapped.Former("+12114367789"), [][32]byte{sum(a), sum(c)}},
		"not yet former":  {first.Former("+12114367789"), nil},
		"at the end":      {last.Sums("+12114367789"), [][32]byte{sum(b)}},
	} {
		if !slices.Equal(got.sums, got.want) {
			t.Errorf("%s: %d sums, want %d others", name, len(got.sums), len(got.want))
		}
	}
	if first.Sum("x") != NewIndex(a).Sum("x") || !slices.Equal(swapped.KeyIDs(), []string{b.ID(), a.ID(), c.ID()}) {
		t.Error("the key in use is not the first")
	}
}
