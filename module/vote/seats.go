package vote

import (
	"context"
	"encoding/json"
	"fmt"

	"bayyina/core/count"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// noteRules keeps the rules by which a set-up turns votes into seats.
func noteRules(ctx context.Context, tx *store.Tx, b evidence.Setup, questions int) error {
	for i, q := range b.Rules {
		if err := q.Rule.Check(); err != nil {
			return err
		}
		if q.Question < 1 || q.Question > questions || i > 0 && q.Question <= b.Rules[i-1].Question {
			return fmt.Errorf("%w: rules are for questions 1 to %d, in order", count.ErrRule, questions)
		}
		text, err := json.Marshal(q.Rule)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_rule (election, question, rule) VALUES (?1, ?2, ?3)`, b.Election, q.Question, string(text)); err != nil {
			return fmt.Errorf("keep the rule of question %d: %w", q.Question, err)
		}
	}
	return nil
}

// noteDice keeps what public dice showed. They count once, and only after the result.
func noteDice(ctx context.Context, tx *store.Tx, body []byte) error {
	var b evidence.Dice
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	if err := b.Check(); err != nil {
		return err
	}
	if _, err := resultOf(ctx, tx, b.Election); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE vote_rule SET seed = ?3 WHERE election = ?1 AND question = ?2 AND seed IS NULL`, b.Election, b.Question, b.Seed)
	if err == nil && n == 0 {
		err = fmt.Errorf("question %d has no rule, or dice were thrown for it before", b.Question)
	}
	return err
}

// resultOf is the result that was entered.
func resultOf(ctx context.Context, tx *store.Tx, uuid string) ([]byte, error) {
	var result []byte
	if err := tx.QueryRow(ctx, `SELECT result FROM vote_election WHERE uuid = ?1`, uuid).Scan(&result); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnknownElection, uuid, err)
	}
	if result == nil {
		return nil, fmt.Errorf("%w: there is no result", ErrTooEarly)
	}
	return result, nil
}

// ruled is a question with its rule, and how far its seats have come.
type ruled struct {
	evidence.QuestionRule
	seed string
	said int
}

// How far the seats of a question have come.
const (
	unsaid  = iota
	stopped // said up to a tie
	decided
)

// Seats counts the seats of each question that has a rule, from the result, in its newest version that has any, and queues what is new for the log: seats that
// were not said, or that stopped at a tie for which dice have been entered since.
func (r *Registrar) Seats(ctx context.Context, uuid string) ([]*count.Result, error) {
	definition, err := r.Definition(ctx, uuid)
	if err != nil {
		return nil, err
	}
	var results []*count.Result
	err = r.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		results = nil
		result, err := resultOf(ctx, tx, uuid)
		if err != nil {
			return err
		}
		list, err := readRules(ctx, tx, uuid)
		if err != nil {
			return err
		}
		newest, _, err := versionOf(ctx, tx, uuid)
		if err != nil {
			return err
		}
		for _, v := range []evidence.Version{{Number: 1}, newest} {
			if v.Annulled || v.Number == 1 && results != nil {
				continue
			}
			results = nil
			for _, q := range list {
				counted, err := r.seatsIn(ctx, tx, uuid, definition, result, q, v)
				if err != nil {
					return fmt.Errorf("question %d: %w", q.Question, err)
				}
				results = append(results, counted)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("seats of election %s: %w", uuid, err)
	}
	return results, nil
}

// seatsIn counts the seats of a question in a version of the result, and says what is new.
func (r *Registrar) seatsIn(ctx context.Context, tx *store.Tx, uuid string, definition, result []byte, q ruled, v evidence.Version) (*count.Result, error) {
	counted, err := evidence.CountVersion(uuid, definition, result, q.QuestionRule, q.seed, v)
	if err != nil {
		return nil, err
	}
	said := q.said
	if v.Number > 1 {
		if err := tx.QueryRow(ctx, `SELECT said FROM vote_recount WHERE election = ?1 AND question = ?2`, uuid, q.Question).Scan(&said); err != nil {
			return nil, err
		}
	}
	if said == unsaid || said == stopped && q.seed != "" {
		err = r.saySeats(ctx, tx, uuid, q, counted, v)
	}
	return counted, err
}

func (r *Registrar) saySeats(ctx context.Context, tx *store.Tx, uuid string, q ruled, counted *count.Result, v evidence.Version) error {
	text, err := counted.Bytes()
	if err != nil {
		return err
	}
	now := r.now()
	kind, table, body := evidence.KindSeats, "vote_rule", any(evidence.Seats{
		Election: uuid, Question: q.Question, Rule: q.Rule, Dice: q.seed, Seats: AttachmentOf(text),
	})
	if v.Number > 1 {
		kind, table, body = evidence.KindVersionSeats, "vote_recount", evidence.VersionSeats{
			Election: uuid, Version: v.Number, Question: q.Question, Rule: q.Rule, Dice: q.seed, Seats: AttachmentOf(text),
		}
	}
	item, err := r.say(kind, r.serverWindow(now), body, text)
	if err != nil {
		return err
	}
	said := decided
	if counted.Tie != nil {
		said = stopped
	}
	if _, err := tx.Exec(ctx, `UPDATE `+table+` SET said = ?3 WHERE election = ?1 AND question = ?2`, uuid, q.Question, said); err != nil {
		return fmt.Errorf("keep the seats of question %d: %w", q.Question, err)
	}
	return ledger.Enqueue(ctx, tx, now, item)
}

func readRules(ctx context.Context, tx *store.Tx, uuid string) ([]ruled, error) {
	rows, err := tx.Query(ctx, `SELECT question, rule, coalesce(seed, ''), said FROM vote_rule WHERE election = ?1 ORDER BY question`, uuid)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	defer rows.Close()
	var list []ruled
	for rows.Next() {
		var q ruled
		var text string
		if err := rows.Scan(&q.Question, &text, &q.seed, &q.said); err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &q.Rule); err != nil {
			return nil, fmt.Errorf("read the rule of question %d: %w", q.Question, err)
		}
		list = append(list, q)
	}
	return list, rows.Err()
}
