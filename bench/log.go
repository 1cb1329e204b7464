package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bayyina/internal/logbench"
)

// log measures the writing side of the ledger and how a long log is read.
var log = table{
	title:  "Log",
	header: []string{"what", "entries", "measured"},
	rows:   logRows,
}

func logRows(ctx context.Context, dir string, full bool, row func(cells ...any)) error {
	entries, singles, lengths := 60_000, 6_000, []uint64{10_000, 1_000_000}
	if full {
		entries, singles, lengths = 1_000_000, 60_000, append(lengths, 10_000_000)
	}
	for _, c := range []struct{ n, perTx, writers int }{{entries, 256, 2}, {singles, 1, 8}} {
		name := fmt.Sprintf("outbox-%d", c.perTx)
		r, err := newRig(ctx, dir, name)
		if err != nil {
			return err
		}
		got, err := r.Compare(ctx, filepath.Join(dir, name+"-bare"), c.n, 6, c.perTx, c.writers)
		if err := errors.Join(err, r.DB.Close()); err != nil {
			return err
		}
		row("bare tessera, POSIX driver, 256 writers, batches of 256", c.n, fmt.Sprintf("%.0f entries/s", got.Bare))
		row(fmt.Sprintf("signed entries through the outbox, SQLite, transactions of %d, %d writers, by turns with it", c.perTx, c.writers), c.n,
			fmt.Sprintf("%.0f entries/s, %.2f × bare", got.Outbox, got.Share()))
	}
	for _, n := range lengths {
		if err := lengthRows(ctx, dir, n, row); err != nil {
			return err
		}
	}
	return nil
}

// lengthRows measures a log of n entries.
func lengthRows(ctx context.Context, dir string, n uint64, row func(cells ...any)) error {
	r, err := newRig(ctx, dir, fmt.Sprint("long-", n))
	if err != nil {
		return err
	}
	defer r.DB.Close()
	if err := r.Fill(ctx, n); err != nil {
		return err
	}
	open, err := r.OpenTime(ctx)
	if err != nil {
		return err
	}
	row("open the log for writing", n, open.Round(100*time.Microsecond))
	mean, longest, err := r.ProofTime(ctx, 1000)
	if err != nil {
		return err
	}
	row("proof of one entry, mean of 1000", n, fmt.Sprintf("%v, the longest %v", mean.Round(time.Microsecond), longest.Round(time.Microsecond)))
	return os.RemoveAll(r.Dir)
}

func newRig(ctx context.Context, dir, name string) (*logbench.Rig, error) {
	dir = filepath.Join(dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	return logbench.NewRig(ctx, dir, "")
}
