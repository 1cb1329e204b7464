package archive

import (
	"crypto/sha256"

	"bayyina/core/ballot"
	"bayyina/core/election"
)

// Ballots are checked in batches: large ones, which share the cost of one sum, but not
// so large that memory grows with the election.
const (
	batchBallots = 8192
	batchBytes   = 32 << 20
)

// batch is ballots that follow each other.
type batch struct {
	start    int64 // height of the first
	casts    []ballot.Cast
	bytes    int
	outcomes chan []ballot.Outcome
}

func (d *driver) ballot(s *Step) error {
	text := s.Data[0]
	hash := sha256.Sum256(text)
	d.ballots[hash] = place{s.Offset, int64(len(text))}
	b := &d.waiting
	if len(b.casts) == 0 {
		b.start = s.Height
	}
	b.casts = append(b.casts, ballot.Cast{Text: text, Hints: d.options.Hints.Find(hash)})
	b.bytes += len(text)
	if len(b.casts) < batchBallots && b.bytes < batchBytes {
		return nil
	}
	return d.check()
}

// check accepts the batch that is being checked, and has the one that waits checked
// while the next is read.
func (d *driver) check() error {
	if err := d.accept(); err != nil || len(d.waiting.casts) == 0 {
		return err
	}
	b := d.waiting
	b.outcomes = make(chan []ballot.Outcome, 1)
	go func() { b.outcomes <- d.verifier.Check(d.options.Workers, b.casts) }()
	d.waiting, d.checking = batch{}, &b
	return nil
}

// accept accepts the batch that is being checked.
func (d *driver) accept() error {
	b := d.checking
	if b == nil {
		return nil
	}
	d.checking = nil
	accepted, err := d.verifier.AcceptAll(b.casts, <-b.outcomes)
	if d.options.Accepted != nil {
		for _, v := range accepted {
			d.options.Accepted(v)
		}
	}
	return election.At(b.start+int64(len(accepted)), err)
}

// flush accepts all ballots read.
func (d *driver) flush() error {
	if err := d.check(); err != nil {
		return err
	}
	return d.accept()
}
