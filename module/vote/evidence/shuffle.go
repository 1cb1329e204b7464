package evidence

import (
	"context"
	"crypto/rand"
	"errors"

	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/platform/ledger/read"
)

// mixed is a shuffle that was entered.
type mixed struct {
	Sequence int64
	Trustee  int
	Shuffle  read.Attachment
	// Legible says that its output can be read, right or wrong: what follows starts
	// from it.
	Legible bool
}

// shuffle judges one trustee's shuffle of what the one before it gave.
func (e *election) shuffle(ctx context.Context, log read.Log, entry *read.Entry, b Shuffle) error {
	if !e.shuffleTurn(entry) {
		return nil
	}
	m := mixed{Sequence: entry.Sequence, Trustee: b.Trustee, Shuffle: b.Shuffle}
	again := e.shuffledBy(b.Trustee)
	defer func() { e.mix(m) }()
	text, have, err := e.attachment(ctx, log, claimShuffles, entry, b.Shuffle, MaxShuffle)
	if err != nil {
		return err
	}
	if !have {
		e.incomplete()
	}
	e.project(func(p *projection) error { return p.Shuffle(b.Trustee, text) })
	rules, err := e.load(ctx, log)
	if err != nil || rules == nil || !have {
		return err
	}
	values := args{"Trustee": int64(b.Trustee), "Name": e.name(b.Trustee)}
	switch {
	case b.Trustee < 1 || b.Trustee > len(rules.trustees.Owners):
		e.against(claimShuffles, entry, "shuffle-trustee", args{"Trustee": int64(b.Trustee)}, nil)
	case again:
		e.against(claimShuffles, entry, "shuffle-twice", values, nil)
	case e.name(b.Trustee) == "":
		e.against(claimShuffles, entry, "shuffle-unnamed", values, nil)
	case !signedBy(entry, e.name(b.Trustee)):
		e.against(claimShuffles, entry, "shuffle-signer", values, nil)
	}
	published, err := e.loadPublished(ctx, log)
	if err != nil || published == nil {
		return err
	}
	input := published.Apart(rules.election)
	s, err := rules.mixnet().Parse(rand.Reader, input, text)
	if err != nil {
		e.against(claimShuffles, entry, "shuffle-form", values, err)
		return nil
	}
	err = rules.mixnet().Verify(rand.Reader, input, s)
	var wrong *mix.ProofError
	switch {
	case err == nil:
		e.Mixed += int64(len(s.Proofs))
	case errors.As(err, &wrong):
		values["Question"] = int64(tally.ApartQuestion(rules.election, wrong.List))
		e.against(claimShuffles, entry, "shuffle-proof", values, err)
	case errors.Is(err, mix.ErrShape):
		e.against(claimShuffles, entry, "shuffle-form", values, err)
		return nil
	default:
		return err
	}
	m.Legible = true
	e.published = published.WithApart(rules.election, s.Ciphertexts)
	return nil
}

// shuffleTurn says whether a shuffle can come now. One out of order is a fault and
// changes nothing.
func (e *election) shuffleTurn(entry *read.Entry) bool {
	switch {
	case e.Step < tallied:
		e.against(claimShuffles, entry, "vote-order", args{"Step": shuffled.String(), "Missing": (e.Step + 1).String()}, nil)
		return false
	case e.Step > tallied:
		e.against(claimShuffles, entry, "vote-order-late", args{"Step": shuffled.String(), "After": e.Step.String()}, nil)
		return false
	}
	e.envelope(claimShuffles, entry.Faults)
	return true
}

// mix adds a shuffle, or none, and moves on once there are as many as promised.
func (e *election) mix(list ...mixed) {
	e.Shuffles = append(e.Shuffles, list...)
	if len(e.Shuffles) < e.Setup.Body.Shuffles {
		return
	}
	e.Step = shuffled
	if len(e.Shuffles) > 0 {
		e.project((*projection).EndShuffles)
	}
}

// shuffledBy says whether a trustee's shuffle was entered before.
func (e *election) shuffledBy(owner int) bool {
	for _, m := range e.Shuffles {
		if m.Trustee == owner {
			return true
		}
	}
	return false
}

// shufflesApplied returns the tally with what the last legible shuffle gave, after a
// restore.
func (e *election) shufflesApplied(ctx context.Context, log read.Log, t tally.Encrypted) (tally.Encrypted, error) {
	for i := len(e.Shuffles) - 1; i >= 0; i-- {
		if m := e.Shuffles[i]; m.Legible {
			text, err := log.Attachment(ctx, m.Shuffle, MaxShuffle)
			if err != nil {
				return nil, err
			}
			s, err := e.rules.mixnet().Parse(rand.Reader, t.Apart(e.rules.election), text)
			if err != nil {
				return nil, err
			}
			return t.WithApart(e.rules.election, s.Ciphertexts), nil
		}
	}
	return t, nil
}

// mixnet keeps what the checks of all shuffles share.
func (r *rules) mixnet() *mix.Mixnet {
	if r.mixing == nil {
		r.mixing = mix.New(r.election.Fingerprint(), r.election.KeyTable(), 0)
	}
	return r.mixing
}

// shuffles says whether the election has shuffles to judge.
func (e *election) shuffles() bool {
	return e.Findings[claimShuffles] != nil || e.Setup != nil && e.Setup.Body.Shuffles > 0
}
