package account

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

const (
	// settled is how long after a day's end its readings are counted: the transactions
	// that began before midnight have ended by then.
	settled = 10 * time.Minute
	// daysAtOnce bounds the days of one transaction, after a long rest.
	daysAtOnce = 31
	// commitWindow is how long the statement about a day may wait to enter.
	commitWindow = 14 * 24 * time.Hour
)

// Run tells the log of the register's days, as they end, until ctx does. Failures are
// told and tried again.
func (a *Accounts) Run(ctx context.Context, origin string, receipt note.Signer) error {
	tick := time.NewTicker(settled)
	defer tick.Stop()
	for {
		for {
			days, err := a.CommitReadings(ctx, origin, receipt)
			if err != nil && ctx.Err() == nil {
				a.cfg.Log.ErrorContext(ctx, "register of reads", "error", err)
			}
			if err != nil || days < daysAtOnce {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// CommitReadings queues a statement access.reads/1 for each day of the register that has
// ended and of which the log was not told (31 days at most), and returns their number. Days
// follow each other from that of the first reading, those without readings among them. The log is
// the database's own, of this origin; the key has the role receipt.
func (a *Accounts) CommitReadings(ctx context.Context, origin string, receipt note.Signer) (days int, err error) {
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		days = 0
		day, err := a.nextDay(ctx, tx)
		if err != nil || day.IsZero() {
			return err
		}
		for ; days < daysAtOnce && !a.cfg.Now().Before(day.AddDate(0, 0, 1).Add(settled)); day = day.AddDate(0, 0, 1) {
			if err := a.commitDay(ctx, tx, day, origin, receipt); err != nil {
				return fmt.Errorf("day %s: %w", day.Format(time.DateOnly), err)
			}
			days++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("commit the register of reads: %w", err)
	}
	return days, nil
}

// nextDay is the first day of which the log was not told; zero where nothing was ever read.
func (a *Accounts) nextDay(ctx context.Context, tx *store.Tx) (time.Time, error) {
	var last sql.NullString
	if err := tx.QueryRow(ctx, `SELECT max(day) FROM account_reading_day`).Scan(&last); err != nil {
		return time.Time{}, err
	}
	if last.Valid {
		day, err := time.Parse(time.DateOnly, last.String)
		return day.AddDate(0, 0, 1), err
	}
	var first sql.NullInt64
	if err := tx.QueryRow(ctx, `SELECT min(at) FROM account_reading`).Scan(&first); err != nil || !first.Valid {
		return time.Time{}, err
	}
	return moment(first).Truncate(24 * time.Hour), nil
}

func (a *Accounts) commitDay(ctx context.Context, tx *store.Tx, day time.Time, origin string, receipt note.Signer) error {
	read, err := a.ReadingsOn(ctx, tx, day)
	if err != nil {
		return err
	}
	name := day.Format(time.DateOnly)
	body, err := ledger.EncodeBody(evidence.Reads{Day: name, Count: int64(read.Count), Digest: hex.EncodeToString(read.Digest[:])})
	if err != nil {
		return err
	}
	random, err := a.secret(16)
	if err != nil {
		return err
	}
	now := a.cfg.Now().UTC().Truncate(time.Second)
	s := ledger.Statement{
		Origin: origin, Kind: evidence.KindReads, ID: hex.EncodeToString(random), From: now, Until: now.Add(commitWindow), Body: body,
	}
	signed, err := note.Sign(&note.Note{Text: s.Text()}, receipt)
	if err != nil {
		return err
	}
	if err := ledger.Enqueue(ctx, tx, now, ledger.Item{Statement: signed}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_reading_day (day, statement) VALUES (?1, ?2)`, name, s.ID)
	return err
}
