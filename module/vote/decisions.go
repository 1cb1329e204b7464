package vote

import (
	"context"
	"errors"
	"net/http"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// Decisions are what the commission decides about elections on this server, by kind:
// each tells what it changes before anybody signs it, and enters as [Registrar.Enter] does.
func (r *Registrar) Decisions() map[string]decide.Effect {
	return map[string]decide.Effect{
		evidence.KindSetup: effect(r, "vote-setup", func(ctx context.Context, b evidence.Setup, contents decide.Contents) ([]decide.Row, error) {
			if _, err := r.Status(ctx, b.Election); err == nil {
				return nil, undecidable("set-up", errors.New("this election was set up before"))
			} else if !errors.Is(err, ErrUnknownElection) {
				return nil, err
			}
			err := r.cfg.DB.View(ctx, func(tx *store.Tx) error { return r.listHolds(ctx, tx, b) })
			if errors.Is(err, ErrListReplaced) {
				err = undecidable("list-replaced", err)
			}
			if err != nil {
				return nil, err
			}
			names, err := r.trusteesNames(ctx, b)
			if err != nil {
				return nil, err
			}
			return r.setUpRows(b, names, contents)
		}),
		evidence.KindOpen: effect(r, "vote-open", func(ctx context.Context, b evidence.Open, _ decide.Contents) ([]decide.Row, error) {
			s, err := r.Status(ctx, b.Election)
			switch {
			case err != nil:
				return nil, err
			case !s.Opens.IsZero():
				return nil, undecidable("opened", errors.New("this election was opened before"))
			}
			if _, err := OpenStatement(b.Election, b.Opens, b.Closes, time.Duration(b.Batch)*time.Second, r.now()); err != nil {
				return nil, undecidable("times", err)
			}
			return []decide.Row{
				row("vote-opens", nil, decide.Message("vote-time", "Time", b.Opens)),
				row("vote-closes", nil, decide.Message("vote-time", "Time", b.Closes)),
				row("vote-batch", nil, decide.Message("vote-seconds", "Seconds", b.Batch)),
			}, nil
		}),
		evidence.KindCertify: effect(r, "vote-certify", func(ctx context.Context, b evidence.Certify, _ decide.Contents) ([]decide.Row, error) {
			return r.certifyRows(ctx, b, 0)
		}),
		evidence.KindVersionCertify: effect(r, "vote-certify", func(ctx context.Context, b evidence.VersionCertify, _ decide.Contents) ([]decide.Row, error) {
			return r.certifyRows(ctx, evidence.Certify{Election: b.Election, Result: b.Result, Archive: b.Archive, ArchiveSize: b.ArchiveSize}, b.Version)
		}),
		evidence.KindComplaintRules: effect(r, "vote-complaints", r.complaintRulesRows),
		evidence.KindRuling:         r.rulingEffect(),
		evidence.KindDice: effect(r, "vote-dice", func(ctx context.Context, b evidence.Dice, _ decide.Contents) ([]decide.Row, error) {
			s, err := r.Status(ctx, b.Election)
			if err == nil && !s.Counted {
				err = undecidable("early", ErrTooEarly)
			}
			if err != nil {
				return nil, err
			}
			return []decide.Row{{What: decide.Message("vote-thrown", "Question", int64(b.Question)), After: decide.Text(b.Seed)}}, nil
		}),
	}
}

// effect is what a decision with such a body does.
func effect[B body](r *Registrar, name string, describe func(context.Context, B, decide.Contents) ([]decide.Row, error)) decide.Effect {
	parse := func(s read.Statement) (b B, err error) { return b, read.DecodeBody(s.Body, &b) }
	return decide.Effect{
		Name: decide.Message("kind." + name), Right: access.ElectionPropose,
		Scope: func(_ context.Context, s read.Statement) (access.Scope, error) {
			b, err := parse(s)
			return access.Scope{Election: electionOf(b)}, err
		},
		Describe: func(ctx context.Context, _ *read.KeyHistory, s read.Statement, contents decide.Contents) ([]decide.Row, error) {
			b, err := parse(s)
			if err != nil {
				return nil, err
			}
			return describe(ctx, b, contents)
		},
		Enter: r.EnterIn,
	}
}

// undecidable tells those who propose or sign why something cannot be decided.
func undecidable(why string, err error) error {
	return &web.Problem{Status: http.StatusUnprocessableEntity, Says: decide.Message("problem.vote-" + why), Err: err}
}

// body is what the commission says about an election.
type body interface {
	evidence.Setup | evidence.Open | evidence.Certify | evidence.VersionCertify | evidence.Dice | evidence.ComplaintRules | evidence.Ruling
}

func electionOf(b any) string {
	switch b := b.(type) {
	case evidence.Setup:
		return b.Election
	case evidence.Open:
		return b.Election
	case evidence.Certify:
		return b.Election
	case evidence.VersionCertify:
		return b.Election
	case evidence.Dice:
		return b.Election
	case evidence.ComplaintRules:
		return b.Election
	case evidence.Ruling:
		return b.Election
	}
	return ""
}

// row is a line of what changes; nil for nothing before.
func row(what string, before *read.Message, after read.Message) decide.Row {
	line := decide.Row{What: decide.Message(what), After: after}
	if before != nil {
		line.Before = *before
	}
	return line
}
