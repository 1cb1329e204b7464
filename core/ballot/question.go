package ballot

import (
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Question is one question of an election. Its kinds are those of Belenios, and no
// others: Homomorphic, NonHomomorphic and Lists.
//
// A vote on a question is a list of numbers. Where a text nests them, as all texts do
// for Lists, it says so; in Go they are one list.
type Question interface {
	// Title is the text of the question.
	Title() string
	// Labels are what the numbers of a vote are about: the answers, after "" for the
	// blank answer if there is one; of Lists the name of each list and its candidates.
	Labels() []string
	// Nesting is how many numbers each list has, nil where a question has no lists.
	Nesting() []int
	// Shuffled says whether answers are shuffled and decrypted one by one. All others
	// are added up, and only the sum is decrypted.
	Shuffled() bool
	// Ciphertexts is the number of ciphertexts in an answer.
	Ciphertexts() int

	check(g *group.Group) error
	write(w *canon.Writer)
	// checkVote says what keeps a vote from being accepted. Of a good vote, time tells
	// nothing.
	checkVote(votes []int) error
	// hold returns what the ciphertexts hold for an accepted vote.
	hold(g *group.Group, votes []int) ([]*group.Element, error)
	// prove makes the answer out of the ciphertexts, their randomness and the vote.
	prove(random io.Reader, v voter, choices []group.Ciphertext, randomness []group.Scalar, votes []int) (Answer, error)
	// checkShape compares kind and lengths of an answer with what is asked for.
	checkShape(a Answer) error
	// verify checks the proofs of an answer of the right shape.
	verify(v voter, check proof.Checker, a Answer) *ProofError
}

// QuestionText writes a question as an election's record has it.
func QuestionText(q Question) []byte {
	var w canon.Writer
	q.write(&w)
	return w.Bytes()
}

// readQuestion reads question i, from 0.
func readQuestion(r *canon.Reader, i int) Question {
	if !r.Try(`{"type":`) {
		return readHomomorphic(r)
	}
	kind := r.String()
	r.Literal(`,"value":`)
	switch kind {
	case homomorphic:
		q := readHomomorphic(r)
		q.Extra = readExtra(r)
		return q
	case nonHomomorphic:
		q := readNonHomomorphic(r)
		q.Extra = readExtra(r)
		return q
	case lists:
		q := readLists(r)
		q.Extra = readExtra(r)
		return q
	}
	r.Fail(fmt.Errorf("question %d is of kind %q: %w", i+1, kind, ErrUnsupported))
	return nil
}

// wrap writes a question with its kind, and with extra where there is any.
func wrap(w *canon.Writer, kind string, extra []byte, value func(w *canon.Writer)) {
	w.Begin('{').Key("type").String(kind).Key("value")
	value(w)
	if extra != nil {
		w.Key("extra").Raw(extra)
	}
	w.End('}')
}

// readExtra reads what may follow the value of a wrapped question, to its end.
func readExtra(r *canon.Reader) (extra []byte) {
	if r.Try(`,"extra":`) {
		extra = r.Raw()
	}
	r.Literal("}")
	return extra
}

func checkExtra(extra []byte) error {
	if extra == nil {
		return nil
	}
	r := canon.NewReader(extra, MaxElectionBytes)
	if r.Raw(); r.End() != nil {
		return fmt.Errorf("extra: %w", r.Err())
	}
	return nil
}

// checkAnswers bounds the number of answers to a question.
func checkAnswers(n int) error {
	if n == 0 || n > MaxAnswers {
		return fmt.Errorf("%d answers, 1 to %d allowed", n, MaxAnswers)
	}
	return nil
}

func writeTexts(w *canon.Writer, texts []string) {
	w.Begin('[')
	for _, text := range texts {
		w.String(text)
	}
	w.End(']')
}

func readTexts(r *canon.Reader) (texts []string) {
	r.Array(MaxAnswers, func(int) { texts = append(texts, r.String()) })
	return texts
}
