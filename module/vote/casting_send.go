package vote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"time"

	"bayyina/platform/locale"
	"bayyina/platform/message"
	"bayyina/platform/store"
)

const (
	// sendAtOnce is how many codes are made before the queue is looked at again.
	sendAtOnce = 64
	day        = 24 * time.Hour
)

// Run makes the codes that were asked for and queues them to be sent, and forgets ballots
// whose code never came, until ctx ends; it returns why it did.
func (c *Casting) Run(ctx context.Context, log *slog.Logger) error {
	for {
		n, err := c.SendCodes(ctx)
		if err != nil && ctx.Err() == nil {
			log.Error("one-time codes", "error", err)
		}
		if n == sendAtOnce && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.wake:
		case <-time.After(time.Second):
		}
	}
}

func (c *Casting) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// SendCodes makes and queues the codes that wait, some at once, and returns how many were
// asked for.
func (c *Casting) SendCodes(ctx context.Context) (n int, err error) {
	now := c.cfg.Registrar.now()
	var waiting []castRow
	err = c.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM vote_cast WHERE expires < ?1`, now.Unix()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM vote_sent WHERE day < ?1`, now.Add(-day).Unix()/int64(day/time.Second)); err != nil {
			return err
		}
		waiting, err = waitingForCodes(ctx, tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("one-time codes: %w", err)
	}
	var errs []error
	for _, row := range waiting {
		if err := c.sendCode(ctx, row, now); err != nil {
			errs = append(errs, fmt.Errorf("one-time code: %w", err))
		}
	}
	if len(waiting) > 0 {
		c.cfg.Outbox.Wake()
	}
	return len(waiting), errors.Join(errs...)
}

func waitingForCodes(ctx context.Context, tx *store.Tx) (list []castRow, err error) {
	rows, err := tx.Query(ctx, `SELECT token, election, credential, voter, asked FROM vote_cast WHERE waits = 1 ORDER BY asked LIMIT ?1`, sendAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r castRow
		if err := rows.Scan(&r.token, &r.election, &r.credential, &r.voter, &r.asked); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// sendCode makes the code of one ballot, unless its voter is not on the list or was sent
// too many.
func (c *Casting) sendCode(ctx context.Context, row castRow, now time.Time) error {
	d, err := c.digester(ctx, row.election)
	if err != nil {
		return err
	}
	code, err := drawCode()
	if err != nil {
		return err
	}
	voter := row.voter.String
	var found, sealed, tied string
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT voter, contact, coalesce(credential, '') FROM vote_voter WHERE election = ?1 AND voter IN ('', ?2) ORDER BY voter DESC LIMIT 1`,
			row.election, voter).Scan(&found, &sealed, &tied)
	})
	if err != nil {
		return err
	}
	letter, err := c.letter(ctx, row.election, found, sealed, code, now)
	if err != nil {
		return err
	}
	subjects := []sent{{d.of("others", voter), othersCodes}, {d.of("sent", row.credential), credentialCodes}}
	if tied == d.credential(row.credential) {
		subjects = []sent{{d.of("own", voter), ownCodes}}
	}
	return c.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		// Whoever asked again meanwhile is served in the next round.
		n, err := tx.Exec(ctx, `UPDATE vote_cast SET waits = 0 WHERE token = ?1 AND waits = 1 AND voter = ?2 AND asked = ?3`, row.token, voter, row.asked.Int64)
		if err != nil || n == 0 || letter == nil {
			return err
		}
		for _, s := range subjects {
			if full, err := s.count(ctx, tx, now); err != nil || full {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_cast SET code = ?2, code_expires = ?3, tries = 0 WHERE token = ?1`,
			row.token, d.code(row.token, code), now.Add(codeAge).Unix()); err != nil {
			return err
		}
		return c.cfg.Outbox.Enqueue(ctx, tx, *letter)
	})
}

// letter is the message with a code; nil for a voter who is not on the list.
func (c *Casting) letter(ctx context.Context, uuid, voter, sealed, code string, now time.Time) (*message.Sealed, error) {
	who, err := c.openContact(ctx, uuid, voter, sealed)
	if err != nil || voter == nobody {
		return nil, err
	}
	channel, err := c.Channel(ctx, uuid)
	if err != nil {
		return nil, err
	}
	v, err := c.Voting(ctx, uuid)
	if err != nil {
		return nil, err
	}
	l, err := locale.New(who.Lang)
	if err != nil {
		return nil, err
	}
	m := message.Message{Channel: channel, To: who.To, Until: now.Add(codeAge)}
	said := map[string]any{"Code": code, "Election": l.Pick(v.Title)}
	if m.Text, err = l.Text("cast.code-"+string(channel), said); err != nil {
		return nil, err
	}
	if channel == message.Email {
		if m.Subject, err = l.Text("cast.code-subject", nil); err != nil {
			return nil, err
		}
	}
	s, err := c.cfg.Outbox.Seal(ctx, m)
	return &s, err
}

// drawCode draws six digits.
func drawCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("one-time code: %w", err)
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}

// sent is whose codes are counted, and how many a day there are.
type sent struct {
	subject string
	most    int64
}

// count counts one code more, or tells that there were enough today.
func (s sent) count(ctx context.Context, tx *store.Tx, now time.Time) (full bool, err error) {
	today := now.Unix() / int64(day/time.Second)
	n, err := tx.Exec(ctx, `INSERT INTO vote_sent (subject, day, count) VALUES (?1, ?2, 1)
		ON CONFLICT (subject, day) DO UPDATE SET count = vote_sent.count + 1 WHERE vote_sent.count < ?3`, s.subject, today, s.most)
	if err != nil {
		return false, fmt.Errorf("count codes: %w", err)
	}
	return n == 0, nil
}
