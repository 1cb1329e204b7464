package election

import (
	"bytes"
	"errors"
	"fmt"

	"bayyina/core/canon"
	"bayyina/core/tally"
)

// ErrTally: the published tally is not what the ballots give.
var ErrTally = errors.New("not what the ballots add up to")

// EncryptedTally compares the published tally, and its summary, with what the
// ballots give.
func (v *Verifier) EncryptedTally(text, summary []byte) error {
	if err := v.expect("encrypted tally", Closed); err != nil {
		return err
	}
	v.encrypted, v.summary = v.votes.Tally()
	if !bytes.Equal(text, v.encrypted.Bytes(v.election)) {
		return v.explainTally(text)
	}
	if !bytes.Equal(summary, v.summary.Bytes()) {
		return v.explainSummary(summary)
	}
	v.report.Tally = v.encrypted
	v.report.Phase = Tallied
	if v.election.Shuffled() {
		v.report.Phase = Mixing
	}
	v.report.Fingerprints.Tally = canon.B64(text)
	return nil
}

// explainTally finds the first ciphertext that differs.
func (v *Verifier) explainTally(text []byte) error {
	published, err := tally.ParseEncrypted(v.election, text)
	if err != nil {
		return fault(StageTally, "", err)
	}
	question, answer, differ := published.Difference(v.encrypted)
	if differ {
		return fault(StageTally, "", &tally.AnswerError{Question: question, Answer: answer, Err: fmt.Errorf("ciphertext is %w", ErrTally)})
	}
	return fault(StageTally, "", ErrTally)
}

func (v *Verifier) explainSummary(text []byte) error {
	s, err := tally.ParseSummary(text)
	switch {
	case err != nil:
	case s.NumTallied != v.summary.NumTallied:
		err = fmt.Errorf("num_tallied is %w: %d, must be %d", ErrTally, s.NumTallied, v.summary.NumTallied)
	case s.TotalWeight != v.summary.TotalWeight:
		err = fmt.Errorf("total_weight is %w: %d, must be %d", ErrTally, s.TotalWeight, v.summary.TotalWeight)
	default:
		err = fmt.Errorf("hash of the tally is %w", ErrTally)
	}
	return fault(StageTally, "", err)
}

// Result checks the published result against the partial decryptions.
func (v *Verifier) Result(text []byte) error {
	if err := v.expect("result", Tallied); err != nil {
		return err
	}
	plain, err := v.trustees.Combine(v.decryptions, v.report.Tally)
	if err != nil {
		culprit := ""
		for _, bad := range v.report.InvalidDecryptions {
			culprit = trusteeName(bad.Owner)
			err = fmt.Errorf("%w; %w", err, bad)
		}
		return fault(StageResult, culprit, err)
	}
	result, err := tally.ParseResult(v.election, text)
	if err != nil {
		return fault(StageResult, "", err)
	}
	if err := result.Check(v.election, plain, v.summary.TotalWeight); err != nil {
		return fault(StageResult, "", err)
	}
	v.report.Phase = Finished
	v.report.Result = result
	return nil
}
