package archive

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

var rows = [][]any{
	{nil, int64(0), "", []byte{}}, {int64(-5), int64(math.MaxInt64), "ü\x00\n", bytes.Repeat([]byte{0, 255}, 70_000)},
}

func written(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	w.Table("empty", []string{"x"})
	w.Table("full", []string{"a", "b", "c", "d"})
	for _, r := range rows {
		w.Row(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (all [][]any, err error) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	for {
		table, row, err := r.Next()
		if err != nil {
			return all, err
		}
		if table.Name != "full" || len(table.Columns) != 4 {
			return all, errors.New("another table")
		}
		all = append(all, row)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	got, err := read(written(t))
	if !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, rows) {
		t.Errorf("got %d rows, %v", len(got), err)
	}
	if err := NewWriter(io.Discard).Row([]any{1.5}); err == nil {
		t.Error("a value that none holds was written")
	}
}

// A part that was cut short anywhere is not a whole one.
func TestWhatWasCutShortIsBroken(t *testing.T) {
	whole := written(t)
	for n := 0; n < len(whole); n += 1 + n/50 {
		if _, err := read(whole[:n]); !errors.Is(err, ErrBroken) {
			t.Fatalf("the first %d bytes: got %v", n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(magic + "T\x01x\x01yRi\x02E\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := read(b); err == nil {
			t.Error("it never ends")
		}
	})
}

func TestAManifestSaysWhatItSaid(t *testing.T) {
	for _, checkpoint := range []string{"", "log.example\n5\nhash\n\n— log.example sig\n"} {
		at := time.Date(2026, 11, 27, 4, 5, 6, 0, time.UTC)
		m := Manifest{Name: NewName(at), At: at, Schema: 13, Checkpoint: checkpoint, Records: Part{[32]byte{1}, 7}, Keys: Part{[32]byte{2}, 8}}
		if got, err := ParseManifest(m.Text()); err != nil || got != m {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, err := TimeOf(m.Name); err != nil || !got.Equal(at) {
			t.Errorf("TimeOf: got %v, %v", got, err)
		}
		for _, bad := range []string{"", m.Text() + "x", strings.Replace(m.Text(), "v1", "v2", 1), strings.Replace(m.Text(), "records 01", "records 1", 1)} {
			if _, err := ParseManifest(bad); err == nil {
				t.Errorf("%q is taken for a manifest", bad)
			}
		}
	}
}
