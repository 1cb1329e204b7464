package ballot

import (
	"crypto/subtle"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Homomorphic is a question each answer of which is chosen or not, between Min and Max
// of them; the result is how often each was chosen. With Blank the voter may give a
// blank vote instead, to which Min and Max do not apply; it is answer 0 and the others
// follow. A vote is 0 or 1 for each (Belenios 3.3, src/lib/v1/question_h.ml).
type Homomorphic struct {
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

const homomorphic = "Homomorphic"

// Title is the text of the question.
func (q Homomorphic) Title() string { return q.Text }

// Labels are the answers, after "" for the blank one.
func (q Homomorphic) Labels() []string {
	if q.Blank {
		return append([]string{""}, q.Answers...)
	}
	return q.Answers
}

// Nesting is nil.
func (q Homomorphic) Nesting() []int { return nil }

// Shuffled is false.
func (q Homomorphic) Shuffled() bool { return false }

// Ciphertexts is one for each answer and, with Blank, one before them.
func (q Homomorphic) Ciphertexts() int {
	if q.Blank {
		return len(q.Answers) + 1
	}
	return len(q.Answers)
}

func (q Homomorphic) check(*group.Group) error {
	if err := checkAnswers(len(q.Answers)); err != nil {
		return err
	}
	if q.Min < 0 || q.Max < q.Min || q.Max > len(q.Answers) {
		return fmt.Errorf("min %d and max %d do not fit %d answers", q.Min, q.Max, len(q.Answers))
	}
	if q.Max == 0 && !q.Blank {
		return fmt.Errorf("nothing can be chosen")
	}
	return checkExtra(q.Extra)
}

func (q Homomorphic) write(w *canon.Writer) {
	if q.Extra != nil {
		wrap(w, homomorphic, q.Extra, q.writeValue)
	} else {
		q.writeValue(w)
	}
}

func (q Homomorphic) writeValue(w *canon.Writer) {
	w.Begin('{').Key("answers")
	writeTexts(w, q.Answers)
	if q.Blank || q.blankWritten {
		w.Key("blank").Bool(q.Blank)
	}
	w.Key("min").Int(int64(q.Min)).Key("max").Int(int64(q.Max)).Key("question").String(q.Text).End('}')
}

func readHomomorphic(r *canon.Reader) (q Homomorphic) {
	r.Literal(`{"answers":`)
	q.Answers = readTexts(r)
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
	return q
}

func (q Homomorphic) checkVote(votes []int) error {
	if err := checkBits(votes, q.Ciphertexts()); err != nil {
		return err
	}
	sum, blank := 0, 0
	for _, v := range votes {
		sum += v
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

func (q Homomorphic) hold(g *group.Group, votes []int) ([]*group.Element, error) {
	return holdNumbers(g, votes), nil
}

// homomorphicAnswer has a ciphertext for each choice, a proof for each that it holds 0
// or 1, and one that their number is allowed. Where a blank vote is possible, blank
// says that blank and other choices exclude each other; it is nil elsewhere.
type homomorphicAnswer struct {
	choices    []group.Ciphertext
	individual [][]proof.Proof
	overall    []proof.Proof
	blank      []proof.Proof
}

func (a *homomorphicAnswer) Ciphertexts() []group.Ciphertext { return a.choices }

func (a *homomorphicAnswer) Proofs() int {
	if a.blank != nil {
		return len(a.individual) + 2
	}
	return len(a.individual) + 1
}

func (a *homomorphicAnswer) write(w *canon.Writer) {
	w.Begin('{').Key("choices")
	WriteCiphertexts(w, a.choices)
	w.Key("individual_proofs").Begin('[')
	for _, proofs := range a.individual {
		writeProofs(w, proofs)
	}
	w.End(']').Key("overall_proof")
	writeProofs(w, a.overall)
	if a.blank != nil {
		w.Key("blank_proof")
		writeProofs(w, a.blank)
	}
	w.End('}')
}

// readHomomorphicAnswer reads what follows `{"choices":`.
func readHomomorphicAnswer(r *canon.Reader, g group.Parser) *homomorphicAnswer {
	a := new(homomorphicAnswer)
	a.choices = ReadCiphertexts(r, g, maxParts)
	r.Literal(`,"individual_proofs":`)
	r.Array(maxParts, func(int) { a.individual = append(a.individual, readProofs(r, g)) })
	r.Literal(`,"overall_proof":`)
	a.overall = readProofs(r, g)
	if r.Try(`,"blank_proof":`) {
		a.blank = readProofs(r, g)
	}
	r.Literal("}")
	return a
}

func (q Homomorphic) prove(random io.Reader, v voter, choices []group.Ciphertext, randomness []group.Scalar, votes []int) (Answer, error) {
	a := &homomorphicAnswer{choices: choices}
	known := v.witnesses(randomness, votes)
	var err error
	if a.individual, err = v.proveBits(random, choices, known); err != nil {
		return nil, err
	}
	whole := v.message.with(choices...)
	if !q.Blank {
		message := whole.with(group.SumCiphertexts(choices))
		a.overall, err = proof.ProveOneOf(random, proof.Choice, message, v.key, v.shifts(sumWitness(known), q.Min, q.Max))
		return a, err
	}
	blank, sum := known[0], sumWitness(known[1:])
	if a.blank, err = proof.ProveOneOf(random, proof.BlankOrZero, whole, v.key, []proof.Witness{blank, sum}); err != nil {
		return nil, err
	}
	branches := append(v.shifts(blank, 1, 1), v.shifts(sum, q.Min, q.Max)...)
	a.overall, err = proof.ProveOneOf(random, proof.NotBlankOrBounds, whole, v.key, branches)
	return a, err
}

func (q Homomorphic) checkShape(answer Answer) error {
	a, ok := answer.(*homomorphicAnswer)
	if !ok {
		return errKind
	}
	if err := checkBitsShape(a.choices, a.individual, q.Ciphertexts()); err != nil {
		return err
	}
	if want := q.overallParts(); len(a.overall) != want {
		return fmt.Errorf("overall proof has %d parts, not %d", len(a.overall), want)
	}
	if (a.blank != nil) != q.Blank {
		return fmt.Errorf("blank proof is missing, or there is one where no blank vote is possible")
	}
	if q.Blank && len(a.blank) != 2 {
		return fmt.Errorf("blank proof has %d parts, not 2", len(a.blank))
	}
	return nil
}

// overallParts is the number of branches of the overall proof: one for each allowed
// number of choices, and one for the blank vote.
func (q Homomorphic) overallParts() int {
	if q.Blank {
		return q.Max - q.Min + 2
	}
	return q.Max - q.Min + 1
}

func (q Homomorphic) verify(v voter, check proof.Checker, answer Answer) *ProofError {
	a := answer.(*homomorphicAnswer)
	if failed := v.verifyBits(check, a.choices, a.individual); failed != nil {
		return failed
	}
	whole := v.message.with(a.choices...)
	if !q.Blank {
		sum := v.sum(a.choices...)
		if !check.OneOf(proof.Choice, whole.with(sum.Ciphertext), v.key, proof.Between(sum, q.Min, q.Max), a.overall) {
			return &ProofError{Proof: "overall"}
		}
		return nil
	}
	blank, sum := v.sum(a.choices[0]), v.sum(a.choices[1:]...)
	if !check.OneOf(proof.BlankOrZero, whole, v.key, append(proof.Between(blank, 0, 0), proof.Between(sum, 0, 0)...), a.blank) {
		return &ProofError{Proof: "blank"}
	}
	branches := append(proof.Between(blank, 1, 1), proof.Between(sum, q.Min, q.Max)...)
	if !check.OneOf(proof.NotBlankOrBounds, whole, v.key, branches, a.overall) {
		return &ProofError{Proof: "overall"}
	}
	return nil
}
