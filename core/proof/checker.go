package proof

import "bayyina/core/group"

// Sum is a sum of ciphertexts, and which ones they are: ballots prove something of each
// and something of sums of them.
type Sum struct {
	group.Ciphertext
	parts []group.Ciphertext
}

// SumOf returns the sum of ciphertexts in the group.
func SumOf(g *group.Group, parts ...group.Ciphertext) Sum {
	switch len(parts) {
	case 0:
		return Sum{g.NeutralCiphertext(), nil}
	case 1:
		return Sum{parts[0], parts}
	}
	return Sum{group.SumCiphertexts(parts), parts}
}

// Branch is one way in which a statement can be true: that the sum holds the number.
type Branch struct {
	Sum    Sum
	Number int
}

// Between returns the branches in which the sum holds a number from low to high.
func Between(sum Sum, low, high int) []Branch {
	branches := make([]Branch, 0, high-low+2)
	for n := low; n <= high; n++ {
		branches = append(branches, Branch{sum, n})
	}
	return branches
}

// Checker answers whether proofs are right: OneByOne at once, Deferred as far as it can
// be said before Settle is asked about many of them.
type Checker interface {
	Knowledge(purpose Purpose, message []byte, public *group.Element, p Proof) bool
	OneOf(purpose Purpose, message []byte, key *group.Table, branches []Branch, proofs []Proof) bool
	NonZero(message []byte, key *group.Table, sum Sum, p NonZeroProof) bool
}

// OneByOne checks each proof by itself, at once.
type OneByOne struct{}

// Knowledge is VerifyKnowledge.
func (OneByOne) Knowledge(purpose Purpose, message []byte, public *group.Element, p Proof) bool {
	return VerifyKnowledge(purpose, message, public, p)
}

// OneOf is VerifyOneOf, and shares what branches of one sum have in common.
func (OneByOne) OneOf(purpose Purpose, message []byte, key *group.Table, branches []Branch, proofs []Proof) bool {
	g := key.Element().Group()
	if g != group.Ed25519 {
		return VerifyOneOf(purpose, message, key, zeros(branches), proofs)
	}
	if len(proofs) != len(branches) {
		return false
	}
	var sum group.Scalar
	commitments := make([]*group.Element, 0, 2*len(branches))
	for len(branches) > 0 {
		same := 1
		for same < len(branches) && branches[same].Sum.Alpha == branches[0].Sum.Alpha {
			same++
		}
		challenges, responses := make([]group.Scalar, same), make([]group.Scalar, same)
		for i, p := range proofs[:same] {
			challenges[i], responses[i] = p.Challenge, p.Response
			sum = sum.Add(p.Challenge)
		}
		as := g.BaseTable().VarTimeMultAdds(responses, branches[0].Sum.Alpha, challenges)
		bs := key.VarTimeMultAdds(responses, branches[0].Sum.Beta, challenges)
		for i, b := range branches[:same] {
			if b.Number != 0 {
				bs[i] = bs[i].Sub(g.BaseTable().VarTimeMult(challenges[i].Mul(g.NewScalar(uint64(b.Number)))))
			}
			commitments = append(commitments, as[i], bs[i])
		}
		branches, proofs = branches[same:], proofs[same:]
	}
	return Challenge(g, purpose, message, commitments...).Equal(sum)
}

// NonZero is VerifyNonZero.
func (OneByOne) NonZero(message []byte, key *group.Table, sum Sum, p NonZeroProof) bool {
	return VerifyNonZero(message, key, sum.Ciphertext, p)
}

// zeros returns, for each branch, the ciphertext that holds zero if the branch is true.
func zeros(branches []Branch) []group.Ciphertext {
	list := make([]group.Ciphertext, len(branches))
	for i, b := range branches {
		g := b.Sum.Alpha.Group()
		c := b.Sum.Ciphertext
		switch {
		case b.Number == 0:
		case i > 0 && branches[i-1].Sum.Alpha == c.Alpha && branches[i-1].Number == b.Number-1:
			c.Beta = list[i-1].Beta.Sub(g.Generator())
		case b.Number == 1:
			c.Beta = c.Beta.Sub(g.Generator())
		default:
			c.Beta = c.Beta.Sub(g.BaseMult(g.NewScalar(uint64(b.Number))))
		}
		list[i] = c
	}
	return list
}
