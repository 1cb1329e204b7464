package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bayyina/platform/job"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// world is a table of jobs with a clock that a test sets.
type world struct {
	*testing.T
	db  *store.DB
	mu  sync.Mutex
	now time.Time
}

// each runs a test on both databases.
func each(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(&world{T: t, db: db, now: time.Unix(1_800_000_000, 0)})
	})
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) workers(work job.Work) *job.Workers {
	w.Helper()
	workers, err := job.New(w.Context(), job.Config{
		DB: w.db, Kinds: map[string]job.Kind{"test.count": {Work: work}}, Workers: 1, Now: w.clock, Log: slog.New(slog.NewTextHandler(w.Output(), nil)),
	})
	if err != nil {
		w.Fatal(err)
	}
	return workers
}

func (w *world) tx(do func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Tx(w.Context(), do); err != nil {
		w.Fatal(err)
	}
}

func (w *world) enqueue(subject string) (id int64) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		id, err = job.Enqueue(w.Context(), tx, w.clock(), "test.count", subject)
		return err
	})
	return id
}

func (w *world) find(subject string) (j job.Job) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		j, err = job.Find(w.Context(), tx, "test.count", subject)
		return err
	})
	return j
}

func (w *world) step(workers *job.Workers) bool {
	w.Helper()
	worked, err := workers.Step(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return worked
}

// count counts to three, one a chunk.
func count(_ context.Context, c job.Chunk) (job.Progress, error) {
	n := int64(0)
	if c.State != nil {
		if err := json.Unmarshal(c.State, &n); err != nil {
			return job.Progress{}, err
		}
	}
	n++
	return job.Progress{State: n, Done: n, Total: 3, Finished: n == 3}, nil
}

func TestEachChunkTakesUpWhatTheOneBeforeLeft(t *testing.T) {
	each(t, func(w *world) {
		workers := w.workers(count)
		if w.step(workers) {
			w.Error("there was something to do before there was a job")
		}
		w.enqueue("a")
		var seen []int64
		for w.step(workers) {
			seen = append(seen, w.find("a").Done)
		}
		if j := w.find("a"); !slices.Equal(seen, []int64{1, 2, 3}) || j.Phase != job.Finished || j.Total != 3 {
			w.Errorf("%v, %+v", seen, j)
		}
	})
}

func TestTheSameWorkIsNotQueuedTwiceAtOnce(t *testing.T) {
	each(t, func(w *world) {
		workers := w.workers(count)
		first := w.enqueue("a")
		if again := w.enqueue("a"); again != first {
			w.Errorf("job %d, then %d", first, again)
		}
		if other := w.enqueue("b"); other == first {
			w.Error("another subject is the same job")
		}
		for w.step(workers) {
		}
		if again := w.enqueue("a"); again == first {
			w.Error("work that has ended is not done anew")
		}
	})
}

func TestJobsQueuedAndDoneByManyAtOnceAreDoneOnce(t *testing.T) {
	each(t, func(w *world) {
		var chunks atomic.Int64
		workers := w.workers(func(ctx context.Context, c job.Chunk) (job.Progress, error) {
			chunks.Add(1)
			return count(ctx, c)
		})
		var all sync.WaitGroup
		ids := make([]int64, 4)
		for i := range ids {
			all.Go(func() {
				err := w.db.Tx(w.Context(), func(tx *store.Tx) (err error) {
					ids[i], err = job.Enqueue(w.Context(), tx, w.clock(), "test.count", "a")
					return err
				})
				if err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		if slices.Min(ids) != slices.Max(ids) {
			w.Errorf("the same work is the jobs %v", ids)
		}
		for range 4 {
			all.Go(func() {
				for w.find("a").Phase != job.Finished {
					if _, err := workers.Step(w.Context()); err != nil {
						w.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		if n := chunks.Load(); n != 3 {
			w.Errorf("%d chunks were done, not 3", n)
		}
	})
}

func TestWhatFailsIsTriedAgainLaterEachTime(t *testing.T) {
	each(t, func(w *world) {
		workers := w.workers(func(context.Context, job.Chunk) (job.Progress, error) {
			return job.Progress{}, errors.New("the disk is full")
		})
		w.enqueue("a")
		last := time.Duration(0)
		for range 7 {
			if !w.step(workers) || w.step(workers) {
				w.Fatal("it is not tried once")
			}
			j := w.find("a")
			if j.Phase != job.Waiting || j.Reason != "the disk is full" {
				w.Fatalf("%+v", j)
			}
			wait := j.Due.Sub(w.clock())
			if wait <= last {
				w.Errorf("after %d failures it waits %v, before that %v", j.Failures, wait, last)
			}
			last = wait
			w.pass(wait)
		}
		if w.step(workers); w.find("a").Phase != job.Failed {
			w.Errorf("%+v", w.find("a"))
		}
		id := w.find("a").ID
		w.tx(func(tx *store.Tx) error { return job.Retry(w.Context(), tx, w.clock(), id) })
		if !w.step(workers) {
			w.Error("it is not tried again when somebody asks")
		}
	})
}

func TestHopelessWorkIsNotTriedAgain(t *testing.T) {
	each(t, func(w *world) {
		workers := w.workers(func(context.Context, job.Chunk) (job.Progress, error) { return job.Progress{}, job.ErrHopeless })
		w.enqueue("a")
		if w.step(workers); w.find("a").Phase != job.Failed {
			w.Errorf("%+v", w.find("a"))
		}
	})
}

func TestACancelledChunkIsStoppedAndCountsForNothing(t *testing.T) {
	each(t, func(w *world) {
		workers := w.workers(func(ctx context.Context, _ job.Chunk) (job.Progress, error) {
			w.tx(func(tx *store.Tx) error { return job.Cancel(w.Context(), tx, w.clock(), w.id(tx, "a")) })
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
				w.Error("it was not stopped")
			}
			return job.Progress{Done: 1, Finished: true}, nil
		})
		id := w.enqueue("a")
		w.step(workers)
		if j := w.find("a"); j.Phase != job.Cancelled || j.Done != 0 {
			w.Errorf("%+v", j)
		}
		err := w.db.Tx(w.Context(), func(tx *store.Tx) error { return job.Cancel(w.Context(), tx, w.clock(), id) })
		if !errors.Is(err, job.ErrOver) {
			w.Errorf("cancelled twice: %v", err)
		}
		err = w.db.Tx(w.Context(), func(tx *store.Tx) error { return job.Cancel(w.Context(), tx, w.clock(), 12345) })
		if !errors.Is(err, job.ErrUnknown) {
			w.Errorf("nothing cancelled: %v", err)
		}
	})
}

func (w *world) id(tx *store.Tx, subject string) int64 {
	j, err := job.Find(w.Context(), tx, "test.count", subject)
	if err != nil {
		w.Error(err)
	}
	return j.ID
}

func TestWorkOfAWorkerThatDiedIsTakenUpAndItsLateWordIsNotHeard(t *testing.T) {
	each(t, func(w *world) {
		living := w.workers(count)
		w.enqueue("a")
		dead := w.workers(func(context.Context, job.Chunk) (job.Progress, error) {
			if w.step(living) {
				w.Error("two did the same chunk")
			}
			w.pass(time.Minute) // not a word for so long
			if !w.step(living) {
				w.Error("the work was not taken up")
			}
			return job.Progress{State: 100, Done: 100}, nil
		})
		w.step(dead)
		if j := w.find("a"); j.Done != 1 {
			w.Errorf("%+v", j)
		}
	})
}

func TestWorkGoesOnAfterTheProgramWasStopped(t *testing.T) {
	each(t, func(w *world) {
		workers := w.workers(count)
		w.enqueue("a")
		ctx, stop := context.WithCancel(w.Context())
		defer stop()
		stopped := w.workers(func(ctx context.Context, _ job.Chunk) (job.Progress, error) {
			stop()
			<-ctx.Done()
			return job.Progress{}, ctx.Err()
		})
		if err := stopped.Run(ctx); !errors.Is(err, context.Canceled) {
			w.Error(err)
		}
		if j := w.find("a"); j.Phase != job.Waiting || j.Failures != 0 {
			w.Errorf("%+v", j)
		}
		for w.step(workers) {
		}
		if j := w.find("a"); j.Phase != job.Finished {
			w.Errorf("%+v", j)
		}
	})
}
