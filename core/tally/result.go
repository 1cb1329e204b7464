package tally

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
)

// ErrResult is wrapped where a published result is not what was decrypted.
var ErrResult = errors.New("result is not what was decrypted")

// Result is the outcome of an election, for each question.
type Result []Outcome

// Outcome is the result of one question, in one of two forms. Votes is how many votes
// each choice got; with a blank answer, position 0 counts blank votes. Rows has for a
// question with lists a row of votes for each list, the first for the list itself; for
// a question that is shuffled it has a row for each ballot, with the numbers that the
// voter gave.
type Outcome struct {
	Votes []uint64
	Rows  [][]uint64
}

// Numbers are all numbers of the outcome, in order.
func (o Outcome) Numbers() []uint64 {
	if o.Rows == nil {
		return o.Votes
	}
	return slices.Concat(o.Rows...)
}

// MarshalJSON writes an array of numbers, or of rows.
func (o Outcome) MarshalJSON() ([]byte, error) {
	if o.Rows != nil {
		return json.Marshal(o.Rows)
	}
	return json.Marshal(o.Votes)
}

// Decrypted is the tally after the trustees' factors were taken off: for each choice
// the element r·g, where r is its number of votes; or for each ballot that was shuffled
// the element that holds its numbers.
type Decrypted [][]*group.Element

// AnswerError says which number of a result is wrong. Both count from 1; of a question
// that is shuffled, Answer is the ballot.
type AnswerError struct {
	Question, Answer int
	Err              error
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("question %d, answer %d: %v", e.Question, e.Answer, e.Err)
}

func (e *AnswerError) Unwrap() error { return e.Err }

// Solve computes the result. No number of votes can be above the total weight.
func Solve(e *ballot.Election, d Decrypted, totalWeight uint64) (Result, error) {
	if err := checkShape(e, d); err != nil {
		return nil, fmt.Errorf("compute result: decrypted tally %w", err)
	}
	if totalWeight > credential.MaxTotalWeight {
		return nil, fmt.Errorf("compute result: total weight %d above %d", totalWeight, uint64(credential.MaxTotalWeight))
	}
	values := 0
	for i, q := range e.Questions() {
		if !q.Shuffled() {
			values += len(d[i])
		}
	}
	logs := newLogarithms(e.Group(), totalWeight, values)
	result := make(Result, len(d))
	for i, q := range e.Questions() {
		var err error
		if q.Shuffled() {
			result[i], err = held(q, d[i])
		} else {
			result[i], err = logs.outcome(q, d[i])
		}
		if err != nil {
			return nil, fmt.Errorf("compute result: question %d, %w", i+1, err)
		}
	}
	return result, nil
}

// held reads the numbers of the ballots.
func held(q ballot.Question, ballots []*group.Element) (Outcome, error) {
	o := Outcome{Rows: [][]uint64{}}
	for i, element := range ballots {
		row, err := heldBy(q, element)
		if err != nil {
			return o, fmt.Errorf("ballot %d: %w", i+1, err)
		}
		o.Rows = append(o.Rows, row)
	}
	return o, nil
}

func heldBy(q ballot.Question, element *group.Element) ([]uint64, error) {
	integers, err := group.DecodeIntegers(element, len(q.Labels()))
	row := make([]uint64, len(integers))
	for i, n := range integers {
		row[i] = uint64(n)
	}
	return row, err
}

// outcome finds the numbers of votes, on all cores.
func (l *logarithms) outcome(q ballot.Question, points []*group.Element) (Outcome, error) {
	votes, failed := make([]uint64, len(points)), make([]error, len(points))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(points)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(points); i = int(next.Add(1)) - 1 {
				votes[i], failed[i] = l.find(points[i])
			}
		})
	}
	workers.Wait()
	for i, err := range failed {
		if err != nil {
			return Outcome{}, fmt.Errorf("choice %d: %w", i+1, err)
		}
	}
	return nest(q, votes), nil
}

// nest puts numbers of votes into the form of the question.
func nest(q ballot.Question, votes []uint64) Outcome {
	sizes := q.Nesting()
	if sizes == nil {
		return Outcome{Votes: votes}
	}
	o := Outcome{Rows: [][]uint64{}}
	for _, n := range sizes {
		o.Rows = append(o.Rows, votes[:n:n])
		votes = votes[n:]
	}
	return o
}

