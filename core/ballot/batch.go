package ballot

import (
	"bufio"
	"io"
	"sync"
	"sync/atomic"

	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Cast is the text of a ballot as it comes, with the hints that stand beside it, if any.
// Hints are never believed: they only save time.
type Cast struct{ Text, Hints []byte }

// Outcome is what ParseBallot and Verify say of a ballot.
type Outcome struct {
	Ballot   *Ballot // nil if it cannot be read
	Verified Verified
	Err      error
	Hinted   bool // its proofs were checked with hints
}

// VerifyAll says of many ballots what ParseBallot and Verify say of each, by so many
// workers, in a fraction of the time: proofs with hints and the order of elements are
// checked together, and of those ballots that do not pass together each is verified by
// itself. That costs three times as much as one by one at the most, when every ballot
// is wrong. Random is the verifier's own randomness; who knows it beforehand can make
// wrong ballots pass, others can with probability 2^−128.
func (e *Election) VerifyAll(random io.Reader, workers int, casts []Cast, list *credential.List) []Outcome {
	random = proof.Shared(random)
	outcomes := make([]Outcome, len(casts))
	deferred := make([]*proof.Deferred, len(casts)) // nil if the ballot did not pass so far
	if e.Group() == group.Ed25519 {
		each(workers, len(casts), func() func(int) {
			coefficients := bufio.NewReaderSize(random, 1<<12)
			return func(i int) {
				d := proof.NewDeferred(casts[i].Hints, coefficients)
				o := Outcome{Hinted: len(casts[i].Hints) > 0}
				if o.Ballot, o.Err = ParseBallot(d, casts[i].Text); o.Err == nil {
					o.Verified, o.Err = e.verify(o.Ballot, list, d)
				}
				if o.Err == nil {
					d.Close()
					outcomes[i], deferred[i] = o, d
				}
			}
		})
	}
	settle(random, workers, deferred)
	each(workers, len(casts), func() func(int) {
		return func(i int) {
			if deferred[i] != nil {
				return
			}
			o := &outcomes[i]
			*o = Outcome{}
			if o.Ballot, o.Err = ParseBallot(e.Group(), casts[i].Text); o.Err == nil {
				o.Verified, o.Err = e.Verify(o.Ballot, list)
			}
		}
	})
	return outcomes
}

// each calls a function of each worker for the numbers from 0 to n − 1.
func each(workers, n int, worker func() func(i int)) {
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(workers, n) {
		running.Go(func() {
			do := worker()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	running.Wait()
}

// leaf is how many ballots are not worth a sum any more.
const leaf = 8

// settle makes nil those that do not pass together with their neighbours: where there
// is a fault it tries each half.
func settle(random io.Reader, workers int, deferred []*proof.Deferred) {
	var all []*proof.Deferred
	for _, d := range deferred {
		if d != nil {
			all = append(all, d)
		}
	}
	switch half := len(deferred) / 2; {
	case len(all) == 0 || proof.Settle(random, workers, all...):
	case len(all) <= leaf:
		clear(deferred)
	default:
		settle(random, workers, deferred[:half])
		settle(random, workers, deferred[half:])
	}
}
