package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bayyina/internal/demo"
	"bayyina/module/vote/manage"
	"bayyina/platform/job"
	"bayyina/platform/ledger/read"
)

// rehearsalsDir is the folder of what rehearsals left, in the data folder.
const rehearsalsDir = "rehearsals"

// rehearsing is the rehearsal that the worker holds. Its keys are in no file: a process that comes
// after begins it anew.
type rehearsing struct {
	id  string
	all int // elections of the outline
	*demo.Rehearsal
}

func (r *rehearsing) close() error {
	if r == nil {
		return nil
	}
	return r.Close()
}

// rehearse goes on with a rehearsal: the elections of a draft are held with test voters, then a
// stranger verifies their log, and its board is written.
func (r *running) rehearse(ctx context.Context, c job.Chunk) (p job.Progress, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, r.rehearsal.close())
			r.rehearsal = nil
			if ctx.Err() == nil {
				err = fmt.Errorf("%w: %w", job.ErrHopeless, err) // whoever wants it again says so
			}
		}
	}()
	if r.rehearsal == nil || r.rehearsal.id != c.Subject || c.State == nil {
		if err := r.beginRehearsal(ctx, c.Subject); err != nil {
			return p, err
		}
	}
	more := true
	for end := r.endOfChunk(); more; {
		if more, err = r.rehearsal.Step(ctx); err != nil {
			return p, err
		}
		if end() {
			break
		}
	}
	done, total := r.rehearsal.Progress()
	p = job.Progress{State: done, Done: int64(done), Total: int64(total), Finished: !more}
	if more {
		return p, nil
	}
	if err := r.endRehearsal(ctx); err != nil {
		return p, err
	}
	r.rehearsal = nil
	return p, nil
}

// beginRehearsal begins a rehearsal, in place of what is left of an earlier try.
func (r *running) beginRehearsal(ctx context.Context, id string) error {
	if err := r.rehearsal.close(); err != nil {
		return err
	}
	about, err := r.outlines.Rehearsal(ctx, id)
	if err != nil {
		return err
	}
	elections, all, err := r.outlines.RehearsedElections(ctx, about)
	if err != nil {
		return err
	}
	dir := r.outlines.RehearsalDir(id)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o700)); err != nil {
		return err
	}
	witness, err := findWitness()
	if err != nil {
		r.log.Warn("nobody witnesses the log of a rehearsal", "error", err)
	}
	held, err := demo.NewRehearsal(demo.RehearsalConfig{
		Photo: func(hash string) ([]byte, error) { return r.outlines.Photo(r.ctx, hash) },
		Dir:   dir, Name: id, Elections: elections, Voters: about.Voters, Litewitness: witness, Random: r.rand, Now: r.now,
	})
	if err != nil {
		return err
	}
	r.rehearsal = &rehearsing{id, all, held}
	return nil
}

// endRehearsal verifies the log of a rehearsal as a stranger does, writes its board, and what came
// out of it.
func (r *running) endRehearsal(ctx context.Context) error {
	e := *r.env
	e.ctx = ctx
	v := verifyCmd{Location: r.rehearsal.Log(), Policy: r.rehearsal.Policy()}
	report, err := v.checkLog(&e)
	if err != nil {
		return err
	}
	held, err := r.rehearsal.Elections()
	if err != nil {
		return err
	}
	out := manage.Outcome{
		All: r.rehearsal.all, Witnessed: r.rehearsal.Witnessed(),
		True: report.Count(read.True), False: report.Count(read.False), Unshown: report.Count(read.NotShown),
	}
	for _, one := range held {
		out.Elections = append(out.Elections, manage.Rehearsed(one))
	}
	dir := r.outlines.RehearsalDir(r.rehearsal.id)
	if err := r.rehearsedBoard(&e, dir); err != nil {
		return err
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manage.OutcomeName), text, 0o600)
}

// rehearsedBoard writes the public board of a rehearsal, into which its log moves.
func (r *running) rehearsedBoard(e *env, dir string) error {
	policy, err := readPolicy(r.rehearsal.Policy())
	if err != nil {
		return err
	}
	board, work := filepath.Join(dir, manage.BoardDir), filepath.Join(dir, "work")
	if err := os.Mkdir(board, 0o700); err != nil {
		return err
	}
	if err := os.Rename(r.rehearsal.Log(), filepath.Join(board, publicDir)); err != nil {
		return err
	}
	x, err := openExport(e, board, r.atlas, work, policy)
	if err != nil {
		return err
	}
	_, err = x.Export(e.ctx)
	return errors.Join(err, x.source.Close(), os.RemoveAll(work))
}
