package group

import (
	"filippo.io/edwards25519"

	"bayyina/core/group/internal/field"
)

// inSubgroup says whether P, any point of the curve, has an order that divides q.
// It is exact, and three field exponentiations instead of a multiplication by q.
//
// The curve's points form a cyclic group of order 8q, so P is in the subgroup of order
// q if and only if P = 8R for some R. On the equivalent Montgomery curve
// v² = u(u² + Au + 1), whose only point of order 2 is N = (0, 0):
//
//   - P is a double if and only if u(P) is a square (descent by the 2-isogeny with
//     kernel {O, N}; Silverman, The Arithmetic of Elliptic Curves, X.4).
//   - Then Q with 2Q = P is found by two square roots, undoing that isogeny and its
//     dual (Pornin, "Point-Halving and Subgroup Membership in Twisted Edwards Curves",
//     eprint.iacr.org/2022/1164). It is one of Q and Q + N, and N = 4T is a multiple
//     of 4, so that P = 8R if and only if Q = 4R'.
//   - Q is a multiple of 4 if and only if its Tate pairing with the point
//     T₄ = (1, √(A+2)) of order 4 is 1. This is the fourth power residue of
//     (v − √(A+2)·u)²/u at Q: the tangent at T₄ squared, over the line through N.
func inSubgroup(p *edwards25519.Point) bool {
	one := new(field.Element).One()
	X, Y := affineOf(p)
	n, d := new(field.Element).Add(one, Y), new(field.Element).Subtract(one, Y)
	zero := new(field.Element)
	if d.Equal(zero) == 1 {
		return true // the identity
	}
	if n.Equal(zero) == 1 {
		return false // N
	}

	// u = n/d; it is a square if and only if n·d is. t = 1/√(n·d).
	t, square := new(field.Element).SqrtRatio(one, new(field.Element).Multiply(n, d))
	if square == 0 {
		return false
	}
	w := new(field.Element).Multiply(n, t) // √u
	tt := new(field.Element).Square(t)
	u := new(field.Element).Square(w)
	// n·d = 1 − y² = −x²(1 + d·y²) by the curve's equation, hence
	// 1/x = −x·(1 + d·y²)·t².
	xInv := new(field.Element).Square(Y)
	xInv.Multiply(xInv, edwardsD)
	xInv.Add(xInv, one)
	xInv.Multiply(xInv, tt)
	xInv.Multiply(xInv, X)
	xInv.Negate(xInv)
	// v = √(−(A+2))·u/x, so v/w = √(−(A+2))·w/x.
	vw := new(field.Element).Multiply(sqrtMinusA2, w)
	vw.Multiply(vw, xInv)

	// Halve P = (u, v). X' = A + 2u ± 2v/w has product A² − 4, no square, over both
	// signs: exactly one of them is the square s².
	xPrime := new(field.Element).Add(u, vw)
	xPrime.Add(xPrime, xPrime)
	xPrime.Add(xPrime, montgomeryA)
	s, square := new(field.Element).SqrtRatio(one, xPrime)
	if square == 1 {
		s.Multiply(s, xPrime)
	} else {
		// s² = i/X' here, and the other sign's root is √((A²−4)/X').
		s.Multiply(s, sqrtOther)
		w.Negate(w)
		vw.Negate(vw)
	}
	// u(Q) = u + v/w − w·s, v(Q) = s·u(Q).
	uQ := new(field.Element).Add(u, vw)
	uQ.Subtract(uQ, new(field.Element).Multiply(w, s))

	// (v − √(A+2)·u)²/u = u·(s − √(A+2))² at Q.
	c := new(field.Element).Subtract(s, sqrtA2)
	c.Square(c)
	c.Multiply(c, uQ)
	// c^((p−1)/4) = (c^((p−5)/8))²·c.
	chi := new(field.Element).Pow22523(c)
	chi.Square(chi)
	chi.Multiply(chi, c)
	return chi.Equal(one) == 1
}

// Constants of the curve: d of the Edwards form, A = 486662 of the Montgomery form.
var (
	montgomeryA = small(486662)
	edwardsD    = func() *field.Element { // −121665/121666
		d := new(field.Element).Invert(small(121666))
		d.Multiply(d, small(121665))
		return d.Negate(d)
	}()
	sqrtA2      = root(small(486664))                            // √(A+2)
	sqrtMinusA2 = root(new(field.Element).Negate(small(486664))) // √(−(A+2))
	// sqrtOther is √((A²−4)/i) with i = √−1: A²−4 and i are no squares, their ratio is.
	sqrtOther = func() *field.Element {
		i := root(new(field.Element).Negate(small(1)))
		r, _ := new(field.Element).SqrtRatio(new(field.Element).Multiply(small(486664), small(486660)), i)
		return r
	}()
)

func small(n uint64) *field.Element { return new(field.Element).Small(n) }

// root returns a square root of a constant that has one.
func root(x *field.Element) *field.Element {
	r, square := new(field.Element).SqrtRatio(x, new(field.Element).One())
	if square != 1 {
		panic("group: constant is not a square")
	}
	return r
}
