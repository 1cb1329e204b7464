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
	ids     []int64
	entries [][]byte
	history history
	last    envelope
	begun   int64 // the last statement's batch, where it has more
}

// Sequence takes the next statements from the outbox and appends them to the
// log, in order. When it returns they are durable in the log and marked; they
// become public with the next checkpoint. It returns their number, 0 when none
// could be taken.
func (l *Log) Sequence(ctx context.Context) (int, error) {
	l.sequence.Lock()
	defer l.sequence.Unlock()
	l.mu.Lock()
	dirty, size, published := l.dirty, l.size, l.published
	l.mu.Unlock()
	if dirty {
		if err := l.settle(ctx, markKnown); err != nil {
			return 0, err
		}
		size, published = l.Size()
	}
	// Where more is waiting a batch ends with an entry bundle, so that it leaves no
	// partial tiles behind.
	limit := maxSequenced - int(size%layout.EntryBundleWidth)
	if size == 0 {
		limit = 1 // the genesis is alone under the first checkpoint
	} else if published == 0 {
		return 0, nil
	}
	b, err := l.prepare(ctx, limit)
	if err != nil || len(b.ids) == 0 {
		return 0, err
	}
	l.mu.Lock()
	l.dirty = true
	l.mu.Unlock()
	if err := l.tree.append(size, b.entries); err != nil {
		return 0, err
	}
	err = l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := l.lock.Check(ctx, tx); err != nil {
			return err
		}
		if err := mark(ctx, tx, b.ids, size); err != nil {
			return err
		}
		return writeSize(ctx, tx, size+uint64(len(b.ids)), b.history)
	})
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty = false
	l.size, l.history, l.last, l.begun = size+uint64(len(b.ids)), b.history, b.last, b.begun
	return len(b.ids), nil
}

// prepare reads the next statements and seals their entries.
func (l *Log) prepare(ctx context.Context, limit int) (batch, error) {
	l.mu.Lock()
	size, published, last, past, begun := l.size, l.published, l.last, l.history, l.begun
	l.mu.Unlock()
	var rows []queued
	var next int64
	err := l.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		if begun != 0 {
			// Its rest comes first, even if a transaction with lower numbers
			// has committed meanwhile.
			if rows, next, err = waitingOf(ctx, tx, begun, limit); err != nil || len(rows) > 0 {
				return err
			}
		}
		rows, next, err = waiting(ctx, tx, limit)
		return err
	})
	if err != nil {
		return batch{}, err
	}
	if begun != 0 && (len(rows) == 0 || rows[0].batch != begun) {
		l.mu.Lock()
		l.begun = 0 // its rest was refused
		l.mu.Unlock()
	}
	if len(rows) == 0 {
		return batch{}, nil
	}
	if past.Closed {
		return l.prepareWithout(ctx, limit, rows[0].id, "the log is closed")
	}
	now := l.cfg.Now().UTC().Truncate(time.Second)
	if rows[0].batch == begun {
		now, published = last.Time, last.After // one batch has one time, between the same checkpoints
	} else if now.Before(last.Time) {
		now = last.Time // time never runs backwards
	}
	b := batch{history: past, last: envelope{Time: now, After: published}}
	envelopes := make([]envelope, 0, len(rows))
	for _, row := range rows {
		head, err := parseHead(row.statement)
		if err != nil {
			return batch{}, fmt.Errorf("outbox row %d: %w", row.id, err)
		}
		if now.Before(head.from) {
			next = row.batch
			break // its time will come, and its successors wait with it
		}
		if now.After(head.until) {
			return l.prepareWithout(ctx, limit, row.id, fmt.Sprintf("its window ended at %s, before it could enter at %s",
				head.until.Format(timeLayout), now.Format(timeLayout)))
		}
		sequence := size + uint64(len(envelopes))
		if err := checkFirst(sequence, head); err != nil {
			return batch{}, err
		}
		if b.history, err = b.history.enter(sequence, head, row.statement); err != nil {
			return batch{}, fmt.Errorf("outbox row %d: %w", row.id, err)
		}
		b.ids = append(b.ids, row.id)
		envelopes = append(envelopes, envelope{sequence, now, published, row.statement})
		if b.history.Closed {
			break
		}
	}
	if n := len(b.ids); n > 0 && rows[n-1].batch == next && !b.history.Closed {
		b.begun = next
	}
	if err := l.checkStaged(ctx, b.ids); err != nil {
		return batch{}, err
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
func (l *Log) prepareWithout(ctx context.Context, limit int, id int64, why string) (batch, error) {
	l.cfg.Log.Error("a queued statement can never enter the log", "row", id, "reason", why)
	if err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error { return refuse(ctx, tx, id, why) }); err != nil {
		return batch{}, err
	}
	return l.prepare(ctx, limit)
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
