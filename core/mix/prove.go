package mix

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/group"
)

// ErrStopped: whoever was told of the progress wanted no more.
var ErrStopped = errors.New("stopped")

// stages is of how many parts, each over all ciphertexts of a list, a shuffle is made: the new
// encryption, the commitments, the two chains, and the three sums of the proof.
const stages = 7

// Shuffle re-encrypts and permutes each list and proves it.
func (m *Mixnet) Shuffle(random io.Reader, input [][]group.Ciphertext) (*Shuffle, error) {
	return m.ShuffleTelling(random, input, func(int, int) bool { return true })
}

// ShuffleTelling is Shuffle that tells how much of its work is done: ciphertexts, as often as each of
// them is worked on. It ends with ErrStopped after it was answered false.
func (m *Mixnet) ShuffleTelling(random io.Reader, input [][]group.Ciphertext, tell func(done, total int) bool) (*Shuffle, error) {
	done, total := 0, 0
	for _, list := range input {
		total += stages * len(list)
	}
	s := &Shuffle{Ciphertexts: make([][]group.Ciphertext, len(input)), Proofs: make([]Proof, len(input))}
	for i, list := range input {
		secret, err := newSecret(random, m.group(), len(list))
		if err != nil {
			return nil, fmt.Errorf("shuffle list %d: %w", i+1, err)
		}
		goOn := func() bool {
			done += len(list)
			return tell(done, total)
		}
		if s.Ciphertexts[i] = m.permute(list, secret); !goOn() {
			return nil, ErrStopped
		}
		var whole bool
		if s.Proofs[i], whole = m.prove(list, s.Ciphertexts[i], secret, goOn); !whole {
			return nil, ErrStopped
		}
	}
	return s, nil
}

// secret is what only the mixer knows of one shuffle, drawn before any work.
type secret struct {
	from      []int          // output i holds what input from[i] holds
	again     []group.Scalar // r′: randomness of the new encryption of output i
	commit    []group.Scalar // r: randomness of the commitment of input j
	chain     []group.Scalar // r̂: randomness of the chain
	nonce     [4]group.Scalar
	nonceHat  []group.Scalar
	noncePrim []group.Scalar
}

func newSecret(random io.Reader, g *group.Group, n int) (*secret, error) {
	var s secret
	var err error
	if s.from, err = permutation(random, n); err != nil {
		return nil, err
	}
	for _, list := range []*[]group.Scalar{&s.again, &s.commit, &s.chain, &s.nonceHat, &s.noncePrim} {
		*list = make([]group.Scalar, n)
		if err := fill(random, g, *list); err != nil {
			return nil, err
		}
	}
	return &s, fill(random, g, s.nonce[:])
}

// fill draws all scalars.
func fill(random io.Reader, g *group.Group, scalars []group.Scalar) (err error) {
	for i := range scalars {
		if scalars[i], err = g.RandomScalar(random); err != nil {
			return err
		}
	}
	return nil
}

// permute returns the input in its new order, each ciphertext encrypted again.
func (m *Mixnet) permute(input []group.Ciphertext, s *secret) []group.Ciphertext {
	g := m.group()
	output := make([]group.Ciphertext, len(input))
	m.split(len(input), func(low, high int) {
		base := g.BaseTable()
		elements := g.NormalSums(2*(high-low), func(k int) (*group.Element, []group.Product) {
			i := low + k/2
			c, again := input[s.from[i]], s.again[i]
			if k%2 == 0 {
				return c.Alpha, []group.Product{{Table: base, Scalar: again}}
			}
			return c.Beta, []group.Product{{Table: m.key, Scalar: again}}
		})
		for i := low; i < high; i++ {
			output[i] = group.Ciphertext{Alpha: elements[2*(i-low)], Beta: elements[2*(i-low)+1]}
		}
	})
	return output
}

