package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// queryer is a pool or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// row is a [sql.Row] or the current one of [sql.Rows].
type row interface {
	Scan(dest ...any) error
}

// collect reads every row that a query finds.
func collect[T any](ctx context.Context, q queryer, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// oneRow is otherwise when a statement changed no row.
func oneRow(res sql.Result, err, otherwise error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return otherwise
	}
	return err
}

// inOrder gives the places of items by their keys, rising.
func inOrder[T any, K cmp.Ordered](items []T, key func(T) K) []int {
	places := make([]int, len(items))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(i, j int) int { return cmp.Compare(key(items[i]), key(items[j])) })
	return places
}

// conditions gathers the clauses of a WHERE and their arguments.
type conditions struct {
	clauses []string
	args    []any
}

// clone is the same for other clauses to be added to.
func (c *conditions) clone() *conditions {
	return &conditions{slices.Clone(c.clauses), slices.Clone(c.args)}
}

// add adds a clause whose %s is where the placeholder of arg goes.
func (c *conditions) add(clause string, arg any) {
	c.clauses = append(c.clauses, fmt.Sprintf(clause, c.arg(arg)))
}

// arg adds an argument and gives its placeholder.
func (c *conditions) arg(arg any) string {
	c.args = append(c.args, arg)
	return fmt.Sprintf("$%d", len(c.args))
}

// where is the WHERE clause, or nothing when there are no conditions.
func (c *conditions) where() string {
	if len(c.clauses) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(c.clauses, "\n   AND ")
}

// in adds the condition that a column is one of the values.
func in[T any](c *conditions, column string, values []T) {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = c.arg(v)
	}
	c.clauses = append(c.clauses, fmt.Sprintf("%s IN (%s)", column, strings.Join(marks, ", ")))
}

// after is a row whose first columns go to first, for a scan that knows only
// the columns that follow.
func after(r row, first ...any) row { return joined{r, first} }

type joined struct {
	row
	first []any
}

func (j joined) Scan(dest ...any) error {
	return j.row.Scan(append(j.first[:len(j.first):len(j.first)], dest...)...)
}
