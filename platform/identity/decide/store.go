package decide

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// State is where a proposal stands.
type State string

// The states.
const (
	Open      State = "open"
	Entered   State = "entered"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
	Failed    State = "failed" // complete, and the log did not take it
)

// Proposal is what was proposed, and what became of it.
type Proposal struct {
	Statement  read.Statement
	Proposer   int64
	Scope      access.Scope
	Proposed   time.Time
	State      State
	Settled    time.Time
	Settler    int64 // who refused or withdrew it
	Reason     read.Bilingual
	Signatures []Signature
	published  bool
}

// Signature is a good signature on a proposal.
type Signature struct {
	Key    string
	Person int64 // 0 for an offline key
	Signed time.Time
	bytes  []byte
}

const proposalColumns = `id, statement, proposer, scope, proposed, state, settled, settler, reason_ar, reason_en, published`

// scanner is a row or rows.
type scanner interface{ Scan(dest ...any) error }

func scanProposal(row scanner) (*Proposal, error) {
	p := new(Proposal)
	var id, state, scope string
	var text []byte
	var proposed, published int64
	var settled, settler sql.NullInt64
	if err := row.Scan(&id, &text, &p.Proposer, &scope, &proposed, &state, &settled, &settler, &p.Reason.AR, &p.Reason.EN, &published); err != nil {
		return nil, err
	}
	var err error
	if p.Statement, err = read.ParseStatementText(text); err != nil {
		return nil, fmt.Errorf("proposal %s: %w", id, err)
	}
	if err := json.Unmarshal([]byte(scope), &p.Scope); err != nil {
		return nil, fmt.Errorf("proposal %s: %w", id, err)
	}
	p.State, p.Proposed, p.Settler, p.published = State(state), time.Unix(proposed, 0).UTC(), settler.Int64, published != 0
	if settled.Valid {
		p.Settled = time.Unix(settled.Int64, 0).UTC()
	}
	return p, nil
}