// prove proves a shuffle, unless goOn, which it asks after each stage, says no.
func (m *Mixnet) prove(input, output []group.Ciphertext, s *secret, goOn func() bool) (p Proof, whole bool) {
	g, n := m.group(), len(input)
	h := m.derived(n)
	if p.C = m.commitments(h, s); !goOn() {
		return p, false
	}
	about := statement(input, output, p.C)
	u := m.exponents(about, n)
	permuted := make([]group.Scalar, n) // u′
	for i, j := range s.from {
		permuted[i] = u[j]
	}

	// The chain is ĉ_i = r̂_i·g + u′_i·ĉ_{i−1} from ĉ_{−1} = h. The mixer knows all
	// exponents, ĉ_i = R_i·g + U_i·h, so that tables serve for it and for the
	// commitments to it.
	chain := make([]link, n+1)
	chain[0].h = g.NewScalar(1)
	for i := range n {
		chain[i+1] = link{
			g: s.chain[i].Add(permuted[i].Mul(chain[i].g)),
			h: permuted[i].Mul(chain[i].h),
		}
	}
	if p.CHat = m.links(n, func(i int) link { return chain[i+1] }); !goOn() {
		return p, false
	}
	p.THat = m.links(n, func(i int) link {
		return link{
			g: s.nonceHat[i].Add(s.noncePrim[i].Mul(chain[i].g)),
			h: s.noncePrim[i].Mul(chain[i].h),
		}
	})
	if !goOn() {
		return p, false
	}
	alphas, betas := components(output)
	w := s.nonce
	var sums [3]*group.Element
	for i, elements := range [][]*group.Element{h, betas, alphas} {
		if sums[i] = m.sumMult(s.noncePrim, elements); !goOn() {
			return p, false
		}
	}
	p.T = [5]*group.Element(group.Normalize(
		g.BaseMult(w[0]),
		g.BaseMult(w[1]),
		g.BaseMult(w[2]).Add(sums[0]),
		sums[1].Sub(m.key.Mult(w[3])),
		sums[2].Sub(g.BaseMult(w[3])),
	))

	challenge := m.challenge(about, &p)
	answer := func(nonce, secret group.Scalar) group.Scalar { return nonce.Add(challenge.Mul(secret)) }
	var sum, weighted, again group.Scalar // of the r, of the u·r, of the u′·r′
	for i := range n {
		sum = sum.Add(s.commit[i])
		weighted = weighted.Add(u[i].Mul(s.commit[i]))
		again = again.Add(permuted[i].Mul(s.again[i]))
		p.SHat = append(p.SHat, answer(s.nonceHat[i], s.chain[i]))
		p.SPrime = append(p.SPrime, answer(s.noncePrim[i], permuted[i]))
	}
	p.S = [4]group.Scalar{answer(w[0], sum), answer(w[1], chain[n].g), answer(w[2], weighted), answer(w[3], again)}
	return p, true
}

// commitments commits to the permutation: c_j = r_j·g + h_i where output i holds what
// input j holds.
func (m *Mixnet) commitments(h []*group.Element, s *secret) []*group.Element {
	g := m.group()
	c := make([]*group.Element, len(h))
	m.split(len(h), func(low, high int) {
		base := g.BaseTable()
		for i, e := range g.NormalSums(high-low, func(i int) (*group.Element, []group.Product) {
			return h[low+i], []group.Product{{Table: base, Scalar: s.commit[s.from[low+i]]}}
		}) {
			c[s.from[low+i]] = e
		}
	})
	return c
}

// link is an element of which the exponents to g and h are known.
type link struct{ g, h group.Scalar }

// links computes n elements from their exponents.
func (m *Mixnet) links(n int, exponents func(i int) link) []*group.Element {
	g := m.group()
	elements := make([]*group.Element, n)
	m.split(n, func(low, high int) {
		base := g.BaseTable()
		copy(elements[low:high], g.NormalSums(high-low, func(i int) (*group.Element, []group.Product) {
			e := exponents(low + i)
			return g.Identity(), []group.Product{{Table: base, Scalar: e.g}, {Table: m.h, Scalar: e.h}}
		}))
	})
	return elements
}

// sumMult returns Σ scalars[i]·elements[i] in constant time, on all workers.
func (m *Mixnet) sumMult(scalars []group.Scalar, elements []*group.Element) *group.Element {
	sums := make(chan *group.Element, m.workers)
	m.split(len(scalars), func(low, high int) { sums <- m.group().SumMult(scalars[low:high], elements[low:high]) })
	close(sums)
	total := m.group().Identity()
	for sum := range sums {
		total = total.Add(sum)
	}
	return total
}

// components returns the ciphertexts' alphas and betas.
func components(list []group.Ciphertext) (alphas, betas []*group.Element) {
	for _, c := range list {
		alphas = append(alphas, c.Alpha)
		betas = append(betas, c.Beta)
	}
	return alphas, betas
}
