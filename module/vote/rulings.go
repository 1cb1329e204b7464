package vote

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// Reasons why a ruling cannot be.
var (
	ErrRuling = errors.New("this ruling cannot be")
	// ErrComplaints: one may still complain, or complaints wait.
	ErrComplaints = errors.New("the result cannot be certified while one may complain, or a complaint in time is not ruled on")
	ErrVersion    = errors.New("the certification must name the newest version of the result where one may complain, and none elsewhere")
)

// noteComplaintRules keeps the rules of complaints. They must be there before voting opens.
func (r *Registrar) noteComplaintRules(ctx context.Context, tx *store.Tx, body []byte) error {
	var b evidence.ComplaintRules
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	if err := r.checkComplaintRules(ctx, tx, b); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO vote_complaint_rules (election, body) VALUES (?1, ?2)`, b.Election, string(body))
	return err
}

func (r *Registrar) checkComplaintRules(ctx context.Context, tx *store.Tx, b evidence.ComplaintRules) error {
	if err := b.Check(); err != nil {
		return err
	}
	row, err := readElection(ctx, tx, b.Election)
	if err != nil {
		return err
	}
	if row.opens.Valid && r.now().Unix() >= row.opens.Int64 {
		return ErrHasBegun
	}
	_, _, err = complaintRulesOf(ctx, tx, b.Election)
	switch {
	case err == nil:
		return errors.New("this election has rules of complaints already")
	case !errors.Is(err, ErrNoComplaints):
		return err
	}
	return nil
}

// noteRuling keeps a ruling, and which seats are to be said again.
func (r *Registrar) noteRuling(ctx context.Context, tx *store.Tx, body []byte) error {
	var b evidence.Ruling
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	place, v, err := r.checkRuling(ctx, tx, b)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO vote_ruling (election, place, body) VALUES (?1, ?2, ?3)`, b.Election, place, string(body)); err != nil {
		return err
	}
	for _, number := range b.Complaints {
		if _, err := tx.Exec(ctx, `UPDATE vote_complaint SET ruling = ?3 WHERE election = ?1 AND number = ?2`, b.Election, number, place); err != nil {
			return err
		}
	}
	if !b.Outcome.Changes() {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM vote_recount WHERE election = ?1`, b.Election); err != nil || v.Annulled {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO vote_recount (election, question, version) SELECT election, question, ?2 FROM vote_rule WHERE election = ?1`,
		b.Election, v.Number)
	return err
}

// checkRuling says whether a ruling can be now. It returns its place among the rulings, and the version of the result after it.
func (r *Registrar) checkRuling(ctx context.Context, tx *store.Tx, b evidence.Ruling) (place int, v evidence.Version, err error) {
	refuse := func(err error) (int, evidence.Version, error) { return 0, v, fmt.Errorf("%w: %w", ErrRuling, err) }
	if err := b.Check(); err != nil {
		return refuse(err)
	}
	rules, certified, err := complaintRulesOf(ctx, tx, b.Election)
	switch {
	case err != nil:
		return 0, v, err
	case certified:
		return refuse(ErrCertified)
	}
	ends, err := r.ends(ctx, tx, b.Election, rules)
	if err != nil && !errors.Is(err, ErrTooEarly) { // without an end nothing is late
		return 0, v, err
	}
	result, err := resultOf(ctx, tx, b.Election)
	if err != nil {
		return 0, v, err
	}
	for _, number := range b.Complaints {
		var ruled bool
		var lodged int64
		err := tx.QueryRow(ctx, `SELECT ruling IS NOT NULL, lodged FROM vote_complaint WHERE election = ?1 AND number = ?2`, b.Election, number).Scan(&ruled, &lodged)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return refuse(fmt.Errorf("%w: %d", ErrNoComplaint, number))
		case err != nil:
			return 0, v, fmt.Errorf("read complaint %d: %w", number, err)
		case ruled:
			return refuse(fmt.Errorf("complaint %d was ruled on before", number))
		case !ends.IsZero() && lodged > ends.Unix() && b.Outcome != evidence.Inadmissible:
			return refuse(fmt.Errorf("complaint %d was lodged after the window: it can only be inadmissible", number))
		}
	}
	v, places, err := versionOf(ctx, tx, b.Election)
	if err != nil {
		return 0, v, err
	}
	if !b.Outcome.Changes() {
		return places + 1, v, nil
	}
	row, err := readElection(ctx, tx, b.Election)
	if err != nil {
		return 0, v, err
	}
	definition, err := getRecord(ctx, tx, row.definition)
	if err != nil {
		return 0, v, err
	}
	if err := b.CheckExcluded(definition, v); err != nil {
		return refuse(err)
	}
	if v = v.After(b); b.Version != v.Number {
		return refuse(fmt.Errorf("it says that it makes version %d of the result, and it makes version %d", b.Version, v.Number))
	}
	if v.Annulled {
		return places + 1, v, nil
	}
	// Seats must be there for somebody.
	counting, err := readRules(ctx, tx, b.Election)
	if err != nil {
		return 0, v, err
	}
	for _, q := range counting {
		if _, err := evidence.CountVersion(b.Election, definition, result, q.QuestionRule, q.seed, v); err != nil {
			return refuse(fmt.Errorf("question %d: %w", q.Question, err))
		}
	}
	return places + 1, v, nil
}