// readProposal reads a proposal with its signatures.
func readProposal(ctx context.Context, tx *store.Tx, id string) (*Proposal, error) {
	p, err := scanProposal(tx.QueryRow(ctx, `SELECT `+proposalColumns+` FROM decide_proposal WHERE id = ?1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %.40q", ErrUnknown, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read proposal: %w", err)
	}
	return p, p.readSignatures(ctx, tx)
}

func (p *Proposal) readSignatures(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Query(ctx, `SELECT key_name, person, signature, signed FROM decide_signature WHERE proposal = ?1 ORDER BY signed, key_name`, p.Statement.ID)
	if err != nil {
		return fmt.Errorf("read signatures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s Signature
		var person sql.NullInt64
		var signed int64
		if err := rows.Scan(&s.Key, &person, &s.bytes, &signed); err != nil {
			return fmt.Errorf("read signatures: %w", err)
		}
		s.Person, s.Signed = person.Int64, time.Unix(signed, 0).UTC()
		p.Signatures = append(p.Signatures, s)
	}
	return rows.Err()
}

// listProposals reads proposals, the newest first, with their signatures.
func listProposals(ctx context.Context, tx *store.Tx, where string, args ...any) ([]*Proposal, error) {
	rows, err := tx.Query(ctx, `SELECT `+proposalColumns+` FROM decide_proposal WHERE `+where+` ORDER BY proposed DESC, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	var list []*Proposal
	for rows.Next() {
		p, err := scanProposal(rows)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("list proposals: %w", err), rows.Close())
		}
		list = append(list, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	for _, p := range list {
		if err := p.readSignatures(ctx, tx); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// readAttachments reads the contents that a proposal's body names.
func readAttachments(ctx context.Context, tx *store.Tx, id string) (contents [][]byte, err error) {
	rows, err := tx.Query(ctx, `SELECT content FROM decide_attachment WHERE proposal = ?1 ORDER BY position`, id)
	if err != nil {
		return nil, fmt.Errorf("read attachments of %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var content []byte
		if err := rows.Scan(&content); err != nil {
			return nil, fmt.Errorf("read attachments of %s: %w", id, err)
		}
		contents = append(contents, content)
	}
	return contents, rows.Err()
}

// kept are the contents that a proposal was made with.
func (d *Decisions) kept(ctx context.Context, id string) Contents {
	return func() (contents [][]byte, err error) {
		err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
			contents, err = readAttachments(ctx, tx, id)
			return err
		})
		return contents, err
	}
}

// take gives an act its turn at an open proposal: of two at once the later sees what
// the earlier did.
func take(ctx context.Context, tx *store.Tx, id string) (*Proposal, error) {
	n, err := tx.Exec(ctx, `UPDATE decide_proposal SET turn = turn + 1 WHERE id = ?1`, id)
	if err != nil {
		return nil, fmt.Errorf("take proposal: %w", err)
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: %.40q", ErrUnknown, id)
	}
	p, err := readProposal(ctx, tx, id)
	if err == nil && p.State != Open {
		err = fmt.Errorf("%w: it is %s", ErrNotOpen, p.State)
	}
	return p, err
}

// settle lets a proposal leave the state open.
func settle(ctx context.Context, tx *store.Tx, id string, to State, by int64, at time.Time, reason read.Bilingual) error {
	n, err := tx.Exec(ctx, `UPDATE decide_proposal SET state = ?2, settler = ?3, settled = ?4, reason_ar = ?5, reason_en = ?6 WHERE id = ?1 AND state = 'open'`,
		id, string(to), sql.NullInt64{Int64: by, Valid: by != 0}, at.Unix(), reason.AR, reason.EN)
	if err == nil && n == 0 {
		err = ErrNotOpen
	}
	if err != nil {
		return fmt.Errorf("settle proposal %s: %w", id, err)
	}
	return nil
}

// addSignature keeps a signature that is good: key id and what follows it.
func addSignature(ctx context.Context, tx *store.Tx, proposal, key string, person int64, signature []byte, at time.Time) error {
	n, err := tx.Exec(ctx, `INSERT INTO decide_signature (proposal, key_name, person, signature, signed) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING`,
		proposal, key, sql.NullInt64{Int64: person, Valid: person != 0}, signature, at.Unix())
	if err != nil {
		return fmt.Errorf("keep signature: %w", err)
	}
	if n == 0 {
		return ErrSignedTwice
	}
	return nil
}

// Note is the statement with the signatures that it has, a signed note. Without any it is
// the text alone.
func (p *Proposal) Note() []byte {
	if len(p.Signatures) == 0 {
		return p.Statement.Text
	}
	out := append(append([]byte{}, p.Statement.Text...), '\n')
	for _, s := range p.Signatures {
		out = fmt.Appendf(out, "— %s %s\n", s.Key, base64.StdEncoding.EncodeToString(s.bytes))
	}
	return out
}

// signers are the names of the keys that have signed.
func (p *Proposal) signers() []string {
	var names []string
	for _, s := range p.Signatures {
		names = append(names, s.Key)
	}
	return names
}

// signedBy reports whether a person has signed.
func (p *Proposal) signedBy(person int64) bool {
	for _, s := range p.Signatures {
		if s.Person == person {
			return true
		}
	}
	return false
}

// signatureOf is a signature as a note's line has it: the key's id before it.
func signatureOf(k read.Key, signature []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, k.ID()), signature...)
}

// Key is a deciding passkey of somebody.
type Key struct {
	Name       string
	Person     int64
	Public     string // verifier key
	Credential []byte // the authenticator's id of it; nil where it was not made here
	Software   bool
	Made       time.Time
}

// keysOf lists deciding passkeys: of one person, or with 0 of everybody.
func keysOf(ctx context.Context, tx *store.Tx, person int64) ([]Key, error) {
	rows, err := tx.Query(ctx, `SELECT name, person, public, credential, software, made FROM decide_key WHERE CAST(?1 AS BIGINT) = 0 OR person = ?1 ORDER BY made, name`, person)
	if err != nil {
		return nil, fmt.Errorf("list deciding keys: %w", err)
	}
	defer rows.Close()
	var list []Key
	for rows.Next() {
		var k Key
		var software, made int64
		if err := rows.Scan(&k.Name, &k.Person, &k.Public, &k.Credential, &software, &made); err != nil {
			return nil, fmt.Errorf("list deciding keys: %w", err)
		}
		k.Software, k.Made = software != 0, time.Unix(made, 0).UTC()
		list = append(list, k)
	}
	return list, rows.Err()
}

func addKey(ctx context.Context, tx *store.Tx, k Key) error {
	software := 0
	if k.Software {
		software = 1
	}
	if _, err := tx.Exec(ctx, `INSERT INTO decide_key (name, person, public, credential, software, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		k.Name, k.Person, k.Public, k.Credential, software, k.Made.Unix()); err != nil {
		return fmt.Errorf("keep deciding key %s: %w", k.Name, err)
	}
	return nil
}
