package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

var ctx = context.Background()

func exec(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if err := db.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *store.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, query, args...).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBothDatabasesHaveTheSameTablesAndColumns(t *testing.T) {
	lite := storetest.Columns(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	if len(lite) == 0 {
		t.Fatal("no columns found")
	}
	post := storetest.Columns(t, storetest.Open(t, storetest.DSN(t, store.Postgres)))
	if !slices.Equal(lite, post) {
		t.Errorf("schemas differ\nsqlite:   %v\npostgres: %v", lite, post)
	}
}

func TestOpeningTwiceKeepsTheRows(t *testing.T) {
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			dsn := storetest.DSN(t, dialect)
			first := storetest.Open(t, dsn)
			exec(t, first, `INSERT INTO outbox (statement_id, refused) VALUES (?1, ?2)`, "a", "x")
			if n := count(t, storetest.Open(t, dsn), `SELECT count(*) FROM outbox`); n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
		})
	}
}

func TestUnknownDatabaseNameIsRefused(t *testing.T) {
	for _, dsn := range []string{"", "bayyina.db", "sqlite:", "mysql://secret@host/x"} {
		_, err := store.Open(ctx, dsn)
		if err == nil || err.Error() != `open database: its name must be "sqlite:PATH" or "postgres://…"` {
			t.Errorf("Open(%q): %v", dsn, err)
		}
	}
}

func TestSQLiteFileNameMayHoldAnyCharacter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "سجل? #1%20&x.db")
	storetest.Open(t, "sqlite:"+path)
	if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*x.db")); err != nil || !slices.Equal(found, []string{path}) {
		t.Errorf("found %q, %v", found, err)
	}
}

func TestCommitsReachTheDiskOnSQLite(t *testing.T) {
	db := storetest.Open(t, storetest.DSN(t, store.SQLite))
	var mode int
	if err := db.Tx(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `PRAGMA synchronous`).Scan(&mode)
	}); err != nil {
		t.Fatal(err)
	}
	if mode != 2 {
		t.Errorf("synchronous = %d, want 2 (FULL)", mode)
	}
}

func TestFailedTransactionLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		boom := errors.New("boom")
		err := db.Tx(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO outbox (statement_id, refused) VALUES (?1, ?2)`, "a", "x"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want boom", err)
		}
		if n := count(t, db, `SELECT count(*) FROM outbox`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
	})
}

func TestParametersAreTakenByNumberNotByAppearance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.View(ctx, func(tx *store.Tx) error {
			var a, b string
			if err := tx.QueryRow(ctx, `SELECT CAST(?2 AS TEXT), CAST(?1 AS TEXT)`, "first", "second").Scan(&a, &b); err != nil {
				return err
			}
			if a != "second" || b != "first" {
				return fmt.Errorf("got %s %s", a, b)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.View(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO outbox (statement_id, refused) VALUES ('a', ?1)`, "x")
			return err
		}); err == nil {
			t.Error("a view wrote")
		}
	})
}

// Two transactions that each insert only if nobody has yet: write skew, which
// weaker isolation than serializable would let through.
func TestCheckThenInsertIsSafeAmongConcurrentTransactions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				err := db.Tx(ctx, func(tx *store.Tx) error {
					var n int
					if err := tx.QueryRow(ctx, `SELECT count(*) FROM outbox`).Scan(&n); err != nil || n > 0 {
						return err
					}
					_, err := tx.Exec(ctx, `INSERT INTO outbox (statement_id, refused) VALUES (?1, ?2)`, fmt.Sprint(i), "x")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db, `SELECT count(*) FROM outbox`); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

// Each reads what all others write, so no two can be put in order: each is tried at most
// twice, for the second time it runs alone.
func TestTransactionsThatAllConflictAreTriedTwiceAtMost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 16, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					tries := 0
					err := db.Tx(ctx, func(tx *store.Tx) error {
						tries++
						var n int
						if err := tx.QueryRow(ctx, `SELECT count(*) FROM outbox`).Scan(&n); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `INSERT INTO outbox (statement_id, refused) VALUES (?1, ?2)`, fmt.Sprintf("%d-%d", w, i), fmt.Sprint(n))
						return err
					})
					if err != nil || tries > 2 {
						t.Errorf("%d tries: %v", tries, err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, db, `SELECT count(*) FROM outbox`); n != writers*each {
			t.Errorf("%d rows, want %d", n, writers*each)
		}
		if n := count(t, db, `SELECT count(DISTINCT refused) FROM outbox`); n != writers*each {
			t.Errorf("%d different states were seen, want %d", n, writers*each)
		}
	})
}

func TestModuleBringsItsOwnTables(t *testing.T) {
	create := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE roll (id BIGINT PRIMARY KEY);\n")}
	alter := &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE roll ADD COLUMN name TEXT;\n")}
	old := store.Migrations{FS: fstest.MapFS{"m/sqlite/1_roll.sql": create, "m/postgres/1_roll.sql": create}, Dir: "m"}
	grown := store.Migrations{FS: fstest.MapFS{
		"m/sqlite/1_roll.sql": create, "m/postgres/1_roll.sql": create,
		"m/sqlite/2_name.sql": alter, "m/postgres/2_name.sql": alter,
	}, Dir: "m"}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, set := range []store.Migrations{old, grown, grown} {
			if err := db.Migrate(ctx, "register", set); err != nil {
				t.Fatal(err)
			}
		}
		exec(t, db, `INSERT INTO roll (id, name) VALUES (?1, ?2)`, 1, "x")
		if err := db.Migrate(ctx, "register", old); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("an older program opened a newer schema: %v", err)
		}
		if err := db.Migrate(ctx, "x; DROP", old); err == nil {
			t.Error("a strange module name was accepted")
		}
	})
}

func TestLockHasOneHolder(t *testing.T) {
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			dsn := storetest.DSN(t, dialect)
			a, b := storetest.Open(t, dsn), storetest.Open(t, dsn)
			first, err := a.Lock(ctx, "publisher", "a", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Lock(ctx, "publisher", "b", time.Now()); !errors.Is(err, store.ErrLocked) {
				t.Fatalf("second holder: %v", err)
			}
			if err := a.Tx(ctx, func(tx *store.Tx) error { return first.Check(ctx, tx) }); err != nil {
				t.Error(err)
			}
			if err := first.Release(); err != nil {
				t.Fatal(err)
			}
			second, err := b.Lock(ctx, "publisher", "b", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Tx(ctx, func(tx *store.Tx) error { return first.Check(ctx, tx) }); !errors.Is(err, store.ErrLockLost) {
				t.Errorf("the former holder goes on: %v", err)
			}
			if err := second.Release(); err != nil {
				t.Error(err)
			}
		})
	}
}
