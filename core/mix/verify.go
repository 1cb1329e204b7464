package mix

import (
	"fmt"
	"io"

	"bayyina/core/group"
)

// Verify checks that s is a shuffle of the input's lists. The error wraps ErrShape or
// is a *ProofError; any other is one of reading random, from which the verifier draws
// coefficients that nobody may know before.
//
// All equations are checked as one: their sum with random coefficients of 128 bits. As
// all elements are in the group of prime order, a false equation is overlooked with a
// probability of 2^−128. Only if the sum is wrong is each equation looked at, for its
// name.
func (m *Mixnet) Verify(random io.Reader, input [][]group.Ciphertext, s *Shuffle) error {
	if len(s.Ciphertexts) != len(input) || len(s.Proofs) != len(input) {
		return fmt.Errorf("%w: %d lists and %d proofs, not %d", ErrShape, len(s.Ciphertexts), len(s.Proofs), len(input))
	}
	for i := range input {
		l := list{input: input[i], output: s.Ciphertexts[i], proof: &s.Proofs[i]}
		if err := l.checkShape(); err != nil {
			return fmt.Errorf("%w: list %d: %w", ErrShape, i+1, err)
		}
		l.bind(m)
		good, err := l.holds(m, random)
		if err != nil {
			return fmt.Errorf("verify list %d: %w", i+1, err)
		}
		if good {
			continue
		}
		if wrong := l.wrong(m); wrong != nil {
			wrong.List = i + 1
			return wrong
		}
	}
	return nil
}

// list is one list of ciphertexts with its proof, and the challenges that follow from
// them.
type list struct {
	input, output []group.Ciphertext
	proof         *Proof
	u             []group.Scalar
	product       group.Scalar // of all u
	challenge     group.Scalar
	h             []*group.Element
}

func (l *list) checkShape() error {
	n := len(l.input)
	p := l.proof
	for _, length := range []int{len(l.output), len(p.THat), len(p.SHat), len(p.SPrime), len(p.C), len(p.CHat)} {
		if length != n {
			return fmt.Errorf("%d ciphertexts or parts of the proof, not %d", length, n)
		}
	}
	return nil
}

// bind computes the challenges.
func (l *list) bind(m *Mixnet) {
	about := statement(l.input, l.output, l.proof.C)
	l.h = m.derived(len(l.input))
	l.u = m.exponents(about, len(l.input))
	l.challenge = m.challenge(about, l.proof)
	l.product = group.NewScalar(1)
	for _, u := range l.u {
		l.product = l.product.Mul(u)
	}
}

// holds says whether all equations hold, by one sum of multiples.
func (l *list) holds(m *Mixnet, random io.Reader) (bool, error) {
	n, p := len(l.input), l.proof
	e := make([]group.Scalar, len(p.T)) // coefficients of the equations t1 … t4,2
	d := make([]group.Scalar, n)        // of the equations t̂
	if err := coefficients(random, e, d); err != nil {
		return false, err
	}
	var sum terms
	sum.grow(8*n + len(p.T) + 3)
	for k, t := range p.T {
		sum.add(e[k], t)
	}
	c1, c2, c3 := e[0].Mul(l.challenge), e[1].Mul(l.challenge), e[2].Mul(l.challenge)
	c41, c42 := e[3].Mul(l.challenge), e[4].Mul(l.challenge)
	g := e[4].Mul(p.S[3])
	for k := range 3 {
		g = g.Sub(e[k].Mul(p.S[k]))
	}
	// before is what the next equation of the chain takes off its predecessor; that of
	// the first is h, and h itself stands for the end of an empty chain.
	h := c2.Mul(l.product).Neg()
	for i := range n {
		g = g.Sub(d[i].Mul(p.SHat[i]))
		sum.add(d[i], p.THat[i])
		sum.add(c1.Add(c3.Mul(l.u[i])), p.C[i])
		sum.add(c1.Add(e[2].Mul(p.SPrime[i])).Neg(), l.h[i])
		sum.add(c42.Mul(l.u[i]), l.input[i].Alpha)
		sum.add(c41.Mul(l.u[i]), l.input[i].Beta)
		sum.add(e[4].Mul(p.SPrime[i]).Neg(), l.output[i].Alpha)
		sum.add(e[3].Mul(p.SPrime[i]).Neg(), l.output[i].Beta)
		chain := d[i].Mul(l.challenge)
		if i+1 < n {
			chain = chain.Sub(d[i+1].Mul(p.SPrime[i+1]))
		} else {
			chain = chain.Add(c2)
		}
		sum.add(chain, p.CHat[i])
	}
	if n > 0 {
		h = h.Sub(d[0].Mul(p.SPrime[0]))
	} else {
		h = h.Add(c2)
	}
	sum.add(g, group.Generator())
	sum.add(h, m.h.Element())
	sum.add(e[3].Mul(p.S[3]), m.key.Element())
	return group.VarTimeSumMult(sum.scalars, sum.elements).IsIdentity(), nil
}

