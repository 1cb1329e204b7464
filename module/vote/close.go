package vote

import (
	"context"
	"fmt"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// Close ends an election whose time is over: it says how many ballots were entered.
// It waits with ErrTooEarly until the last batch is in the log, and refuses with
// ErrLeftBehind where accepted ballots are not: see CloseWithout.
func (r *Registrar) Close(ctx context.Context, uuid string) (ballots int64, err error) {
	ballots, left, err := r.close(ctx, uuid, false)
	if left > 0 {
		err = fmt.Errorf("close election %s: %d: %w", uuid, left, ErrLeftBehind)
	}
	return ballots, err
}

// CloseWithout ends an election like Close, and leaves behind the accepted ballots
// that could not enter the log in time, because this server was down at the close.
// Each of their voters holds a promise that is broken. It returns their number.
func (r *Registrar) CloseWithout(ctx context.Context, uuid string) (ballots, left int64, err error) {
	return r.close(ctx, uuid, true)
}

func (r *Registrar) close(ctx context.Context, uuid string, without bool) (ballots, left int64, err error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return 0, 0, err
	}
	now := r.now()
	if now.Before(rules.closes) {
		return 0, 0, fmt.Errorf("%w: it closes at %s", ErrStillOpen, rules.closes.Format(time.RFC3339))
	}
	err = r.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if row.closed {
			return ErrClosed
		}
		if err := settleBatch(ctx, tx, uuid, row.batches); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT `+countEntered+`, `+countWaiting+` + count(CASE WHEN batch = 0 THEN 1 END)
			FROM vote_ballot WHERE election = ?1`, uuid).Scan(&ballots, &left); err != nil {
			return fmt.Errorf("count ballots: %w", err)
		}
		if left > 0 && !without {
			return nil
		}
		item, err := r.say(evidence.KindClose, r.serverWindow(now), evidence.Close{Election: uuid, Ballots: ballots})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_election SET closed = 1, final = 1 WHERE uuid = ?1`, uuid); err != nil {
			return fmt.Errorf("mark as closed: %w", err)
		}
		return ledger.Enqueue(ctx, tx, now, item)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("close election %s: %w", uuid, err)
	}
	return ballots, left, nil
}

// settleBatch makes sure that nothing of the last batch is on its way any more, and
// notes what the log refused of it because the close had passed.
func settleBatch(ctx context.Context, tx *store.Tx, uuid string, batch int64) error {
	statements, err := batchStatements(ctx, tx, uuid, batch)
	if err != nil {
		return err
	}
	for _, id := range statements {
		status, err := ledger.Lookup(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case status.Refused != "":
			if _, err := tx.Exec(ctx, `UPDATE vote_ballot SET batch = 0 WHERE election = ?1 AND statement = ?2`, uuid, id); err != nil {
				return fmt.Errorf("mark refused ballot: %w", err)
			}
		case !status.Sequenced:
			return fmt.Errorf("%w: the last batch is not in the log yet", ErrTooEarly)
		}
	}
	return nil
}

func batchStatements(ctx context.Context, tx *store.Tx, uuid string, batch int64) (ids []string, err error) {
	rows, err := tx.Query(ctx, `SELECT statement FROM vote_ballot WHERE election = ?1 AND batch = ?2`, uuid, batch)
	if err != nil {
		return nil, fmt.Errorf("read the last batch: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read the last batch: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// serverWindow is how long what the server says may wait to be published.
func (r *Registrar) serverWindow(now time.Time) Window { return Window{now, now.Add(24 * time.Hour)} }
