package vote

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// certifyRows tell what a certification changes; version is 0 where it names none.
func (r *Registrar) certifyRows(ctx context.Context, b evidence.Certify, version int) ([]decide.Row, error) {
	s, err := r.Status(ctx, b.Election)
	if err == nil && !s.Counted {
		err = undecidable("early", ErrTooEarly)
	}
	if err != nil {
		return nil, err
	}
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error { return r.checkCertify(ctx, tx, b.Election, version) })
	switch {
	case errors.Is(err, ErrVersion):
		return nil, undecidable("certify-version", err)
	case errors.Is(err, ErrComplaints), errors.Is(err, ErrTooEarly):
		return nil, undecidable("certify-complaints", err)
	case err != nil:
		return nil, err
	}
	newest, err := r.Version(ctx, b.Election)
	if err != nil {
		return nil, err
	}
	uncertified := decide.Message("vote-uncertified")
	rows := []decide.Row{
		row("vote-result", &uncertified, decide.Text(b.Result.SHA256)),
		row("vote-archive", nil, decide.Text(b.Archive)),
	}
	if version > 0 {
		rows = append(rows, row("vote-version", nil, decide.Text(strconv.Itoa(version))))
	}
	if newest.Annulled {
		rows = append(rows, row("vote-outcome", nil, decide.Message("vote-outcome-annulled")))
	}
	return rows, nil
}

// complaintRulesRows tell what rules of complaints are.
func (r *Registrar) complaintRulesRows(ctx context.Context, b evidence.ComplaintRules, _ decide.Contents) ([]decide.Row, error) {
	err := r.cfg.DB.View(ctx, func(tx *store.Tx) error { return r.checkComplaintRules(ctx, tx, b) })
	if err != nil {
		return nil, undecidable("complaints", err)
	}
	grounds := row("vote-grounds", nil, decide.Text(strconv.Itoa(len(b.Grounds))))
	for _, g := range b.Grounds {
		grounds.List = append(grounds.List, decide.Message("vote-both", "Text", g))
	}
	return []decide.Row{
		row("vote-window", nil, decide.Message("vote-hours", "Hours", hours(b.Window))),
		grounds,
		row("vote-body", nil, decide.Message("vote-both", "Text", b.Body)),
	}, nil
}

// hours are seconds as hours, with what is left as a fraction.
func hours(seconds int64) string {
	return strconv.FormatFloat(time.Duration(seconds*int64(time.Second)).Hours(), 'g', 4, 64)
}

// rulingEffect is what a ruling does. Nobody rules on a complaint of their own.
func (r *Registrar) rulingEffect() decide.Effect {
	e := effect(r, "vote-ruling", r.rulingRows)
	e.Right = access.ComplaintsRule
	e.Barred = func(ctx context.Context, tx *store.Tx, s read.Statement) ([]int64, error) {
		var b evidence.Ruling
		if err := read.DecodeBody(s.Body, &b); err != nil {
			return nil, err
		}
		return complainants(ctx, tx, b.Election, b.Complaints)
	}
	return e
}

func (r *Registrar) rulingRows(ctx context.Context, b evidence.Ruling, _ decide.Contents) ([]decide.Row, error) {
	err := r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		_, _, err := r.checkRuling(ctx, tx, b)
		return err
	})
	if err != nil {
		return nil, undecidable("ruling", err)
	}
	definition, err := r.Definition(ctx, b.Election)
	if err != nil {
		return nil, err
	}
	var numbers []string
	for _, n := range b.Complaints {
		numbers = append(numbers, strconv.FormatInt(n, 10))
	}
	rows := []decide.Row{
		row("vote-complaints", nil, decide.Text(strings.Join(numbers, ", "))),
		row("vote-outcome", nil, decide.Message("vote-outcome-"+string(b.Outcome))),
	}
	if len(b.Excluded) > 0 {
		excluded, naming := row("vote-excluded", nil, decide.Text(strconv.Itoa(len(b.Excluded)))), evidence.NewNaming(definition)
		for _, s := range b.Excluded {
			excluded.List = append(excluded.List, decide.Text(strings.Join(naming.Of(s), " › ")))
		}
		rows = append(rows, excluded)
	}
	if b.Version > 0 {
		rows = append(rows, row("vote-version", nil, decide.Text(strconv.Itoa(b.Version))))
	}
	return append(rows, row("vote-reason", nil, decide.Message("vote-both", "Text", b.Reason))), nil
}
