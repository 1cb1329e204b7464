package account

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
)

// Reading is a row of the register: somebody read personal data.
type Reading struct {
	ID                  int64
	At                  time.Time
	Reader              int64
	ReaderOrganisation  string
	Subject             string // whose data: "person:12", or "organisation:csa" for its list
	SubjectOrganisation string
	Right               access.Right // by which it was allowed
	Why                 string       // message id of the purpose
}

// Person is the number of the person whose data it was, 0 where it was not one person's.
func (r Reading) Person() int64 {
	digits, _ := strings.CutPrefix(r.Subject, "person:")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// OfOrganisation says whether it was the list of an organisation's people.
func (r Reading) OfOrganisation() bool { return strings.HasPrefix(r.Subject, "organisation:") }

var (
	subjectForm = regexp.MustCompile(`^[a-z]{1,32}:[A-Za-z0-9-]{0,64}$`)
	whyForm     = regexp.MustCompile(`^[a-z0-9.-]{1,64}$`)
)

// NoteReading writes into the register that a person is about to read data of a subject
// ("person:12") of an organisation, by a right and for a purpose (a message of the
// catalogues). Only when it has returned nil may the data be shown.
func (a *Accounts) NoteReading(ctx context.Context, p *access.Person, subject, organisation string, right access.Right, why string) error {
	if p == nil || !subjectForm.MatchString(subject) || !right.Known() || !whyForm.MatchString(why) {
		return fmt.Errorf("note a reading of %.80q by %.40q for %.80q: %w", subject, right, why, ErrMalformed)
	}
	nonce, err := a.secret(16)
	if err != nil {
		return fmt.Errorf("note a reading: %w", err)
	}
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO account_reading (at, reader, reader_organisation, subject, subject_organisation, allowed_by, why, nonce)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
			a.cfg.Now().Unix(), p.ID, p.Organisation, subject, organisation, string(right), why, nonce)
		return err
	})
	if err != nil {
		return fmt.Errorf("note a reading: %w", err)
	}
	return nil
}

const readingColumns = `SELECT id, at, reader, reader_organisation, subject, subject_organisation, allowed_by, why, nonce FROM account_reading`

func scanReading(row scanner) (r Reading, nonce []byte, err error) {
	var at int64
	err = row.Scan(&r.ID, &at, &r.Reader, &r.ReaderOrganisation, &r.Subject, &r.SubjectOrganisation, &r.Right, &r.Why, &nonce)
	r.At = time.Unix(at, 0).UTC()
	return r, nonce, err
}

// Readings are up to limit rows of the register before the one with the id before (0: from the
// newest), newest first: those by people of an organisation or about them, all where it is "".
func (a *Accounts) Readings(ctx context.Context, organisation string, before int64, limit int) (all []Reading, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all = nil
		return each(ctx, tx, func(row scanner) error {
			r, _, err := scanReading(row)
			all = append(all, r)
			return err
		}, readingColumns+` WHERE (?1 = '' OR reader_organisation = ?1 OR subject_organisation = ?1) AND (?2 = 0 OR id < ?2)
			ORDER BY id DESC LIMIT ?3`, organisation, before, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("register of reads: %w", err)
	}
	return all, nil
}

// ReadingDay is what the log says about the register's rows of one day (UTC).
type ReadingDay struct {
	Count  int
	Digest [sha256.Size]byte
}

// ReadingsOn returns the count and the digest of a day's rows in their order: the
// digest begins as SHA-256("bayyina.reads/1\n2026-11-26\n"), and each row makes it
// SHA-256(digest ‖ row), the row being its fields, each preceded by its length (4 bytes, big
// endian): time (seconds, decimal), reader (decimal), reader's organisation, subject, its
// organisation, right, purpose, 16 random bytes. A day that has not ended has no digest yet:
// [ErrMalformed].
func (a *Accounts) ReadingsOn(ctx context.Context, tx *store.Tx, day time.Time) (d ReadingDay, err error) {
	from := day.UTC().Truncate(24 * time.Hour)
	until := from.Add(24 * time.Hour)
	if a.cfg.Now().Before(until) {
		return d, fmt.Errorf("readings of %s, which has not ended: %w", from.Format(time.DateOnly), ErrMalformed)
	}
	d.Digest = sha256.Sum256([]byte("bayyina.reads/1\n" + from.Format(time.DateOnly) + "\n"))
	err = each(ctx, tx, func(row scanner) error {
		r, nonce, err := scanReading(row)
		if err != nil {
			return err
		}
		h := sha256.New()
		h.Write(d.Digest[:])
		for _, field := range [][]byte{
			fmt.Append(nil, r.At.Unix()), fmt.Append(nil, r.Reader), []byte(r.ReaderOrganisation), []byte(r.Subject),
			[]byte(r.SubjectOrganisation), []byte(r.Right), []byte(r.Why), nonce,
		} {
			h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(field))))
			h.Write(field)
		}
		h.Sum(d.Digest[:0])
		d.Count++
		return nil
	}, readingColumns+` WHERE at >= ?1 AND at < ?2 ORDER BY id`, from.Unix(), until.Unix())
	if err != nil {
		return ReadingDay{}, fmt.Errorf("readings of %s: %w", from.Format(time.DateOnly), err)
	}
	return d, nil
}
