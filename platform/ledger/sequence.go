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
	maxSequenced = 2048
	// maxSequencedBytes bounds the bytes of their statements.
	maxSequencedBytes = 8 << 20
)

// batch is what goes into the log at once.
type batch struct {
	first   uint64 // number of its first entry
	rows    []queued
	entries [][]byte
	bytes   int      // of the rows' statements
	end     position // of the log that holds it
	full    bool     // what waits, or will, goes into the next one
	since   time.Time
}

// aheadAge is how old a batch may be that was prepared ahead: its time and its
// checkpoint should be those of its entering.
const aheadAge = 5 * time.Second

// room returns what may still go into the batch. A full one ends with an entry
// bundle, so that it leaves no partial tiles behind.
func (b *batch) room() room {
	rows := maxSequenced - int(b.first%layout.EntryBundleWidth)
	if b.first == 0 {
		rows = 1 // the genesis
	}
	return room{rows - len(b.rows), maxSequencedBytes - b.bytes}
}

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
	l.ahead = nil
	if b == nil || l.cfg.Now().Sub(b.since) > aheadAge {
		b = l.begin(at)
	}
	if err := l.extend(ctx, b, taken{}); err != nil {
		return 0, err
	}
	if len(b.rows) == 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.begun = b.end.begun // 0 where the rest of a batch was refused
		return 0, nil
	}
	if err := l.enter(ctx, b); err != nil {
		return 0, err
	}
	return len(b.rows), nil
}

// enter appends a batch and marks it. While the files are written, the next
// batch is prepared.
func (l *Log) enter(ctx context.Context, b *batch) error {
	l.mu.Lock()
	l.dirty = true
	l.mu.Unlock()
	written := make(chan struct{})
	ahead := make(chan *batch, 1)
	go func() { ahead <- l.prepareAhead(ctx, b, written) }()
	err := l.tree.append(b.first, b.entries)
	close(written)
	next := <-ahead
	if err != nil {
		return err
	}
	err = l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := l.lock.Check(ctx, tx); err != nil {
			return err
		}
		if err := mark(ctx, tx, idsOf(b.rows), b.first); err != nil {
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

// aheadInterval is how often the outbox is looked at for the next batch while
// one is written.
const aheadInterval = 20 * time.Millisecond

// prepareAhead prepares the batch that follows b until b is written. It returns
// nil where it failed: the batch is prepared again, and then the failure told.
func (l *Log) prepareAhead(ctx context.Context, b *batch, written <-chan struct{}) *batch {
	if b.first == 0 || b.end.history.Closed {
		return nil
	}
	next := l.begin(b.end)
	for !next.full {
		if err := l.extend(ctx, next, taken{}.and(b.rows)); err != nil {
			return nil
		}
		select {
		case <-written:
			return next
		case <-time.After(aheadInterval):
		}
	}
	return next
}

// begin returns the empty batch that follows a position of the log.
func (l *Log) begin(at position) *batch {
	return &batch{first: at.size, end: at, since: l.cfg.Now()}
}

// extend adds to a batch what waits behind it in the outbox and behind the
// batch under way.
func (l *Log) extend(ctx context.Context, b *batch, under taken) error {
	if b.full || b.room().rows == 0 {
		return nil
	}
	rows, next, err := l.read(ctx, b, under)
	if err != nil {
		return err
	}
	b.full = next != 0
	if len(rows) == 0 {
		return nil
	}
	if b.end.history.Closed {
		return l.extendWithout(ctx, b, under, rows[0].id, "the log is closed")
	}
	_, after := l.Size()
	now := l.cfg.Now().UTC().Truncate(time.Second)
	rest := b.end.begun != 0
	if rest {
		now, after = b.end.last.Time, b.end.last.After // one batch has one time, between the same checkpoints
	} else if now.Before(b.end.last.Time) {
		now = b.end.last.Time // time never runs backwards
	}
	end := position{size: b.end.size, last: envelope{Time: now, After: after}, history: b.end.history}
	envelopes := make([]envelope, 0, len(rows))
	size := 0
	for _, row := range rows {
		head, err := parseHead(row.statement)
		if err != nil {
			return fmt.Errorf("outbox row %d: %w", row.id, err)
		}
		if now.Before(head.from) {
			next = row.batch
			break // its time will come, and its successors wait with it
		}
		if now.After(head.until) {
			return l.extendWithout(ctx, b, under, row.id, fmt.Sprintf("its window ended at %s, before it could enter at %s",
				head.until.Format(timeLayout), now.Format(timeLayout)))
		}
		if err := checkFirst(end.size, head); err != nil {
			return err
		}
		if end.history, err = end.history.enter(end.size, head, row.statement); err != nil {
			return fmt.Errorf("outbox row %d: %w", row.id, err)
		}
		envelopes = append(envelopes, envelope{end.size, now, after, row.statement})
		size += len(row.statement)
		end.size++
		if end.history.Closed {
			break
		}
	}
	if b.full = next != 0 || end.history.Closed; len(envelopes) == 0 {
		return nil
	}
	rows = rows[:len(envelopes)]
	if rows[len(rows)-1].batch == next && !end.history.Closed {
		end.begun = next
	}
	if err := l.checkStaged(ctx, rows); err != nil {
		return err
	}
	entries, err := l.seal(envelopes)
	if err != nil {
		return err
	}
	b.rows, b.entries, b.bytes, b.end = append(b.rows, rows...), append(b.entries, entries...), b.bytes+size, end
	if rest {
		return l.extend(ctx, b, under) // others may follow
	}
	return nil
}

// read reads the statements that follow a batch, and the outbox's batch of the one
// that is left for the next, 0 where none is.
func (l *Log) read(ctx context.Context, b *batch, under taken) (rows []queued, next int64, err error) {
	under = under.and(b.rows)
	begun := b.end.begun
	err = l.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		if begun != 0 {
			// Its rest comes first, even if a transaction with lower numbers
			// has committed meanwhile.
			if rows, next, err = waitingOf(ctx, tx, begun, b.room(), under); err != nil || len(rows) > 0 {
				return err
			}
			begun = 0 // its rest was refused
		}
		rows, next, err = waiting(ctx, tx, b.room(), under)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if b.end.begun = begun; begun != 0 {
		return rows, next, nil
	}
	// What was queued together is parted only where it is too long.
	n := len(rows)
	for n > 0 && rows[n-1].batch == next {
		n--
	}
	if n > 0 || len(b.rows) > 0 {
		rows = rows[:n]
	}
	return rows, next, nil
}

// extendWithout notes that a queued statement can never enter, and why, and
// extends a batch with the others.
func (l *Log) extendWithout(ctx context.Context, b *batch, under taken, id int64, why string) error {
	l.cfg.Log.Error("a queued statement can never enter the log", "row", id, "reason", why)
	if err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error { return refuse(ctx, tx, id, why) }); err != nil {
		return err
	}
	b.full = false
	return l.extend(ctx, b, under)
}

// checkFirst makes sure that the genesis is the first entry, and only the first.
func checkFirst(sequence uint64, head statementHead) error {
	if (sequence == 0) != (head.kind == kindGenesis) {
		return fmt.Errorf("append to log: entry %d cannot be %s", sequence, head.kind)
	}
	return nil
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