// terms is a sum of multiples of elements.
type terms struct {
	scalars  []group.Scalar
	elements []*group.Element
}

func (t *terms) grow(n int) {
	t.scalars = make([]group.Scalar, 0, n)
	t.elements = make([]*group.Element, 0, n)
}

func (t *terms) add(k group.Scalar, e *group.Element) {
	t.scalars = append(t.scalars, k)
	t.elements = append(t.elements, e)
}

// coefficients draws integers of 128 bits.
func coefficients(random io.Reader, lists ...[]group.Scalar) error {
	for _, list := range lists {
		for i := range list {
			var b [16]byte
			if _, err := io.ReadFull(random, b[:]); err != nil {
				return fmt.Errorf("read randomness for coefficients: %w", err)
			}
			list[i] = group.ReduceBigEndian(b[:])
		}
	}
	return nil
}

// wrong checks the equations one by one and names the first that does not hold, nil if
// all do.
func (l *list) wrong(m *Mixnet) *ProofError {
	n, p := len(l.input), l.proof
	all, minus := group.Identity(), l.challenge.Neg()
	end := m.h.Element()
	for i := range n {
		all = all.Add(p.C[i]).Sub(l.h[i])
		end = p.CHat[i]
	}
	end = end.Sub(m.h.VarTimeMult(l.product))
	inAlphas, inBetas := components(l.input)
	outAlphas, outBetas := components(l.output)
	sumU := func(list []*group.Element) *group.Element { return group.VarTimeSumMult(l.u, list) }
	sumS := func(list []*group.Element) *group.Element { return group.VarTimeSumMult(p.SPrime, list) }
	for k, expected := range [5]*group.Element{
		all.VarTimeBaseMultAdd(minus, p.S[0]),
		end.VarTimeBaseMultAdd(minus, p.S[1]),
		sumU(p.C).VarTimeBaseMultAdd(minus, p.S[2]).Add(sumS(l.h)),
		m.key.VarTimeMultAdd(p.S[3].Neg(), sumU(inBetas), minus).Add(sumS(outBetas)),
		sumU(inAlphas).VarTimeBaseMultAdd(minus, p.S[3].Neg()).Add(sumS(outAlphas)),
	} {
		if !expected.Equal(p.T[k]) {
			return &ProofError{Equation: [5]string{"t1", "t2", "t3", "t4,1", "t4,2"}[k]}
		}
	}
	before := m.h.Element()
	for i := range n {
		expected := p.CHat[i].VarTimeBaseMultAdd(minus, p.SHat[i]).Add(
			group.VarTimeSumMult([]group.Scalar{p.SPrime[i]}, []*group.Element{before}))
		if !expected.Equal(p.THat[i]) {
			return &ProofError{Index: i + 1, Equation: "t̂"}
		}
		before = p.CHat[i]
	}
	return nil
}
