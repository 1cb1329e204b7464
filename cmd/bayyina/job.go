package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"bayyina/platform/job"
	"bayyina/platform/store"
)

// jobCmd looks after long work of the server, from its machine.
type jobCmd struct {
	Start  jobStartCmd  `cmd:"" help:"Start work that the server does."`
	List   jobListCmd   `cmd:"" help:"List the newest jobs."`
	Cancel jobCancelCmd `cmd:"" help:"Cancel a job."`
	Retry  jobRetryCmd  `cmd:"" help:"Let a job that failed go on from where it was."`
}

type jobListCmd struct{ serverFlags }

func (*jobListCmd) Help() string {
	return "Needs the server's database only.\n\nExample:\n\n    bayyina job list --data server"
}

func (c *jobListCmd) Run(e *env) error {
	jobs := []job.Job{}
	err := c.jobs(e, func(tx *store.Tx) error {
		list, err := job.List(e.ctx, tx)
		jobs = append(jobs, list...)
		return err
	})
	if err != nil {
		return err
	}
	return e.answer(jobs, func(w io.Writer) error {
		if len(jobs) == 0 {
			_, err := fmt.Fprintln(w, e.tr("There are no jobs.", "لا توجد أعمال."))
			return err
		}
		for _, j := range jobs {
			if _, err := fmt.Fprintf(w, "%d  %s  %s  %s  %d/%d  %s\n", j.ID, j.Kind, j.Subject, j.Phase, j.Done, j.Total, j.Changed.Format(time.RFC3339)); err != nil {
				return err
			}
		}
		return nil
	})
}

// jobs works on the table of jobs, which it brings up to date.
func (f *serverFlags) jobs(e *env, do func(tx *store.Tx) error) (err error) {
	db, err := f.openDatabase(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := job.New(e.ctx, job.Config{DB: db}); err != nil {
		return err
	}
	return db.Tx(e.ctx, do)
}

type jobStartCmd struct {
	Kind string `arg:"" enum:"board.export" help:"board.export: the whole public board as files that need no server, packed in exports/board.zip of the data folder."`
	serverFlags
}

func (*jobStartCmd) Help() string {
	return "The server does it, at once if it runs; job list shows how far it is.\n\nExample:\n\n    bayyina job start board.export --data server"
}

func (c *jobStartCmd) Run(e *env) error {
	return c.jobs(e, func(tx *store.Tx) error {
		_, err := job.Enqueue(e.ctx, tx, e.now(), c.Kind, wholeBoard)
		return err
	})
}

type jobCancelCmd struct {
	ID int64 `arg:"" help:"The job's number, as job list shows it."`
	serverFlags
}

func (*jobCancelCmd) Help() string {
	return "What runs is stopped within a second or two, and what it did since its last chunk counts for nothing.\n\n" +
		"Example:\n\n    bayyina job cancel 7 --data server"
}

func (c *jobCancelCmd) Run(e *env) error {
	return c.jobs(e, func(tx *store.Tx) error { return job.Cancel(e.ctx, tx, e.now(), c.ID) })
}

type jobRetryCmd struct {
	ID int64 `arg:"" help:"The job's number, as job list shows it."`
	serverFlags
}

func (*jobRetryCmd) Help() string { return "Example:\n\n    bayyina job retry 7 --data server" }

func (c *jobRetryCmd) Run(e *env) error {
	return c.jobs(e, func(tx *store.Tx) error { return job.Retry(e.ctx, tx, e.now(), c.ID) })
}
