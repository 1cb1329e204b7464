package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"bayyina/platform/store"
)

const (
	// pollInterval is how often the table is looked at when there is nothing to do.
	pollInterval = time.Second
	// lease is how long a worker that says nothing is believed to be at work.
	lease = 15 * time.Second
	// beat is how often a worker says that it is, and hears whether it still should be.
	beat = time.Second
	// maxFailures is how often in a row a chunk may fail.
	maxFailures = 8
	// firstPause follows the first failure; it doubles with each, up to longestPause.
	firstPause   = 2 * time.Second
	longestPause = 10 * time.Minute
)

// Config is what workers work with.
type Config struct {
	DB      *store.DB
	Kinds   map[string]Kind // by name, such as "vote.hints"
	Workers int
	Now     func() time.Time
	Log     *slog.Logger
}

// Workers do the jobs of this process's kinds.
type Workers struct{ cfg Config }

// New brings the table up to date. Run does the work.
func New(ctx context.Context, cfg Config) (*Workers, error) {
	if err := cfg.DB.Migrate(ctx, "job", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	return &Workers{cfg}, nil
}

// Run works until ctx ends, and returns why it did. A chunk that runs then is done
// again by whoever comes after.
func (w *Workers) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range max(w.cfg.Workers, 1) {
		workers.Go(func() {
			for ctx.Err() == nil {
				worked, err := w.Step(ctx)
				if err != nil && ctx.Err() == nil {
					w.cfg.Log.Error("jobs", "error", err)
				}
				if worked && err == nil {
					continue
				}
				select {
				case <-ctx.Done():
				case <-time.After(pollInterval):
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// turn is a chunk that this process does.
type turn struct {
	Job
	state []byte
	epoch int64
}

// Step does one chunk of the job that has waited longest, and tells whether there was
// one. That the work failed is noted with the job, and is no error here.
func (w *Workers) Step(ctx context.Context) (worked bool, err error) {
	t, err := w.begin(ctx)
	if err != nil || t == nil {
		return false, err
	}
	chunk, stop := context.WithCancel(ctx)
	defer stop()
	var heart sync.WaitGroup
	heart.Go(func() { w.beat(chunk, stop, t) })
	progress, failure := w.cfg.Kinds[t.Kind].Work(chunk, Chunk{Subject: t.Subject, State: t.state})
	stop()
	heart.Wait()
	if ctx.Err() != nil {
		return true, w.giveBack(t)
	}
	if failure != nil {
		return true, w.fail(ctx, t, failure)
	}
	return true, w.end(ctx, t, progress)
}

// begin takes the job that has waited longest, or that somebody left.
func (w *Workers) begin(ctx context.Context) (t *turn, err error) {
	now := w.cfg.Now()
	names := slices.Sorted(maps.Keys(w.cfg.Kinds))
	if len(names) == 0 {
		return nil, nil
	}
	args := []any{now.UnixMilli()}
	var marks []string
	for _, name := range names {
		args = append(args, name)
		marks = append(marks, fmt.Sprintf("?%d", len(args)))
	}
	err = w.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		t = nil
		var id int64
		err := tx.QueryRow(ctx, `SELECT id FROM job WHERE kind IN (`+strings.Join(marks, ", ")+`)
			AND (phase = 'waiting' AND due <= ?1 OR phase = 'running' AND leased <= ?1) ORDER BY due, id LIMIT 1`, args...).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		taken := new(turn)
		if taken.Job, err = scan(tx.QueryRow(ctx, `UPDATE job SET phase = 'running', leased = ?2, epoch = epoch + 1 WHERE id = ?1 RETURNING `+columns,
			id, now.Add(lease).UnixMilli())); err != nil {
			return err
		}
		t = taken
		return tx.QueryRow(ctx, `SELECT state, epoch FROM job WHERE id = ?1`, id).Scan(&taken.state, &taken.epoch)
	})
	if err != nil {
		return nil, fmt.Errorf("begin a job: %w", err)
	}
	return t, nil
}

// beat tells that the chunk's worker is at work, and stops it where it should not be.
func (w *Workers) beat(ctx context.Context, stop func(), t *turn) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(beat):
		}
		mine, err := w.update(ctx, t, `leased = ?3`, w.cfg.Now().Add(lease).UnixMilli())
		if err != nil && ctx.Err() == nil {
			w.cfg.Log.Warn("job", "id", t.ID, "error", err) // the lease lasts a while
		}
		if err == nil && !mine {
			stop()
			return
		}
	}
}

// update changes the row of a chunk that is still this worker's; parameters count from 3.
func (w *Workers) update(ctx context.Context, t *turn, set string, args ...any) (mine bool, err error) {
	err = w.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE job SET `+set+` WHERE id = ?1 AND epoch = ?2 AND phase = 'running'`, append([]any{t.ID, t.epoch}, args...)...)
		mine = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("job %d: %w", t.ID, err)
	}
	return mine, nil
}

// giveBack lets another process do the chunk at once.
func (w *Workers) giveBack(t *turn) error {
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	_, err := w.update(ctx, t, `phase = 'waiting', leased = 0`)
	return err
}

// end notes what a chunk has done.
func (w *Workers) end(ctx context.Context, t *turn, p Progress) error {
	state, err := json.Marshal(p.State)
	if err != nil {
		return w.fail(ctx, t, fmt.Errorf("%w: %w", ErrHopeless, err))
	}
	now := w.cfg.Now().UnixMilli()
	phase := Waiting
	if p.Finished {
		phase = Finished
		w.cfg.Log.Info("job finished", "id", t.ID, "kind", t.Kind, "subject", t.Subject)
	}
	_, err = w.update(ctx, t, `phase = ?3, state = ?4, done = ?5, total = ?6, failures = 0, reason = '', due = ?7, changed = ?8, leased = 0`,
		string(phase), state, p.Done, p.Total, now, now)
	return err
}

// fail notes that a chunk has failed, and when it is tried again.
func (w *Workers) fail(ctx context.Context, t *turn, failure error) error {
	now := w.cfg.Now()
	phase, failures := Waiting, t.Failures+1
	if failures >= maxFailures || errors.Is(failure, ErrHopeless) {
		phase = Failed
	}
	w.cfg.Log.Error("job failed", "id", t.ID, "kind", t.Kind, "subject", t.Subject, "failures", failures, "again", phase == Waiting, "error", failure)
	_, err := w.update(ctx, t, `phase = ?3, failures = ?4, reason = ?5, due = ?6, changed = ?7, leased = 0`,
		string(phase), failures, failure.Error(), now.Add(pause(failures)).UnixMilli(), now.UnixMilli())
	return err
}

// pause is how long a job waits after so many failures in a row, with some chance, so
// that jobs that failed together do not come back together.
func pause(failures int) time.Duration {
	d := min(firstPause<<(failures-1), longestPause)
	return d + rand.N(d/4)
}
