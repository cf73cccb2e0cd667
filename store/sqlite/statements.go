package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
)

// keeping opens connections that keep their statements prepared. To parse one
// costs about as much as to run it, and there are few different ones.
type keeping struct{ driver.Connector }

// Connect implements [driver.Connector].
func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(session)
	if !ok {
		return nil, errors.Join(errors.New("the driver's connections changed their shape"), c.Close())
	}
	return &conn{session: inner, kept: map[string]statement{}}, nil
}

// session is what the driver's connections can do.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn is a connection with its statements. [database/sql] lets one caller at a
// time use it.
type conn struct {
	session
	kept map[string]statement
}

// mostKept is how many statements a connection keeps between uses. Those that
// differ in how many values they name alone would otherwise pile up.
const mostKept = 200

// ExecContext implements [driver.ExecerContext].
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.keep(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args)
}

// QueryContext implements [driver.QueryerContext].
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.keep(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args)
}

func (c *conn) keep(ctx context.Context, query string) (statement, error) {
	if s, ok := c.kept[query]; ok {
		return s, nil
	}
	prepared, err := c.session.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(errors.New("the driver's statements changed their shape"), prepared.Close())
	}
	c.kept[query] = s
	return s, nil
}

// ResetSession implements [driver.SessionResetter]: between two uses no
// statement is running, so they can be dropped when there are too many.
func (c *conn) ResetSession(ctx context.Context) error {
	if len(c.kept) > mostKept {
		if err := c.drop(); err != nil {
			return err
		}
	}
	return c.session.ResetSession(ctx)
}

// Close implements [driver.Conn].
func (c *conn) Close() error {
	return errors.Join(c.drop(), c.session.Close())
}

func (c *conn) drop() error {
	var err error
	for _, s := range c.kept {
		err = errors.Join(err, s.Close())
	}
	clear(c.kept)
	return err
}
