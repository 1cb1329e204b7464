package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked reports a lock that another process holds.
var ErrLocked = errors.New("held by another process")

// ErrLockLost reports a lock that was taken over by another process, after this
// one lost its connection or its file.
var ErrLockLost = errors.New("lock lost to another process")

// Lock is the right to do something of which there may be one doer per database.
//
// It is held twice: by the operating system or PostgreSQL (a file lock beside
// the SQLite file, a session's advisory lock), which end with the holder, and by
// a row with an epoch that each new holder raises, so that a holder which lost
// the first without noticing is stopped by [Lock.Check] inside its transaction.
type Lock struct {
	name  string
	epoch int64
	file  *os.File  // SQLite
	conn  *sql.Conn // PostgreSQL
}

// Lock takes the named lock, or returns [ErrLocked] at once where another holds
// it. holder and now are kept for people who ask who it is.
func (db *DB) Lock(ctx context.Context, name, holder string, now time.Time) (*Lock, error) {
	l := &Lock{name: name}
	if err := l.acquire(ctx, db); err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	err := db.Tx(ctx, func(tx *Tx) error {
		return tx.QueryRow(ctx, `INSERT INTO publisher_lock (name, epoch, holder, since) VALUES (?1, 1, ?2, ?3)
			ON CONFLICT (name) DO UPDATE SET epoch = publisher_lock.epoch + 1, holder = excluded.holder, since = excluded.since
			RETURNING epoch`, name, holder, now.UTC().Format(time.RFC3339)).Scan(&l.epoch)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), l.Release())
	}
	return l, nil
}

func (l *Lock) acquire(ctx context.Context, db *DB) error {
	if db.dialect == SQLite {
		f, err := os.OpenFile(db.path+"."+l.name+".lock", os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			if errors.Is(err, unix.EWOULDBLOCK) {
				err = ErrLocked
			}
			return errors.Join(err, f.Close())
		}
		l.file = f
		return nil
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", l.advisoryKey()).Scan(&got); err != nil {
		return errors.Join(err, conn.Close())
	}
	if !got {
		return errors.Join(ErrLocked, conn.Close())
	}
	l.conn = conn
	return nil
}

// advisoryKey is the number by which PostgreSQL knows the lock.
func (l *Lock) advisoryKey() int64 {
	h := fnv.New64a()
	h.Write([]byte("bayyina/" + l.name))
	return int64(h.Sum64())
}

// Check returns [ErrLockLost] unless l still holds the lock in tx's view.
func (l *Lock) Check(ctx context.Context, tx *Tx) error {
	var epoch int64
	if err := tx.QueryRow(ctx, `SELECT epoch FROM publisher_lock WHERE name = ?1`, l.name).Scan(&epoch); err != nil {
		return fmt.Errorf("check lock %s: %w", l.name, err)
	}
	if epoch != l.epoch {
		return fmt.Errorf("check lock %s: %w", l.name, ErrLockLost)
	}
	return nil
}

// Release gives the lock back.
func (l *Lock) Release() error {
	if l.file != nil {
		return l.file.Close()
	}
	// Closing the connection returns it to the pool with its locks, so unlock first.
	_, err := l.conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock($1)", l.advisoryKey())
	if err != nil {
		// The session is lost, or ends now: its locks end with it.
		_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
		return nil
	}
	return l.conn.Close()
}
