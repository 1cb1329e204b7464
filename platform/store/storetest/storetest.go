// Package storetest runs one test on both databases: a SQLite file, and a real
// PostgreSQL started from the system's own binaries in a temporary folder.
package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"bayyina/platform/store"
)

// Each runs test as a subtest on an empty database of each kind. Where the
// system has no PostgreSQL that subtest is skipped, and says so.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			test(t, Open(t, DSN(t, dialect)))
		})
	}
}

// DSN names an empty database, for a test that opens it itself.
func DSN(tb testing.TB, dialect store.Dialect) string {
	tb.Helper()
	if dialect == store.Postgres {
		return newPostgres(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "bayyina.db")
}

// Open opens the database dsn until the test ends.
func Open(tb testing.TB, dsn string) *store.DB {
	tb.Helper()
	db, err := store.Open(context.Background(), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}
