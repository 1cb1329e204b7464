// Package storetest runs one test on both databases: a SQLite file, and a real
// PostgreSQL started from the system's own binaries in a temporary folder.
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bayyina/platform/store"
)

// Each runs test as a subtest on an empty database of each kind. Where the
// system has no PostgreSQL that subtest is skipped, and says so.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	each(t, true, test)
}

// EachAtLength is Each for what browsers do, which takes long: PostgreSQL has its turn in the long
// form of the tests.
func EachAtLength(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	each(t, os.Getenv("BAYYINA_SOAK") != "", test)
}

func each(t *testing.T, postgres bool, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			if dialect == store.Postgres && !postgres {
				t.Skip("SKIPPED on PostgreSQL but in the long form")
			}
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

// Columns lists table.column for every table, the migrations' own left out, in order.
func Columns(t testing.TB, db *store.DB) []string {
	t.Helper()
	query := `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'`
	if db.Dialect() == store.SQLite {
		query = `SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`
	}
	var names []string
	err := db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
