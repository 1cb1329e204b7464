package main

import (
	"context"
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

// entrySize is about that of the entries that the outbox makes here.
const entrySize = 740

func logRows(ctx context.Context, dir string, full bool, row func(cells ...any)) error {
	entries, singles, lengths := 50_000, 5_000, []uint64{10_000, 1_000_000}
	if full {
		entries, singles, lengths = 1_000_000, 50_000, append(lengths, 10_000_000)
	}
	perSecond := func(n int, d time.Duration) string { return fmt.Sprintf("%.0f entries/s", float64(n)/d.Seconds()) }

	bare, err := logbench.Bare(ctx, filepath.Join(dir, "bare"), entries, entrySize, 256, 256)
	if err != nil {
		return err
	}
	row("bare tessera, POSIX driver, 256 writers, batches of 256", entries, perSecond(entries, bare))
	for _, c := range []struct{ n, perTx, writers int }{{entries, 256, 2}, {singles, 1, 8}} {
		r, err := newRig(ctx, dir, fmt.Sprintf("outbox-%d", c.perTx))
		if err != nil {
			return err
		}
		took, err := r.Outbox(ctx, c.n, c.perTx, c.writers, nil)
		if err != nil {
			return err
		}
		share := float64(c.n) / float64(entries) * bare.Seconds() / took.Seconds()
		row(fmt.Sprintf("signed entries through the outbox, SQLite, transactions of %d, %d at once", c.perTx, c.writers), c.n,
			fmt.Sprintf("%s, %.2f × bare", perSecond(c.n, took), share))
		if err := r.DB.Close(); err != nil {
			return err
		}
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
