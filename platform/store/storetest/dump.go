package storetest

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"bayyina/platform/store"
)

// Dump returns all that somebody reads who has a copy of the database: every value of
// every table, a line each, and of SQLite the bytes of its files, too.
func Dump(t testing.TB, db *store.DB) []byte {
	t.Helper()
	var out bytes.Buffer
	err := db.View(t.Context(), func(tx *store.Tx) error {
		out.Reset()
		for _, name := range Columns(t, db) {
			table, column, _ := strings.Cut(name, ".")
			rows, err := tx.Query(t.Context(), `SELECT `+column+` FROM `+table)
			if err != nil {
				return fmt.Errorf("dump %s: %w", name, err)
			}
			for rows.Next() {
				var v any
				if err := rows.Scan(&v); err != nil {
					return fmt.Errorf("dump %s: %w", name, err)
				}
				if b, ok := v.([]byte); ok {
					out.Write(append(b, '\n'))
					continue
				}
				fmt.Fprintln(&out, v)
			}
			if err := rows.Err(); err != nil {
				return err
			}
		}
		if db.Dialect() != store.SQLite {
			return nil
		}
		var path string
		if err := tx.QueryRow(t.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
			return err
		}
		for _, end := range []string{"", "-wal"} {
			raw, err := os.ReadFile(path + end)
			if err != nil && !os.IsNotExist(err) {
				return err
			}
			out.Write(raw)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
