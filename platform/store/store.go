// Package store keeps the private side of the program in one SQL schema, on
// SQLite by default and on PostgreSQL where several machines share it.
//
// It guarantees that what a transaction wrote is on disk when [DB.Tx] returns
// (SQLite runs with synchronous=FULL), and that transactions behave as if they
// ran one after another on both databases. SQL is written once, for both, with
// numbered parameters ?1, ?2; schemas are embedded goose migrations, one folder
// per database.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib"       // database/sql driver "pgx"
	_ "github.com/ncruces/go-sqlite3/driver" // database/sql driver "sqlite3"
)

// Dialect says which database a [DB] speaks to.
type Dialect string

// The two databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// sqliteReaders bounds the connections that read while the one writer writes.
const sqliteReaders = 8

// DB is an open database. It may be used by several goroutines at once.
type DB struct {
	dialect Dialect
	path    string  // SQLite's file, "" on PostgreSQL
	write   *sql.DB // SQLite: exactly one connection
	turn    turn    // SQLite: of that connection
	read    *sql.DB // PostgreSQL: the same pool as write
	// alone is held by a transaction that PostgreSQL once could not put in order with the
	// others, so that it finds none of this process beside it; by the others shared.
	alone sync.RWMutex
}

// Open opens the database named by dsn and brings its schema up to date.
//
// dsn is "sqlite:PATH", or a URL "postgres://…" as PostgreSQL defines it.
func Open(ctx context.Context, dsn string) (*DB, error) {
	db, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	if err := db.write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s database: %w", db.dialect, err), db.Close())
	}
	if err := db.Migrate(ctx, "store", migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// connect prepares the connection pools for dsn.
func connect(dsn string) (*DB, error) {
	scheme, rest, ok := strings.Cut(dsn, ":")
	switch {
	case ok && scheme == "sqlite" && rest != "":
		return connectSQLite(rest)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		pool, err := sql.Open("pgx", dsn)
		if err != nil {
			return nil, fmt.Errorf("open postgres database: %w", err)
		}
		return &DB{dialect: Postgres, write: pool, read: pool}, nil
	}
	// The name is not repeated: it may hold a password.
	return nil, errors.New(`open database: its name must be "sqlite:PATH" or "postgres://…"`)
}

// connectSQLite opens one connection that writes and some that only read, so
// that readers never wait for the writer (write-ahead log) and writers queue
// here and not in SQLite's busy loop.
func connectSQLite(path string, pragmas ...string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	// It holds personal data; the files beside it get its mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	common := append(pragmas, "busy_timeout(30000)", "foreign_keys(on)")
	// A large cache and rare checkpoints of the write-ahead log: the index of
	// statements' ids is written at random places. What undoes one statement of a
	// transaction is no matter of durability and stays in memory: a file of it
	// would cost as much as the statement.
	writer := []string{
		"journal_mode(wal)", "synchronous(full)", "cache_size(-65536)", "wal_autocheckpoint(8192)", "journal_size_limit(67108864)",
		"temp_store(memory)",
	}
	write, err := sql.Open("sqlite3", sqliteURI(path, "immediate", slices.Concat(common, writer)))
	if err != nil {
		return nil, fmt.Errorf("open sqlite database %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite3", sqliteURI(path, "deferred", slices.Concat(common, []string{"query_only(on)"})))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite database %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	return &DB{dialect: SQLite, path: path, write: write, read: read}, nil
}

// sqliteURI is the driver's name for the file path with the pragmas.
func sqliteURI(path, txlock string, pragmas []string) string {
	q := url.Values{"_txlock": {txlock}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// Dialect returns the database that db speaks to.
func (db *DB) Dialect() Dialect { return db.dialect }

// Close ends all connections.
func (db *DB) Close() error {
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}
