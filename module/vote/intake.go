package vote

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"bayyina/platform/store"
)

const (
	// intakeMax bounds the ballots that share a transaction.
	intakeMax = 256
	// intakePause is how long after one transaction the next begins while more ballots are
	// on their way: the more share one, the less each costs (what databases call a commit
	// delay).
	intakePause = 50 * time.Millisecond
)

// intake writes ballots that arrive together in one transaction: each is on the disk
// before its voter gets a promise, and the disk is asked to flush once for all.
type intake struct {
	db  *store.DB
	now func() time.Time

	coming atomic.Int64 // ballots that are being checked

	mu      sync.Mutex
	waiting []*arrival
	busy    bool // somebody is writing

	// The writer's: when the last transaction began, and the ballots accepted in the second
	// that runs, by election and credential.
	begun  time.Time
	second time.Time
	recent map[[2]string]string
}

// arrival is a verified ballot on its way into the database.
type arrival struct {
	election, tracker, credential string
	text                          []byte
	bond                          *bond     // nil where no code was asked for
	issued                        time.Time // of the promise; zero if it comes too soon
	turn                          chan bool // true: it is written; false: its caller writes for all who wait
	err                           error     // why it was refused
}

// put writes a ballot and returns when it is durable, or refused.
func (in *intake) put(ctx context.Context, a *arrival) error {
	a.turn = make(chan bool, 1)
	in.mu.Lock()
	in.waiting = append(in.waiting, a)
	first := !in.busy
	in.busy = true
	in.mu.Unlock()
	// Whoever waits is always served, by a writer who has begun: the wait is short,
	// and a ballot is never left behind half accepted.
	if first || !<-a.turn {
		in.write(context.WithoutCancel(ctx))
	}
	return a.err
}

// write writes those who wait, the caller among them, and hands on to the next.
func (in *intake) write(ctx context.Context) {
	if in.coming.Load() > 0 {
		time.Sleep(time.Until(in.begun.Add(intakePause)))
	}
	in.begun = time.Now()
	in.mu.Lock()
	batch := in.waiting[:min(len(in.waiting), intakeMax)]
	in.waiting = in.waiting[len(batch):]
	in.mu.Unlock()
	for _, a := range batch {
		in.stamp(a)
	}
	err := in.db.Tx(ctx, func(tx *store.Tx) error {
		final := make(map[string]bool) // by election
		for _, a := range batch {
			a.err = nil // the transaction may run again
			if a.issued.IsZero() {
				a.err = ErrTooSoon
				continue
			}
			if _, known := final[a.election]; !known {
				var n int64
				if err := tx.QueryRow(ctx, `SELECT final FROM vote_election WHERE uuid = ?1`, a.election).Scan(&n); err != nil {
					return fmt.Errorf("read election %s: %w", a.election, err)
				}
				final[a.election] = n != 0
			}
			if err := putArrival(ctx, tx, a, final[a.election]); err != nil {
				if !refusal(err) {
					return err
				}
				a.err = err
			}
		}
		return nil
	})
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.busy = len(in.waiting) > 0; in.busy {
		in.waiting[0].turn <- false
	}
	for i, a := range batch {
		if err != nil {
			a.err = err
		}
		if i > 0 { // the first is the caller
			a.turn <- true
		}
	}
}

// stamp gives a ballot the time of its promise, in the order in which ballots are
// written: of two promises to one credential the later one must say the later second
// (docs/PROTOCOL.md section 10). A second ballot in a second gets none. The server's
// clock may stand still, but must not be set back while it is restarted.
func (in *intake) stamp(a *arrival) {
	if now := in.now(); now.After(in.second) {
		in.second, in.recent = now, make(map[[2]string]string)
	}
	by := [2]string{a.election, a.credential}
	if other, ok := in.recent[by]; ok && other != a.tracker {
		return
	}
	in.recent[by] = a.tracker
	a.issued = in.second
}
