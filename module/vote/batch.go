package vote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// Batch queues the waiting ballots for the log, in random order and under one time,
// if the next batch is due: the one before is in the log, and the time that the
// opening decided has passed since, or no more ballots are taken. It returns how
// many were queued. It is called often, by a timer.
func (r *Registrar) Batch(ctx context.Context, uuid string) (queued int, err error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return 0, err
	}
	now := r.now()
	if now.Before(rules.opens) || now.After(rules.closes) {
		return 0, nil
	}
	err = r.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		queued = 0
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		after, due, err := r.turn(ctx, tx, uuid, row, rules, now)
		if last := now.After(rules.accepting()); err != nil || !due && !(after && last) {
			return err
		}
		ballots, err := waitingBallots(ctx, tx, uuid)
		if err != nil || len(ballots) == 0 {
			return err
		}
		if err := shuffle(ballots); err != nil {
			return err
		}
		queued = len(ballots)
		return r.enter(ctx, tx, uuid, row.batches+1, rules, now, ballots)
	})
	if err != nil {
		return 0, fmt.Errorf("batch of election %s: %w", uuid, err)
	}
	return queued, nil
}

// turn tells whether a batch queued now comes after the one before, and whether it
// is due. The time between two batches is counted from when the earlier one was
// seen in the log, never from when it was queued: a log that was slow must not
// bring the next one too close.
func (r *Registrar) turn(ctx context.Context, tx *store.Tx, uuid string, row electionRow, rules *rules, now time.Time) (after, due bool, err error) {
	pause := max(int64(rules.batch/time.Second), 1) // two batches must not share a second
	switch {
	case !row.lastStatement.Valid:
		return true, true, nil
	case row.due.Valid:
		return now.Unix() > row.due.Int64-pause, now.Unix() >= row.due.Int64, nil
	}
	status, err := ledger.Lookup(ctx, tx, row.lastStatement.String)
	switch {
	case err != nil:
		return false, false, err
	case status.Refused != "":
		return false, false, fmt.Errorf("the batch before was refused by the log: %s", status.Refused)
	case !status.Sequenced:
		return false, false, nil
	}
	_, err = tx.Exec(ctx, `UPDATE vote_election SET due = ?2 WHERE uuid = ?1`, uuid, now.Unix()+pause)
	return false, false, err
}

// waiting is a ballot on its way into the log.
type waiting struct {
	tracker string
	text    []byte
}

func waitingBallots(ctx context.Context, tx *store.Tx, uuid string) ([]waiting, error) {
	rows, err := tx.Query(ctx, `SELECT tracker, ballot FROM vote_ballot WHERE election = ?1 AND batch IS NULL AND ballot IS NOT NULL`, uuid)
	if err != nil {
		return nil, fmt.Errorf("read waiting ballots: %w", err)
	}
	defer rows.Close()
	var list []waiting
	for rows.Next() {
		var w waiting
		if err := rows.Scan(&w.tracker, &w.text); err != nil {
			return nil, fmt.Errorf("read waiting ballots: %w", err)
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// shuffle puts ballots into an order that nobody can foretell (Fisher–Yates).
func shuffle(list []waiting) error {
	for i := len(list) - 1; i > 0; i-- {
		j, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			return fmt.Errorf("shuffle: %w", err)
		}
		k := int(j.Int64())
		list[i], list[k] = list[k], list[i]
	}
	return nil
}

// enter queues one batch.
func (r *Registrar) enter(ctx context.Context, tx *store.Tx, uuid string, batch int64, rules *rules, now time.Time, ballots []waiting) error {
	items := make([]ledger.Item, len(ballots))
	var id string
	for i, b := range ballots {
		item, err := r.say(evidence.KindBallot, Window{rules.opens, rules.closes},
			evidence.Ballot{Election: uuid, Ballot: AttachmentOf(b.text)}, b.text)
		if err != nil {
			return err
		}
		items[i] = item
		if id, err = statementID(item.Statement); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_ballot SET batch = ?3, statement = ?4 WHERE election = ?1 AND tracker = ?2`,
			uuid, b.tracker, batch, id); err != nil {
			return fmt.Errorf("mark ballot %s: %w", b.tracker, err)
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE vote_election SET batches = ?2, last_statement = ?3, due = NULL WHERE uuid = ?1`, uuid, batch, id); err != nil {
		return fmt.Errorf("mark batch: %w", err)
	}
	return ledger.Enqueue(ctx, tx, now, items...)
}

// say builds and signs what the server itself says, with its attachments.
func (r *Registrar) say(kind string, window Window, body any, contents ...[]byte) (ledger.Item, error) {
	text, err := Say(r.cfg.Random, r.cfg.Origin, kind, window, body)
	if err != nil {
		return ledger.Item{}, err
	}
	signed, err := sign(text, r.cfg.Receipt)
	if err != nil {
		return ledger.Item{}, fmt.Errorf("sign %s: %w", kind, err)
	}
	item := ledger.Item{Statement: signed}
	for _, content := range contents {
		if err := r.attach(&item, content); err != nil {
			return ledger.Item{}, err
		}
	}
	return item, nil
}

func statementID(signed []byte) (string, error) {
	s, _, err := ledger.ParseStatement(signed)
	return s.ID, err
}

// Close ends an election whose time is over and whose last batch is in the log: it
// says how many ballots were entered.
func (r *Registrar) Close(ctx context.Context, uuid string) (ballots int64, err error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return 0, err
	}
	now := r.now()
	if now.Before(rules.closes) {
		return 0, fmt.Errorf("%w: it closes at %s", ErrStillOpen, rules.closes.Format(time.RFC3339))
	}
	err = r.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if row.closed {
			return ErrClosed
		}
		var left int64
		if err := tx.QueryRow(ctx, `SELECT count(batch), count(ballot) - count(batch) FROM vote_ballot WHERE election = ?1`, uuid).
			Scan(&ballots, &left); err != nil {
			return fmt.Errorf("count ballots: %w", err)
		}
		if left > 0 {
			return fmt.Errorf("%d accepted ballots did not enter the log in time: promises to their voters are broken", left)
		}
		if row.lastStatement.Valid {
			status, err := ledger.Lookup(ctx, tx, row.lastStatement.String)
			if err != nil {
				return err
			}
			if !status.Sequenced {
				return errors.Join(ErrTooEarly, errors.New("the last batch is not in the log yet"))
			}
		}
		item, err := r.say(evidence.KindClose, r.serverWindow(now), evidence.Close{Election: uuid, Ballots: ballots})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_election SET closed = 1 WHERE uuid = ?1`, uuid); err != nil {
			return fmt.Errorf("mark as closed: %w", err)
		}
		return ledger.Enqueue(ctx, tx, now, item)
	})
	if err != nil {
		return 0, fmt.Errorf("close election %s: %w", uuid, err)
	}
	return ballots, nil
}

// serverWindow is how long what the server says may wait to be published.
func (r *Registrar) serverWindow(now time.Time) Window { return Window{now, now.Add(24 * time.Hour)} }
