package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// schemas are the folders of all modules' tables.
var schemas = map[string]string{
	"vote":    "../../module/vote/migrations",
	"manage":  "../../module/vote/manage/migrations",
	"account": "../../platform/identity/account/migrations",
	"decide":  "../../platform/identity/decide/migrations",
	"job":     "../../platform/job/migrations",
	"seal":    "../../platform/store/seal/migrations",
	"message": "../../platform/message/migrations",
	"webhook": "../../platform/webhook/migrations",
}

// upTo are the first n steps of a schema, or all where n is 0.
func upTo(t *testing.T, dir string, dialect store.Dialect, n int) store.Migrations {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, string(dialect), "*.sql"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no tables in %s: %v", dir, err)
	}
	slices.Sort(names)
	if n == 0 {
		n = len(names)
	}
	if n > len(names) {
		return store.Migrations{}
	}
	files := fstest.MapFS{}
	for _, name := range names[:n] {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[path.Join("m", string(dialect), filepath.Base(name))] = &fstest.MapFile{Data: data, Mode: fs.FileMode(0o644)}
	}
	return store.Migrations{FS: files, Dir: "m"}
}

func TestTablesOfEveryEarlierVersionComeUpToDate(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob("../../*/*/migrations")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("../../*/*/*/migrations")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"../../platform/store/migrations"} // those that opening the database makes
	for _, dir := range schemas {
		known = append(known, dir)
	}
	for _, dir := range slices.Concat(found, deeper) {
		if !slices.Contains(known, dir) {
			t.Errorf("the tables of %s are not tested", dir)
		}
	}
	same := make(map[string][]string) // the columns of each module, in the database that came first
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			for module, dir := range schemas {
				fresh := storetest.Open(t, storetest.DSN(t, dialect))
				if err := fresh.Migrate(t.Context(), module, upTo(t, dir, dialect, 0)); err != nil {
					t.Fatal(err)
				}
				want := storetest.Columns(t, fresh)
				if other, ok := same[module]; ok && !slices.Equal(want, other) {
					t.Errorf("%s has the columns %v here and %v in the other database", module, want, other)
				}
				same[module] = want
				for n := 1; ; n++ {
					earlier := upTo(t, dir, dialect, n)
					if earlier.FS == nil {
						break
					}
					db := storetest.Open(t, storetest.DSN(t, dialect))
					for _, step := range []store.Migrations{earlier, upTo(t, dir, dialect, 0)} {
						if err := db.Migrate(t.Context(), module, step); err != nil {
							t.Fatalf("%s from version %d: %v", module, n, err)
						}
					}
					if got := storetest.Columns(t, db); !slices.Equal(got, want) {
						t.Errorf("%s from version %d has the columns %v, want %v", module, n, got, want)
					}
				}
			}
		})
	}
}
