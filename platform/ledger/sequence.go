package ledger

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"bayyina/platform/store"

	"github.com/transparency-dev/tessera/api/layout"
)

const (
	// maxSequenced is how many entries are appended at once.
	maxSequenced = 4096
	// maxSequencedBytes bounds the bytes of their statements.
	maxSequencedBytes = 8 << 20
)

// batch is what goes into the log at once.
type batch struct {
	rows    []queued
	entries [][]byte
	end     position // of the log that holds it
	more    bool     // statements wait behind it

	prepared time.Time
}

// aheadAge is how old a batch may be that was prepared ahead: its time and its
// checkpoint should be those of its entering.
const aheadAge = 5 * time.Second

// position is what the writer knows of the log at a size.
type position struct {
	size    uint64
	last    envelope // the last entry's, without the statement
	begun   int64    // the batch of which the log holds a part, 0 where there is none
	history history
}

// Sequence takes the next statements from the outbox and appends them to the
// log, in order. When it returns they are durable in the log and marked; they
// become public with the next checkpoint. It returns their number, 0 when none
// could be taken.
func (l *Log) Sequence(ctx context.Context) (int, error) {
	l.sequence.Lock()
	defer l.sequence.Unlock()
	l.mu.Lock()
	dirty := l.dirty
	l.mu.Unlock()
	if dirty {
		l.ahead = nil
		if err := l.settle(ctx, markKnown); err != nil {
			return 0, err
		}
	}
	l.mu.Lock()
	at, published := l.position, l.published
	l.mu.Unlock()
	if at.size > 0 && published == 0 {
		return 0, nil // the genesis is alone under the first checkpoint
	}
	b := l.ahead
	if l.ahead = nil; b == nil || l.cfg.Now().Sub(b.prepared) > aheadAge {
		var err error
		if b, err = l.prepare(ctx, at, nil); err != nil {
			return 0, err
		}
	}
	if len(b.rows) == 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.begun = b.end.begun // 0 where the rest of a batch was refused
		return 0, nil
	}
	if err := l.enter(ctx, at.size, b); err != nil {
		return 0, err
	}
	return len(b.rows), nil
}

// enter appends a batch and marks it. While the files are written, the next
// batch is prepared where one is waiting.
func (l *Log) enter(ctx context.Context, size uint64, b *batch) error {
	l.mu.Lock()
	l.dirty = true
	l.mu.Unlock()
	ahead := make(chan *batch, 1)
	if b.more && size > 0 && !b.end.history.Closed {
		go func() {
			next, err := l.prepare(ctx, b.end, b.rows)
			if err != nil || len(next.rows) == 0 {
				next = nil // it is prepared again, and then the failure told
			}
			ahead <- next
		}()
	} else {
		ahead <- nil
	}
	err := l.tree.append(size, b.entries)
	next := <-ahead
	if err != nil {
		return err
	}
	err = l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := l.lock.Check(ctx, tx); err != nil {
			return err
		}
		if err := mark(ctx, tx, idsOf(b.rows), size); err != nil {
			return err
		}
		return writeSize(ctx, tx, b.end.size, b.end.history)
	})
	if err != nil {
		return err
	}
	l.ahead = next
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty, l.position = false, b.end
	return nil
}

// prepare reads the statements that follow a position of the log, without those
// that are on their way, and seals their entries.
func (l *Log) prepare(ctx context.Context, at position, under []queued) (*batch, error) {
	// Where more is waiting a batch ends with an entry bundle, so that it leaves no
	// partial tiles behind.
	limit := maxSequenced - int(at.size%layout.EntryBundleWidth)
	if at.size == 0 {
		limit = 1
	}
	var rows []queued
	var next int64
	err := l.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		if at.begun != 0 {
			// Its rest comes first, even if a transaction with lower numbers
			// has committed meanwhile.
			if rows, next, err = waitingOf(ctx, tx, at.begun, limit, under); err != nil || len(rows) > 0 {
				return err
			}
			at.begun = 0 // its rest was refused
		}
		rows, next, err = waiting(ctx, tx, limit, under)
		return err
	})
	if err != nil || len(rows) == 0 {
		return &batch{end: at}, err
	}
	if at.history.Closed {
		return l.prepareWithout(ctx, at, under, rows[0].id, "the log is closed")
	}
	_, after := l.Size()
	now := l.cfg.Now().UTC().Truncate(time.Second)
	if at.begun != 0 {
		now, after = at.last.Time, at.last.After // one batch has one time, between the same checkpoints
	} else if now.Before(at.last.Time) {
		now = at.last.Time // time never runs backwards
	}
	b := &batch{end: position{size: at.size, last: envelope{Time: now, After: after}, history: at.history}, prepared: l.cfg.Now()}
	envelopes := make([]envelope, 0, len(rows))
	for _, row := range rows {
		head, err := parseHead(row.statement)
		if err != nil {
			return nil, fmt.Errorf("outbox row %d: %w", row.id, err)
		}
		if now.Before(head.from) {
			next = row.batch
			break // its time will come, and its successors wait with it
		}
		if now.After(head.until) {
			return l.prepareWithout(ctx, at, under, row.id, fmt.Sprintf("its window ended at %s, before it could enter at %s",
				head.until.Format(timeLayout), now.Format(timeLayout)))
		}
		if err := checkFirst(b.end.size, head); err != nil {
			return nil, err
		}
		if b.end.history, err = b.end.history.enter(b.end.size, head, row.statement); err != nil {
			return nil, fmt.Errorf("outbox row %d: %w", row.id, err)
		}
		envelopes = append(envelopes, envelope{b.end.size, now, after, row.statement})
		b.end.size++
		if b.end.history.Closed {
			break
		}
	}
	b.rows, b.more = rows[:len(envelopes)], next != 0
	if n := len(b.rows); n == 0 {
		b.end = at
	} else if rows[n-1].batch == next && !b.end.history.Closed {
		b.end.begun = next
	}
	if err := l.checkStaged(ctx, b.rows); err != nil {
		return nil, err
	}
	b.entries, err = l.seal(envelopes)
	return b, err
}

// checkFirst makes sure that the genesis is the first entry, and only the first.
func checkFirst(sequence uint64, head statementHead) error {
	if (sequence == 0) != (head.kind == kindGenesis) {
		return fmt.Errorf("append to log: entry %d cannot be %s", sequence, head.kind)
	}
	return nil
}

// prepareWithout notes that a queued statement can never enter, and why, and
// prepares the others.
func (l *Log) prepareWithout(ctx context.Context, at position, under []queued, id int64, why string) (*batch, error) {
	l.cfg.Log.Error("a queued statement can never enter the log", "row", id, "reason", why)
	if err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error { return refuse(ctx, tx, id, why) }); err != nil {
		return nil, err
	}
	return l.prepare(ctx, at, under)
}

// seal signs the envelopes on all processors.
func (l *Log) seal(envelopes []envelope) ([][]byte, error) {
	entries := make([][]byte, len(envelopes))
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := w; i < len(envelopes); i += len(errs) {
				if entries[i], errs[w] = envelopes[i].seal(l.origin, l.cfg.Entry); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return entries, nil
}

// Wake tells the publisher that something was queued, so that it need not wait
// for its next look.
func (l *Log) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
