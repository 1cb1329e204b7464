package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// serializationRetries is how often a transaction that PostgreSQL could not
	// put in order with the others is tried: from the second time on, only those of other
	// processes run beside it.
	serializationRetries = 20
	// serializationPause bounds the random pause before it is tried again.
	serializationPause = 100 * time.Millisecond
)

// Tx is a transaction. Its SQL uses the parameters ?1, ?2.
type Tx struct {
	tx       *sql.Tx
	dialect  Dialect
	prepared statements
}

// Tx runs fn in one serializable transaction and commits it, or rolls it back
// when fn returns an error. When it returns nil, everything is on disk.
//
// fn may run more than once (PostgreSQL asks for it when transactions cannot be
// put in order), so its effects must be inside the transaction. It must not
// call Tx of the same database: SQLite has one writer.
func (db *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	opts := &sql.TxOptions{Isolation: sql.LevelSerializable}
	var err error
	for i := range serializationRetries {
		if db.dialect == SQLite {
			err = db.turn.run(ctx, db.write, fn)
		} else {
			err = db.beside(ctx, i > 0, opts, fn)
		}
		if !retryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(rand.N(min(time.Millisecond<<i, serializationPause))):
		}
	}
	return fmt.Errorf("transaction could not be serialized in %d attempts: %w", serializationRetries, err)
}

// View runs fn in a read-only transaction that sees one state of the database.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return db.run(ctx, db.read, opts, fn)
}

// beside runs fn as a transaction beside others of this process, or alone.
func (db *DB) beside(ctx context.Context, alone bool, opts *sql.TxOptions, fn func(*Tx) error) error {
	if alone {
		db.alone.Lock()
		defer db.alone.Unlock()
	} else {
		db.alone.RLock()
		defer db.alone.RUnlock()
	}
	return db.run(ctx, db.write, opts, fn)
}

func (db *DB) run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(*Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// After a commit this does nothing; it also ends the transaction when fn panics.
	defer func() { _ = tx.Rollback() }()
	if err := fn(&Tx{tx: tx, dialect: db.dialect}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// retryable tells whether a transaction was given up only because of others that
// ran beside it (PostgreSQL's serialization_failure and deadlock_detected).
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.Is(err, errOthersFault) || errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Exec runs a statement and returns the number of rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	var res sql.Result
	var err error
	if s := tx.prepared.again(ctx, tx.tx, query); s != nil {
		res, err = s.ExecContext(ctx, args...)
	} else {
		res, err = tx.tx.ExecContext(ctx, tx.sql(query), args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Query returns the rows of a query; the caller closes them.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.tx.QueryContext(ctx, tx.sql(query), args...)
}

// QueryRow returns the first row of a query; its Scan reports [sql.ErrNoRows]
// where there is none.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if s := tx.prepared.again(ctx, tx.tx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return tx.tx.QueryRowContext(ctx, tx.sql(query), args...)
}

func (tx *Tx) sql(query string) string {
	if tx.dialect == Postgres {
		return rebind(query)
	}
	return query
}