// Check checks a published result against what was decrypted, without computing it:
// only where a number of votes is wrong, the right one is sought.
func (r Result) Check(e *ballot.Election, d Decrypted, totalWeight uint64) error {
	if err := checkShape(e, d); err != nil {
		return fmt.Errorf("check result: decrypted tally %w", err)
	}
	if len(r) != len(d) {
		return fmt.Errorf("check result: it %w: %d questions, not %d", ErrShape, len(r), len(d))
	}
	for i, q := range e.Questions() {
		var at int
		var err error
		if q.Shuffled() {
			at, err = checkHeld(q, r[i].Rows, d[i])
		} else {
			at, err = checkVotes(e.Group(), r[i].Numbers(), d[i], totalWeight)
		}
		switch {
		case errors.Is(err, ErrShape):
			return fmt.Errorf("check result: question %d: it %w", i+1, err)
		case err != nil:
			return fmt.Errorf("check result: %w", &AnswerError{i + 1, at + 1, err})
		}
	}
	return nil
}

// checkHeld compares the numbers of the ballots, and says which ballot differs.
func checkHeld(q ballot.Question, rows [][]uint64, ballots []*group.Element) (at int, err error) {
	if len(rows) != len(ballots) {
		return 0, fmt.Errorf("%w: %d ballots, not %d", ErrShape, len(rows), len(ballots))
	}
	for i, element := range ballots {
		row, err := heldBy(q, element)
		if err != nil {
			return i, err
		}
		if !slices.Equal(row, rows[i]) {
			return i, fmt.Errorf("%w: %d published, %d decrypted", ErrResult, rows[i], row)
		}
	}
	return 0, nil
}

// checkVotes compares numbers of votes, and says which one differs.
func checkVotes(g *group.Group, votes []uint64, points []*group.Element, totalWeight uint64) (at int, err error) {
	if len(votes) != len(points) {
		return 0, fmt.Errorf("%w: %d choices, not %d", ErrShape, len(votes), len(points))
	}
	for i, n := range votes {
		if n <= totalWeight && g.BaseMult(g.NewScalar(n)).Equal(points[i]) {
			continue
		}
		right, err := newLogarithms(g, min(totalWeight, credential.MaxTotalWeight), 1).find(points[i])
		if err != nil {
			return i, fmt.Errorf("%w: %d votes published; %w", ErrResult, n, err)
		}
		return i, fmt.Errorf("%w: %d votes published, %d decrypted", ErrResult, n, right)
	}
	return 0, nil
}

// Bytes writes the result as canonical JSON.
func (r Result) Bytes() []byte {
	var w canon.Writer
	w.Begin('{').Key("result").Begin('[')
	for _, o := range r {
		if o.Rows == nil {
			writeRow(&w, o.Votes)
			continue
		}
		w.Begin('[')
		for _, row := range o.Rows {
			writeRow(&w, row)
		}
		w.End(']')
	}
	return w.End(']').End('}').Bytes()
}

func writeRow(w *canon.Writer, row []uint64) {
	w.Begin('[')
	for _, n := range row {
		w.Weight(n)
	}
	w.End(']')
}

// maxResultBytes bounds the text of a result: about 15 bytes for each choice, or 4 for
// each number on a ballot that was shuffled.
const maxResultBytes = 64 << 20

// ParseResult reads a result of the election.
func ParseResult(e *ballot.Election, data []byte) (Result, error) {
	r := canon.NewReader(data, maxResultBytes)
	result := make(Result, len(e.Questions()))
	r.Literal(`{"result":`)
	ballot.ReadQuestions(r, e, func(i int, q ballot.Question) {
		if q.Shuffled() {
			result[i].Rows = readRows(r, len(q.Labels()))
			return
		}
		var votes []uint64
		ballot.ReadNested(r, q, ballot.MaxAnswers+1, func(int) { votes = append(votes, r.Weight(credential.MaxTotalWeight)) })
		if r.OK() && len(votes) != q.Ciphertexts() {
			r.Fail(fmt.Errorf("%w: question %d: %d choices, not %d", ErrShape, i+1, len(votes), q.Ciphertexts()))
		}
		if r.OK() {
			result[i] = nest(q, votes)
		}
	})
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return result, nil
}

// readRows reads rows of n numbers that voters gave.
func readRows(r *canon.Reader, n int) [][]uint64 {
	rows := [][]uint64{}
	r.Array(credential.MaxVoters, func(i int) {
		row := make([]uint64, 0, n)
		r.Array(n, func(int) { row = append(row, uint64(r.Int(255))) })
		if r.OK() && len(row) != n {
			r.Fail(fmt.Errorf("%w: ballot %d has %d numbers, not %d", ErrShape, i+1, len(row), n))
		}
		rows = append(rows, row)
	})
	return rows
}
