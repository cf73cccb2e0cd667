package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

var testPepper = Pepper([]byte("a pepper of thirty-two bytes, ok"))

func newHasher(t testing.TB) *Hasher {
	t.Helper()
	h, err := New(Default, testPepper)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return h
}

func hashed(t testing.TB, h *Hasher, p Password) string {
	t.Helper()
	phc, err := h.Hash(t.Context(), p)
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	return phc
}

// verify wants no error.
func verify(t testing.TB, h *Hasher, p Password, phc string) (ok, rehash bool) {
	t.Helper()
	ok, rehash, err := h.Verify(t.Context(), p, phc)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return ok, rehash
}

func TestS05StringIsArgon2idUnderThePepper(t *testing.T) {
	phc := hashed(t, newHasher(t), "correct horse")
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$`)
	parts := form.FindStringSubmatch(phc)
	if parts == nil {
		t.Fatalf("the string is not of the form %s", form)
	}
	salt, err := raw.DecodeString(parts[1])
	if err != nil || len(salt) != 16 {
		t.Fatalf("salt of %d bytes, %v, want 16", len(salt), err)
	}
	mac := hmac.New(sha256.New, testPepper[:])
	mac.Write(argon2.IDKey([]byte("correct horse"), salt, 2, 19456, 1, 32))
	if want := raw.EncodeToString(mac.Sum(nil)); parts[2] != want {
		t.Error("the tag is not HMAC-SHA-256(pepper, argon2id)")
	}
}

func TestS05SaltIsNewEachTime(t *testing.T) {
	h := newHasher(t)
	if first, second := hashed(t, h, "correct horse"), hashed(t, h, "correct horse"); first == second {
		t.Error("one password twice made one string")
	}
}

func TestS05OnlyTheRightPasswordAndPepper(t *testing.T) {
	h := newHasher(t)
	phc := hashed(t, h, "correct horse")
	for p, want := range map[Password]bool{
		"correct horse":  true,
		"correct horsf":  false,
		"Correct horse":  false,
		"correct horse ": false,
		"":               false,
	} {
		if ok, _ := verify(t, h, p, phc); ok != want {
			t.Errorf("%q: verified %t, want %t", string(p), ok, want)
		}
	}
	other, err := New(Default, Pepper{1})
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := verify(t, other, "correct horse", phc); ok {
		t.Error("verified under another pepper: the database alone is enough to guess")
	}
}

func TestS05RehashWhenCostsRose(t *testing.T) {
	h := newHasher(t)
	phc := hashed(t, h, "correct horse")
	if _, rehash := verify(t, h, "correct horse", phc); rehash {
		t.Error("rehash at unchanged costs")
	}
	for _, up := range []Params{{Memory: 20000, Time: 2, Threads: 1}, {Memory: 19456, Time: 3, Threads: 1}, {Memory: 19456, Time: 2, Threads: 2}} {
		risen, err := New(up, testPepper)
		if err != nil {
			t.Fatal(err)
		}
		if ok, rehash := verify(t, risen, "correct horse", phc); !ok || !rehash {
			t.Errorf("%v: ok %t, rehash %t, want both", up, ok, rehash)
		}
		if ok, rehash := verify(t, risen, "wrong horse", phc); ok || rehash {
			t.Errorf("%v, wrong password: ok %t, rehash %t, want neither", up, ok, rehash)
		}
	}
}

func TestS05ConfigurationOnlyGoesUp(t *testing.T) {
	for _, p := range []Params{
		{},
		{Memory: 19455, Time: 2, Threads: 1},
		{Memory: 47104, Time: 1, Threads: 1},
		{Memory: 19456, Time: 2},
		{Memory: 1 << 30, Time: 2, Threads: 1},
		{Memory: 19456, Time: 100, Threads: 1},
		{Memory: 19456, Time: 2, Threads: 255},
	} {
		if _, err := New(p, testPepper); err == nil {
			t.Errorf("%v was taken", p)
		}
	}
	if _, err := New(Default, Pepper{}); err == nil {
		t.Error("a pepper that nobody set was taken")
	}
}

// Whoever can write a row must not be able to order gigabytes at the next
// sign-in, or to crash the process with costs that argon2 panics at.
func TestS05StoredCostsAreCapped(t *testing.T) {
	h := newHasher(t)
	h.derive = func(string, []byte, Params) []byte { t.Error("hashed at a forged cost"); return nil }
	good := record{params: Default, salt: make([]byte, saltSize), tag: make([]byte, tagSize)}.String()
	for _, forged := range []string{
		"m=4194304,t=2,p=1", "m=262145,t=2,p=1", "m=19456,t=17,p=1", "m=19456,t=4294967295,p=1", "m=19456,t=2,p=17",
		"m=19456,t=2,p=256", "m=4294967296,t=2,p=1", "m=0,t=2,p=1", "m=19456,t=0,p=1", "m=19456,t=2,p=0", "m=15,t=2,p=2",
		"m=-1,t=2,p=1", "m=019456,t=2,p=1", "t=2,m=19456,p=1", "m=19456,t=2", "",
	} {
		phc := strings.Replace(good, Default.String(), forged, 1)
		ok, rehash, err := h.Verify(t.Context(), "correct horse", phc)
		if ok || rehash || !errors.Is(err, errStored) {
			t.Errorf("%q: %t, %t, %v, want errStored", forged, ok, rehash, err)
		}
	}
}

func TestS06NeverTruncated(t *testing.T) {
	h := newHasher(t)
	long := strings.Repeat("ab cd ", 21) + "zy" // 128 characters
	phc := hashed(t, h, Password(long))
	for p, want := range map[string]bool{long: true, long[:127]: false, long[:127] + "z": false, long + "z": false, long[:72]: false} {
		if ok, _ := verify(t, h, Password(p), phc); ok != want {
			t.Errorf("%d characters: verified %t, want %t", len(p), ok, want)
		}
	}
	if _, err := h.Hash(t.Context(), Password(long+"z")); !errors.Is(err, ErrTooLong) {
		t.Errorf("Hash of 129 characters: %v, want ErrTooLong", err)
	}
}

// A Mac types é as one code point, another keyboard as e and an accent.
func TestS06OneSpellingForEveryKeyboard(t *testing.T) {
	h := newHasher(t)
	phc := hashed(t, h, "caf\u00e9 cr\u00e8me")
	if ok, _ := verify(t, h, "cafe\u0301 cre\u0300me", phc); !ok {
		t.Error("the same characters in another normal form were refused")
	}
	if ok, _ := verify(t, h, "cafe creme", phc); ok {
		t.Error("other characters were taken")
	}
}

func FuzzVerifyStored(f *testing.F) {
	f.Add(record{params: Default, salt: make([]byte, saltSize), tag: make([]byte, tagSize)}.String())
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=16$m=19456,t=2,p=1$$")
	f.Add("$$$$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, phc string) {
		r, err := parseRecord(phc)
		if err != nil {
			return
		}
		if r.String() != phc {
			t.Errorf("%q was read, and would be written as %q", phc, r)
		}
		if r.params.Memory > ceiling.Memory || r.params.Time > ceiling.Time || r.params.Threads > ceiling.Threads {
			t.Errorf("%v is above the ceiling", r.params)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := newHasher(b)
	for b.Loop() {
		hashed(b, h, "correct horse")
	}
}

func BenchmarkVerify(b *testing.B) {
	h := newHasher(b)
	phc := hashed(b, h, "correct horse")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if ok, _, err := h.Verify(b.Context(), "correct horse", phc); err != nil && !errors.Is(err, ErrBusy) || !ok && err == nil {
				b.Errorf("Verify: %t, %v", ok, err)
				return
			}
		}
	})
}

func TestS05PasswordsOfAnotherPepperAreRightAndRehashed(t *testing.T) {
	phc := hashed(t, newHasher(t), "correct horse")
	next, err := New(Default, Pepper{9}, Pepper{8}, testPepper)
	if err != nil {
		t.Fatal(err)
	}
	if ok, rehash := verify(t, next, "correct horse", phc); !ok || !rehash {
		t.Errorf("under a former pepper: %v, rehash %v", ok, rehash)
	}
	if ok, rehash := verify(t, next, "correct horsf", phc); ok || rehash {
		t.Errorf("a wrong one: %v, rehash %v", ok, rehash)
	}
	fresh := hashed(t, next, "correct horse")
	last, err := New(Default, Pepper{9})
	if err != nil {
		t.Fatal(err)
	}
	if ok, rehash := verify(t, last, "correct horse", fresh); !ok || rehash {
		t.Errorf("rehashed, under the new pepper alone: %v, rehash %v", ok, rehash)
	}
	if ok, _ := verify(t, last, "correct horse", phc); ok {
		t.Error("right under a pepper that is gone")
	}
	if _, err := New(Default, Pepper{9}, Pepper{}); err == nil {
		t.Error("a former pepper of zeros is taken")
	}
}
