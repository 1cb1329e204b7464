package election

import (
	"bayyina/core/ballot"
	"bayyina/core/canon"
)

// Check says of ballots everything that does not depend on others, by so many workers.
// It changes nothing: while some are checked, others may be accepted. Before the set-up
// it says nothing.
func (v *Verifier) Check(workers int, casts []ballot.Cast) []ballot.Outcome {
	if v.election == nil {
		return nil
	}
	return v.election.VerifyAll(v.random, workers, casts, v.credentials)
}

// Hints returns the hints of a ballot, as Check takes them.
func (v *Verifier) Hints(text []byte) ([]byte, error) {
	if v.election == nil {
		return nil, v.expect("hints", Open)
	}
	return v.election.Hints(text)
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

// AcceptAll accepts ballots as Check found them, in the order of casting. It returns
// those accepted: the fault, if there is one, is of the next.
func (v *Verifier) AcceptAll(casts []ballot.Cast, checked []ballot.Outcome) (accepted []ballot.Verified, err error) {
	if len(checked) < len(casts) {
		return nil, v.expect("ballot", Open)
	}
	for i, o := range checked {
		if o.Err != nil {
			return accepted, fault(StageBallot, ballotName(casts[i].Text), o.Err)
		}
		if err := v.Accept(o.Verified); err != nil {
			return accepted, err
		}
		accepted = append(accepted, o.Verified)
		if o.Hinted {
			v.report.Hinted++
		}
	}
	return accepted, nil
}

// ballotName names a ballot by its tracker, whatever its text is.
func ballotName(text []byte) string { return "ballot " + canon.B64(text) }
