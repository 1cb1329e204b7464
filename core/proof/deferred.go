package proof

import (
	"encoding/binary"
	"io"

	"bayyina/core/group"
)

// Deferred parses the elements of one ballot and checks its proofs, as far as it can be
// said of the ballot alone; Settle says the rest of many ballots together.
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
	base         equations // equations over g
	key          equations // equations over the election's key
	table        *group.Table
	ciphertexts  []weighted
	index        map[*group.Element]int // position in ciphertexts by alpha
}

// equations are Σ terms = factor·(g or key) + baseFactor·g.
type equations struct {
	terms      group.Terms
	factor     group.Scalar
	baseFactor group.Scalar
}

// weighted is a ciphertext with its factor in both kinds of equations.
type weighted struct {
	ciphertext group.Ciphertext
	factor     group.Scalar
}

// NewDeferred starts with the hints of one ballot, in the order in which elements are
// parsed and proofs are checked. Coefficients is the verifier's own randomness; it is
// read after the hints.
func NewDeferred(hints []byte, coefficients io.Reader) *Deferred {
	return &Deferred{
		Hinted: group.NewHinted(hints), unhinted: len(hints) == 0, coefficients: coefficients,
		index: make(map[*group.Element]int),
	}
}

// hinted returns the next n elements that were hinted, nil if there are not so many.
func (d *Deferred) hinted(n int) []*group.Element {
	list := make([]*group.Element, n)
	for i := range list {
		var ok bool
		if list[i], ok = d.Next(); !ok {
			return nil
		}
	}
	return list
}

// coefficient draws a multiplier.
func (d *Deferred) coefficient() (short group.Coefficient, long group.Scalar, ok bool) {
	var b [16]byte
	_, err := io.ReadFull(d.coefficients, b[:])
	short = group.Coefficient{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
	return short, short.Scalar(), err == nil
}

// Knowledge says no if the proof is wrong for what was hinted.
func (d *Deferred) Knowledge(purpose Purpose, message []byte, public *group.Element, p Proof) bool {
	if d.unhinted {
		return VerifyKnowledge(purpose, message, public, p)
	}
	commitment := d.hinted(1)
	if commitment == nil || !Challenge(purpose, message, commitment...).Equal(p.Challenge) {
		return false
	}
	short, a, ok := d.coefficient()
	d.base.terms.AddShort(short, commitment[0])
	d.base.terms.Add(a.Mul(p.Challenge).Neg(), public)
	d.base.factor = d.base.factor.Add(a.Mul(p.Response))
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
	commitments := d.hinted(2 * len(branches))
	if commitments == nil {
		return false
	}
	var challenges group.Scalar
	for _, p := range proofs {
		challenges = challenges.Add(p.Challenge)
	}
	if !Challenge(purpose, message, commitments...).Equal(challenges) {
		return false
	}
	d.table = key
	var responses, numbers, factor group.Scalar
	for i, p := range proofs {
		// One coefficient serves both equations of a branch: they are in two sums.
		short, a, ok := d.coefficient()
		if !ok {
			return false
		}
		d.base.terms.AddShort(short, commitments[2*i])
		d.key.terms.AddShort(short, commitments[2*i+1])
		responses = responses.Add(a.Mul(p.Response))
		challenge := a.Mul(p.Challenge)
		if n := branches[i].Number; n != 0 {
			numbers = numbers.Add(challenge.Mul(group.NewScalar(uint64(n))))
		}
		factor = factor.Sub(challenge)
		if i+1 == len(branches) || branches[i+1].Sum.Alpha != branches[i].Sum.Alpha {
			d.weigh(branches[i].Sum, factor)
			factor = group.Scalar{}
		}
	}
	d.base.factor = d.base.factor.Add(responses)
	d.key.factor = d.key.factor.Add(responses)
	d.key.baseFactor = d.key.baseFactor.Sub(numbers)
	return true
}

// weigh adds factor·sum to both kinds of equations.
func (d *Deferred) weigh(sum Sum, factor group.Scalar) {
	for _, c := range sum.parts {
		i, ok := d.index[c.Alpha]
		if !ok {
			i = len(d.ciphertexts)
			d.index[c.Alpha] = i
			d.ciphertexts = append(d.ciphertexts, weighted{ciphertext: c})
		}
		w := &d.ciphertexts[i]
		w.factor = w.factor.Add(factor)
	}
}

// close turns the ciphertexts into terms.
func (d *Deferred) close() {
	for _, w := range d.ciphertexts {
		d.base.terms.Add(w.factor, w.ciphertext.Alpha)
		d.key.terms.Add(w.factor, w.ciphertext.Beta)
	}
	d.ciphertexts, d.index = nil, nil
}

// Settle says whether everything holds that was deferred, by so many workers. If not,
// at least one thing does not. Random is the verifier's own randomness.
func Settle(random io.Reader, workers int, all ...*Deferred) bool {
	var base, key equations
	baseTerms, keyTerms := make([]*group.Terms, len(all)), make([]*group.Terms, len(all))
	var untested []*group.Element
	var table *group.Table
	for i, d := range all {
		d.close()
		baseTerms[i], keyTerms[i] = &d.base.terms, &d.key.terms
		base.factor = base.factor.Add(d.base.factor)
		key.factor = key.factor.Add(d.key.factor)
		key.baseFactor = key.baseFactor.Add(d.key.baseFactor)
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
	if !group.VarTimeSum(workers, baseTerms...).Equal(group.BaseMult(base.factor)) {
		return false
	}
	if table == nil {
		return true
	}
	return group.VarTimeSum(workers, keyTerms...).Equal(table.VarTimeMult(key.factor).Add(group.BaseMult(key.baseFactor)))
}
