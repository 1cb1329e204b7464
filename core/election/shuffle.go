package election

import (
	"errors"
	"fmt"

	"bayyina/core/mix"
	"bayyina/core/tally"
)

// Shuffle checks the shuffle of a trustee, counted from 1. Its input is what the
// shuffle before it gave, and of the first one the encrypted tally, as far as its
// questions are shuffled.
func (v *Verifier) Shuffle(owner int, text []byte) error {
	if err := v.expectShuffles("shuffle"); err != nil {
		return err
	}
	if owner < 1 || owner > len(v.trustees.Owners) {
		return fault(StageShuffle, "", fmt.Errorf("there is no trustee %d, only 1 to %d", owner, len(v.trustees.Owners)))
	}
	input := v.report.Tally.Apart(v.election)
	if v.mixing == nil {
		v.mixing = mix.New(v.election.Fingerprint(), v.election.KeyTable(), 0)
	}
	s, err := v.mixing.Parse(v.random, input, text)
	if err == nil {
		err = v.mixing.Verify(v.random, input, s)
	}
	if err != nil {
		return v.shuffleFault(owner, err)
	}
	v.report.Tally = v.report.Tally.WithApart(v.election, s.Ciphertexts)
	v.report.Shuffled = append(v.report.Shuffled, owner)
	v.report.Proofs += int64(len(s.Proofs))
	return nil
}

// shuffleFault names the mixer, and the question and ciphertext where a proof is wrong.
func (v *Verifier) shuffleFault(owner int, err error) error {
	f := &Fault{Stage: StageShuffle, Height: -1, Culprit: trusteeName(owner), Reason: err}
	var wrong *mix.ProofError
	if errors.As(err, &wrong) {
		f.Question, f.Answer = tally.ApartQuestion(v.election, wrong.List), wrong.Index
	}
	return f
}

// EndShuffles says that what the last shuffle gave is to be decrypted.
func (v *Verifier) EndShuffles() error {
	if err := v.expectShuffles("end of shuffles"); err != nil {
		return err
	}
	if len(v.report.Shuffled) == 0 {
		return fault(StageOrder, "end of shuffles", fmt.Errorf("%w: nobody shuffled the ballots", ErrOrder))
	}
	v.report.Phase = Tallied
	return nil
}

// expectShuffles refuses shuffles where none can come.
func (v *Verifier) expectShuffles(what string) error {
	if v.election != nil && !v.election.Shuffled() {
		return fault(StageOrder, what, fmt.Errorf("%w: an election without ranked questions has no shuffles", ErrOrder))
	}
	return v.expect(what, Mixing)
}
