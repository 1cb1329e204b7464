package ballot

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Answer is the encrypted answer to one question.
type Answer interface {
	// Ciphertexts are those of the answer. They must not be changed.
	Ciphertexts() []group.Ciphertext
	// Proofs is how many proofs the answer has.
	Proofs() int

	write(w *canon.Writer)
}

// errKind is why an answer does not fit a question at all.
var errKind = errors.New("the answer is to a question of another kind")

// readAnswer reads an answer, whose text tells the kind of question it is to.
func readAnswer(r *canon.Reader, g group.Parser) Answer {
	r.Literal(`{"choices":`)
	switch {
	case r.Next("{"):
		return readRankedAnswer(r, g)
	case r.Next("[["):
		return readListsAnswer(r, g)
	}
	return readHomomorphicAnswer(r, g)
}

// WriteCiphertext writes a ciphertext as `{"alpha":"…","beta":"…"}`.
func WriteCiphertext(w *canon.Writer, c group.Ciphertext) {
	w.Begin('{').Key("alpha").Append(c.Alpha.AppendText).Key("beta").Append(c.Beta.AppendText).End('}')
}

// ReadCiphertext reads a ciphertext in the group as WriteCiphertext writes it.
func ReadCiphertext(r *canon.Reader, g group.Parser) (c group.Ciphertext) {
	r.Literal(`{"alpha":`)
	c.Alpha = proof.ReadElement(r, g)
	r.Literal(`,"beta":`)
	c.Beta = proof.ReadElement(r, g)
	r.Literal("}")
	return c
}

// WriteCiphertexts writes a list of ciphertexts.
func WriteCiphertexts(w *canon.Writer, list []group.Ciphertext) {
	w.Begin('[')
	for _, c := range list {
		WriteCiphertext(w, c)
	}
	w.End(']')
}

// ReadCiphertexts reads a list of at most limit ciphertexts in the group.
func ReadCiphertexts(r *canon.Reader, g group.Parser, limit int) (list []group.Ciphertext) {
	r.Array(limit, func(int) { list = append(list, ReadCiphertext(r, g)) })
	return list
}

// maxParts bounds the lists in an answer: choices with blank, and parts of a proof,
// which are at most MaxAnswers + 2.
const maxParts = MaxAnswers + 2

func writeProofs(w *canon.Writer, proofs []proof.Proof) {
	w.Begin('[')
	for _, p := range proofs {
		p.Write(w)
	}
	w.End(']')
}

func readProofs(r *canon.Reader, g group.Parser) []proof.Proof {
	list := []proof.Proof{} // never nil: an empty list is something else than none
	r.Array(maxParts, func(int) { list = append(list, proof.Read(r, g)) })
	return list
}

// message is what a proof is bound to: parts with bars between them.
type message []byte

// followed returns the message, a bar and the elements' texts, in a new slice.
func (m message) followed(elements ...*group.Element) message {
	out := make(message, 0, len(m)+1+65*len(elements))
	out = append(append(out, m...), '|')
	return group.AppendJoined(out, elements...)
}

// with returns the message followed by ciphertexts.
func (m message) with(list ...group.Ciphertext) message {
	elements := make([]*group.Element, 0, 2*len(list))
	for _, c := range list {
		elements = append(elements, c.Alpha, c.Beta)
	}
	return m.followed(elements...)
}

// voter is whose answers are proved or checked, and under which key.
type voter struct {
	key     *group.Table
	message message // fingerprint | credential
}

func (v voter) group() *group.Group { return v.key.Element().Group() }

func (e *Election) voter(public *group.Element) voter {
	return voter{e.key, message(e.fingerprint).followed(public)}
}

// proveBits proves of each ciphertext that it holds 0 or 1.
func (v voter) proveBits(random io.Reader, choices []group.Ciphertext, known []proof.Witness) (list [][]proof.Proof, err error) {
	for i, c := range choices {
		p, err := proof.ProveOneOf(random, proof.Choice, v.message.with(c), v.key, v.shifts(known[i], 0, 1))
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func (v voter) sum(parts ...group.Ciphertext) proof.Sum { return proof.SumOf(v.group(), parts...) }

func (v voter) verifyBits(check proof.Checker, choices []group.Ciphertext, proofs [][]proof.Proof) *ProofError {
	for i, c := range choices {
		if !check.OneOf(proof.Choice, v.message.with(c), v.key, proof.Between(v.sum(c), 0, 1), proofs[i]) {
			return &ProofError{Choice: i + 1, Proof: "individual"}
		}
	}
	return nil
}

// checkBitsShape checks that there are n choices with two parts of a proof for each.
func checkBitsShape(choices []group.Ciphertext, proofs [][]proof.Proof, n int) error {
	if len(choices) != n {
		return fmt.Errorf("%d choices, not %d", len(choices), n)
	}
	if len(proofs) != n {
		return fmt.Errorf("%d individual proofs of %d choices", len(proofs), n)
	}
	for i, p := range proofs {
		if len(p) != 2 {
			return fmt.Errorf("individual proof %d has %d parts, not 2", i+1, len(p))
		}
	}
	return nil
}

// holdNumbers returns the number times g for each number of a vote.
func holdNumbers(g *group.Group, votes []int) []*group.Element {
	held := make([]*group.Element, len(votes))
	for i, n := range votes {
		held[i] = g.BaseMult(g.NewScalar(uint64(n)))
	}
	return held
}

// witnesses is what the voter knows of the ciphertexts of numbers.
func (v voter) witnesses(randomness []group.Scalar, votes []int) []proof.Witness {
	known := make([]proof.Witness, len(votes))
	for i, n := range votes {
		known[i] = proof.Witness{Randomness: randomness[i], Plaintext: v.group().NewScalar(uint64(n))}
	}
	return known
}

// sumWitness is what is known of the sum of ciphertexts.
func sumWitness(list []proof.Witness) (sum proof.Witness) {
	for _, w := range list {
		sum.Randomness = sum.Randomness.Add(w.Randomness)
		sum.Plaintext = sum.Plaintext.Add(w.Plaintext)
	}
	return sum
}

// shifts is what is known of the sum less each number from low to high.
func (v voter) shifts(w proof.Witness, low, high int) []proof.Witness {
	list := make([]proof.Witness, 0, high-low+2)
	for k := low; k <= high; k++ {
		list = append(list, proof.Witness{Randomness: w.Randomness, Plaintext: w.Plaintext.Sub(v.group().NewScalar(uint64(k)))})
	}
	return list
}
