package vote

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

const (
	maxPause = 24 * 60 * 60 // seconds between batches
	pause    = 10 * 60      // that is offered
)

func (p *Proposing) fillOpen(_ *web.Visit, _ found, form *web.Form) (any, error) {
	form.Default("batch", strconv.Itoa(pause))
	return nil, nil
}

// moment reads a time of the form.
func (p *Proposing) moment(form *web.Form, name string) time.Time {
	form.Required(name, 40)
	return form.Moment(name)
}

func (p *Proposing) draftOpen(_ *web.Visit, f found, form *web.Form) (decide.Draft, error) {
	opens, closes := p.moment(form, "opens"), p.moment(form, "closes")
	batch := form.Number("batch", 0, maxPause)
	if !form.OK() {
		return decide.Draft{}, nil
	}
	body, err := OpenStatement(f.UUID, opens, closes, time.Duration(batch)*time.Second, p.registrar.now())
	for _, wrong := range []struct {
		err      error
		name, id string
	}{
		{ErrPast, "opens", "elections.wrong-past"}, {ErrClosesFirst, "closes", "elections.wrong-closes"}, {ErrBatch, "batch", "elections.wrong-batch"},
	} {
		if errors.Is(err, wrong.err) {
			form.Wrong(wrong.name, read.Message{ID: wrong.id})
			return decide.Draft{}, nil
		}
	}
	// It must be in the log before voting begins, or not at all.
	return decide.Draft{Kind: evidence.KindOpen, Body: body, Until: body.Opens}, err
}

// certified is what is certified.
type certified struct {
	Tables  []table
	Archive string // hex SHA-256
	Size    int64
	Rows    web.Evidence
}

func (p *Proposing) fillCertify(v *web.Visit, f found, _ *web.Form) (any, error) {
	s, _, err := p.pages.judged()
	if err != nil {
		return nil, err
	}
	body, _, err := p.certification(v, f)
	if err != nil {
		return nil, err
	}
	c := certified{Archive: body.Archive, Size: body.ArchiveSize, Rows: p.pages.board.Evidence(s, f.Claims)}
	w := words{Locale: v.Locale}
	if f.Result != nil {
		for _, q := range f.Result.Questions {
			c.Tables = append(c.Tables, w.newTable(q, f.Result.Weight, nil))
		}
	}
	return c, w.err
}

// certification is the decision to certify the result that is in the log, with its record. It is
// refused where anything about the election is false.
func (p *Proposing) certification(v *web.Visit, f found) (body evidence.Certify, result []byte, err error) {
	switch {
	case f.Verdict == read.False || f.Result == nil:
		return body, nil, web.Invalid(read.Message{ID: "elections.certify-false"})
	case f.Standing != nil && !f.settled(p.registrar.now()):
		return body, nil, web.Invalid(read.Message{ID: "complaints.certify-early", Args: map[string]any{"Ends": f.Standing.Ends, "Waiting": f.Standing.Waiting}})
	}
	s, j, err := p.pages.judged()
	if err != nil {
		return body, nil, err
	}
	path, err := p.pages.makeArchive(v.Request, s, j, f)
	if err != nil {
		return body, nil, err
	}
	sum, size, err := HashFile(path)
	if err != nil {
		return body, nil, err
	}
	if result, err = p.registrar.Outcome(v.Context(), f.UUID); err != nil {
		return body, nil, err
	}
	return evidence.Certify{Election: f.UUID, Result: AttachmentOf(result), Archive: sum, ArchiveSize: size}, result, nil
}

// Outcome is the record of an election's result.
func (r *Registrar) Outcome(ctx context.Context, uuid string) (result []byte, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		result, err = resultOf(ctx, tx, uuid)
		return err
	})
	return result, err
}

func (p *Proposing) draftCertify(v *web.Visit, f found, _ *web.Form) (decide.Draft, error) {
	b, result, err := p.certification(v, f)
	d := decide.Draft{Kind: evidence.KindCertify, Body: b, Attachments: [][]byte{result}}
	if f.Standing != nil {
		d.Kind = evidence.KindVersionCertify
		d.Body = evidence.VersionCertify{Election: b.Election, Version: f.Standing.Version, Result: b.Result, Archive: b.Archive, ArchiveSize: b.ArchiveSize}
	}
	return d, err
}

// tied are the questions of an election whose count stopped at a tie.
func (p *Proposing) tied(uuid string) (list []evidence.Counted, err error) {
	_, j, err := p.pages.judged()
	if err != nil {
		return nil, err
	}
	for _, c := range j.Counts(uuid) {
		if c.Tie != nil {
			list = append(list, c)
		}
	}
	return list, nil
}

func (p *Proposing) fillDice(v *web.Visit, f found, _ *web.Form) (any, error) {
	list, err := p.tied(f.UUID)
	if err != nil {
		return nil, err
	}
	var questions []web.Choice
	for _, c := range list {
		questions = append(questions, web.Choice{Value: strconv.Itoa(c.Question), Label: fmt.Sprintf("%d. %s", c.Question, v.Locale.Half(c.Title))})
	}
	return questions, nil
}

func (p *Proposing) draftDice(_ *web.Visit, f found, form *web.Form) (decide.Draft, error) {
	body := evidence.Dice{Election: f.UUID, Question: int(form.Number("question", 1, maxQuestions)), Seed: form.Code("seed", maxSeed)}
	if err := body.Check(); err != nil && form.OK() {
		form.Wrong("seed", read.Message{ID: "elections.wrong-seed"})
	}
	return decide.Draft{Kind: evidence.KindDice, Body: body}, nil
}

const (
	maxQuestions = 1000
	maxSeed      = 128 // hex digits
)
