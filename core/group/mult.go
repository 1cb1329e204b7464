package group

import (
	"math/bits"

	"filippo.io/edwards25519"
)

// BaseMult returns k·g in constant time.
func BaseMult(k Scalar) *Element {
	e := new(Element)
	e.p.ScalarBaseMult(&k.s)
	return e
}

// Mult returns k·e in constant time.
func (e *Element) Mult(k Scalar) *Element {
	product := new(Element)
	product.p.ScalarMult(&k.s, &e.p)
	return product
}

// VarTimeBaseMultAdd returns a·e + b·g, for public values.
func (e *Element) VarTimeBaseMultAdd(a, b Scalar) *Element {
	sum := new(Element)
	sum.p.VarTimeDoubleScalarBaseMult(&a.s, &e.p, &b.s)
	return sum
}

// VarTimeSumMult returns Σ scalars[i]·elements[i], for public values. Both lists must
// be of the same length.
func VarTimeSumMult(scalars []Scalar, elements []*Element) *Element {
	sum := new(Element)
	sum.p.VarTimeMultiScalarMult(operands(scalars, elements))
	return sum
}

// varTimeSmallMult returns k·e by doubling and adding, quick where k is short.
func (e *Element) varTimeSmallMult(k uint64) *Element {
	if k == 1 {
		return e
	}
	product := &Element{p: *edwards25519.NewIdentityPoint()}
	for i := bits.Len64(k) - 1; i >= 0; i-- {
		product.p.Double(&product.p)
		if k>>i&1 == 1 {
			product.p.Add(&product.p, &e.p)
		}
	}
	return product
}

// SumMult returns Σ scalars[i]·elements[i]; its time depends on their number only. Both
// lists must be of the same length.
func SumMult(scalars []Scalar, elements []*Element) *Element {
	sum := new(Element)
	sum.p.MultiScalarMult(operands(scalars, elements))
	return sum
}

// operands gives the lists the types of the library underneath.
func operands(scalars []Scalar, elements []*Element) ([]*edwards25519.Scalar, []*edwards25519.Point) {
	s := make([]*edwards25519.Scalar, len(scalars))
	for i := range scalars {
		s[i] = &scalars[i].s
	}
	p := make([]*edwards25519.Point, len(elements))
	for i := range elements {
		p[i] = &elements[i].p
	}
	return s, p
}
