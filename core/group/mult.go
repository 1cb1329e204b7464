package group

import (
	"encoding/binary"
	"math/bits"

	"filippo.io/edwards25519"
)

// BaseMult returns k·g in constant time.
func (g *Group) BaseMult(k Scalar) *Element {
	if g.p != nil {
		return g.generator.Mult(k)
	}
	return edwardsTable().Mult(k)
}

// Mult returns k·e in constant time.
func (e *Element) Mult(k Scalar) *Element {
	if e.r != nil {
		return &Element{r: e.r.exp(k.in(e.r.m.group.q).bytes())}
	}
	product := newElement()
	product.p.ScalarMult(k.edwards(), e.point())
	return product
}

// VarTimeBaseMultAdd returns a·e + b·g, for public values.
func (e *Element) VarTimeBaseMultAdd(a, b Scalar) *Element {
	if e.r != nil {
		return e.Mult(a).Add(e.Group().BaseMult(b))
	}
	sum := newElement()
	sum.p.VarTimeDoubleScalarBaseMult(a.edwards(), e.point(), b.edwards())
	return sum
}

// VarTimeSumMult returns Σ scalars[i]·elements[i], for public values. Both lists must
// be of the same length.
func (g *Group) VarTimeSumMult(scalars []Scalar, elements []*Element) *Element {
	if g.p != nil {
		return g.sumMult(scalars, elements)
	}
	sum := newElement()
	sum.p.VarTimeMultiScalarMult(operands(scalars, elements))
	return sum
}

// varTimeSmallMult returns k·e by doubling and adding, quick where k is short.
func (e *Element) varTimeSmallMult(k uint64) *Element {
	if k == 1 {
		return e
	}
	if e.r != nil {
		be := binary.BigEndian.AppendUint64(nil, k)
		return &Element{r: e.r.exp(be[bits.LeadingZeros64(k)/8:])}
	}
	product := &Element{p: edwards25519.NewIdentityPoint()}
	for i := bits.Len64(k) - 1; i >= 0; i-- {
		product.p.Double(product.p)
		if k>>i&1 == 1 {
			product.p.Add(product.p, e.point())
		}
	}
	return product
}

// sumMult is SumMult in a field.
func (g *Group) sumMult(scalars []Scalar, elements []*Element) *Element {
	sum := g.identity
	for i, e := range elements {
		sum = sum.Add(e.Mult(scalars[i]))
	}
	return sum
}

// operands gives the lists the types of the library underneath.
func operands(scalars []Scalar, elements []*Element) ([]*edwards25519.Scalar, []*edwards25519.Point) {
	s := make([]*edwards25519.Scalar, len(scalars))
	for i := range scalars {
		s[i] = scalars[i].edwards()
	}
	p := make([]*edwards25519.Point, len(elements))
	for i := range elements {
		p[i] = elements[i].point()
	}
	return s, p
}
