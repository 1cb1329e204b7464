package vote

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// Accepted is what a voter gets at once for a ballot.
type Accepted struct {
	Tracker  string    `json:"tracker"`  // base64 without padding
	Deadline time.Time `json:"deadline"` // the ballot is in the log by then
	Promise  []byte    `json:"promise"`  // signed note
}

// Cast accepts a ballot and promises to enter it, or a later one of its credential.
// A ballot that its voter's next one overtakes before the batch never enters.
// Casting again what still waits renews the promise.
func (r *Registrar) Cast(ctx context.Context, uuid string, text []byte) (*Accepted, error) {
	rules, b, err := r.read(ctx, uuid, text)
	if err != nil {
		return nil, err
	}
	if _, err := rules.election.Verify(b, rules.credentials); err != nil {
		return nil, err
	}
	return r.take(ctx, rules, newArrival(b))
}

// read reads a ballot of an election that is open. It is not verified yet.
func (r *Registrar) read(ctx context.Context, uuid string, text []byte) (*rules, *ballot.Ballot, error) {
	rules, err := r.load(ctx, uuid)
	if err != nil {
		return nil, nil, err
	}
	now := r.now()
	switch {
	case now.Before(rules.opens):
		return nil, nil, fmt.Errorf("%w: it opens at %s", ErrNotOpen, rules.opens.Format(time.RFC3339))
	case now.After(rules.accepting()):
		return nil, nil, fmt.Errorf("%w: ballots were taken until %s", ErrClosed, rules.accepting().Format(time.RFC3339))
	case len(text) > evidence.MaxBallot:
		return nil, nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ballot.ErrNotCanonical, len(text), evidence.MaxBallot)
	}
	b, err := ballot.ParseBallot(rules.election.Group(), text)
	return rules, b, err
}

// newArrival is a ballot that was verified.
func newArrival(b *ballot.Ballot) *arrival {
	return &arrival{
		election: b.ElectionUUID(), tracker: AttachmentOf(b.Bytes()).SHA256, credential: evidence.CredentialName(b.Credential()), text: b.Bytes(),
	}
}

// take puts a verified ballot on the disk, and promises its entry.
func (r *Registrar) take(ctx context.Context, rules *rules, a *arrival) (*Accepted, error) {
	if err := r.intake.put(ctx, a); err != nil {
		return nil, err
	}
	return r.accepted(rules, a)
}

// accepted is what the voter gets for a ballot that is on the disk.
func (r *Registrar) accepted(rules *rules, a *arrival) (*Accepted, error) {
	deadline := rules.deadline(a.issued)
	promise, err := r.promise(a.election, a.credential, a.tracker, a.issued, deadline)
	if err != nil {
		return nil, err
	}
	hash, err := hex.DecodeString(a.tracker)
	if err != nil {
		return nil, fmt.Errorf("tracker %.80q: %w", a.tracker, err)
	}
	return &Accepted{Tracker: ballot.TrackerOf([32]byte(hash)), Deadline: deadline, Promise: promise}, nil
}

// deadline is by when a ballot accepted now is in the log: the batch after the next
// one, with a minute for a log that is slow.
func (r *rules) deadline(now time.Time) time.Time {
	d := now.Add(2*r.batch + time.Minute)
	if d.After(r.closes) {
		return r.closes
	}
	return d
}

// refusal reports whether an error of putArrival is about the ballot alone.
func refusal(err error) bool {
	for _, known := range []error{ErrClosed, ErrAlreadyCast, ErrCastExpired, ErrWrongCode, ErrOtherCredential, ErrOtherVoter} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// putArrival keeps a ballot, with the tie between its voter and credential where it came
// with a code. A refusal comes before anything is written. final says that the election's
// last batch is made, however long it took to verify this ballot.
func putArrival(ctx context.Context, tx *store.Tx, a *arrival, final bool) error {
	if a.bond == nil {
		return putBallot(ctx, tx, a, final)
	}
	again, err := a.bond.check(ctx, tx, a.election)
	if err != nil {
		return err
	}
	if !again.IsZero() {
		a.issued = again
		return nil
	}
	if err := putBallot(ctx, tx, a, final); err != nil {
		return err
	}
	return a.bond.tie(ctx, tx, a)
}

// putBallot keeps a ballot for the next batch, instead of an earlier one of its
// credential that still waits.
func putBallot(ctx context.Context, tx *store.Tx, a *arrival, final bool) error {
	if final {
		return ErrClosed
	}
	var waiting bool
	err := tx.QueryRow(ctx, `SELECT batch IS NULL AND ballot IS NOT NULL FROM vote_ballot WHERE election = ?1 AND tracker = ?2`, a.election, a.tracker).
		Scan(&waiting)
	switch {
	case err == nil && waiting:
		return nil
	case err == nil:
		return ErrAlreadyCast
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("look for ballot %s: %w", a.tracker, err)
	}
	if _, err := tx.Exec(ctx, `UPDATE vote_ballot SET ballot = NULL
		WHERE election = ?1 AND credential = ?2 AND batch IS NULL AND ballot IS NOT NULL`, a.election, a.credential); err != nil {
		return fmt.Errorf("replace ballot: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO vote_ballot (election, tracker, credential, ballot) VALUES (?1, ?2, ?3, ?4)`,
		a.election, a.tracker, a.credential, a.text); err != nil {
		return fmt.Errorf("keep ballot %s: %w", a.tracker, err)
	}
	return nil
}

// promise signs the promise of docs/PROTOCOL.md section 10.
func (r *Registrar) promise(uuid, credential, tracker string, issued, deadline time.Time) ([]byte, error) {
	text := fmt.Sprintf("bayyina.promise/1\n%s\n%s\n%s\n%s\n%s\n%s\n", r.cfg.Origin, uuid, credential, tracker,
		issued.Format(time.RFC3339), deadline.Format(time.RFC3339))
	signed, err := sign([]byte(text), r.cfg.Receipt)
	if err != nil {
		return nil, fmt.Errorf("promise: %w", err)
	}
	return signed, nil
}

// Place is where a ballot is.
type Place struct {
	Waiting  bool   `json:"waiting"`           // for the next batch
	Replaced bool   `json:"replaced"`          // its voter cast another one before the batch
	Refused  bool   `json:"refused,omitempty"` // the log did not take it before the close
	Entered  bool   `json:"entered"`           // it has a sequence in the log
	Sequence uint64 `json:"sequence,omitempty"`
}

// Find tells where the ballot with a tracker is, given as hex SHA-256.
func (r *Registrar) Find(ctx context.Context, uuid, tracker string) (p Place, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		var waits bool
		var statement sql.NullString
		err := tx.QueryRow(ctx, `SELECT ballot IS NOT NULL, statement FROM vote_ballot WHERE election = ?1 AND tracker = ?2`, uuid, tracker).
			Scan(&waits, &statement)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("no ballot with tracker %s was cast here", tracker)
		}
		if err != nil {
			return fmt.Errorf("look for ballot %s: %w", tracker, err)
		}
		if !statement.Valid {
			p = Place{Waiting: waits, Replaced: !waits}
			return nil
		}
		status, err := ledger.Lookup(ctx, tx, statement.String)
		p = Place{Refused: status.Refused != "", Entered: status.Sequenced, Sequence: status.Sequence}
		return err
	})
	return p, err
}
