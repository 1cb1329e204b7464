package ballot

import (
	"bufio"
	"errors"
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

// Ballots are settled in parts of so many, which share the cost of one sum. After a
// fault halves are tried, down to leaves, whose ballots are verified one by one.
const (
	partBallots = 4096
	leafBallots = 8
)

// VerifyAll says of many ballots what ParseBallot and Verify say of each, by so many
// workers, in a fraction of the time: proofs with hints and the order of elements are
// checked together, and of those ballots that do not pass together each is verified by
// itself. That costs three times as much as one by one at the most, when every ballot
// is wrong. Random is the verifier's own randomness; who knows it beforehand can make
// wrong ballots pass, others can with probability 2^−128.
func (e *Election) VerifyAll(random io.Reader, workers int, casts []Cast, list *credential.List) []Outcome {
	outcomes := make([]Outcome, len(casts))
	size := min(partBallots, (len(casts)+workers-1)/workers)
	random = &lockedReader{r: random}
	var next atomic.Int64
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for {
				from := int(next.Add(int64(size))) - size
				if from >= len(casts) {
					return
				}
				to := min(from+size, len(casts))
				p := &part{e, list, bufio.NewReaderSize(random, 1<<12)}
				p.verify(casts[from:to], outcomes[from:to])
			}
		})
	}
	running.Wait()
	return outcomes
}

// lockedReader lets several goroutines read.
type lockedReader struct {
	mutex sync.Mutex
	r     io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.r.Read(p)
}

// part verifies a part of the ballots.
type part struct {
	election *Election
	list     *credential.List
	random   io.Reader
}

// pending is a ballot that passed, but for what was deferred.
type pending struct {
	deferred *proof.Deferred
	cast     *Cast
	outcome  *Outcome
}

func (p *part) verify(casts []Cast, outcomes []Outcome) {
	var wait []pending
	for i := range casts {
		cast, outcome := &casts[i], &outcomes[i]
		if p.election.key.Element().Group() != group.Ed25519 {
			p.oneByOne(cast, outcome)
			continue
		}
		d := proof.NewDeferred(cast.Hints, p.random)
		var err error
		if outcome.Ballot, err = ParseBallot(d, cast.Text); err == nil {
			outcome.Verified, err = p.election.verify(outcome.Ballot, p.list, d)
		}
		if err != nil {
			// A hint may be wrong, or an element that comes before what was found.
			p.oneByOne(cast, outcome)
			continue
		}
		d.Close()
		outcome.Hinted = len(cast.Hints) > 0
		wait = append(wait, pending{d, cast, outcome})
	}
	p.settle(wait)
}

// settle verifies one by one those ballots that do not pass together.
func (p *part) settle(wait []pending) {
	all := make([]*proof.Deferred, len(wait))
	for i := range wait {
		all[i] = wait[i].deferred
	}
	switch {
	case len(wait) == 0 || proof.Settle(p.random, 1, all...):
	case len(wait) <= leafBallots:
		for _, w := range wait {
			p.oneByOne(w.cast, w.outcome)
		}
	default:
		p.settle(wait[:len(wait)/2])
		p.settle(wait[len(wait)/2:])
	}
}

func (p *part) oneByOne(cast *Cast, outcome *Outcome) {
	*outcome = Outcome{}
	outcome.Ballot, outcome.Err = ParseBallot(p.election.Group(), cast.Text)
	if outcome.Err == nil {
		outcome.Verified, outcome.Err = p.election.Verify(outcome.Ballot, p.list)
	}
}

// errNoHints: hints are for Ed25519 only.
var errNoHints = errors.New("ballots of this group have no hints")

// Hints returns the hints of a ballot of this election, as VerifyAll takes them. Of a
// ballot that cannot be read, or does not fit the questions, there are none.
func (e *Election) Hints(text []byte) ([]byte, error) {
	if e.Group() != group.Ed25519 {
		return nil, errNoHints
	}
	h := proof.NewHinter()
	b, err := ParseBallot(h, text)
	if err != nil {
		return nil, err
	}
	h.Knowledge(proof.BallotSignature, nil, b.credential, b.signature)
	if err := e.checkAnswers(b.unsigned, h); err != nil {
		return nil, err
	}
	return h.Append(nil), nil
}
