package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrKeyDestroyed reports a record whose key is not in the key store: it was
// erased, and what was sealed under it can never be opened.
var ErrKeyDestroyed = errors.New("the record's key was destroyed")

// Keys holds one key per record, in a database of its own: it is backed up apart,
// for a short time only, so that destroying a key erases the record from the
// main database's backups too.
type Keys struct {
	db *DB
}

// OpenKeys opens the key store named by dsn (as for [Open]); it must be another
// database than the one that holds the records.
func OpenKeys(ctx context.Context, dsn string) (*Keys, error) {
	db, err := open(ctx, dsn, "keys", keyMigrations, "secure_delete(on)")
	if err != nil {
		return nil, fmt.Errorf("open key store: %w", err)
	}
	return &Keys{db: db}, nil
}

// New makes the key of a new record and returns its id, durable before anything
// is sealed under it.
func (k *Keys) New(ctx context.Context) (id string, err error) {
	id = rand.Text()
	secret := make([]byte, chacha20poly1305.KeySize)
	rand.Read(secret)
	err = k.db.Tx(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO record_key (id, secret) VALUES (?1, ?2)`, id, secret)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make record key: %w", err)
	}
	return id, nil
}

// Destroy erases a key, and with it everything sealed under it. Destroying a key
// twice is no error. On SQLite the freed bytes are overwritten in the file and
// in its write-ahead log; on PostgreSQL they stay in the write-ahead log until
// it is recycled.
func (k *Keys) Destroy(ctx context.Context, id string) error {
	err := k.db.Tx(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM record_key WHERE id = ?1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("destroy record key %s: %w", id, err)
	}
	flush := `PRAGMA wal_checkpoint(TRUNCATE)`
	if k.db.dialect == Postgres {
		flush = `VACUUM record_key`
	}
	if _, err := k.db.write.ExecContext(ctx, flush); err != nil {
		return fmt.Errorf("destroy record key %s: %w", id, err)
	}
	return nil
}

// secret returns the key id.
func (k *Keys) secret(ctx context.Context, id string) ([]byte, error) {
	var secret []byte
	err := k.db.View(ctx, func(tx *Tx) error {
		return tx.QueryRow(ctx, `SELECT secret FROM record_key WHERE id = ?1`, id).Scan(&secret)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read record key %s: %w", id, ErrKeyDestroyed)
	}
	if err != nil {
		return nil, fmt.Errorf("read record key %s: %w", id, err)
	}
	return secret, nil
}

// Close ends all connections.
func (k *Keys) Close() error { return k.db.Close() }
