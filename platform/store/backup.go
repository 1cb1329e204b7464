package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Backup writes the database as it stands at one moment into a new file, while others
// go on writing: SQLite's as a database, PostgreSQL's by pg_dump in its custom form.
func Backup(ctx context.Context, dsn, path string) (Dialect, error) {
	db, err := connect(dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	if db.dialect == SQLite {
		// From a snapshot of its own, which stops nobody.
		_, err = db.write.ExecContext(ctx, "VACUUM INTO ?1", path)
	} else {
		err = tool(ctx, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file="+path, dsn)
	}
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("back up database: %w", err)
	}
	return db.dialect, nil
}

// RestorePostgres fills the empty PostgreSQL database dsn from a file that Backup wrote.
func RestorePostgres(ctx context.Context, dsn, path string) error {
	if err := tool(ctx, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--dbname="+dsn, path); err != nil {
		return fmt.Errorf("restore database: %w", err)
	}
	return nil
}

// ErrNotEmpty reports a database in which there are tables already.
var ErrNotEmpty = errors.New("there are tables in the database already")

// CheckEmptyPostgres returns ErrNotEmpty unless the PostgreSQL database dsn holds nothing.
func CheckEmptyPostgres(ctx context.Context, dsn string) error {
	db, err := connect(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	const query = `SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`
	tables := 0
	if err := db.read.QueryRowContext(ctx, query).Scan(&tables); err != nil {
		return fmt.Errorf("look into %s database: %w", db.dialect, err)
	}
	if tables > 0 {
		return ErrNotEmpty
	}
	return nil
}

// ErrNoTool reports one of PostgreSQL's own programs that is not there.
var ErrNoTool = errors.New("one of PostgreSQL's client programs is missing")

// tool runs one of PostgreSQL's programs.
func tool(ctx context.Context, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoTool, err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
