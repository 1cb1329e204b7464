package ballot

import (
	"errors"
	"fmt"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// ErrOpening is wrapped by each error about an opened ballot that is not what it claims.
var ErrOpening = errors.New("the opened ballot is not what was claimed")

// Opening is all that is needed to check how a ballot was made: its text without a
// signature, the vote, and the randomness of each ciphertext.
type Opening struct {
	Ballot     []byte
	Plaintext  Plaintext
	Randomness [][]group.Scalar
}

// CheckOpening checks, on a device of the voter's own choice, a ballot opened instead
// of cast: the text has the commitment shown before, is of this election and of the
// voter's public credential, each of its ciphertexts is an encryption of the vote with
// the randomness revealed, and its proofs hold. Whether Plaintext is what the voter
// wanted only the voter can say.
func (e *Election) CheckOpening(commitment string, public *group.Element, o *Opening) error {
	if got := canon.B64(o.Ballot); got != commitment {
		return fmt.Errorf("%w: its commitment is %s, not %s", ErrOpening, got, commitment)
	}
	r := canon.NewReader(o.Ballot, MaxBallotBytes)
	u := readUnsigned(r, e.Group())
	r.Literal("}")
	if err := r.End(); err != nil {
		return fmt.Errorf("%w: %w: %w", ErrOpening, ErrNotCanonical, err)
	}
	if err := e.checkBinding(u); err != nil {
		return fmt.Errorf("%w: %w", ErrOpening, err)
	}
	if !u.credential.Equal(public) {
		return fmt.Errorf("%w: it is of credential %s, not %s", ErrOpening, u.credential, public)
	}
	if err := e.CheckPlaintext(o.Plaintext); err != nil {
		return fmt.Errorf("%w: %w", ErrOpening, err)
	}
	if err := e.checkAnswers(u, proof.OneByOne{}); err != nil {
		return fmt.Errorf("%w: %w", ErrOpening, err)
	}
	if len(o.Randomness) != len(u.answers) {
		return fmt.Errorf("%w: randomness of %d answers, not %d", ErrOpening, len(o.Randomness), len(u.answers))
	}
	for i, a := range u.answers {
		choices := a.Ciphertexts()
		if len(o.Randomness[i]) != len(choices) {
			return fmt.Errorf("%w: question %d: randomness of %d ciphertexts, not %d", ErrOpening, i+1, len(o.Randomness[i]), len(choices))
		}
		held, err := e.record.Questions[i].hold(e.Group(), o.Plaintext[i])
		if err != nil {
			return fmt.Errorf("%w: question %d: %w", ErrOpening, i+1, err)
		}
		for j, c := range choices {
			if !group.EncryptElement(e.key, o.Randomness[i][j], held[j]).Equal(c) {
				return fmt.Errorf("%w: question %d, choice %d does not hold the vote", ErrOpening, i+1, j+1)
			}
		}
	}
	return nil
}

// Bytes writes the opening as canonical JSON:
// {"ballot":text,"plaintext":[[0,1,…],…],"randomness":[["decimal",…],…]}, with one list
// of numbers for each question, for Lists too.
func (o *Opening) Bytes() []byte {
	var w canon.Writer
	w.Begin('{').Key("ballot").String(string(o.Ballot)).Key("plaintext").Begin('[')
	for _, votes := range o.Plaintext {
		w.Begin('[')
		for _, v := range votes {
			w.Int(int64(v))
		}
		w.End(']')
	}
	w.End(']').Key("randomness").Begin('[')
	for _, scalars := range o.Randomness {
		w.Begin('[')
		for _, s := range scalars {
			w.Append(s.AppendText)
		}
		w.End(']')
	}
	return w.End(']').End('}').Bytes()
}

// ParseOpening reads an opening in the group as Bytes writes it.
func ParseOpening(g *group.Group, data []byte) (*Opening, error) {
	r := canon.NewReader(data, 2*MaxBallotBytes)
	o := new(Opening)
	r.Literal(`{"ballot":`)
	o.Ballot = []byte(r.String())
	r.Literal(`,"plaintext":`)
	r.Array(MaxQuestions, func(int) {
		var votes []int
		r.Array(maxParts, func(int) { votes = append(votes, int(r.Int(255))) })
		o.Plaintext = append(o.Plaintext, votes)
	})
	r.Literal(`,"randomness":`)
	r.Array(MaxQuestions, func(int) {
		var scalars []group.Scalar
		r.Array(maxParts, func(int) { scalars = append(scalars, proof.ReadScalar(r, g)) })
		o.Randomness = append(o.Randomness, scalars)
	})
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read opened ballot: %w", err)
	}
	return o, nil
}
