package vote

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// ErrUnknownCeremony: nobody has begun a ceremony for this election here.
var ErrUnknownCeremony = errors.New("there is no ceremony of this election on this server")

// writeRound begins a round.
func writeRound(ctx context.Context, tx *store.Tx, c *Ceremony, now time.Time) error {
	roster, err := json.Marshal(c.Roster)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO vote_ceremony (election, round, roster, begun) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
		c.Election, c.Round, roster, now.Unix())
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: another one has begun round %d", ErrCeremony, c.Round)
	}
	return err
}

// readCeremony reads the last round of an election's ceremony, with all messages.
func readCeremony(ctx context.Context, tx *store.Tx, origin, election string) (*Ceremony, error) {
	c := &Ceremony{Election: election, Log: origin, Said: []Said{}}
	var roster []byte
	var agreement sql.NullString
	err := tx.QueryRow(ctx, `SELECT round, roster, agreement FROM vote_ceremony WHERE election = ?1 ORDER BY round DESC LIMIT 1`, election).
		Scan(&c.Round, &roster, &agreement)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %.80s", ErrUnknownCeremony, election)
	}
	if err == nil {
		err = json.Unmarshal(roster, &c.Roster)
	}
	if err == nil {
		c.Agreement = agreement.String
		err = c.readSaid(ctx, tx)
	}
	if err == nil {
		err = c.open()
	}
	if err != nil {
		return nil, fmt.Errorf("read ceremony of %s: %w", election, err)
	}
	return c, nil
}

func (c *Ceremony) readSaid(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Query(ctx, `SELECT step, place, note, content, statement, said_at FROM vote_ceremony_message
		WHERE election = ?1 AND round = ?2 ORDER BY said_at, step, place`, c.Election, c.Round)
	if err != nil {
		return err
	}
	defer rows.Close()
	var statements []sql.NullString
	for rows.Next() {
		var s Said
		var statement sql.NullString
		var at int64
		if err := rows.Scan(&s.Step, &s.Place, &s.Note, &s.SHA256, &statement, &at); err != nil {
			return err
		}
		s.Time = time.Unix(at, 0).UTC()
		c.Said, statements = append(c.Said, s), append(statements, statement)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range c.Said {
		s := &c.Said[i]
		if statements[i].Valid {
			status, err := ledger.Lookup(ctx, tx, statements[i].String)
			if err != nil && !errors.Is(err, ledger.ErrUnknown) { // an agreement waits for others
				return err
			}
			s.Published = status.Published
		}
		if s.Step.large() {
			continue
		}
		if s.Content, err = getRecord(ctx, tx, s.SHA256); err != nil {
			return err
		}
	}
	return nil
}

// large says whether what is said in a step is not needed to judge the others.
func (s Step) large() bool { return s == StepCredentials || s == StepShuffle || s == StepDecryption }

// write keeps what was said, in place of what it replaces; statement is the id of one for the log.
func (s *Said) write(ctx context.Context, tx *store.Tx, c *Ceremony, statement string) error {
	if err := putRecord(ctx, tx, s.Content); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO vote_ceremony_message (election, round, step, place, note, content, statement, said_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
		ON CONFLICT (election, round, step, place) DO UPDATE SET note = excluded.note, content = excluded.content, statement = excluded.statement, said_at = excluded.said_at`,
		c.Election, c.Round, s.Step, s.Place, s.Note, s.SHA256, sql.NullString{String: statement, Valid: statement != ""}, s.Time.Unix())
	return err
}

// listCeremonies returns the elections that have one, the newest first.
func listCeremonies(ctx context.Context, tx *store.Tx, most int) (list []string, err error) {
	rows, err := tx.Query(ctx, `SELECT election FROM vote_ceremony GROUP BY election ORDER BY max(begun) DESC, election LIMIT ?1`, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var election string
		if err := rows.Scan(&election); err != nil {
			return nil, err
		}
		list = append(list, election)
	}
	return list, rows.Err()
}
