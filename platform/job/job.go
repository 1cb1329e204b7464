// Package job does long work in chunks: each chunk takes up what the one before left,
// so that work goes on after a crash where it was, shows how far it is, and can be
// cancelled in between. What fails is tried again, later each time.
//
// A kind of work is one function that knows nothing of where it runs; the queue is a
// table. Workers of this process do the work. A chunk may run twice, if its worker is
// believed to be dead and is not: the same chunk must have the same effect.
package job

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bayyina/platform/store"
)

//go:embed migrations
var migrations embed.FS

// ErrUnknown reports a job, or a kind of jobs, that is not there.
var ErrUnknown = errors.New("there is no such job")

// ErrOver reports a job that has ended, and is neither cancelled nor done again.
var ErrOver = errors.New("the job has ended")

// Phase is how a job stands.
type Phase string

// The phases. A job waits for its first chunk, or to be tried again.
const (
	Waiting   Phase = "waiting"
	Running   Phase = "running"
	Finished  Phase = "finished"
	Failed    Phase = "failed"
	Cancelled Phase = "cancelled"
)

// Job is a job as it stands.
type Job struct {
	ID          int64     `json:"id"`
	Kind        string    `json:"kind"`
	Subject     string    `json:"subject"` // what the work is on, such as an election's uuid
	Phase       Phase     `json:"phase"`
	Done, Total int64     `json:"-"` // chunks' own measure; Total is 0 where it is not known
	Failures    int       `json:"failures"`
	Reason      string    `json:"reason,omitempty"` // of the last failure
	Due         time.Time `json:"due"`              // when it is tried again
	Created     time.Time `json:"created"`
	Changed     time.Time `json:"changed"`
}

// Over tells whether nothing more is done.
func (j Job) Over() bool { return j.Phase == Finished || j.Phase == Failed || j.Phase == Cancelled }

// Chunk is what a chunk of work begins with.
type Chunk struct {
	Subject string
	State   json.RawMessage // what the chunk before left; nil for the first
}

// Progress is what a chunk of work ends with.
type Progress struct {
	State       any // for the next chunk, as JSON
	Done, Total int64
	Finished    bool
}

// Work does one chunk, of seconds rather than minutes. It ends early when ctx does: the
// job was cancelled, or the program stops.
type Work func(ctx context.Context, c Chunk) (Progress, error)

// Kind is a kind of long work.
type Kind struct {
	Work Work
	// Offered is the subject of the job that people may start; empty where jobs begin by
	// themselves.
	Offered string
	// File is the path of what a finished job leaves to take away; nil where it leaves
	// nothing. A later job of the same subject may replace it.
	File func(subject string) string
}

// ErrHopeless, wrapped by the error of some work, says that trying again is of no use.
var ErrHopeless = errors.New("trying again would not help")

// Enqueue adds a job within a transaction and returns its number: that of the one of
// this kind and subject that has not ended, where there is one.
func Enqueue(ctx context.Context, tx *store.Tx, now time.Time, kind, subject string) (id int64, err error) {
	err = tx.QueryRow(ctx, `SELECT id FROM job WHERE kind = ?1 AND subject = ?2 AND phase IN ('waiting', 'running')`, kind, subject).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		at := now.UnixMilli()
		err = tx.QueryRow(ctx, `INSERT INTO job (kind, subject, phase, due, created, changed) VALUES (?1, ?2, 'waiting', ?3, ?4, ?5) RETURNING id`,
			kind, subject, at, at, at).Scan(&id)
	}
	if err != nil {
		return 0, fmt.Errorf("enqueue job %s %s: %w", kind, subject, err)
	}
	return id, nil
}

const columns = `id, kind, subject, phase, done, total, failures, reason, due, created, changed`

func scan(row interface{ Scan(...any) error }) (j Job, err error) {
	var due, created, changed int64
	err = row.Scan(&j.ID, &j.Kind, &j.Subject, &j.Phase, &j.Done, &j.Total, &j.Failures, &j.Reason, &due, &created, &changed)
	j.Due, j.Created, j.Changed = time.UnixMilli(due).UTC(), time.UnixMilli(created).UTC(), time.UnixMilli(changed).UTC()
	return j, err
}

// maxListed bounds a list of jobs.
const maxListed = 200

// List returns the newest jobs, the newest first.
func List(ctx context.Context, tx *store.Tx) (jobs []Job, err error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM job ORDER BY id DESC LIMIT ?1`, maxListed)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		j, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

// Find returns the newest job of a kind and subject, or ErrUnknown.
func Find(ctx context.Context, tx *store.Tx, kind, subject string) (Job, error) {
	j, err := one(tx.QueryRow(ctx, `SELECT `+columns+` FROM job WHERE kind = ?1 AND subject = ?2 ORDER BY id DESC LIMIT 1`, kind, subject))
	if err != nil {
		return j, fmt.Errorf("job %s %s: %w", kind, subject, err)
	}
	return j, nil
}

// Get returns a job by its number, or ErrUnknown.
func Get(ctx context.Context, tx *store.Tx, id int64) (Job, error) {
	j, err := one(tx.QueryRow(ctx, `SELECT `+columns+` FROM job WHERE id = ?1`, id))
	if err != nil {
		return j, fmt.Errorf("job %d: %w", id, err)
	}
	return j, nil
}

func one(row *sql.Row) (Job, error) {
	j, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return j, err
}

// Count returns how many jobs are in each phase.
func Count(ctx context.Context, tx *store.Tx) (map[Phase]int64, error) {
	rows, err := tx.Query(ctx, `SELECT phase, count(*) FROM job GROUP BY phase`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer rows.Close()
	counts := make(map[Phase]int64)
	for rows.Next() {
		var p Phase
		var n int64
		if err := rows.Scan(&p, &n); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		counts[p] = n
	}
	return counts, rows.Err()
}

// Cancel ends a job: a chunk that runs is asked to end, and what it did counts for
// nothing. The error is ErrUnknown, or ErrOver.
func Cancel(ctx context.Context, tx *store.Tx, now time.Time, id int64) error {
	return change(ctx, tx, "cancel", id, `UPDATE job SET phase = 'cancelled', changed = ?2 WHERE id = ?1 AND phase IN ('waiting', 'running')`, now)
}

// Retry lets a job that failed, or was cancelled, go on from its last chunk at once.
func Retry(ctx context.Context, tx *store.Tx, now time.Time, id int64) error {
	return change(ctx, tx, "retry", id, `UPDATE job SET phase = 'waiting', failures = 0, due = ?2, changed = ?2
		WHERE id = ?1 AND (phase IN ('failed', 'cancelled', 'waiting')) AND NOT EXISTS
		(SELECT 1 FROM job other WHERE other.kind = job.kind AND other.subject = job.subject AND other.id <> job.id AND other.phase IN ('waiting', 'running'))`, now)
}

func change(ctx context.Context, tx *store.Tx, what string, id int64, query string, now time.Time) error {
	n, err := tx.Exec(ctx, query, id, now.UnixMilli())
	if err == nil && n == 0 {
		var known int
		if err = tx.QueryRow(ctx, `SELECT count(*) FROM job WHERE id = ?1`, id).Scan(&known); err == nil {
			err = ErrOver
			if known == 0 {
				err = ErrUnknown
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%s job %d: %w", what, id, err)
	}
	return nil
}
