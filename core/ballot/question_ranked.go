package ballot

import (
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// NonHomomorphic is a question to which the voter gives each answer a number from 0 to
// 255: a rank, a score or a grade, which only the counting method understands. The
// numbers are encrypted together, and the result has those of each ballot in shuffled
// order (Belenios 3.3, src/lib/v1/question_nh.ml).
type NonHomomorphic struct {
	Text    string
	Answers []string
	// Extra is as that of Homomorphic: it names the counting method.
	Extra []byte
}

const nonHomomorphic = "NonHomomorphic"

// Title is the text of the question.
func (q NonHomomorphic) Title() string { return q.Text }

// Labels are the answers.
func (q NonHomomorphic) Labels() []string { return q.Answers }

// Nesting is nil.
func (q NonHomomorphic) Nesting() []int { return nil }

// Shuffled is true.
func (q NonHomomorphic) Shuffled() bool { return true }

// Ciphertexts is 1.
func (q NonHomomorphic) Ciphertexts() int { return 1 }

func (q NonHomomorphic) check(g *group.Group) error {
	if n := len(q.Answers); n == 0 || n > g.MaxIntegers() {
		return fmt.Errorf("%d answers, 1 to %d allowed in %s", n, g.MaxIntegers(), g)
	}
	return checkExtra(q.Extra)
}

func (q NonHomomorphic) write(w *canon.Writer) {
	wrap(w, nonHomomorphic, q.Extra, func(w *canon.Writer) {
		w.Begin('{').Key("answers")
		writeTexts(w, q.Answers)
		w.Key("question").String(q.Text).End('}')
	})
}

func readNonHomomorphic(r *canon.Reader) (q NonHomomorphic) {
	r.Literal(`{"answers":`)
	q.Answers = readTexts(r)
	r.Literal(`,"question":`)
	q.Text = r.String()
	r.Literal("}")
	return q
}

func (q NonHomomorphic) checkVote(votes []int) error {
	if len(votes) != len(q.Answers) {
		return fmt.Errorf("%d numbers, %d expected", len(votes), len(q.Answers))
	}
	others := 0
	for _, v := range votes {
		others |= v &^ 0xff
	}
	if others != 0 {
		return fmt.Errorf("a number is not from 0 to 255")
	}
	return nil
}

func (q NonHomomorphic) hold(g *group.Group, votes []int) ([]*group.Element, error) {
	e, err := g.EncodeIntegers(votes)
	return []*group.Element{e}, err
}

// rankedAnswer is one ciphertext of all numbers, with a proof that its maker knows
// what is in it: nobody can copy or change another's.
type rankedAnswer struct {
	choices group.Ciphertext
	proof   proof.Proof
}

func (a *rankedAnswer) Ciphertexts() []group.Ciphertext { return []group.Ciphertext{a.choices} }

func (a *rankedAnswer) Proofs() int { return 1 }

func (a *rankedAnswer) write(w *canon.Writer) {
	w.Begin('{').Key("choices")
	WriteCiphertext(w, a.choices)
	w.Key("proof")
	a.proof.Write(w)
	w.End('}')
}

// readRankedAnswer reads what follows `{"choices":`.
func readRankedAnswer(r *canon.Reader, g group.Parser) *rankedAnswer {
	a := new(rankedAnswer)
	a.choices = ReadCiphertext(r, g)
	r.Literal(`,"proof":`)
	a.proof = proof.Read(r, g)
	r.Literal("}")
	return a
}

// encrypted is the message of the proof: fingerprint | credential | key,alpha,beta.
func (v voter) encrypted(c group.Ciphertext) message {
	return v.message.followed(v.key.Element(), c.Alpha, c.Beta)
}

func (q NonHomomorphic) prove(random io.Reader, v voter, choices []group.Ciphertext, randomness []group.Scalar, _ []int) (Answer, error) {
	p, err := proof.ProveKnowledge(random, proof.Integers, v.encrypted(choices[0]), randomness[0])
	return &rankedAnswer{choices[0], p}, err
}

func (q NonHomomorphic) checkShape(answer Answer) error {
	if _, ok := answer.(*rankedAnswer); !ok {
		return errKind
	}
	return nil
}

func (q NonHomomorphic) verify(v voter, check proof.Checker, answer Answer) *ProofError {
	a := answer.(*rankedAnswer)
	if !check.Knowledge(proof.Integers, v.encrypted(a.choices), a.choices.Alpha, a.proof) {
		return &ProofError{Proof: "encryption"}
	}
	return nil
}
