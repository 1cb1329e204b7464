package ballot

import (
	"crypto/subtle"
	"fmt"

	"bayyina/core/canon"
)

// Question is a homomorphic question: each answer is chosen or not, between Min and
// Max of them, and the result is how often each was chosen. With Blank the voter may
// give a blank vote instead, to which Min and Max do not apply; it is answer 0 and the
// others follow.
type Question struct {
	Text     string
	Answers  []string
	Blank    bool
	Min, Max int
	// Extra is a canonical JSON value for counting programs, nil if there is none. The
	// protocol ignores it.
	Extra []byte
	// blankWritten: the record says "blank":false, which is another text than nothing.
	blankWritten bool
}

// Choices returns the number of ciphertexts in an answer: one for each answer and, with
// Blank, one before them.
func (q Question) Choices() int {
	if q.Blank {
		return len(q.Answers) + 1
	}
	return len(q.Answers)
}

func (q Question) check() error {
	if n := len(q.Answers); n == 0 || n > MaxAnswers {
		return fmt.Errorf("%d answers, 1 to %d allowed", n, MaxAnswers)
	}
	if q.Min < 0 || q.Max < q.Min || q.Max > len(q.Answers) {
		return fmt.Errorf("min %d and max %d do not fit %d answers", q.Min, q.Max, len(q.Answers))
	}
	if q.Max == 0 && !q.Blank {
		return fmt.Errorf("nothing can be chosen")
	}
	if q.Extra != nil {
		r := canon.NewReader(q.Extra, MaxElectionBytes)
		if r.Raw(); r.End() != nil {
			return fmt.Errorf("extra: %w", r.Err())
		}
	}
	return nil
}

func (q Question) write(w *canon.Writer) {
	if q.Extra != nil {
		w.Begin('{').Key("type").String(homomorphic).Key("value")
	}
	w.Begin('{').Key("answers").Begin('[')
	for _, a := range q.Answers {
		w.String(a)
	}
	w.End(']')
	if q.Blank || q.blankWritten {
		w.Key("blank").Bool(q.Blank)
	}
	w.Key("min").Int(int64(q.Min)).Key("max").Int(int64(q.Max)).Key("question").String(q.Text).End('}')
	if q.Extra != nil {
		w.Key("extra").Raw(q.Extra).End('}')
	}
}

const homomorphic = "Homomorphic"

// readQuestion reads question i, from 0.
func readQuestion(r *canon.Reader, i int) (q Question) {
	wrapped := r.Try(`{"type":`)
	if wrapped {
		if kind := r.String(); r.OK() && kind != homomorphic {
			r.Fail(fmt.Errorf("question %d is of kind %s, which this version does not count: %w", i+1, kind, ErrUnsupported))
		}
		r.Literal(`,"value":`)
	}
	r.Literal(`{"answers":`)
	r.Array(MaxAnswers, func(int) { q.Answers = append(q.Answers, r.String()) })
	if q.blankWritten = r.Try(`,"blank":`); q.blankWritten {
		q.Blank = r.Bool()
	}
	r.Literal(`,"min":`)
	q.Min = int(r.Int(MaxAnswers))
	r.Literal(`,"max":`)
	q.Max = int(r.Int(MaxAnswers))
	r.Literal(`,"question":`)
	q.Text = r.String()
	r.Literal("}")
	if wrapped {
		r.Literal(`,"extra":`)
		q.Extra = r.Raw()
		r.Literal("}")
	}
	return q
}

// Plaintext is a vote: for each question one number, 0 or 1, for each choice. With a
// blank answer, position 0 says whether the vote is blank.
type Plaintext [][]int

// CheckPlaintext says what keeps a vote from being accepted. Of a good vote, time tells
// nothing.
func (e *Election) CheckPlaintext(p Plaintext) error {
	if len(p) != len(e.record.Questions) {
		return fmt.Errorf("%d questions answered, the election has %d", len(p), len(e.record.Questions))
	}
	for i, q := range e.record.Questions {
		if err := q.checkAnswer(p[i]); err != nil {
			return fmt.Errorf("question %d: %w", i+1, err)
		}
	}
	return nil
}

func (q Question) checkAnswer(votes []int) error {
	if len(votes) != q.Choices() {
		return fmt.Errorf("%d numbers, %d expected", len(votes), q.Choices())
	}
	others, sum, blank := 0, 0, 0
	for _, v := range votes {
		others |= v &^ 1
		sum += v & 1
	}
	if others != 0 {
		return fmt.Errorf("a choice is neither 0 nor 1")
	}
	if q.Blank {
		blank = votes[0]
	}
	sum -= blank
	enough := subtle.ConstantTimeLessOrEq(q.Min, sum)
	notTooMany := subtle.ConstantTimeLessOrEq(sum, q.Max)
	nothing := subtle.ConstantTimeEq(int32(sum), 0)
	if good := (1-blank)&enough&notTooMany | blank&nothing; good == 1 {
		return nil
	}
	switch { // only of a bad vote, which is never sent
	case blank == 1:
		return fmt.Errorf("a blank vote and %d choices", sum)
	case enough == 0:
		return fmt.Errorf("%d choices, at least %d needed", sum, q.Min)
	default:
		return fmt.Errorf("%d choices, at most %d allowed", sum, q.Max)
	}
}
