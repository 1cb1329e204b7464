package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"bayyina/platform/store"
)

// entered is an entry of the log of which the database does not know yet.
type entered struct {
	sequence  uint64
	head      statementHead
	statement []byte
}

// settler writes entries that are in the log, in order, into the outbox.
type settler func(ctx context.Context, tx *store.Tx, found []entered) error

// settleChunk bounds the entries settled in one transaction.
const settleChunk = 1024

// settle compares log and database, tells the database what the log holds
// beyond it, and loads the writer's state. It is called when a log is opened,
// and whenever a batch failed in a way that leaves open what entered.
func (l *Log) settle(ctx context.Context, settle settler) error {
	size, err := l.tree.size(ctx)
	if err != nil {
		return err
	}
	if err := l.tree.checkTail(ctx, size); err != nil {
		return err
	}
	if err := l.tree.sweep(size); err != nil {
		return err
	}
	p, err := l.loadPublication(ctx)
	if err != nil {
		return err
	}
	if size < p.size {
		return fmt.Errorf("open log: %w: it holds %d entries, the database has seen %d; bring it up to date from a mirror", ErrLogBehind, size, p.size)
	}
	published, err := l.checkPublished(ctx, p, size)
	if err != nil {
		return err
	}
	if p.history, err = l.settleTail(ctx, p, size, settle); err != nil {
		return err
	}
	last, begun, err := l.lastEntry(ctx, size)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.position = position{size: size, last: last, begun: begun, history: p.history}
	l.published, l.untold, l.dirty = published, published > p.published, false
	return nil
}

// lastEntry returns the envelope of the last entry, and its batch where the
// outbox holds more of it.
func (l *Log) lastEntry(ctx context.Context, size uint64) (e envelope, batch int64, err error) {
	if size == 0 {
		return e, 0, nil
	}
	entry, err := l.tree.entry(ctx, size-1, size)
	if err != nil {
		return e, 0, err
	}
	if e, _, err = openEnvelope(entry); err != nil {
		return e, 0, err
	}
	head, err := parseHead(e.Statement)
	if err != nil {
		return e, 0, err
	}
	e.Statement = nil
	err = l.cfg.DB.View(ctx, func(tx *store.Tx) error {
		batch, err = begun(ctx, tx, head.id)
		return err
	})
	return e, batch, err
}

