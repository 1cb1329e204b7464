package vote

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"bayyina/platform/store"
)

// Run enters the accepted ballots of every open election, batch by batch, until ctx
// ends, and returns why it ended. What fails is told, and tried again a second later.
// wake is called when something was queued.
func (r *Registrar) Run(ctx context.Context, log *slog.Logger, wake func()) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		open, err := r.Open(ctx)
		if err != nil && ctx.Err() == nil {
			log.Error("open elections", "error", err)
		}
		for _, uuid := range open {
			queued, err := r.Batch(ctx, uuid)
			if err != nil && ctx.Err() == nil {
				log.Error("batch", "election", uuid, "error", err)
			}
			if queued > 0 {
				wake()
			}
		}
	}
}

// Open lists the elections in which votes are taken now, or whose last batch is due.
func (r *Registrar) Open(ctx context.Context) ([]string, error) {
	now := r.now().Unix()
	return r.list(ctx, `SELECT uuid FROM vote_election WHERE opens <= ?1 AND closes >= ?2 AND final = 0 ORDER BY uuid`, now, now)
}

// Closed lists the elections that no more ballots enter.
func (r *Registrar) Closed(ctx context.Context) ([]string, error) {
	return r.list(ctx, `SELECT uuid FROM vote_election WHERE closed = 1 ORDER BY uuid`)
}

func (r *Registrar) list(ctx context.Context, query string, args ...any) (uuids []string, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var uuid string
			if err := rows.Scan(&uuid); err != nil {
				return err
			}
			uuids = append(uuids, uuid)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list elections: %w", err)
	}
	return uuids, nil
}