// versionOf is the newest version of a result, and how many rulings there are.
func versionOf(ctx context.Context, tx *store.Tx, uuid string) (v evidence.Version, rulings int, err error) {
	v.Number = 1
	rows, err := tx.Query(ctx, `SELECT body FROM vote_ruling WHERE election = ?1 ORDER BY place`, uuid)
	if err != nil {
		return v, 0, fmt.Errorf("read rulings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		var b evidence.Ruling
		if err := rows.Scan(&body); err != nil {
			return v, 0, fmt.Errorf("read rulings: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &b); err != nil {
			return v, 0, fmt.Errorf("read rulings: %w", err)
		}
		if rulings++; b.Outcome.Changes() {
			v = v.After(b)
		}
	}
	return v, rulings, rows.Err()
}

// Version is the newest version of an election's result on this server, the zero one where nobody may complain.
func (r *Registrar) Version(ctx context.Context, uuid string) (v evidence.Version, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		if _, _, err := complaintRulesOf(ctx, tx, uuid); errors.Is(err, ErrNoComplaints) {
			return nil
		} else if err != nil {
			return err
		}
		v, _, err = versionOf(ctx, tx, uuid)
		return err
	})
	return v, err
}

// ends is the end of the window in which one may complain; ErrTooEarly where the result is not in the published log yet.
func (r *Registrar) ends(ctx context.Context, tx *store.Tx, uuid string, rules evidence.ComplaintRules) (time.Time, error) {
	var id sql.NullString
	if err := tx.QueryRow(ctx, `SELECT result FROM vote_complaint_rules WHERE election = ?1`, uuid).Scan(&id); err != nil {
		return time.Time{}, err
	}
	if !id.Valid {
		return time.Time{}, fmt.Errorf("%w: there is no result", ErrTooEarly)
	}
	at, err := ledger.Lookup(ctx, tx, id.String)
	if err == nil && !at.Published {
		err = fmt.Errorf("%w: the result is on its way into the log", ErrTooEarly)
	}
	if err != nil {
		return time.Time{}, err
	}
	entry, err := r.entry(ctx, int64(at.Sequence))
	if err != nil {
		return time.Time{}, err
	}
	return entry.Time.Add(time.Duration(rules.Window) * time.Second), nil
}

// entry is an entry of the published log.
func (r *Registrar) entry(ctx context.Context, sequence int64) (*read.Entry, error) {
	src, err := read.OpenSource(ctx, filepath.Join(r.cfg.Dir, "log"))
	if err != nil {
		return nil, err
	}
	defer src.Close() // only read from
	newest, err := read.Newest(ctx, src)
	if err != nil {
		return nil, err
	}
	bundle, err := read.ReadBundle(ctx, src, sequence/read.TileWidth, newest.Size)
	if err != nil {
		return nil, err
	}
	return read.ParseEntry(bundle[sequence%read.TileWidth])
}

// checkCertify says whether a result may be certified now; version is 0 where the certification names none.
func (r *Registrar) checkCertify(ctx context.Context, tx *store.Tx, uuid string, version int) error {
	rules, certified, err := complaintRulesOf(ctx, tx, uuid)
	switch {
	case errors.Is(err, ErrNoComplaints) && version == 0:
		return nil
	case errors.Is(err, ErrNoComplaints):
		return ErrVersion
	case err != nil:
		return err
	case certified:
		return ErrCertified
	}
	v, _, err := versionOf(ctx, tx, uuid)
	if err == nil && version != v.Number {
		err = ErrVersion
	}
	if err != nil {
		return err
	}
	ends, err := r.ends(ctx, tx, uuid, rules)
	if err != nil {
		return err
	}
	if !r.now().After(ends) {
		return fmt.Errorf("%w: until %s", ErrComplaints, ends.Format(time.RFC3339))
	}
	var waiting int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM vote_complaint WHERE election = ?1 AND ruling IS NULL AND lodged <= ?2`, uuid, ends.Unix()).Scan(&waiting); err != nil {
		return fmt.Errorf("count complaints: %w", err)
	}
	if waiting > 0 {
		return fmt.Errorf("%w: %d wait for a ruling", ErrComplaints, waiting)
	}
	return nil
}

// noteCertify marks an election with rules of complaints as certified.
func (r *Registrar) noteCertify(ctx context.Context, tx *store.Tx, uuid string, version int) error {
	if err := r.checkCertify(ctx, tx, uuid, version); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE vote_complaint_rules SET certified = 1 WHERE election = ?1`, uuid)
	return err
}

// complainants are the people who lodged complaints while they were signed in: it is their own case.
func complainants(ctx context.Context, tx *store.Tx, uuid string, numbers []int64) (people []int64, err error) {
	for _, number := range numbers {
		var person int64
		err := tx.QueryRow(ctx, `SELECT coalesce(max(person), 0) FROM vote_complaint WHERE election = ?1 AND number = ?2`, uuid, number).Scan(&person)
		if err != nil {
			return nil, fmt.Errorf("complainant of %d: %w", number, err)
		}
		if person > 0 {
			people = append(people, person)
		}
	}
	return people, nil
}
