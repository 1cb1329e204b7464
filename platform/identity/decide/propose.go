package decide

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"

	"golang.org/x/mod/sumdb/note"
)

// Draft is what somebody wants to propose.
type Draft struct {
	ID          string // from NewID, where the body seals values for it; else empty
	Kind        string
	Body        any
	From, Until time.Time // window of validity; zero for now, and for Window later
	Attachments [][]byte  // that the body names
	Openings    []Opening // of the values that the body seals
}

// NewID draws the id of a statement.
func (d *Decisions) NewID() (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(d.cfg.Random, id[:]); err != nil {
		return "", fmt.Errorf("statement id: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}

// text writes the statement's text.
func (d *Decisions) text(origin string, draft Draft) (read.Statement, error) {
	body, err := ledger.EncodeBody(draft.Body)
	if err != nil {
		return read.Statement{}, err
	}
	if draft.ID == "" {
		if draft.ID, err = d.NewID(); err != nil {
			return read.Statement{}, err
		}
	}
	from, until := draft.From, draft.Until
	if from.IsZero() {
		from = d.clock()
	}
	if until.IsZero() {
		until = from.Add(Window)
	}
	text := ledger.Statement{
		Origin: origin, Kind: draft.Kind, ID: draft.ID,
		From: from.UTC().Truncate(time.Second), Until: until.UTC().Truncate(time.Second), Body: body,
	}.Text()
	s, err := read.ParseStatementText([]byte(text))
	if err == nil && !s.Until.After(d.clock()) {
		err = errors.New("its window is over")
	}
	return s, err
}

// prepared is a proposal that may be made.
type prepared struct {
	Statement read.Statement
	Scope     access.Scope
	Role      access.Role // by which it may be proposed
	Rows      []Row
}

// prepare makes a proposal of a draft. It refuses what somebody may not propose, and what
// the log's rules forbid now, whoever signs it.
func (d *Decisions) prepare(ctx context.Context, by *access.Person, draft Draft) (p prepared, err error) {
	effect, err := d.effect(draft.Kind)
	if err != nil {
		return p, err
	}
	h, err := d.now(ctx)
	if err != nil {
		return p, err
	}
	if p.Statement, err = d.text(h.Origin(), draft); err != nil {
		return p, err
	}
	if p.Scope, err = effect.scope(ctx, p.Statement); err != nil {
		return p, err
	}
	var ok bool
	if p.Role, ok = roleFor(by, effect.Right, p.Scope); !ok {
		return p, fmt.Errorf("%w: propose %s", ErrForbidden, draft.Kind)
	}
	if err := match(p.Statement.Attachments, draft.Attachments); err != nil {
		return p, err
	}
	if err := d.cfg.DB.View(ctx, func(tx *store.Tx) error { return d.ownCase(ctx, tx, p.Statement, by.ID) }); err != nil {
		return p, err
	}
	if err := try(h, p.Statement, unsigned...); err != nil {
		return p, err
	}
	contents := func() ([][]byte, error) { return draft.Attachments, nil }
	if p.Rows, err = effect.Describe(ctx, h, p.Statement, contents); err != nil {
		return p, fmt.Errorf("%w: %w", ErrEffect, err)
	}
	return p, nil
}

// Preview tells what a draft would change if it were proposed and decided. It refuses what
// [Decisions.Propose] refuses.
func (d *Decisions) Preview(ctx context.Context, by *access.Person, draft Draft) ([]Row, error) {
	p, err := d.prepare(ctx, by, draft)
	return p.Rows, err
}

// Propose proposes a decision, and queues into the log that this was done. It refuses what
// the log's rules forbid now, whoever signs it.
func (d *Decisions) Propose(ctx context.Context, by *access.Person, draft Draft) (id string, err error) {
	made, err := d.prepare(ctx, by, draft)
	if err != nil {
		return "", err
	}
	s := made.Statement
	p := &Proposal{Statement: s, Proposer: by.ID, Scope: made.Scope, Proposed: d.clock()}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := d.insert(ctx, tx, p, draft); err != nil {
			return err
		}
		return d.tellProposal(ctx, tx, p, by, made.Role)
	})
	if err != nil {
		return "", fmt.Errorf("propose %s: %w", s.Kind, err)
	}
	return s.ID, nil
}

// roleFor is the role by which somebody may do something somewhere.
func roleFor(p *access.Person, right access.Right, scope access.Scope) (access.Role, bool) {
	if p == nil {
		return "", false
	}
	for _, g := range p.Grants {
		if slices.Contains(access.Rights(g.Role), right) && g.Scope.Covers(scope) {
			return g.Role, true
		}
	}
	return "", false
}

// match checks that the contents are the attachments that a statement names.
func match(named []read.Attachment, contents [][]byte) error {
	total := 0
	rest := slices.Clone(named)
	for _, content := range contents {
		total += len(content)
		i := slices.Index(rest, attachmentOf(content))
		if i < 0 {
			return errors.New("an attachment is given that the statement does not name")
		}
		rest = slices.Delete(rest, i, i+1)
	}
	switch {
	case total > MaxAttachments:
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, total, MaxAttachments)
	case len(rest) > 0:
		return fmt.Errorf("the attachment %s is missing", rest[0].SHA256)
	}
	return nil
}

