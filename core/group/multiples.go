package group

import "bayyina/core/group/internal/field"

// VarTimeMultAdds returns as[i]·Element() + bs[i]·e for each i, for public values. In
// Ed25519 the second and later ones cost a third of the first: they share its doublings.
//
// With eight pieces of 32 bits, b·e = Σ bⱼ·(2^(32j)·e), and the multiples of e needed
// for signed digits of the pieces are the same for each b (Straus; Möller, "Algorithms
// for multi-exponentiation", SAC 2001).
func (t *Table) VarTimeMultAdds(as []Scalar, e *Element, bs []Scalar) []*Element {
	sums := make([]*Element, len(bs))
	if t.row == nil {
		for i := range sums {
			sums[i] = t.VarTimeMultAdd(as[i], e, bs[i])
		}
		return sums
	}
	multiples, wide := newMultiples(e), t.wide()
	for i := range sums {
		sum := multiples.mult(bs[i])
		wide.addTo(sum, as[i])
		sums[i] = sum.element()
	}
	return sums
}

const (
	pieces    = 8
	pieceBits = 32
	nafWidth  = 4 // digits are odd from −7 to 7, or 0
)

// multiples are 1, 3, 5 and 7 times 2^(32j)·e.
type multiples [pieces]oddMultiples

type oddMultiples [1 << (nafWidth - 2)]cached

func newMultiples(e *Element) *multiples {
	m := new(multiples)
	var base extended
	base.setElement(e)
	for i := range m {
		if i > 0 {
			base.doubleTimes(pieceBits)
		}
		m[i].set(&base)
	}
	return m
}

func (o *oddMultiples) set(e *extended) {
	two := *e
	two.double()
	var c cached
	c.set(&two)
	odd := *e
	for i := range o {
		if i > 0 {
			odd.addCached(&c)
		}
		o[i].set(&odd)
	}
}

func (m *multiples) mult(k Scalar) *extended {
	digits := nafDigits(k)
	acc := newExtended()
	for at := pieceBits - 1; at >= 0; at-- {
		acc.double()
		for j := range pieces {
			switch d := digits[j*pieceBits+at]; {
			case d > 0:
				acc.addCached(&m[j][d/2])
			case d < 0:
				acc.subCached(&m[j][-d/2])
			}
		}
	}
	return acc
}

// nafDigits writes k with odd digits from −7 to 7 and zeros, of four digits in a row
// one at most that is not zero. k is below 2^253, so that all fit.
func nafDigits(k Scalar) (digits [pieces * pieceBits]int8) {
	l := limbs(k)
	carry := 0
	for at := 0; at < len(digits); {
		bits := carry + int(l[at/64]>>(at%64))&(1<<nafWidth-1)
		if at%64 > 64-nafWidth && at/64 < 3 {
			bits = carry + int(l[at/64]>>(at%64)|l[at/64+1]<<(64-at%64))&(1<<nafWidth-1)
		}
		if bits&1 == 0 {
			at++
			continue
		}
		carry = bits >> (nafWidth - 1)
		digits[at] = int8(bits - carry<<nafWidth)
		at += nafWidth
	}
	return digits
}

// cached is a point in the form that makes adding it to another cheapest.
type cached struct{ yPlusX, yMinusX, z2, t2d field.Element }

func (c *cached) set(e *extended) {
	c.yPlusX.Add(&e.y, &e.x)
	c.yMinusX.Subtract(&e.y, &e.x)
	c.z2.Add(&e.z, &e.z)
	c.t2d.Multiply(&e.t, edwards2D)
}

func (e *extended) addCached(o *cached) {
	var a, b, c, d field.Element
	a.Multiply(a.Subtract(&e.y, &e.x), &o.yMinusX)
	b.Multiply(b.Add(&e.y, &e.x), &o.yPlusX)
	c.Multiply(&e.t, &o.t2d)
	d.Multiply(&e.z, &o.z2)
	e.finish(&a, &b, &c, &d)
}

func (e *extended) subCached(o *cached) {
	var a, b, c, d field.Element
	a.Multiply(a.Subtract(&e.y, &e.x), &o.yPlusX)
	b.Multiply(b.Add(&e.y, &e.x), &o.yMinusX)
	c.Negate(c.Multiply(&e.t, &o.t2d))
	d.Multiply(&e.z, &o.z2)
	e.finish(&a, &b, &c, &d)
}

// finish sets e to a sum from the four products of eprint 2008/522, section 3.1.
func (e *extended) finish(a, b, c, d *field.Element) {
	var f, g, h, i field.Element
	h.Add(b, a)
	i.Subtract(b, a)
	f.Subtract(d, c)
	g.Add(d, c)
	e.x.Multiply(&i, &f)
	e.y.Multiply(&g, &h)
	e.z.Multiply(&f, &g)
	e.t.Multiply(&i, &h)
}
