package proof

import (
	"errors"
	"io"

	"bayyina/core/group"
)

// ErrFalse is returned instead of a proof of something that is not so.
var ErrFalse = errors.New("no branch of the statement is true")

// Witness is what the prover knows of one branch: it is the ciphertext of Plaintext
// with the given Randomness. The branch is true if Plaintext is 0.
type Witness struct{ Randomness, Plaintext group.Scalar }

// ProveOneOf proves that at least one of several ciphertexts under key holds zero,
// without telling which: one Proof for each branch (Cramer, Damgård, Schoenmakers).
//
// True and false branches are computed alike. With t = response + r·challenge the
// commitments of a branch (r·g, r·y + m·g) are t·g and t·y + (m·challenge)·g; where
// m = 0 they do not depend on its challenge, so the proof begins with random t and
// challenge everywhere, and one true branch has its challenge replaced at the end by
// what makes the sum right. Time depends on the number of branches only.
func ProveOneOf(random io.Reader, purpose Purpose, message []byte, key *group.Table, branches []Witness) ([]Proof, error) {
	g := key.Element().Group()
	t := make([]group.Scalar, len(branches))
	proofs := make([]Proof, len(branches))
	commitments := make([]*group.Element, 0, 2*len(branches))
	for i, b := range branches {
		var err error
		if t[i], err = g.RandomScalar(random); err != nil {
			return nil, err
		}
		if proofs[i].Challenge, err = g.RandomScalar(random); err != nil {
			return nil, err
		}
		offset := g.BaseMult(b.Plaintext.Mul(proofs[i].Challenge))
		commitments = append(commitments, g.BaseMult(t[i]), key.Mult(t[i]).Add(offset))
	}
	missing := Challenge(g, purpose, message, commitments...)
	for _, p := range proofs {
		missing = missing.Sub(p.Challenge)
	}
	found := 0
	for i, b := range branches {
		chosen := b.Plaintext.IsZero() &^ found
		found |= chosen
		c := proofs[i].Challenge.Add(group.Select(chosen, missing, group.Scalar{}))
		proofs[i] = Proof{Challenge: c, Response: t[i].Sub(b.Randomness.Mul(c))}
	}
	if found == 0 {
		return nil, ErrFalse
	}
	return proofs, nil
}

// VerifyOneOf checks a proof of ProveOneOf: that one of the branches is a ciphertext
// of zero under key.
func VerifyOneOf(purpose Purpose, message []byte, key *group.Table, branches []group.Ciphertext, proofs []Proof) bool {
	if len(proofs) != len(branches) {
		return false
	}
	var sum group.Scalar
	commitments := make([]*group.Element, 0, 2*len(branches))
	for i, p := range proofs {
		sum = sum.Add(p.Challenge)
		commitments = append(commitments,
			branches[i].Alpha.VarTimeBaseMultAdd(p.Challenge, p.Response),
			key.VarTimeMultAdd(p.Response, branches[i].Beta, p.Challenge))
	}
	return Challenge(key.Element().Group(), purpose, message, commitments...).Equal(sum)
}
