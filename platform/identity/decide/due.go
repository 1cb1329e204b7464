package decide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// Due enters what is complete and whose time has come, and lets expire what was not
// decided in its time. It returns how many decisions it entered: at most one, as the next is
// judged by the log that has the one before. The server calls it every few seconds and after each
// signature; several may at once.
func (d *Decisions) Due(ctx context.Context) (entered int, err error) {
	if waits, err := d.confirm(ctx); err != nil || waits {
		return 0, err
	}
	h, err := d.now(ctx)
	if err != nil {
		return 0, err
	}
	var open []*Proposal
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		open, err = listProposals(ctx, tx, `state = 'open'`)
		return err
	})
	if err != nil {
		return 0, err
	}
	var errs []error
	for i := len(open) - 1; i >= 0; i-- { // the oldest first
		p := open[i]
		switch now := d.clock(); {
		case now.After(p.Statement.Until):
			errs = append(errs, d.expire(ctx, p.Statement.ID))
		case now.Before(p.Statement.From), len(h.Lacking(p.Statement.Kind, p.signers())) > 0:
		case !d.possible(ctx, h, p.Statement): // it stays open until its window is over: the page says why
		default:
			ok, err := d.enter(ctx, h, p.Statement.ID)
			if err != nil {
				errs = append(errs, fmt.Errorf("enter decision %s: %w", p.Statement.ID, err))
			}
			if ok {
				return 1, errors.Join(errs...)
			}
		}
	}
	return 0, errors.Join(errs...)
}

// confirm notes which decisions the log has published, and tells whether one is still on
// its way.
func (d *Decisions) confirm(ctx context.Context) (waits bool, err error) {
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		waits = false
		list, err := listProposals(ctx, tx, `state = 'entered' AND published = 0`)
		if err != nil {
			return err
		}
		for _, p := range list {
			s, err := ledger.Lookup(ctx, tx, p.Statement.ID)
			if err != nil {
				return err
			}
			switch {
			case s.Refused != "":
				_, err = tx.Exec(ctx, `UPDATE decide_proposal SET state = 'failed', reason_en = ?2 WHERE id = ?1`, p.Statement.ID, s.Refused)
			case s.Published:
				_, err = tx.Exec(ctx, `UPDATE decide_proposal SET published = 1 WHERE id = ?1`, p.Statement.ID)
			default:
				waits = true
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return waits, err
}

// expire ends a proposal whose window is over.
func (d *Decisions) expire(ctx context.Context, id string) error {
	err := d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		p, err := take(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := settle(ctx, tx, id, Expired, 0, d.clock(), read.Bilingual{}); err != nil {
			return err
		}
		return d.tellEnd(ctx, tx, p, Expired, nil, "", read.Bilingual{})
	})
	if errors.Is(err, ErrNotOpen) {
		return nil // another was faster
	}
	return err
}

// possible tells whether a decision can still have its effect: of two that exclude each other the
// second cannot.
func (d *Decisions) possible(ctx context.Context, h *read.KeyHistory, s read.Statement) bool {
	e, err := d.effect(s.Kind)
	if err == nil {
		_, err = e.Describe(ctx, h, s, d.kept(ctx, s.ID))
	}
	return err == nil
}

// enter gives a complete proposal its effect, and queues it into the log, exactly once. A
// signature whose key has left the log since counts no more, and what the log has come to forbid
// stays open until its window is over.
func (d *Decisions) enter(ctx context.Context, h *read.KeyHistory, id string) (ok bool, err error) {
	var entered func(context.Context) error
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		ok = false
		p, err := take(ctx, tx, id)
		if err != nil {
			return err
		}
		signed := p.Note()
		s, err := read.ParseStatement(signed)
		if err != nil {
			return err
		}
		if err := try(h, s, read.EntrySignature); err != nil {
			return err
		}
		effect, err := d.effect(s.Kind)
		if err != nil {
			return err
		}
		contents, err := readAttachments(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := settle(ctx, tx, id, Entered, 0, d.clock(), read.Bilingual{}); err != nil {
			return err
		}
		enter := effect.Enter
		if enter == nil {
			enter = d.enqueue
		}
		ok, entered = true, effect.Entered
		return enter(ctx, tx, signed, contents)
	})
	if _, forbidden := errors.AsType[*Inadmissible](err); forbidden || errors.Is(err, ErrNotOpen) {
		return false, nil // the page says why, or another was faster
	}
	if ok && err == nil && entered != nil {
		err = entered(ctx)
	}
	return ok && err == nil, err
}

// Run calls Due now and then, until ctx ends. What goes wrong is told and tried again.
func (d *Decisions) Run(ctx context.Context, interval time.Duration, tell func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if _, err := d.Due(ctx); err != nil && ctx.Err() == nil {
			tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
