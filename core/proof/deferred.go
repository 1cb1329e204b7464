package proof

import (
	"encoding/binary"
	"io"

	"bayyina/core/group"
)

// Deferred parses the elements of one ballot in Ed25519 and checks its proofs, as far as
// it can be said of the ballot alone; Settle says the rest of many ballots together.
//
// It does not compute commitments but takes them from hints, and compares the hash of
// what was hinted with the challenge. What is left is whether the commitments are those
// that the proofs' own equations give:
//
//	A = response·g + challenge·α,  B = response·key + challenge·(β − number·g).
//
// It multiplies each equation with 128 random bits, and Settle checks the sum of all
// (Bellare, Garay, Rabin, "Fast batch verification for modular exponentiation and
// digital signatures", Eurocrypt 1998). Their elements are in the group of prime order,
// by their hints or by the test that Settle makes, so that a wrong equation is
// overlooked with probability 2^−128 at most. Without hints each equation is checked at
// once, and only the test of elements is left.
//
// What passes is what passes with OneByOne. When Deferred or Settle says no, a hint may
// be wrong as well as a proof: only OneByOne can tell.
type Deferred struct {
	*group.Hinted
	unhinted     bool
	coefficients io.Reader
	random       [16]byte // read from coefficients
	// The equations' sum is terms = base·g + key·table.Element().
	terms       group.Terms
	base, key   group.Scalar
	table       *group.Table
	ciphertexts []weighted
	index       map[*group.Element]int // position in ciphertexts by alpha
}

// weighted is a ciphertext with the factors of its elements in the equations' sum.
type weighted struct {
	group.Ciphertext
	alpha, beta group.Scalar
}

// NewDeferred starts with the hints of one ballot, in the order in which elements are
// parsed and proofs are checked. Coefficients is the verifier's own randomness; it is
// read after the hints.
func NewDeferred(hints []byte, coefficients io.Reader) *Deferred {
	n := len(hints) / group.HintSize // two thirds at most are commitments, the others in pairs
	d := &Deferred{
		Hinted: group.NewHinted(hints), unhinted: len(hints) == 0, coefficients: coefficients,
		index: make(map[*group.Element]int, n/6),
	}
	d.terms.Grow(n, 0)
	return d
}

