package ballot

import (
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Answer is the encrypted answer to one question: a ciphertext for each choice, a proof
// for each that it holds 0 or 1, and one that their number is allowed. Where a blank
// vote is possible, BlankProof says that blank and other choices exclude each other.
type Answer struct {
	Choices          []group.Ciphertext
	IndividualProofs [][]proof.Proof
	OverallProof     []proof.Proof
	BlankProof       []proof.Proof // nil without blank
}

func (a Answer) write(w *canon.Writer) {
	w.Begin('{').Key("choices")
	WriteCiphertexts(w, a.Choices)
	w.Key("individual_proofs").Begin('[')
	for _, proofs := range a.IndividualProofs {
		writeProofs(w, proofs)
	}
	w.End(']').Key("overall_proof")
	writeProofs(w, a.OverallProof)
	if a.BlankProof != nil {
		w.Key("blank_proof")
		writeProofs(w, a.BlankProof)
	}
	w.End('}')
}

func writeProofs(w *canon.Writer, proofs []proof.Proof) {
	w.Begin('[')
	for _, p := range proofs {
		p.Write(w)
	}
	w.End(']')
}

// WriteCiphertexts writes a list of ciphertexts, as in answers and encrypted tallies.
func WriteCiphertexts(w *canon.Writer, list []group.Ciphertext) {
	w.Begin('[')
	for _, c := range list {
		w.Begin('{').Key("alpha").Append(c.Alpha.AppendText).Key("beta").Append(c.Beta.AppendText).End('}')
	}
	w.End(']')
}

// ReadCiphertexts reads a list of at most limit ciphertexts in the group.
func ReadCiphertexts(r *canon.Reader, g *group.Group, limit int) (list []group.Ciphertext) {
	r.Array(limit, func(int) {
		var c group.Ciphertext
		r.Literal(`{"alpha":`)
		c.Alpha = proof.ReadElement(r, g)
		r.Literal(`,"beta":`)
		c.Beta = proof.ReadElement(r, g)
		r.Literal("}")
		list = append(list, c)
	})
	return list
}

// maxParts bounds the lists in an answer: choices with blank, and parts of a proof,
// which are at most MaxAnswers + 2.
const maxParts = MaxAnswers + 2

func readAnswer(r *canon.Reader, g *group.Group) (a Answer) {
	r.Literal(`{"choices":`)
	a.Choices = ReadCiphertexts(r, g, maxParts)
	r.Literal(`,"individual_proofs":`)
	r.Array(maxParts, func(int) {
		a.IndividualProofs = append(a.IndividualProofs, readProofs(r, g))
	})
	r.Literal(`,"overall_proof":`)
	a.OverallProof = readProofs(r, g)
	if r.Try(`,"blank_proof":`) {
		a.BlankProof = readProofs(r, g)
	}
	r.Literal("}")
	return a
}

func readProofs(r *canon.Reader, g *group.Group) []proof.Proof {
	list := []proof.Proof{} // never nil: an empty list is something else than none
	r.Array(maxParts, func(int) { list = append(list, proof.Read(r, g)) })
	return list
}

// context is what the proofs of one answer are bound to.
type context struct {
	voter  []byte // fingerprint of the election | credential
	answer []byte // the same | all choices
}

func newContext(fingerprint string, public *group.Element, choices []group.Ciphertext) context {
	voter := append([]byte(fingerprint), '|')
	voter = public.AppendText(voter)
	elements := make([]*group.Element, 0, 2*len(choices))
	for _, c := range choices {
		elements = append(elements, c.Alpha, c.Beta)
	}
	return context{voter: voter, answer: appendMessage(voter, elements...)}
}

// appendMessage returns message | texts of the elements, in a new slice.
func appendMessage(message []byte, elements ...*group.Element) []byte {
	out := make([]byte, 0, len(message)+1+65*len(elements))
	out = append(append(out, message...), '|')
	return group.AppendJoined(out, elements...)
}

// choice is the message of one choice's proof.
func (c context) choice(x group.Ciphertext) []byte { return appendMessage(c.voter, x.Alpha, x.Beta) }

// overall is the message of the overall proof without blank.
func (c context) overall(sum group.Ciphertext) []byte {
	return appendMessage(c.answer, sum.Alpha, sum.Beta)
}
