package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/job"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/store"
)

// jobHints makes the hints of a closed election.
const jobHints = "vote.hints"

// hintsInterval is how often closed elections are looked for whose hints are missing.
const hintsInterval = 10 * time.Second

// newJobs are the kinds of long work that this server does.
func (r *running) newJobs() (*job.Workers, error) {
	return job.New(r.ctx, job.Config{
		DB: r.DB, Kinds: map[string]job.Work{jobHints: r.makeHints}, Workers: 1, Now: r.now, Log: r.log,
	})
}

func (r *running) hintsFile(uuid string) string {
	return filepath.Join(r.Config.Dir, publicDir, filepath.FromSlash(evidence.HintsPath(uuid)))
}

// wantHints queues the making of hints for closed elections that have none, until ctx
// ends. What somebody cancelled is not queued again.
func (r *running) wantHints(ctx context.Context) error {
	for {
		if err := r.queueHints(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("hints", "error", err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(hintsInterval):
		}
	}
}

func (r *running) queueHints(ctx context.Context) error {
	closed, err := r.registrar.Closed(ctx)
	if err != nil {
		return err
	}
	for _, uuid := range closed {
		if _, err := os.Stat(r.hintsFile(uuid)); err == nil {
			continue
		}
		err := r.DB.Tx(ctx, func(tx *store.Tx) error {
			_, err := job.Find(ctx, tx, jobHints, uuid)
			if errors.Is(err, job.ErrUnknown) {
				_, err = job.Enqueue(ctx, tx, r.now(), jobHints, uuid)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// makeHints replays the log, and writes what saves verifiers of the election time. It
// is one chunk: the work is not divisible, and done again it gives the same file.
func (r *running) makeHints(ctx context.Context, c job.Chunk) (p job.Progress, err error) {
	source, err := read.OpenSource(ctx, filepath.Join(r.Config.Dir, publicDir))
	if err != nil {
		return p, err
	}
	defer source.Close()
	path := r.hintsFile(c.Subject)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return p, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".hints-*")
	if err != nil {
		return p, err
	}
	defer func() {
		if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<20)
	elections := evidence.NewJudge()
	defer elections.Close()
	err = elections.WriteHints(c.Subject, buffered)
	if err == nil {
		_, err = replay.Replay(ctx, source, nil, judges(elections), replay.Options{})
	}
	if errors.Is(err, ballot.ErrNoHints) {
		err = fmt.Errorf("%w: %w", job.ErrHopeless, err)
	}
	if err := errors.Join(err, buffered.Flush(), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return p, err
	}
	ballots := elections.Checked().Ballots
	return job.Progress{Done: ballots, Total: ballots, Finished: true}, os.Rename(f.Name(), path)
}
