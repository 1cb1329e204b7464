package ballot

import (
	"errors"
	"fmt"

	"bayyina/core/canon"
)

// ErrNesting is wrapped where values are not nested as the election's questions ask for.
var ErrNesting = errors.New("does not fit the questions")

// WriteNested writes n values for a question, as answers, tallies, partial decryptions
// and results have them: in one array, or for Lists in an array for each list.
func WriteNested(w *canon.Writer, q Question, n int, value func(i int)) {
	if sizes := q.Nesting(); sizes != nil {
		writeNested(w, sizes, value)
		return
	}
	w.Begin('[')
	for i := range n {
		value(i)
	}
	w.End(']')
}

// ReadNested reads values for a question as WriteNested writes them. For Lists it fails
// where they are nested otherwise than the question; else their number, at most limit,
// is for the caller to check.
func ReadNested(r *canon.Reader, q Question, limit int, value func(i int)) {
	if sizes := q.Nesting(); sizes != nil {
		readNested(r, sizes, value)
		return
	}
	r.Array(limit, value)
}

// ReadQuestions reads an array with one element for each question of the election.
func ReadQuestions(r *canon.Reader, e *Election, element func(i int, q Question)) {
	questions := e.record.Questions
	readExactly(r, "questions", len(questions), func(i int) { element(i, questions[i]) })
}

func writeNested(w *canon.Writer, sizes []int, value func(i int)) {
	i := 0
	w.Begin('[')
	for _, n := range sizes {
		w.Begin('[')
		for range n {
			value(i)
			i++
		}
		w.End(']')
	}
	w.End(']')
}

func readNested(r *canon.Reader, sizes []int, value func(i int)) {
	first := 0
	readExactly(r, "lists", len(sizes), func(at int) {
		readExactly(r, "values in a list", sizes[at], func(i int) { value(first + i) })
		first += sizes[at]
	})
}

// readExactly reads an array of n elements.
func readExactly(r *canon.Reader, what string, n int, element func(i int)) {
	read := 0
	r.Array(n+1, func(i int) {
		if i == n {
			r.Fail(fmt.Errorf("%w: more than %d %s", ErrNesting, n, what))
			return
		}
		element(i)
		read++
	})
	if r.OK() && read < n {
		r.Fail(fmt.Errorf("%w: %d %s, not %d", ErrNesting, read, what, n))
	}
}
