package vote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// Enter queues what somebody else has signed: authority, trustees or commission.
// The contents are the attachments that it names. What this server must know later
// is kept; whether the signatures suffice is for the log's readers to judge.
func (r *Registrar) Enter(ctx context.Context, signed []byte, contents ...[]byte) error {
	return r.cfg.DB.Tx(ctx, func(tx *store.Tx) error { return r.EnterIn(ctx, tx, signed, contents) })
}

// EnterIn is Enter in the caller's transaction.
func (r *Registrar) EnterIn(ctx context.Context, tx *store.Tx, signed []byte, contents [][]byte) error {
	s, _, err := ledger.ParseStatement(signed)
	if err != nil {
		return err
	}
	item := ledger.Item{Statement: signed}
	by := make(map[string][]byte)
	for _, content := range contents {
		by[AttachmentOf(content).SHA256] = content
		if err := r.attach(&item, content); err != nil {
			return err
		}
	}
	err = r.note(ctx, tx, s, by)
	if err == nil {
		err = ledger.Enqueue(ctx, tx, r.now(), item)
	}
	if err != nil {
		return fmt.Errorf("enter %s: %w", s.Kind, err)
	}
	return nil
}

// attach brings an attachment along: in the database, or staged where it is large.
func (r *Registrar) attach(item *ledger.Item, content []byte) error {
	if len(content) <= ledger.MaxInline {
		item.Contents = append(item.Contents, content)
		return nil
	}
	a, err := ledger.Stage(r.cfg.Dir, bytes.NewReader(content))
	if err != nil {
		return err
	}
	item.Staged = append(item.Staged, a)
	return nil
}

// note keeps what later steps need of a statement.
func (r *Registrar) note(ctx context.Context, tx *store.Tx, s ledger.Statement, contents map[string][]byte) error {
	switch s.Kind {
	case evidence.KindSetup:
		return r.noteSetup(ctx, tx, s.Body, contents)
	case evidence.KindOpen:
		return noteOpen(ctx, tx, s.Body)
	case evidence.KindShuffle:
		return r.noteShuffle(ctx, tx, s.Body, contents)
	case evidence.KindDecryption:
		return r.noteDecryption(ctx, tx, s.Body, contents)
	case evidence.KindDice:
		return noteDice(ctx, tx, s.Body)
	case evidence.KindComplaintRules:
		return r.noteComplaintRules(ctx, tx, s.Body)
	case evidence.KindRuling:
		return r.noteRuling(ctx, tx, s.Body)
	case evidence.KindCertify:
		var b evidence.Certify
		if err := read.DecodeBody(s.Body, &b); err != nil {
			return err
		}
		return r.noteCertify(ctx, tx, b.Election, 0)
	case evidence.KindVersionCertify:
		var b evidence.VersionCertify
		if err := read.DecodeBody(s.Body, &b); err != nil {
			return err
		}
		return r.noteCertify(ctx, tx, b.Election, b.Version)
	case evidence.KindCredentials, evidence.KindCommitment, evidence.KindTrustees:
		return nil
	case evidence.KindBooth:
		return noteBooth(s.Body, contents)
	}
	return errors.New("this is not something that others say about an election")
}

func (r *Registrar) noteSetup(ctx context.Context, tx *store.Tx, body []byte, contents map[string][]byte) error {
	var b evidence.Setup
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	if err := r.listHolds(ctx, tx, b); err != nil {
		return err
	}
	rules, err := setUpOf(b, contents)
	if err != nil {
		return err
	}
	for _, a := range []read.Attachment{b.Definition, b.Trustees, b.Credentials} {
		if err := putRecord(ctx, tx, contents[a.SHA256]); err != nil {
			return err
		}
	}
	title, err := json.Marshal(b.Title)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO vote_election (uuid, definition, trustees, credentials, shuffles, title) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
		ON CONFLICT (uuid) DO NOTHING`, b.Election, b.Definition.SHA256, b.Trustees.SHA256, b.Credentials.SHA256, b.Shuffles, string(title))
	if err == nil && n == 0 {
		err = errors.New("this election was set up before")
	}
	if err != nil {
		return err
	}
	return noteRules(ctx, tx, b, len(rules.election.Questions()))
}

// setUpOf reads the records of a set-up, of the contents by hex SHA-256.
func setUpOf(b evidence.Setup, contents map[string][]byte) (*rules, error) {
	rules, err := parseRules(contents[b.Definition.SHA256], contents[b.Trustees.SHA256], contents[b.Credentials.SHA256])
	if err != nil {
		return nil, err
	}
	if rules.election.UUID() != b.Election {
		return nil, fmt.Errorf("the definition is of election %s, not %s", rules.election.UUID(), b.Election)
	}
	if !rules.election.PublicKey().Equal(rules.trustees.Key) {
		return nil, errors.New("the election's key is not that of its trustees")
	}
	photos, _, err := SetupPhotos(contents[b.Definition.SHA256], func(hash string) ([]byte, error) { return contents[hash], nil })
	if err == nil && !slices.Equal(photos, b.Photos) {
		err = ErrPhoto
	}
	return rules, err
}

func noteOpen(ctx context.Context, tx *store.Tx, body []byte) error {
	var b evidence.Open
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	if !b.Closes.After(b.Opens) || b.Batch < 0 {
		return fmt.Errorf("it cannot be open from %s to %s with batches every %d seconds", b.Opens, b.Closes, b.Batch)
	}
	n, err := tx.Exec(ctx, `UPDATE vote_election SET opens = ?2, closes = ?3, batch_seconds = ?4 WHERE uuid = ?1 AND opens IS NULL`,
		b.Election, b.Opens.Unix(), b.Closes.Unix(), b.Batch)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w, or it was opened before: %s", ErrUnknownElection, b.Election)
	}
	return err
}

// noteBooth refuses what names no booth.
func noteBooth(body []byte, contents map[string][]byte) error {
	var b evidence.Booth
	if err := read.DecodeBody(body, &b); err != nil {
		return err
	}
	_, err := evidence.ParseBoothManifest(contents[b.Booth.SHA256])
	return err
}

func (r *Registrar) noteDecryption(ctx context.Context, tx *store.Tx, body []byte, contents map[string][]byte) error {
	var b evidence.Decryption
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
	encrypted, err := row.toDecrypt(ctx, tx, b.Election, rules)
	if err != nil {
		return err
	}
	text := contents[b.Decryption.SHA256]
	if _, err := rules.trustees.Verify(b.Trustee, text, rules.election, encrypted); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO vote_decryption (election, trustee, decryption) VALUES (?1, ?2, ?3)
		ON CONFLICT (election, trustee) DO NOTHING`, b.Election, b.Trustee, text)
	if err == nil && n == 0 {
		err = fmt.Errorf("trustee %d has decrypted already", b.Trustee)
	}
	return err
}
