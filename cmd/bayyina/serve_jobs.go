package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/manage"
	"bayyina/platform/job"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// jobHints makes the hints of a closed election.
const jobHints = "vote.hints"

// hintsInterval is how often closed elections are looked for whose hints are missing.
const hintsInterval = 10 * time.Second

// newJobs are the kinds of long work that this server does.
func (r *running) newJobs() (*job.Workers, error) {
	return job.New(r.ctx, job.Config{
		DB: r.DB, Workers: 1, Now: r.now, Log: r.log,
		Kinds: map[string]job.Kind{
			jobHints:            {Work: r.makeHints},
			manage.JobRehearsal: {Work: r.rehearse},
			jobExport:           {Work: r.exportBoard, Offered: wholeBoard, File: func(string) string { return r.exportsFile() }},
		},
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

// chunkTime is about how long a chunk of work takes.
const chunkTime = 2 * time.Second

// endOfChunk says, after each piece of a chunk that begins now, whether it is time to end.
func (r *running) endOfChunk() func() bool {
	begun := time.Now()
	return func() bool { return time.Since(begun) >= r.chunk }
}

// makeHints goes on with the file that saves verifiers of an election time. Until it is
// whole it stands beside its place.
func (r *running) makeHints(ctx context.Context, c job.Chunk) (p job.Progress, err error) {
	var maker evidence.HintMaker
	if c.State != nil {
		if err := json.Unmarshal(c.State, &maker); err != nil {
			return p, fmt.Errorf("%w: %w", job.ErrHopeless, err)
		}
	}
	status, err := r.registrar.Status(ctx, c.Subject)
	if err != nil {
		return p, err
	}
	path := r.hintsFile(c.Subject)
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)) // not served
	f, err := openPart(part, maker.Bytes)
	if errors.Is(err, errLost) {
		maker = evidence.HintMaker{}
		f, err = openPart(part, 0)
	}
	if err != nil {
		return p, err
	}
	buffered := bufio.NewWriterSize(f, 1<<20)
	err = r.someHints(ctx, &maker, c.Subject, buffered)
	if errors.Is(err, ballot.ErrNoHints) {
		err = fmt.Errorf("%w: %w", job.ErrHopeless, err)
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil && maker.Whole { // what an earlier try wrote behind it
		err = f.Truncate(maker.Bytes)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return p, err
	}
	p = job.Progress{State: maker, Done: maker.Ballots, Total: status.Ballots, Finished: maker.Whole}
	if maker.Whole {
		err = os.Rename(part, path)
	}
	return p, err
}

// someHints makes hints for about the time of a chunk.
func (r *running) someHints(ctx context.Context, maker *evidence.HintMaker, uuid string, out io.Writer) error {
	definition, err := r.registrar.Definition(ctx, uuid)
	if err != nil {
		return err
	}
	election, err := ballot.ParseElection(definition)
	if err != nil {
		return err
	}
	source, err := read.OpenSource(ctx, filepath.Join(r.Config.Dir, publicDir))
	if err != nil {
		return err
	}
	defer source.Close() // only read from
	published, err := read.Newest(ctx, source)
	if err != nil {
		return err
	}
	for end := r.endOfChunk(); !maker.Whole; {
		if err := maker.Bundle(ctx, source, published.Size, uuid, election, runtime.GOMAXPROCS(0), out); err != nil {
			return err
		}
		if end() {
			break
		}
	}
	return ctx.Err()
}

// errLost reports a file that has less than was written.
var errLost = errors.New("what was written is lost")

// openPart opens a file to be written behind its first bytes.
func openPart(path string, bytes int64) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err == nil && end < bytes {
		err = fmt.Errorf("%s: %w", path, errLost)
	}
	if err == nil {
		_, err = f.Seek(bytes, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