// coefficient draws a multiplier.
func (d *Deferred) coefficient() (short group.Coefficient, long group.Scalar, ok bool) {
	b := &d.random
	_, err := io.ReadFull(d.coefficients, b[:])
	short = group.Coefficient{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
	return short, short.Scalar(group.Ed25519), err == nil
}

// Knowledge says no if the proof is wrong for what was hinted.
func (d *Deferred) Knowledge(purpose Purpose, message []byte, public *group.Element, p Proof) bool {
	if d.unhinted {
		return VerifyKnowledge(purpose, message, public, p)
	}
	commitment := d.Next(1)
	if commitment == nil || !Challenge(group.Ed25519, purpose, message, commitment...).Equal(p.Challenge) {
		return false
	}
	short, a, ok := d.coefficient()
	d.terms.AddShort(short, commitment[0])
	d.terms.Add(a.Mul(p.Challenge).Neg(), public)
	d.base = d.base.Add(a.Mul(p.Response))
	return ok
}

// OneOf says no if the proof is wrong for what was hinted.
func (d *Deferred) OneOf(purpose Purpose, message []byte, key *group.Table, branches []Branch, proofs []Proof) bool {
	if d.unhinted {
		return OneByOne{}.OneOf(purpose, message, key, branches, proofs)
	}
	if len(proofs) != len(branches) || d.table != nil && d.table != key {
		return false
	}
	commitments := d.Next(2 * len(branches))
	if commitments == nil {
		return false
	}
	var challenges group.Scalar
	for _, p := range proofs {
		challenges = challenges.Add(p.Challenge)
	}
	if !Challenge(group.Ed25519, purpose, message, commitments...).Equal(challenges) {
		return false
	}
	d.table = key
	var alpha, beta group.Scalar // factors of the branch's sum of ciphertexts
	for i, p := range proofs {
		shortA, a, okA := d.coefficient()
		shortB, b, okB := d.coefficient()
		if !okA || !okB {
			return false
		}
		d.terms.AddShort(shortA, commitments[2*i])
		d.terms.AddShort(shortB, commitments[2*i+1])
		d.base = d.base.Add(a.Mul(p.Response))
		d.key = d.key.Add(b.Mul(p.Response))
		challenge := b.Mul(p.Challenge)
		if n := branches[i].Number; n != 0 {
			d.base = d.base.Sub(challenge.Mul(group.Ed25519.NewScalar(uint64(n))))
		}
		alpha = alpha.Sub(a.Mul(p.Challenge))
		beta = beta.Sub(challenge)
		if i+1 == len(branches) || branches[i+1].Sum.Alpha != branches[i].Sum.Alpha {
			d.weigh(branches[i].Sum, alpha, beta)
			alpha, beta = group.Scalar{}, group.Scalar{}
		}
	}
	return true
}

// NonZero says no if the proof is wrong for what was hinted.
func (d *Deferred) NonZero(message []byte, key *group.Table, sum Sum, p NonZeroProof) bool {
	if d.unhinted {
		return VerifyNonZero(message, key, sum.Ciphertext, p)
	}
	commitments := d.Next(2)
	if commitments == nil || p.Commitment.IsIdentity() || d.table != nil && d.table != key {
		return false
	}
	if !Challenge(group.Ed25519, NonZero, message, p.Commitment, commitments[0], commitments[1]).Equal(p.Challenge) {
		return false
	}
	d.table = key
	shortA, a, okA := d.coefficient()
	shortB, b, okB := d.coefficient()
	d.terms.AddShort(shortA, commitments[0])
	d.terms.AddShort(shortB, commitments[1])
	d.terms.Add(b.Mul(p.Challenge).Neg(), p.Commitment)
	d.base = d.base.Add(a.Mul(p.Response[1]))
	d.key = d.key.Add(b.Mul(p.Response[1]))
	d.weigh(sum, a.Mul(p.Response[0]).Neg(), b.Mul(p.Response[0]).Neg())
	return okA && okB
}

// weigh adds the sum of ciphertexts, with these factors, to the equations' sum.
func (d *Deferred) weigh(sum Sum, alpha, beta group.Scalar) {
	for _, c := range sum.parts {
		i, ok := d.index[c.Alpha]
		if !ok {
			i = len(d.ciphertexts)
			d.index[c.Alpha] = i
			d.ciphertexts = append(d.ciphertexts, weighted{Ciphertext: c})
		}
		w := &d.ciphertexts[i]
		w.alpha, w.beta = w.alpha.Add(alpha), w.beta.Add(beta)
	}
}

// Close ends the questions: it keeps what Settle needs and forgets the hints.
func (d *Deferred) Close() {
	d.terms.Grow(0, 2*len(d.ciphertexts))
	for _, w := range d.ciphertexts {
		d.terms.Add(w.alpha, w.Alpha)
		d.terms.Add(w.beta, w.Beta)
	}
	d.ciphertexts, d.index = nil, nil
	d.Forget()
}

// Settle says whether everything holds that was deferred, by so many workers. If not,
// at least one thing does not. Random is the verifier's own randomness.
func Settle(random io.Reader, workers int, all ...*Deferred) bool {
	var base, key group.Scalar
	var untested []*group.Element
	var table *group.Table
	terms := make([]*group.Terms, len(all))
	for i, d := range all {
		d.Close()
		terms[i] = &d.terms
		base, key = base.Add(d.base), key.Add(d.key)
		untested = append(untested, d.Untested()...)
		if d.table != nil {
			if table != nil && table != d.table {
				return false
			}
			table = d.table
		}
	}
	if len(untested) > 0 {
		if ok, err := group.InSubgroup(random, workers, untested); err != nil || !ok {
			return false
		}
	}
	want := group.Ed25519.BaseMult(base)
	if table != nil {
		want = want.Add(table.VarTimeMult(key))
	}
	return group.VarTimeSum(workers, terms...).Equal(want)
}
