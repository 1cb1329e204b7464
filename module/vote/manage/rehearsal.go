package manage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bayyina/module/vote"
	"bayyina/platform/job"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// JobRehearsal is the kind of the jobs that hold rehearsals; their subject is the rehearsal's id.
const JobRehearsal = "manage.rehearsal"

const (
	maxRehearsals = 100
	maxTestVoters = 500
	// MaxRehearsed is how many elections of an outline are rehearsed: the first ones.
	MaxRehearsed = 30
)

// ErrBusy: a rehearsal is being held, and only one is at a time.
var ErrBusy = errors.New("another rehearsal is being held")

// Rehearsal is an outline's elections held with test voters, in a log of their own. Nothing of it is
// in the real log, and no key of the real log is used.
type Rehearsal struct {
	ID      string
	Outline string
	Version int
	Voters  int // test voters of all elections together
	Begun   time.Time
	Job     job.Job // that holds it
}

// Outcome is what came out of a rehearsal. It lies as outcome.json in the rehearsal's folder, beside the
// folder board, which holds the public board with the log.
type Outcome struct {
	Elections []Rehearsed `json:"elections"`
	All       int         `json:"all"` // elections of the outline
	Witnessed bool        `json:"witnessed"`
	True      int64       `json:"true"` // claims, as a stranger verifies them with the rehearsal's policy
	False     int64       `json:"false"`
	Unshown   int64       `json:"unshown"`
}

// Rehearsed is what came out of one election.
type Rehearsed struct {
	Election string         `json:"election"`
	Title    read.Bilingual `json:"title"`
	Voters   int            `json:"voters"`
	Ballots  int            `json:"ballots"`
	Revotes  int            `json:"revotes"`
	Tied     int            `json:"tied"`
	Exact    bool           `json:"exact"` // the result is what the test voters chose
}

// Names in the folder of a rehearsal.
const (
	BoardDir    = "board"
	OutcomeName = "outcome.json"
)

// Rehearse begins a rehearsal of a version of an outline, and returns its id.
func (s *Outlines) Rehearse(ctx context.Context, outline string, version, voters int) (string, error) {
	id, err := vote.NewUUID(s.cfg.Random)
	if err != nil {
		return "", err
	}
	return id, s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := free(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO manage_rehearsal (id, outline, version, voters, begun) VALUES (?1, ?2, ?3, ?4, ?5)`,
			id, outline, version, voters, s.cfg.Now().Unix()); err != nil {
			return err
		}
		_, err := job.Enqueue(ctx, tx, s.cfg.Now(), JobRehearsal, id)
		return err
	})
}

// free says whether another rehearsal can begin now.
func free(ctx context.Context, tx *store.Tx) error {
	var all, running int
	err := tx.QueryRow(ctx, `SELECT count(*), count(CASE WHEN job.phase IN ('waiting', 'running') THEN 1 END)
		FROM manage_rehearsal r JOIN job ON job.kind = ?1 AND job.subject = r.id`, JobRehearsal).Scan(&all, &running)
	switch {
	case err != nil:
		return err
	case running > 0:
		return ErrBusy
	case all >= maxRehearsals:
		return ErrFull
	}
	return nil
}

const rehearsalColumns = `SELECT id, outline, version, voters, begun FROM manage_rehearsal `

func scanRehearsal(row interface{ Scan(...any) error }) (r Rehearsal, err error) {
	var at int64
	err = row.Scan(&r.ID, &r.Outline, &r.Version, &r.Voters, &at)
	r.Begun = time.Unix(at, 0).UTC()
	return r, err
}

// Rehearsal returns a rehearsal.
func (s *Outlines) Rehearsal(ctx context.Context, id string) (r Rehearsal, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		if r, err = scanRehearsal(tx.QueryRow(ctx, rehearsalColumns+`WHERE id = ?1`, id)); err == nil {
			r.Job, err = job.Find(ctx, tx, JobRehearsal, id)
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: rehearsal %.40q", ErrUnknown, id)
	}
	return r, err
}

// Rehearsals returns those of an outline, the newest first.
func (s *Outlines) Rehearsals(ctx context.Context, outline string) (list []Rehearsal, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		list = nil
		rows, err := tx.Query(ctx, rehearsalColumns+`WHERE outline = ?1 ORDER BY begun DESC, id`, outline)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanRehearsal(rows)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for i := range list {
			if list[i].Job, err = job.Find(ctx, tx, JobRehearsal, list[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// RehearsedElections makes the elections of a rehearsal, and says how many the outline has.
func (s *Outlines) RehearsedElections(ctx context.Context, r Rehearsal) (list []vote.Election, all int, err error) {
	o, err := s.Outline(ctx, r.Outline, r.Version)
	if err != nil {
		return nil, 0, err
	}
	list, err = o.Outline.Elections(s.cfg.Random)
	return list[:min(len(list), MaxRehearsed)], len(list), err
}

// RehearsalDir is the folder of a rehearsal.
func (s *Outlines) RehearsalDir(id string) string { return filepath.Join(s.cfg.Rehearsals, id) }

// Outcome reads what came out of a rehearsal; nil while there is nothing.
func (s *Outlines) Outcome(id string) (*Outcome, error) {
	text, err := os.ReadFile(filepath.Join(s.RehearsalDir(id), OutcomeName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	o := new(Outcome)
	if err == nil {
		err = json.Unmarshal(text, o)
	}
	return o, err
}

// DropRehearsal deletes a rehearsal that is over, with all that came out of it.
func (s *Outlines) DropRehearsal(ctx context.Context, id string) error {
	err := s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		j, err := job.Find(ctx, tx, JobRehearsal, id)
		if err == nil && !j.Over() {
			err = ErrBusy
		}
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM manage_rehearsal WHERE id = ?1`, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(s.RehearsalDir(id))
}

// changeRehearsal cancels the job of a rehearsal, or lets it go on from its beginning.
func (s *Outlines) changeRehearsal(ctx context.Context, id string, again bool) error {
	return s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		j, err := job.Find(ctx, tx, JobRehearsal, id)
		if err != nil {
			return err
		}
		if !again {
			return job.Cancel(ctx, tx, s.cfg.Now(), j.ID)
		}
		if err := free(ctx, tx); err != nil {
			return err
		}
		return job.Retry(ctx, tx, s.cfg.Now(), j.ID)
	})
}
