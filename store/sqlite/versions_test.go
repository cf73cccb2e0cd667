package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

// An org of before there were versions has what it was as its first one.
func TestAnOrgOfBeforeThereWereVersions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	db := sqlitetest.Open(t, file)
	c := storetest.NewClinic(t, db)
	raw, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(t.Context(), `DELETE FROM org_versions`); err != nil {
		t.Fatal(err)
	}
	for _, life := range []time.Duration{time.Hour, 2 * time.Hour} {
		o, err := c.Store.Org(t.Context(), c.Org.ID)
		if err != nil {
			t.Fatal(err)
		}
		o.Life = life
		if err := c.SetOrg(t.Context(), store.OrgChange{Org: o, By: storetest.Ana, At: storetest.Noon}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.OrgVersions(t.Context(), c.Org.ID, 0, 10)
	if err != nil || len(got) != 3 {
		t.Fatalf("OrgVersions: got %d, %v, want 3", len(got), err)
	}
	if first := got[2]; first.Org.Life != c.Org.Life || first.By.Kind != store.BySystem || !first.At.Equal(c.Org.Created) {
		t.Errorf("the first is %+v, want what it was", first)
	}
}
