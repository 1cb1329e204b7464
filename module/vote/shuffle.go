package vote

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// noteShuffle keeps a trustee's shuffle, which must be right and be promised.
func (r *Registrar) noteShuffle(ctx context.Context, tx *store.Tx, body []byte, contents map[string][]byte) error {
	var b evidence.Shuffle
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	row, err := readElection(ctx, tx, b.Election)
	if err != nil {
		return err
	}
	rules, err := row.rules(ctx, tx)
	if err != nil {
		return err
	}
	input, done, err := row.shuffled(ctx, tx, b.Election, rules)
	if err != nil {
		return err
	}
	if done == row.shuffles {
		return fmt.Errorf("the set-up promises %d shuffles, and there are so many", row.shuffles)
	}
	if b.Trustee < 1 || b.Trustee > len(rules.trustees.Owners) {
		return fmt.Errorf("there is no trustee %d", b.Trustee)
	}
	text := contents[b.Shuffle.SHA256]
	net, apart := rules.mixnet(), input.Apart(rules.election)
	s, err := net.Parse(rand.Reader, apart, text)
	if err == nil {
		err = net.Verify(rand.Reader, apart, s)
	}
	if err != nil {
		return err
	}
	if err := putRecord(ctx, tx, text); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO vote_shuffle (election, position, trustee, shuffle) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT DO NOTHING`, b.Election, done+1, b.Trustee, b.Shuffle.SHA256)
	if err == nil && n == 0 {
		err = fmt.Errorf("trustee %d has shuffled already", b.Trustee)
	}
	return err
}

// Encrypted returns the tally of an election with what the last shuffle gave, and how many shuffles
// there are: what trustees shuffle and decrypt.
func (r *Registrar) Encrypted(ctx context.Context, uuid string) (t tally.Encrypted, shuffles int64, err error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return nil, 0, err
	}
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		t, shuffles, err = row.shuffled(ctx, tx, uuid, rules)
		return err
	})
	return t, shuffles, err
}

// toDecrypt returns the tally with what the last shuffle gave, once all are there.
func (row electionRow) toDecrypt(ctx context.Context, tx *store.Tx, uuid string, rules *rules) (tally.Encrypted, error) {
	t, done, err := row.shuffled(ctx, tx, uuid, rules)
	if err == nil && done < row.shuffles {
		err = fmt.Errorf("%w: %d of %d shuffles are there", ErrTooEarly, done, row.shuffles)
	}
	return t, err
}

// shuffled returns the tally with what the last shuffle gave, and how many shuffles
// there are.
func (row electionRow) shuffled(ctx context.Context, tx *store.Tx, uuid string, rules *rules) (tally.Encrypted, int64, error) {
	if row.tally == nil {
		return nil, 0, fmt.Errorf("%w: there is no tally", ErrTooEarly)
	}
	t, err := tally.ParseEncrypted(rules.election, row.tally)
	if err != nil {
		return nil, 0, err
	}
	var done int64
	var last string
	err = tx.QueryRow(ctx, `SELECT position, shuffle FROM vote_shuffle WHERE election = ?1 ORDER BY position DESC LIMIT 1`, uuid).Scan(&done, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return t, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read shuffles: %w", err)
	}
	text, err := getRecord(ctx, tx, last)
	if err != nil {
		return nil, 0, err
	}
	s, err := rules.mixnet().Parse(rand.Reader, t.Apart(rules.election), text) // it was checked when it was entered
	if err != nil {
		return nil, 0, err
	}
	return t.WithApart(rules.election, s.Ciphertexts), done, nil
}

// mixnet makes and checks the shuffles of the election.
func (r *rules) mixnet() *mix.Mixnet {
	return mix.New(r.election.Fingerprint(), r.election.KeyTable(), 0)
}

// nextShuffle makes the next shuffle of a box. It ends with mix.ErrStopped after tell was answered false.
func nextShuffle(random io.Reader, b *Box, tell func(done, total int) bool) ([]byte, error) {
	net := mix.New(b.Election.Fingerprint(), b.Election.KeyTable(), 0)
	input := b.Report.Tally.Apart(b.Election)
	s, err := net.ShuffleTelling(random, input, tell)
	if err != nil {
		return nil, err
	}
	return s.Bytes(), net.Verify(random, input, s)
}
