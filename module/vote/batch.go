package vote

import (
	"context"
	"crypto/rand"
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
//
// A batch of no ballots takes its time, too: whoever casts the only ballot of an hour
// does not see it enter at once.
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
		if err != nil || row.final {
			return err
		}
		turn, err := r.turn(ctx, tx, uuid, row, rules, now)
		last := now.After(rules.accepting())
		if err != nil || turn == notYet || turn == early && !last {
			return err
		}
		if last {
			if _, err := tx.Exec(ctx, `UPDATE vote_election SET final = 1 WHERE uuid = ?1`, uuid); err != nil {
				return fmt.Errorf("mark the last batch: %w", err)
			}
		}
		ballots, err := waitingBallots(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if len(ballots) == 0 {
			return postpone(ctx, tx, uuid, now, rules)
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

// turn is whether the next batch may be queued.
type turn int

const (
	notYet turn = iota // it might get the same second as the one before
	early              // only the last one may come now
	due
)

// turn tells whether the next batch may be queued. The time between two batches is
// counted from when the earlier one was seen in the log, never from when it was
// queued: a log that was slow must not bring the next one too close.
func (r *Registrar) turn(ctx context.Context, tx *store.Tx, uuid string, row electionRow, rules *rules, now time.Time) (turn, error) {
	next := rules.opens.Add(rules.pause()).Unix()
	switch {
	case row.due.Valid:
		next = row.due.Int64
	case row.lastStatement.Valid:
		status, err := ledger.Lookup(ctx, tx, row.lastStatement.String)
		switch {
		case err != nil:
			return notYet, err
		case status.Refused != "":
			return notYet, fmt.Errorf("the batch before was refused by the log: %s", status.Refused)
		case !status.Sequenced:
			return notYet, nil
		}
		return notYet, postpone(ctx, tx, uuid, now, rules)
	}
	switch {
	case now.Unix() >= next:
		return due, nil
	case now.Unix() > next-int64(rules.pause()/time.Second):
		return early, nil
	}
	return notYet, nil
}

// postpone lets the next batch wait its time from now on.
func postpone(ctx context.Context, tx *store.Tx, uuid string, now time.Time, rules *rules) error {
	if _, err := tx.Exec(ctx, `UPDATE vote_election SET due = ?2 WHERE uuid = ?1`, uuid, now.Add(rules.pause()).Unix()); err != nil {
		return fmt.Errorf("put off the next batch: %w", err)
	}
	return nil
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
