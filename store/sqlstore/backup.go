package sqlstore

import (
	"context"
	"database/sql"
	"io"
	"slices"
	"strings"

	"securetext/store/archive"
)

// passing are tables of which nothing lives long enough to be backed up.
var passing = []string{"codes", "challenges", "ceremonies", "drafts"}

// opening are the tables of the part that opens messages. Org keys are in both, since
// they may have been rotated between two backups.
var opening = []string{"org_keys", "message_keys"}

// Shape is what there is to be copied.
type Shape struct {
	Tables   []string            // but for those of migrations
	Refers   map[string][]string // which tables the rows of one refer to
	Counters map[string]int64    // the numbers that the engine gave last, by table
}

// inOrder are the tables in an order in which they can be put back: what others refer
// to comes first.
func (s Shape) inOrder() []string {
	var sorted []string
	var add func(name string)
	add = func(name string) {
		if slices.Contains(sorted, name) || !slices.Contains(s.Tables, name) {
			return
		}
		for _, other := range s.Refers[name] {
			if other != name {
				add(other)
			}
		}
		sorted = append(sorted, name)
	}
	for _, name := range slices.Sorted(slices.Values(s.Tables)) {
		add(name)
	}
	return sorted
}

// Pairs reads rows of two names, by the first.
func Pairs(rows *sql.Rows) (map[string][]string, error) {
	defer rows.Close()
	found := map[string][]string{}
	for rows.Next() {
		var from, to string
		if err := rows.Scan(&from, &to); err != nil {
			return nil, err
		}
		found[from] = append(found[from], to)
	}
	return found, rows.Err()
}

// counted is what Counters are called in an archive.
const counted = "counters"

// Dump writes all tables in one transaction.
func Dump(ctx context.Context, tx *sql.Tx, shape Shape, records, keys io.Writer) error {
	kept := slices.DeleteFunc(shape.inOrder(), func(name string) bool {
		return slices.Contains(passing, name) || name == "message_keys"
	})
	if err := dump(ctx, tx, kept, shape.Counters, records); err != nil {
		return err
	}
	return dump(ctx, tx, opening, nil, keys)
}

func dump(ctx context.Context, tx *sql.Tx, tables []string, counters map[string]int64, to io.Writer) error {
	w := archive.NewWriter(to)
	if err := w.Table(counted, []string{"name", "last"}); err != nil {
		return err
	}
	for name, last := range counters {
		if err := w.Row([]any{name, last}); err != nil {
			return err
		}
	}
	for _, name := range tables {
		if err := dumpTable(ctx, tx, name, w); err != nil {
			return err
		}
	}
	return w.Close()
}

func dumpTable(ctx context.Context, tx *sql.Tx, name string, w *archive.Writer) error {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+name)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if err := w.Table(name, columns); err != nil {
		return err
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if err := w.Row(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// loading puts rows back, some at a time.
type loading struct {
	tx      *sql.Tx
	into    string                                               // how an insert goes on behind its columns
	convert func(table string, columns []string, row []any)      // nil: rows stay as they are
	keep    func(table string, columns []string, row []any) bool // nil: all are wanted

	table    archive.Table
	rows     [][]any
	total    int64
	counters map[string]int64
}

// loadedAtOnce bounds the placeholders of a statement.
const loadedAtOnce = 5000

// load reads a part to its end.
func (l *loading) load(ctx context.Context, from io.Reader) error {
	r, err := archive.NewReader(from)
	if err != nil {
		return err
	}
	for {
		table, row, err := r.Next()
		if err != nil && err != io.EOF {
			return err
		}
		if err == io.EOF || table.Name != l.table.Name || (len(l.rows)+1)*max(1, len(table.Columns)) > loadedAtOnce {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if table.Name == counted {
			if err := l.count(row); err != nil {
				return err
			}
			continue
		}
		if l.keep != nil && !l.keep(table.Name, table.Columns, row) {
			continue
		}
		if l.convert != nil {
			l.convert(table.Name, table.Columns, row)
		}
		l.table, l.rows = table, append(l.rows, row)
	}
}

// count takes a counter in.
func (l *loading) count(row []any) error {
	if len(row) != 2 {
		return archive.ErrBroken
	}
	name, ok1 := row[0].(string)
	last, ok2 := row[1].(int64)
	if !ok1 || !ok2 {
		return archive.ErrBroken
	}
	l.counters[name] = last
	return nil
}

// flush inserts the rows that were gathered. Org keys of the part that is read second
// replace those of the first.
func (l *loading) flush(ctx context.Context) error {
	if len(l.rows) == 0 {
		return nil
	}
	c := new(conditions)
	rows := make([]string, len(l.rows))
	for i, row := range l.rows {
		marks := make([]string, len(row))
		for j, v := range row {
			marks[j] = c.arg(v)
		}
		rows[i] = "(" + strings.Join(marks, ", ") + ")"
	}
	statement := "INSERT INTO " + quoted([]string{l.table.Name})[0] + " (" + strings.Join(quoted(l.table.Columns), ", ") + ") " + l.into + " VALUES " + strings.Join(rows, ", ")
	if l.table.Name == "org_keys" {
		statement += " ON CONFLICT (org_id, version) DO UPDATE SET root = excluded.root, wrapped = excluded.wrapped"
	}
	_, err := l.tx.ExecContext(ctx, statement, c.args...)
	l.total += int64(len(l.rows))
	l.rows = l.rows[:0]
	return err
}

// quoted are names as they stand in a statement, whatever they are. Those of an archive
// were signed, but are none of ours to believe.
func quoted(names []string) []string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
	}
	return q
}
