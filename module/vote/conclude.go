package vote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"bayyina/core/trustee"
	"bayyina/platform/store"
)

// concludeInterval is how often elections are looked for that can be concluded.
const concludeInterval = 2 * time.Second

// Conclude closes elections whose time is over, adds their ballots up, computes the result once
// enough trustees have decrypted, and counts the seats, until ctx ends; it returns why it ended. What
// fails is told once. An election with ballots that the log did not take in time stays open: whoever runs
// the server decides on it, by [Registrar.CloseWithout]. wake is called when something was queued.
func (r *Registrar) Conclude(ctx context.Context, log *slog.Logger, wake func()) error {
	tick := time.NewTicker(concludeInterval)
	defer tick.Stop()
	told := make(map[string]string) // by election
	tried := make(map[string]int64) // how many had decrypted when the result was last asked for
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		list, err := r.unconcluded(ctx)
		if err != nil && ctx.Err() == nil {
			log.Error("elections to conclude", "error", err)
		}
		for _, e := range list {
			if e.tallied && !e.counted && tried[e.uuid] == e.decryptions {
				continue
			}
			tried[e.uuid] = e.decryptions
			err := r.conclude(ctx, e)
			switch {
			case err == nil:
				delete(told, e.uuid)
				wake()
			case errors.Is(err, ErrTooEarly), errors.Is(err, trustee.ErrTooFew), ctx.Err() != nil:
			case told[e.uuid] != err.Error():
				told[e.uuid] = err.Error()
				log.Error("conclude", "election", e.uuid, "error", err)
			}
		}
	}
}

// unconcluded is an election of which something is left to do.
type unconcluded struct {
	uuid                     string
	closed, tallied, counted bool
	decryptions              int64
}

// conclude does the next step of an election.
func (r *Registrar) conclude(ctx context.Context, e unconcluded) error {
	var err error
	switch {
	case !e.closed:
		_, err = r.Close(ctx, e.uuid)
	case !e.tallied:
		_, err = r.Tally(ctx, e.uuid)
	case !e.counted:
		_, err = r.Result(ctx, e.uuid)
	default:
		_, err = r.Seats(ctx, e.uuid)
	}
	return err
}

// unconcluded lists the elections whose time is over and that have no result yet, or seats that can be said.
func (r *Registrar) unconcluded(ctx context.Context) (list []unconcluded, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, `SELECT uuid, closed <> 0, tally IS NOT NULL, result IS NOT NULL,
				(SELECT count(*) FROM vote_decryption AS d WHERE d.election = e.uuid)
			FROM vote_election AS e WHERE closes < ?1 AND (result IS NULL OR EXISTS
				(SELECT 1 FROM vote_rule AS q LEFT JOIN vote_recount AS v ON v.election = q.election AND v.question = q.question
					WHERE q.election = e.uuid AND (q.said = ?2 OR v.said = ?2 OR (q.said = ?3 OR v.said = ?3) AND q.seed IS NOT NULL)))
			ORDER BY uuid`, r.now().Unix(), unsaid, stopped)
		if err != nil {
			return err
		}
		defer rows.Close()
		list = nil
		for rows.Next() {
			var e unconcluded
			if err := rows.Scan(&e.uuid, &e.closed, &e.tallied, &e.counted, &e.decryptions); err != nil {
				return err
			}
			list = append(list, e)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list elections to conclude: %w", err)
	}
	return list, nil
}
