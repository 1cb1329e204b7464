package mix

import (
	"encoding/binary"
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
	l.product = m.group().NewScalar(1)
	for _, u := range l.u {
		l.product = l.product.Mul(u)
	}
}

// holds says whether all equations hold, by one sum of multiples.
func (l *list) holds(m *Mixnet, random io.Reader) (bool, error) {
	n, p := len(l.input), l.proof
	whole := make([]group.Coefficient, len(p.T)) // of the equations t1 … t4,2
	steps := make([]group.Coefficient, n)        // of the equations t̂
	if err := coefficients(random, whole, steps); err != nil {
		return false, err
	}
	var e, c [5]group.Scalar // the coefficients, and the same times the challenge
	terms := new(group.Terms)
	for k, t := range p.T {
		e[k] = whole[k].Scalar(m.group())
		c[k] = e[k].Mul(l.challenge)
		terms.AddShort(whole[k], t)
	}
	g := e[4].Mul(p.S[3])
	for k := range 3 {
		g = g.Sub(e[k].Mul(p.S[k]))
	}
	// The chain's equation i + 1 takes something off ĉ_i; the first takes it off h,
	// which is the end of an empty chain, too.
	h := c[1].Mul(l.product).Neg()
	if n > 0 {
		h = h.Sub(steps[0].Scalar(m.group()).Mul(p.SPrime[0]))
	} else {
		h = h.Add(c[1])
	}

	type part struct {
		terms *group.Terms
		g     group.Scalar
	}
	parts := make(chan part, m.workers)
	m.split(n, func(low, high int) {
		var g group.Scalar
		terms := new(group.Terms)
		for i := low; i < high; i++ {
			d := steps[i].Scalar(m.group())
			g = g.Sub(d.Mul(p.SHat[i]))
			terms.AddShort(steps[i], p.THat[i])
			terms.Add(c[0].Add(c[2].Mul(l.u[i])), p.C[i])
			terms.Add(c[0].Add(e[2].Mul(p.SPrime[i])).Neg(), l.h[i])
			terms.Add(c[4].Mul(l.u[i]), l.input[i].Alpha)
			terms.Add(c[3].Mul(l.u[i]), l.input[i].Beta)
			terms.Add(e[4].Mul(p.SPrime[i]).Neg(), l.output[i].Alpha)
			terms.Add(e[3].Mul(p.SPrime[i]).Neg(), l.output[i].Beta)
			chain := d.Mul(l.challenge)
			if i+1 < n {
				chain = chain.Sub(steps[i+1].Scalar(m.group()).Mul(p.SPrime[i+1]))
			} else {
				chain = chain.Add(c[1])
			}
			terms.Add(chain, p.CHat[i])
		}
		parts <- part{terms, g}
	})
	close(parts)
	all := []*group.Terms{terms}
	for part := range parts {
		all = append(all, part.terms)
		g = g.Add(part.g)
	}
	terms.Add(g, m.group().Generator())
	terms.Add(h, m.h.Element())
	terms.Add(e[3].Mul(p.S[3]), m.key.Element())
	return group.VarTimeSum(m.workers, all...).IsIdentity(), nil
}

// coefficients draws all coefficients.
func coefficients(random io.Reader, lists ...[]group.Coefficient) error {
	for _, list := range lists {
		for i := range list {
			var b [16]byte
			if _, err := io.ReadFull(random, b[:]); err != nil {
				return fmt.Errorf("read randomness for coefficients: %w", err)
			}
			list[i] = group.Coefficient{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
		}
	}
	return nil
}

// wrong checks the equations one by one and names the first that does not hold, nil if
// all do.
func (l *list) wrong(m *Mixnet) *ProofError {
	n, p := len(l.input), l.proof
	all, minus := m.group().Identity(), l.challenge.Neg()
	end := m.h.Element()
	for i := range n {
		all = all.Add(p.C[i]).Sub(l.h[i])
		end = p.CHat[i]
	}
	end = end.Sub(m.h.VarTimeMult(l.product))
	inAlphas, inBetas := components(l.input)
	outAlphas, outBetas := components(l.output)
	sumU := func(list []*group.Element) *group.Element { return m.group().VarTimeSumMult(l.u, list) }
	sumS := func(list []*group.Element) *group.Element { return m.group().VarTimeSumMult(p.SPrime, list) }
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
			m.group().VarTimeSumMult([]group.Scalar{p.SPrime[i]}, []*group.Element{before}))
		if !expected.Equal(p.THat[i]) {
			return &ProofError{Index: i + 1, Equation: "t̂"}
		}
		before = p.CHat[i]
	}
	return nil
}
