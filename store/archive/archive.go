// Package archive is the form in which a store is copied out: tables with their
// columns and rows, whatever the engine, so that one engine's copy can be put into
// another.
//
// A [Writer] writes one part, row by row, and a [Reader] reads it. What parts belong
// together, and that nobody changed them, a signed [Manifest] says; it is looked at
// before anything is read.
package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const magic = "securetext archive 1\n"

// What follows in a part.
const (
	tableMark = 'T' // name, columns
	rowMark   = 'R' // the columns' values
	endMark   = 'E' // how many rows there were
)

// What sort a value is of.
const (
	null   = 'n'
	number = 'i'
	text   = 't'
	blob   = 'b'
)

// ErrBroken: it is no archive, or was cut short.
var ErrBroken = errors.New("not a whole archive")

// Writer writes a part. The first error is that of all calls that follow.
type Writer struct {
	out  *bufio.Writer
	buf  []byte
	rows int64
	err  error
}

// NewWriter begins a part.
func NewWriter(w io.Writer) *Writer {
	out := bufio.NewWriterSize(w, 1<<18)
	_, err := out.WriteString(magic)
	return &Writer{out: out, err: err}
}

// Table begins a table.
func (w *Writer) Table(name string, columns []string) error {
	w.buf = appendText(append(w.buf[:0], tableMark), name)
	w.buf = binary.AppendUvarint(w.buf, uint64(len(columns)))
	for _, c := range columns {
		w.buf = appendText(w.buf, c)
	}
	return w.flush()
}

// Row adds a row to the table: nil, int64, string and []byte.
func (w *Writer) Row(values []any) error {
	w.rows++
	w.buf = append(w.buf[:0], rowMark)
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			w.buf = append(w.buf, null)
		case int64:
			w.buf = binary.AppendVarint(append(w.buf, number), v)
		case string:
			w.buf = appendText(append(w.buf, text), v)
		case []byte:
			w.buf = append(w.buf, blob)
			w.buf = append(binary.AppendUvarint(w.buf, uint64(len(v))), v...)
		default:
			return fmt.Errorf("no archive holds a %T", v) // not v, which may be anything
		}
	}
	return w.flush()
}

// Close ends the part.
func (w *Writer) Close() error {
	w.buf = binary.AppendVarint(append(w.buf[:0], endMark), w.rows)
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Flush()
}

func (w *Writer) flush() error {
	if w.err == nil {
		_, w.err = w.out.Write(w.buf)
	}
	return w.err
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Reader reads a part.
type Reader struct {
	in    *bufio.Reader
	table Table
	rows  int64
}

// Table is one of a part.
type Table struct {
	Name    string
	Columns []string
}

// NewReader begins to read a part.
func NewReader(r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, 1<<18)
	b := make([]byte, len(magic))
	if _, err := io.ReadFull(in, b); err != nil || string(b) != magic {
		return nil, ErrBroken
	}
	return &Reader{in: in}, nil
}

// Next is the next row, of the table that it gives with it. [io.EOF]: it was the last.
func (r *Reader) Next() (Table, []any, error) {
	for {
		mark, err := r.in.ReadByte()
		if err != nil {
			return r.table, nil, ErrBroken
		}
		switch mark {
		case tableMark:
			if err := r.head(); err != nil {
				return r.table, nil, err
			}
		case rowMark:
			r.rows++
			row, err := r.row()
			return r.table, row, err
		case endMark:
			if n, err := binary.ReadVarint(r.in); err != nil || n != r.rows {
				return r.table, nil, ErrBroken
			}
			return r.table, nil, io.EOF
		default:
			return r.table, nil, ErrBroken
		}
	}
}

// mostColumns is beyond what any table has.
const mostColumns = 1000

func (r *Reader) head() error {
	name, err := r.bytes()
	if err != nil {
		return err
	}
	n, err := binary.ReadUvarint(r.in)
	if err != nil || n > mostColumns {
		return ErrBroken
	}
	r.table = Table{Name: string(name), Columns: make([]string, n)}
	for i := range r.table.Columns {
		column, err := r.bytes()
		if err != nil {
			return err
		}
		r.table.Columns[i] = string(column)
	}
	return nil
}

func (r *Reader) row() ([]any, error) {
	row := make([]any, len(r.table.Columns))
	for i := range row {
		sort, err := r.in.ReadByte()
		if err != nil {
			return nil, ErrBroken
		}
		switch sort {
		case null:
		case number:
			n, err := binary.ReadVarint(r.in)
			if err != nil {
				return nil, ErrBroken
			}
			row[i] = n
		case text, blob:
			b, err := r.bytes()
			if err != nil {
				return nil, err
			}
			if row[i] = b; sort == text {
				row[i] = string(b)
			}
		default:
			return nil, ErrBroken
		}
	}
	return row, nil
}

// mostBytes is beyond what any value has.
const mostBytes = 1 << 30

func (r *Reader) bytes() ([]byte, error) {
	n, err := binary.ReadUvarint(r.in)
	if err != nil || n > mostBytes {
		return nil, ErrBroken
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.in, b); err != nil {
		return nil, ErrBroken
	}
	return b, nil
}
