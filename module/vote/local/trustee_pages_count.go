package local

import (
	"bytes"
	"context"
	"errors"

	"bayyina/module/vote"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// maxPlace bounds where a log is, as it is typed.
const maxPlace = 1000

// verify begins to verify the election in the background.
func (p *trusteePages) verify(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		place := f.Line("log", maxPlace)
		if !f.OK() {
			return nil
		}
		if place == "" && !p.Online() {
			f.Wrong("log", read.Message{ID: "web.wrong-empty"})
			return nil
		}
		err := p.work.Start(v.Context(), workVerify, func(ctx context.Context, tell func(done, total int64)) error {
			return d.Verify(ctx, place, p.cfg.Policy, tell)
		})
		return f.Refuse("", says(err))
	})
}

// count begins to shuffle or decrypt in the background, and sends what comes out.
func (p *trusteePages) count(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		passphrase := phrase(f)
		defer clear(passphrase)
		if !f.OK() {
			return nil
		}
		// A wrong passphrase is told at once, beside its field.
		signer, err := d.signer(passphrase)
		if err := f.Refuse("passphrase", says(err)); err != nil || !f.OK() {
			return err
		}
		signer.Destroy()
		kept := bytes.Clone(passphrase)
		err = p.work.Start(v.Context(), workCount, func(ctx context.Context, tell func(done, total int64)) error {
			defer clear(kept)
			if err := d.Count(ctx, kept, tell); err != nil {
				return err
			}
			_, err := d.Send(ctx)
			return err
		})
		return f.Refuse("", says(err))
	})
}

// stop ends what is being done.
func (p *trusteePages) stop(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(*Desk, *web.Form) error {
		p.work.Stop()
		return nil
	})
}

// counting is what the page on a ceremony shows of shuffle and decryption.
type counting struct {
	Doing   Doing
	Stopped bool
	Failed  read.Message
	Ready   *Ready
	Done    []vote.Step // by this trustee
}

// counting tells what can be done after the ceremony.
func (p *trusteePages) counting(d *Desk) counting {
	c := counting{Doing: p.work.Now()}
	for _, step := range []vote.Step{vote.StepShuffle, vote.StepDecryption} {
		if d.Has(step, d.Me.Place) != nil {
			c.Done = append(c.Done, step)
		}
	}
	if c.Doing.Running {
		return c
	}
	switch err := c.Doing.Err; {
	case errors.Is(err, context.Canceled):
		c.Stopped = true
	case err != nil:
		c.Failed = told(says(err))
	}
	ready, err := d.Ready()
	switch {
	case err == nil:
		c.Ready = &ready
	case !errors.Is(err, ErrNothingYet):
		c.Failed = told(says(err))
	}
	return c
}
