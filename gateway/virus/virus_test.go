package virus_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"securetext/gateway/virus"
	"securetext/gateway/virus/virusfake"
)

// fakes are all scanners there are; they pass the same tests.
var fakes = []struct {
	name  string
	start func(testing.TB) *virusfake.Server
}{
	{"clamd", virusfake.Clamd},
	{"clamd by socket", virusfake.ClamdSocket},
	{"icap", virusfake.ICAP},
}

func eachFake(t *testing.T, check func(*testing.T, *virusfake.Server, virus.Scanner)) {
	for _, f := range fakes {
		t.Run(f.name, func(t *testing.T) {
			fake := f.start(t)
			check(t, fake, open(t, fake.URL))
		})
	}
}

func open(t testing.TB, url string) virus.Scanner {
	t.Helper()
	s, err := virus.Open(url)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// big is content of several chunks that no scanner minds.
func big(size int) []byte { return bytes.Repeat([]byte("all is well\n"), size/12+1)[:size] }

func TestCleanContentArrivesWhole(t *testing.T) {
	eachFake(t, func(t *testing.T, fake *virusfake.Server, s virus.Scanner) {
		contents := [][]byte{nil, []byte("x"), big(64 << 10), big(64<<10 + 1), big(5<<20 + 7)}
		for _, content := range contents {
			v, err := s.Scan(t.Context(), iotest.HalfReader(bytes.NewReader(content)))
			if err != nil || v != (virus.Verdict{}) {
				t.Fatalf("%d bytes: %+v, %v", len(content), v, err)
			}
		}
		for i, got := range fake.Scanned() {
			if !bytes.Equal(got, contents[i]) {
				t.Errorf("%d bytes arrived, want %d", len(got), len(contents[i]))
			}
		}
		if got := len(fake.Scanned()); got != len(contents) {
			t.Errorf("%d contents arrived, want %d", got, len(contents))
		}
	})
}

func TestVirusIsFoundWhereverItIs(t *testing.T) {
	eachFake(t, func(t *testing.T, _ *virusfake.Server, s virus.Scanner) {
		for _, before := range []int{0, 64<<10 - 10, 3 << 20} {
			content := append(big(before), virusfake.EICAR()...)
			v, err := s.Scan(t.Context(), bytes.NewReader(append(content, big(100)...)))
			if want := (virus.Verdict{Infected: true, Name: virusfake.Name}); err != nil || v != want {
				t.Errorf("behind %d bytes: %+v, %v, want %+v", before, v, err, want)
			}
		}
	})
}

// A server that sends back what it was sent, before it has scanned it, passes
// it by going on to the end.
func TestTricklingServerIsCompared(t *testing.T) {
	fake := virusfake.ICAP(t)
	fake.Set(virusfake.Trickling)
	s := open(t, fake.URL)
	for _, size := range []int{0, 1, 99, 101, 5 << 20} {
		if v, err := s.Scan(t.Context(), bytes.NewReader(big(size))); err != nil || v != (virus.Verdict{}) {
			t.Errorf("%d bytes: %+v, %v", size, v, err)
		}
		v, err := s.Scan(t.Context(), bytes.NewReader(append(big(size), virusfake.EICAR()...)))
		if want := (virus.Verdict{Infected: true, Name: "unnamed"}); err != nil || v != want {
			t.Errorf("virus behind %d bytes: %+v, %v, want %+v", size, v, err, want)
		}
	}
}

// A scanner that fails in whatever way must not let anything pass as clean.
func TestFailingScannerPassesNothing(t *testing.T) {
	eachFake(t, func(t *testing.T, fake *virusfake.Server, s virus.Scanner) {
		for _, c := range []struct {
			mood virusfake.Mood
			want error
		}{
			{virusfake.HangUp, virus.ErrUnavailable},
			{virusfake.Hasty, virus.ErrUnavailable},
			{virusfake.Full, virus.ErrTooLarge},
			{virusfake.Confused, virus.ErrUnavailable},
			{virusfake.Broken, virus.ErrUnavailable},
			{virusfake.Talkative, virus.ErrUnavailable},
		} {
			fake.Set(c.mood)
			v, err := s.Scan(t.Context(), bytes.NewReader(big(20<<20)))
			if v != (virus.Verdict{}) || !errors.Is(err, c.want) {
				t.Errorf("mood %d: %+v, error %v, want %v", c.mood, v, err, c.want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("mood %d: the error has more than a line: %q", c.mood, err)
			}
			var network net.Error
			if errors.As(err, &network) {
				t.Errorf("mood %d: an error of the network came through: %v", c.mood, err)
			}
		}
		fake.Set(virusfake.Well)
		if _, err := s.Scan(t.Context(), strings.NewReader("x")); err != nil {
			t.Errorf("well again: %v", err)
		}
		fake.Stop()
		if _, err := s.Scan(t.Context(), strings.NewReader("x")); !errors.Is(err, virus.ErrUnavailable) {
			t.Errorf("stopped: error %v, want ErrUnavailable", err)
		}
	})
}

func TestCallersPatienceCounts(t *testing.T) {
	eachFake(t, func(t *testing.T, fake *virusfake.Server, s virus.Scanner) {
		fake.Set(virusfake.Silent)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := s.Scan(ctx, strings.NewReader("x"))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, virus.ErrUnavailable) {
			t.Errorf("error %v, want the context's", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v, want about 50ms", took)
		}
	})
}

// endless is content that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestContentIsBounded(t *testing.T) {
	eachFake(t, func(t *testing.T, fake *virusfake.Server, s virus.Scanner) {
		fake.Set(virusfake.Silent)
		if _, err := s.Scan(t.Context(), endless{}); !errors.Is(err, virus.ErrTooLarge) {
			t.Errorf("error %v, want ErrTooLarge", err)
		}
	})
}

// What cannot be read whole must not be judged by its beginning.
func TestContentThatCannotBeReadIsItsOwnError(t *testing.T) {
	eachFake(t, func(t *testing.T, _ *virusfake.Server, s virus.Scanner) {
		for _, want := range []error{errors.New("disk on fire"), io.ErrUnexpectedEOF} {
			v, err := s.Scan(t.Context(), io.MultiReader(strings.NewReader("begun"), iotest.ErrReader(want)))
			if !errors.Is(err, want) || v != (virus.Verdict{}) {
				t.Errorf("%+v, error %v, want %v", v, err, want)
			}
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	eachFake(t, func(t *testing.T, _ *virusfake.Server, s virus.Scanner) {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				content := big(i << 10)
				if i%2 == 1 {
					content = append(content, virusfake.EICAR()...)
				}
				v, err := s.Scan(t.Context(), bytes.NewReader(content))
				if err != nil || v.Infected != (i%2 == 1) {
					t.Errorf("number %d: %+v, %v", i, v, err)
				}
			})
		}
		all.Wait()
	})
}

// No file here may look like a virus to whoever scans the source.
func TestNoFileHoldsTheTestString(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, virusfake.EICAR()) || bytes.Contains(raw, virusfake.EICAR()[30:60]) {
			t.Errorf("%s holds the EICAR test string", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkScan(b *testing.B) {
	for _, f := range fakes {
		b.Run(f.name, func(b *testing.B) {
			s, content := open(b, f.start(b).URL), big(1<<20)
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Scan(b.Context(), bytes.NewReader(content)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
