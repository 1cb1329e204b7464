package vote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"bayyina/core/ballot"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// Tally adds up the ballots of a closed election and queues the encrypted tally for
// the log. It returns the tally's text, which the trustees decrypt.
func (r *Registrar) Tally(ctx context.Context, uuid string) ([]byte, error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return nil, err
	}
	encrypted, summary, err := r.sum(ctx, uuid, rules)
	if err != nil {
		return nil, fmt.Errorf("tally election %s: %w", uuid, err)
	}
	text := encrypted.Bytes(rules.election)
	payload := summary.Bytes()
	err = r.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		switch {
		case !row.closed:
			return ErrStillOpen
		case row.tally != nil:
			return fmt.Errorf("%w: the tally was entered before", ErrTooEarly)
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_election SET tally = ?2 WHERE uuid = ?1`, uuid, text); err != nil {
			return fmt.Errorf("keep the tally: %w", err)
		}
		now := r.now()
		item, err := r.say(evidence.KindTally, r.serverWindow(now),
			evidence.Tally{Election: uuid, Tally: AttachmentOf(text), Payload: AttachmentOf(payload)}, text, payload)
		if err != nil {
			return err
		}
		return ledger.Enqueue(ctx, tx, now, item)
	})
	if err != nil {
		return nil, fmt.Errorf("tally election %s: %w", uuid, err)
	}
	return text, nil
}

// ballotsPerSum is how many ballots one core adds up at a time.
const ballotsPerSum = 256

// sum adds up the last ballot of each credential, on all cores.
func (r *Registrar) sum(ctx context.Context, uuid string, rules *rules) (tally.Encrypted, tally.Summary, error) {
	sums := make(chan *tally.Sum, runtime.GOMAXPROCS(0))
	for range cap(sums) {
		sums <- tally.NewSum(rules.election)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cap(sums))
	err := r.eachCounted(ctx, uuid, func(texts [][]byte) {
		g.Go(func() error {
			s := <-sums
			defer func() { sums <- s }()
			return addTo(s, rules, texts)
		})
	})
	if err := errors.Join(g.Wait(), err); err != nil {
		return nil, tally.Summary{}, err
	}
	total := <-sums
	for range cap(sums) - 1 {
		total.Merge(<-sums)
	}
	encrypted, summary := total.Tally()
	return encrypted, summary, nil
}

// eachCounted reads the ballots that count, some at a time.
func (r *Registrar) eachCounted(ctx context.Context, uuid string, yield func(texts [][]byte)) error {
	return r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, `SELECT ballot FROM vote_ballot AS b WHERE election = ?1 AND batch > 0 AND batch =
			(SELECT max(batch) FROM vote_ballot AS c WHERE c.election = ?1 AND c.credential = b.credential)`, uuid)
		if err != nil {
			return fmt.Errorf("read ballots: %w", err)
		}
		defer rows.Close()
		var texts [][]byte
		for rows.Next() {
			var text []byte
			if err := rows.Scan(&text); err != nil {
				return fmt.Errorf("read ballots: %w", err)
			}
			if texts = append(texts, text); len(texts) == ballotsPerSum {
				yield(texts)
				texts = nil
			}
		}
		if len(texts) > 0 {
			yield(texts)
		}
		return rows.Err()
	})
}

// addTo adds ballots that were verified when they were accepted.
func addTo(s *tally.Sum, rules *rules, texts [][]byte) error {
	for _, text := range texts {
		b, err := ballot.ParseBallot(rules.election.Group(), text)
		if err != nil {
			return err
		}
		at, ok := rules.credentials.Find(b.Credential())
		if !ok {
			return fmt.Errorf("%w: ballot %s", ballot.ErrUnknownCredential, b.Tracker())
		}
		s.Add(b, rules.credentials.At(at).Weight)
	}
	return nil
}

// Result decrypts the tally with the partial decryptions that were entered, and
// queues the result for the log.
func (r *Registrar) Result(ctx context.Context, uuid string) (tally.Result, error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return nil, err
	}
	var result tally.Result
	err = r.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		encrypted, err := row.toDecrypt(ctx, tx, uuid, rules)
		if err != nil {
			return err
		}
		texts, err := readDecryptions(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if result, err = rules.solve(encrypted, texts); err != nil {
			return err
		}
		now := r.now()
		text := result.Bytes()
		item, err := r.say(evidence.KindResult, r.serverWindow(now), evidence.Result{Election: uuid, Result: AttachmentOf(text)}, text)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE vote_election SET result = ?2 WHERE uuid = ?1 AND result IS NULL`, uuid, text)
		if err != nil {
			return fmt.Errorf("keep the result: %w", err)
		}
		if n == 0 {
			return fmt.Errorf("%w: the result was entered before", ErrTooEarly)
		}
		id, err := statementID(item.Statement)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_complaint_rules SET result = ?2 WHERE election = ?1`, uuid, id); err != nil {
			return fmt.Errorf("begin the time of complaints: %w", err)
		}
		return ledger.Enqueue(ctx, tx, now, item)
	})
	if err != nil {
		return nil, fmt.Errorf("result of election %s: %w", uuid, err)
	}
	return result, nil
}

// Decrypted are the trustees whose decryptions of an election are there, by their numbers.
func (r *Registrar) Decrypted(ctx context.Context, uuid string) (trustees []int, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		texts, err := readDecryptions(ctx, tx, uuid)
		trustees = slices.Sorted(maps.Keys(texts))
		return err
	})
	return trustees, err
}

func readDecryptions(ctx context.Context, tx *store.Tx, uuid string) (map[int][]byte, error) {
	rows, err := tx.Query(ctx, `SELECT trustee, decryption FROM vote_decryption WHERE election = ?1`, uuid)
	if err != nil {
		return nil, fmt.Errorf("read partial decryptions: %w", err)
	}
	defer rows.Close()
	texts := make(map[int][]byte)
	for rows.Next() {
		var owner int
		var text []byte
		if err := rows.Scan(&owner, &text); err != nil {
			return nil, fmt.Errorf("read partial decryptions: %w", err)
		}
		texts[owner] = text
	}
	return texts, rows.Err()
}

// solve computes the result from the tally and partial decryptions by owner.
func (r *rules) solve(encrypted tally.Encrypted, decryptions map[int][]byte) (tally.Result, error) {
	var list []*trustee.Decryption
	for owner, text := range decryptions {
		d, err := r.trustees.Verify(owner, text, r.election, encrypted)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	plain, err := r.trustees.Combine(list, encrypted)
	if err != nil {
		return nil, err
	}
	return tally.Solve(r.election, plain, r.credentials.TotalWeight())
}
