package ballot

import (
	"encoding/json"
	"fmt"

	"bayyina/core/canon"
)

// Plaintext is a vote: for each question its numbers, in the order of its Labels. For
// Homomorphic and Lists each is 0 or 1, for NonHomomorphic 0 to 255.
type Plaintext [][]int

// CheckPlaintext says what keeps a vote from being accepted. Of a good vote, time tells
// nothing.
func (e *Election) CheckPlaintext(p Plaintext) error {
	if len(p) != len(e.record.Questions) {
		return fmt.Errorf("%d questions answered, the election has %d", len(p), len(e.record.Questions))
	}
	for i, q := range e.record.Questions {
		if err := q.checkVote(p[i]); err != nil {
			return fmt.Errorf("question %d: %w", i+1, err)
		}
	}
	return nil
}

// ParsePlaintext reads a vote as belenios-tool takes it: a JSON array for each
// question, for Lists of arrays, as in [[1,0],[2,1,3],[[1,0],[0,0,0]]]. Whether it is
// accepted is for CheckPlaintext to say.
func (e *Election) ParsePlaintext(data []byte) (Plaintext, error) {
	var questions []json.RawMessage
	if err := json.Unmarshal(data, &questions); err != nil {
		return nil, fmt.Errorf("not a list of answers for each question: %w", err)
	}
	if len(questions) != len(e.record.Questions) {
		return nil, fmt.Errorf("%d questions answered, the election has %d", len(questions), len(e.record.Questions))
	}
	vote := make(Plaintext, len(questions))
	for i, q := range e.record.Questions {
		var err error
		if vote[i], err = parseVotes(questions[i], q.Nesting()); err != nil {
			return nil, fmt.Errorf("question %d: %w", i+1, err)
		}
	}
	return vote, nil
}

func parseVotes(data []byte, sizes []int) (votes []int, err error) {
	if sizes == nil {
		return votes, json.Unmarshal(data, &votes)
	}
	var nested [][]int
	if err := json.Unmarshal(data, &nested); err != nil {
		return nil, err
	}
	if len(nested) != len(sizes) {
		return nil, fmt.Errorf("%d lists, not %d", len(nested), len(sizes))
	}
	for i, list := range nested {
		if len(list) != sizes[i] {
			return nil, fmt.Errorf("list %d: %d numbers, %d expected", i+1, len(list), sizes[i])
		}
		votes = append(votes, list...)
	}
	return votes, nil
}

// FormatPlaintext writes an accepted vote in the form that ParsePlaintext reads.
func (e *Election) FormatPlaintext(p Plaintext) []byte {
	var w canon.Writer
	w.Begin('[')
	for i, q := range e.record.Questions {
		WriteNested(&w, q, len(p[i]), func(j int) { w.Int(int64(p[i][j])) })
	}
	return w.End(']').Bytes()
}

// checkBits checks that a vote has n numbers, each 0 or 1.
func checkBits(votes []int, n int) error {
	if len(votes) != n {
		return fmt.Errorf("%d numbers, %d expected", len(votes), n)
	}
	others := 0
	for _, v := range votes {
		others |= v &^ 1
	}
	if others != 0 {
		return fmt.Errorf("a choice is neither 0 nor 1")
	}
	return nil
}
