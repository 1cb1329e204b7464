package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// groupAge is how long transactions may join a group after its first one began:
// about what a flush of the disk takes.
const groupAge = 5 * time.Millisecond

// turn lets SQLite's transactions run one after another. Those that wait while
// another runs are committed together with it, as a group, so that one flush of
// the disk makes all of them durable (group commit). PostgreSQL does it itself.
type turn struct {
	waiting atomic.Int64
	mu      sync.Mutex // held by the transaction that runs; guards what follows
	open    *group     // the group that the next one joins, nil where it begins one
}

// group is one transaction of SQLite with several of ours in it, each in a
// savepoint of its own.
type group struct {
	tx       *sql.Tx
	prepared statements
	begun    time.Time
	done     chan struct{} // closed when it is committed or given up
	err      error         // why it was given up; after done
}

// errOthersFault reports a transaction that was undone with its group.
var errOthersFault = errors.New("undone with a transaction beside it")

// run runs fn as a transaction.
func (t *turn) run(ctx context.Context, pool *sql.DB, fn func(*Tx) error) error {
	t.waiting.Add(1)
	t.mu.Lock()
	t.waiting.Add(-1)
	g, err := t.join(ctx, pool)
	if err != nil {
		t.mu.Unlock()
		return err
	}
	finished := false
	defer func() {
		if !finished {
			t.leave(g, errors.New("it panicked"))
		}
	}()
	broken, err := g.step(ctx, fn)
	finished = true
	t.leave(g, broken)
	<-g.done
	if broken == nil && g.err != nil {
		return g.err // and what fn saw of the others is undone
	}
	return err
}

// join returns the group that is open, or begins one.
func (t *turn) join(ctx context.Context, pool *sql.DB) (*group, error) {
	if t.open == nil {
		// Not the caller's context: the transaction is others' too.
		tx, err := pool.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return nil, fmt.Errorf("begin transaction: %w", err)
		}
		t.open = &group{tx: tx, prepared: make(statements), begun: time.Now(), done: make(chan struct{})}
	}
	return t.open, nil
}

// step runs fn in a savepoint. broken tells why the whole group must be given up:
// SQLite undoes a transaction with its savepoints when a statement is interrupted
// or the disk is full.
func (g *group) step(ctx context.Context, fn func(*Tx) error) (broken, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := g.tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
		return err, fmt.Errorf("begin transaction: %w", err)
	}
	if err = fn(&Tx{tx: g.tx, dialect: SQLite, prepared: g.prepared}); err != nil {
		_, broken = g.tx.ExecContext(ctx, "ROLLBACK TO one; RELEASE one")
		return broken, err
	}
	if _, broken = g.tx.ExecContext(ctx, "RELEASE one"); broken != nil {
		err = fmt.Errorf("commit transaction: %w", broken)
	}
	return broken, err
}

// leave lets the next transaction join the group, or ends the group where none
// waits.
func (t *turn) leave(g *group, broken error) {
	defer t.mu.Unlock()
	switch {
	case broken != nil:
		g.err = fmt.Errorf("%w: %w", errOthersFault, broken)
		_ = g.tx.Rollback()
	case t.waiting.Load() > 0 && time.Since(g.begun) < groupAge:
		return
	default:
		if err := g.tx.Commit(); err != nil {
			g.err = fmt.Errorf("commit transaction: %w", err)
			_ = g.tx.Rollback()
		}
	}
	t.open = nil
	close(g.done)
}

// statements are those that the transactions of a group ran, prepared from the
// second time on: SQLite takes longer to read one than to run it. The transaction
// closes them.
type statements map[string]*sql.Stmt

// maxStatements bounds them.
const maxStatements = 64

// again returns a statement that was run before, prepared, else nil. It must not be
// run while its rows are open.
func (s statements) again(ctx context.Context, tx *sql.Tx, query string) *sql.Stmt {
	p, known := s[query]
	switch {
	case s == nil, !known && len(s) == maxStatements:
	case !known:
		s[query] = nil
	case p == nil:
		p, _ = tx.PrepareContext(ctx, query) // what is wrong with it is told when it is run
		s[query] = p
	}
	return p
}