func (d *Decisions) insert(ctx context.Context, tx *store.Tx, p *Proposal, draft Draft) error {
	scope, err := json.Marshal(p.Scope)
	if err != nil {
		return err
	}
	s := p.Statement
	if _, err := tx.Exec(ctx, `INSERT INTO decide_proposal (id, kind, statement, proposer, scope, proposed, starts, ends) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		s.ID, s.Kind, s.Text, p.Proposer, string(scope), p.Proposed.Unix(), s.From.Unix(), s.Until.Unix()); err != nil {
		return err
	}
	for i, content := range draft.Attachments {
		if _, err := tx.Exec(ctx, `INSERT INTO decide_attachment (proposal, position, content) VALUES (?1, ?2, ?3)`, s.ID, i, content); err != nil {
			return err
		}
	}
	return d.keep(ctx, tx, s.ID, draft.Openings...)
}

// tellProposal queues that something was proposed, with its text.
func (d *Decisions) tellProposal(ctx context.Context, tx *store.Tx, p *Proposal, by *access.Person, role access.Role) error {
	keys, err := keysOf(ctx, tx, by.ID)
	if err != nil {
		return err
	}
	body := evidence.Proposal{
		Statement: p.Statement.ID, Kind: p.Statement.Kind, Text: attachmentOf(p.Statement.Text),
		Proposer: evidence.Person{Role: string(role), Number: by.ID}, Keys: []string{},
	}
	for _, k := range keys {
		body.Keys = append(body.Keys, k.Name)
	}
	return d.say(ctx, tx, evidence.KindProposal, "proposer.name", by, func(sealed *read.Sealed) any {
		body.Proposer.Name = sealed
		return body
	}, p.Statement.Origin, p.Statement.Text)
}

// say queues what the server itself says, with the name of whoever did it, if anybody,
// sealed at path.
func (d *Decisions) say(ctx context.Context, tx *store.Tx, kind, path string, by *access.Person, body func(*read.Sealed) any, origin string, contents ...[]byte) error {
	id, err := d.NewID()
	if err != nil {
		return err
	}
	var name *read.Sealed
	if by != nil {
		sealed, opening, err := d.Seal(kind, id, path, by.ID, by.Name)
		if err != nil {
			return err
		}
		if err := d.keep(ctx, tx, id, opening); err != nil {
			return err
		}
		name = &sealed
	}
	now := d.clock()
	s, err := d.text(origin, Draft{ID: id, Kind: kind, Body: body(name), From: now, Until: now.Add(Window)})
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: string(s.Text)}, d.cfg.Receipt)
	if err != nil {
		return err
	}
	return d.enqueue(ctx, tx, signed, contents)
}

// checkReason wants a reason in one language at least.
func checkReason(r read.Bilingual) (read.Bilingual, error) {
	clean := func(s string) string {
		return strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), ""))
	}
	r = read.Bilingual{AR: clean(r.AR), EN: clean(r.EN)}
	if r == (read.Bilingual{}) || len(r.AR) > maxReason || len(r.EN) > maxReason {
		return r, ErrNoReason
	}
	return r, nil
}
