package election

import (
	"runtime"
	"sync"
	"sync/atomic"

	"bayyina/core/ballot"
	"bayyina/core/canon"
)

// CheckBallot checks everything about one ballot that does not depend on the
// others. It changes nothing and may be called from many goroutines at once.
func (v *Verifier) CheckBallot(text []byte) (ballot.Verified, error) {
	if v.election == nil {
		return ballot.Verified{}, v.expect("ballot", Open)
	}
	b, err := ballot.ParseBallot(v.election.Group(), text)
	if err != nil {
		return ballot.Verified{}, fault(StageBallot, ballotName(text), err)
	}
	checked, err := v.election.Verify(b, v.credentials)
	if err != nil {
		return ballot.Verified{}, fault(StageBallot, ballotName(text), err)
	}
	return checked, nil
}

// Accept adds a checked ballot to the ballot box, in the order of casting.
func (v *Verifier) Accept(b ballot.Verified) error {
	name := "ballot " + b.Ballot().Tracker()
	if err := v.expect(name, Open); err != nil {
		return err
	}
	if err := v.votes.Add(b); err != nil {
		return fault(StageBallot, name, err)
	}
	v.report.Ballots++
	v.report.Proofs += int64(b.Ballot().Proofs())
	return nil
}

// Ballots checks several ballots on all cores and accepts them in their order. It
// returns those accepted: the fault, if there is one, is of the next.
func (v *Verifier) Ballots(texts [][]byte) (accepted []ballot.Verified, err error) {
	checked := make([]ballot.Verified, len(texts))
	faults := make([]error, len(texts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(texts)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(texts); i = int(next.Add(1)) - 1 {
				checked[i], faults[i] = v.CheckBallot(texts[i])
			}
		})
	}
	workers.Wait()
	for i := range texts {
		if faults[i] == nil {
			faults[i] = v.Accept(checked[i])
		}
		if faults[i] != nil {
			return checked[:i], faults[i]
		}
	}
	return checked, nil
}

// ballotName names a ballot by its tracker, whatever its text is.
func ballotName(text []byte) string { return "ballot " + canon.B64(text) }
