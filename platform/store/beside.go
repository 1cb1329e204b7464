package store

import (
	"context"
	"errors"
	"fmt"
)

// OpenBeside opens the SQLite file at path, which is made if it is not there, without
// the tables of a log. It is for what must not lie in the database, nor in a backup of
// it. What is deleted in it is overwritten.
func OpenBeside(ctx context.Context, path string) (*DB, error) {
	db, err := connectSQLite(path, "secure_delete(on)")
	if err != nil {
		return nil, err
	}
	if err := db.write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return db, nil
}

// Scrub writes the database anew, so that its files keep nothing of rows that were
// deleted or changed before. It waits for transactions, and they for it. PostgreSQL's
// write-ahead log keeps them until it is recycled, and so does every older backup.
func (db *DB) Scrub(ctx context.Context) error {
	steps := []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"}
	if db.dialect == Postgres {
		steps = []string{"VACUUM FULL"}
	}
	for _, step := range steps {
		if _, err := db.write.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("scrub the database: %w", err)
		}
	}
	return nil
}
