package tally

import (
	"errors"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
)

// ErrResult is wrapped where a published result is not what was decrypted.
var ErrResult = errors.New("result is not what was decrypted")

// Result is the outcome of an election: for each question, how many votes each choice
// got. With a blank answer, position 0 counts blank votes.
type Result [][]uint64

// Decrypted is the tally after the trustees' factors were taken off: for each choice
// the element r·g, where r is its number of votes.
type Decrypted [][]*group.Element

// Solve computes the numbers of votes, none of which can be above the total weight.
func Solve(e *ballot.Election, d Decrypted, totalWeight uint64) (Result, error) {
	if err := checkShape(e, d); err != nil {
		return nil, fmt.Errorf("compute result: decrypted tally %w", err)
	}
	if totalWeight > credential.MaxTotalWeight {
		return nil, fmt.Errorf("compute result: total weight %d above %d", totalWeight, uint64(credential.MaxTotalWeight))
	}
	values := 0
	for i := range d {
		values += len(d[i])
	}
	logs := newLogarithms(e.Group(), totalWeight, values)
	result := make(Result, len(d))
	for i, points := range d {
		for j, point := range points {
			r, err := logs.find(point)
			if err != nil {
				return nil, fmt.Errorf("compute result: question %d, choice %d: %w", i+1, j+1, err)
			}
			result[i] = append(result[i], r)
		}
	}
	return result, nil
}

// Check checks a published result against what was decrypted, without computing it.
func (r Result) Check(e *ballot.Election, d Decrypted, totalWeight uint64) error {
	if err := checkShape(e, r); err != nil {
		return fmt.Errorf("check result: it %w", err)
	}
	if err := checkShape(e, d); err != nil {
		return fmt.Errorf("check result: decrypted tally %w", err)
	}
	for i := range r {
		for j, votes := range r[i] {
			if votes > totalWeight {
				return fmt.Errorf("check result: question %d, choice %d: %w: %d votes of %d", i+1, j+1, ErrResult, votes, totalWeight)
			}
			if !e.Group().BaseMult(e.Group().NewScalar(votes)).Equal(d[i][j]) {
				return fmt.Errorf("check result: question %d, choice %d: %w: not %d votes", i+1, j+1, ErrResult, votes)
			}
		}
	}
	return nil
}

// Bytes writes the result as canonical JSON.
func (r Result) Bytes() []byte {
	var w canon.Writer
	w.Begin('{').Key("result").Begin('[')
	for _, votes := range r {
		w.Begin('[')
		for _, n := range votes {
			w.Weight(n)
		}
		w.End(']')
	}
	return w.End(']').End('}').Bytes()
}

// maxResultBytes bounds the text of a result: about 15 bytes for each choice.
const maxResultBytes = 4 << 20

// ParseResult reads a result of the election.
func ParseResult(e *ballot.Election, data []byte) (Result, error) {
	r := canon.NewReader(data, maxResultBytes)
	var result Result
	r.Literal(`{"result":`)
	r.Array(ballot.MaxQuestions, func(int) {
		var votes []uint64
		r.Array(ballot.MaxAnswers+1, func(int) { votes = append(votes, r.Weight(credential.MaxTotalWeight)) })
		result = append(result, votes)
	})
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if err := checkShape(e, result); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return result, nil
}