// loadPublication reads the database's row on the log, or makes it where the
// database is new.
func (l *Log) loadPublication(ctx context.Context) (p publication, err error) {
	err = l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		origin, err := originOf(ctx, tx)
		if errors.Is(err, ErrNoLog) {
			p = publication{publishedRoot: []byte{}}
			if _, err := tx.Exec(ctx, `INSERT INTO log (id, origin) VALUES (1, ?1)`, l.origin); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO publication (id, size, published_size, published_root, history) VALUES (1, 0, 0, ?1, '{}')`, p.publishedRoot)
			return err
		}
		if err == nil && origin != l.origin {
			err = fmt.Errorf("the database belongs to the log %q, the checkpoint key to %q", origin, l.origin)
		}
		if err != nil {
			return err
		}
		p, err = readPublication(ctx, tx)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("open log: %w", err)
	}
	return p, nil
}

// checkPublished compares the published checkpoint with the tiles and with what
// the database remembers, and returns its size.
func (l *Log) checkPublished(ctx context.Context, p publication, size uint64) (uint64, error) {
	published, root, err := readCheckpoint(l.public, l.origin)
	if err != nil {
		return 0, fmt.Errorf("open log: %w", err)
	}
	if published < p.published {
		return 0, fmt.Errorf("open log: %w: its checkpoint has size %d, the database has seen %d; bring it up to date from a mirror", ErrLogBehind, published, p.published)
	}
	if published > size {
		return 0, fmt.Errorf("open log: %w: its checkpoint has size %d, its tiles only %d entries", ErrLogBehind, published, size)
	}
	for _, c := range []struct {
		who  string
		size uint64
		root []byte
	}{{"published checkpoint", published, root}, {"database", p.published, p.publishedRoot}} {
		if c.size == 0 {
			continue
		}
		have, err := l.tree.root(ctx, c.size)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(have, c.root) {
			return 0, fmt.Errorf("open log: its first %d entries are not those of the %s: root %s, not %s", c.size, c.who,
				base64.StdEncoding.EncodeToString(have), base64.StdEncoding.EncodeToString(c.root))
		}
	}
	return published, nil
}

// settleTail tells the database of the entries that it does not know.
func (l *Log) settleTail(ctx context.Context, p publication, size uint64, settle settler) (history, error) {
	h := p.history
	var chunk []entered
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			if err := l.lock.Check(ctx, tx); err != nil {
				return err
			}
			if err := settle(ctx, tx, chunk); err != nil {
				return err
			}
			return writeSize(ctx, tx, chunk[len(chunk)-1].sequence+1, h)
		})
		chunk = chunk[:0]
		return err
	}
	err := l.tree.entries(ctx, p.size, size, func(n uint64, entry []byte) error {
		e, origin, err := openEnvelope(entry)
		if err != nil {
			return fmt.Errorf("open log: entry %d: %w", n, err)
		}
		if e.Sequence != n || origin != l.origin {
			return fmt.Errorf("open log: entry %d calls itself number %d of %q: %w", n, e.Sequence, origin, errOrder)
		}
		head, err := parseHead(e.Statement)
		if err != nil {
			return fmt.Errorf("open log: entry %d: %w", n, err)
		}
		if h, err = h.enter(n, head, e.Statement); err != nil {
			return fmt.Errorf("open log: entry %d: %w", n, err)
		}
		if chunk = append(chunk, entered{n, head, bytes.Clone(e.Statement)}); len(chunk) == settleChunk {
			return flush()
		}
		return nil
	})
	if err != nil {
		return h, err
	}
	return h, flush()
}

// find returns the row of a statement's id, 0 where it was never queued.
func find(ctx context.Context, tx *store.Tx, e entered) (id int64, sequence sql.NullInt64, err error) {
	var queued []byte
	err = tx.QueryRow(ctx, `SELECT id, sequence, statement FROM outbox LEFT JOIN outbox_statement ON outbox_id = id WHERE statement_id = ?1`, e.head.id).Scan(&id, &sequence, &queued)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, sequence, nil
	}
	if err == nil && queued != nil && !bytes.Equal(queued, e.statement) {
		err = fmt.Errorf("entry %d holds another statement under the id %s than the outbox", e.sequence, e.head.id)
	}
	return id, sequence, err
}

// markKnown marks entries that were queued here and entered before a crash.
func markKnown(ctx context.Context, tx *store.Tx, found []entered) error {
	ids := make([]int64, len(found))
	for i, e := range found {
		id, sequence, err := find(ctx, tx, e)
		if err != nil {
			return fmt.Errorf("settle log and database: %w", err)
		}
		if id == 0 || sequence.Valid {
			return fmt.Errorf("settle log and database: %w: it never queued entry %d (%s %s); it was restored from an old copy: reconcile it from the log first",
				ErrDatabaseBehind, e.sequence, e.head.kind, e.head.id)
		}
		ids[i] = id
	}
	return mark(ctx, tx, ids, found[0].sequence)
}

// takeOver is markKnown for a database that was restored from an old copy.
func takeOver(ctx context.Context, tx *store.Tx, found []entered) (taken int, err error) {
	for _, e := range found {
		id, sequence, err := find(ctx, tx, e)
		if err != nil {
			return 0, fmt.Errorf("reconcile: %w", err)
		}
		switch {
		case id == 0:
			_, err = tx.Exec(ctx, `INSERT INTO outbox (statement_id, sequence) VALUES (?1, ?2)`, e.head.id, int64(e.sequence))
			taken++
		case sequence.Valid:
			err = fmt.Errorf("the database knows the statement of entry %d as number %d", e.sequence, sequence.Int64)
		default:
			_, err = tx.Exec(ctx, `UPDATE outbox SET sequence = ?2, refused = NULL WHERE id = ?1`, id, int64(e.sequence))
		}
		if err != nil {
			return 0, fmt.Errorf("reconcile entry %d: %w", e.sequence, err)
		}
	}
	return taken, nil
}

// maxCheckpoint bounds the bytes of a checkpoint with all its cosignatures.
const maxCheckpoint = 64 << 10

// readCheckpoint returns size and root of the published checkpoint, 0 where
// there is none yet. Its signatures are not verified: the caller compares the
// root with its own tiles.
func readCheckpoint(public, origin string) (size uint64, root []byte, err error) {
	raw, err := readLimited(filepath.Join(public, checkpointName), maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read checkpoint: %w", err)
	}
	of, size, root, err := parseCheckpoint(raw)
	if err == nil && of != origin {
		err = fmt.Errorf("checkpoint: of the log %q, not %q", of, origin)
	}
	return size, root, err
}

// parseCheckpoint reads a checkpoint's three lines (c2sp.org/tlog-checkpoint).
func parseCheckpoint(raw []byte) (origin string, size uint64, root []byte, err error) {
	text, err := noteText(raw)
	if err != nil {
		return "", 0, nil, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return "", 0, nil, fmt.Errorf("checkpoint: %d lines, not 3", len(lines)-1)
	}
	if size, err = parseDecimal(lines[1]); err != nil {
		return "", 0, nil, fmt.Errorf("checkpoint: size: %w", err)
	}
	root, err = base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		return "", 0, nil, fmt.Errorf("checkpoint: malformed root %q", lines[2])
	}
	return lines[0], size, root, nil
}
