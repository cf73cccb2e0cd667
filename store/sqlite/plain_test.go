package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"securetext/store"
	"securetext/store/sqlstore"
	"securetext/store/storetest"
)

// TestPlainStatements runs what both engines say alike, which the hot paths
// stand in front of. When a case is over, each statement it made is looked at:
// those that run all day must find their rows by an index.
func TestPlainStatements(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	storetest.Run(t, func(t *testing.T) store.Store {
		path := filepath.Join(t.TempDir(), "store.db")
		Migrated(t, path)
		one := file(path).writer() // for everything, so that it keeps all statements
		t.Cleanup(func() {
			for _, statement := range kept(t, one) {
				if !seen[statement] {
					seen[statement] = true
					checkPlan(t, one, statement)
				}
			}
			one.Close()
		})
		return sqlstore.New(one, one, translate)
	})
	if len(seen) < 50 {
		t.Errorf("got %d statements, want those of every method", len(seen))
	}
}

func kept(t *testing.T, db *sql.DB) (statements []string) {
	t.Helper()
	c, err := db.Conn(context.Background()) // the test's own is over
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(driver any) error {
		for s := range driver.(*conn).kept {
			statements = append(statements, s)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return statements
}

var (
	placeholder = regexp.MustCompile(`\$\d+`)
	// export reads all events of a kind or a time, in order, for staff.
	export = regexp.MustCompile(`FROM events\s+(WHERE (org_id|kind|at) [<>=]+ \$\d+\s+(AND (kind|at) [<>=]+ \$\d+\s+)*)?ORDER BY seq`)
	// tally counts all numbers, when the operator has keys rotated, or a process starts
	// while there is a former one.
	tally = regexp.MustCompile(`^\s*SELECT (\(SELECT count\(\*\) FROM recipients\),|count\(\*\)\s+FROM recipients r\s+WHERE NOT EXISTS \(SELECT 1 FROM number_hashes)`)
	// scans are steps that look at every row of a table that grows. To look at
	// every message that is not expired is as bad.
	scans = regexp.MustCompile(`SCAN (b|m|r|l|k|t|w|messages|events|outbox|texts|links|recipients|watches|chunks|message_keys)\b|messages_life \(expires_at>`)
)

func checkPlan(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if export.MatchString(statement) || tally.MatchString(statement) {
		return
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN " + placeholder.ReplaceAllString(statement, "'1'"))
	if err != nil {
		t.Errorf("explain %s: %v", statement, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		// A thread is few of a recipient's messages.
		if scans.MatchString(step) || strings.Contains(statement, "threaded AS") && strings.Contains(step, "messages_recipient") {
			t.Errorf("%s in %s", step, strings.TrimSpace(statement))
		}
	}
}
