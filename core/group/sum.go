package group

import "bayyina/core/group/internal/field"

// sumElements returns the sum of at least one element.
func sumElements(elements []*Element) *Element {
	if sum := elements[0]; sum.r != nil {
		for _, e := range elements[1:] {
			sum = sum.Add(e)
		}
		return sum
	}
	sum := newExtended()
	for _, e := range elements {
		sum.addElement(e)
	}
	return sum.element()
}

// Product is a scalar times the element of a table.
type Product struct {
	Table  *Table
	Scalar Scalar
}

// NormalSums returns n sums, each of an element and products, in constant time. They are
// as Normalize returns them, and cheaper.
func (g *Group) NormalSums(n int, terms func(i int) (*Element, []Product)) []*Element {
	sums := make([]*Element, n)
	if g.p != nil {
		for i := range sums {
			sum, products := terms(i)
			for _, p := range products {
				sum = sum.Add(p.Table.Mult(p.Scalar))
			}
			sums[i] = sum
		}
		return sums
	}
	points := make([]extended, n)
	for i := range points {
		e, products := terms(i)
		points[i].setElement(e)
		for _, p := range products {
			p.Table.addTo(&points[i], p.Scalar)
		}
	}
	affinePoints(points, func(i int, x, y *field.Element) {
		enc, niels := encode(x, y), new(affineNiels)
		niels.set(x, y)
		sums[i] = &Element{enc: &enc, niels: niels}
	})
	return sums
}

// SumMult returns Σ scalars[i]·elements[i]; its time depends on their number only. Both
// lists must be of the same length.
func (g *Group) SumMult(scalars []Scalar, elements []*Element) *Element {
	if g.p != nil {
		return g.sumMult(scalars, elements)
	}
	sum := newExtended()
	for at := 0; at < len(scalars); at += sumChunk {
		end := min(at+sumChunk, len(scalars))
		sum.addExtended(sumOf(scalars[at:end], elements[at:end]))
	}
	return sum.element()
}

// sumChunk is how many products are summed at once, so that what is prepared for them
// stays in the processor's cache: 154 kB.
const sumChunk = 100 * digitBits

// sumOf sums products. Five points are prepared together: ±P₁±P₂±P₃±P₄+P₅, so that
// their scalars' signs at one bit are a digit; all share the doublings (Straus).
func sumOf(scalars []Scalar, elements []*Element) *extended {
	rows := rowsOf(elements)
	secret := make([]signs, len(rows)*digitBits)
	for i := range secret {
		var k Scalar
		if i < len(scalars) {
			k = scalars[i]
		}
		secret[i] = signsOf(&k)
	}
	sum := newExtended()
	var n affineNiels
	for bit := signBits - 1; bit >= 0; bit-- {
		sum.double()
		for i := range rows {
			var digit uint64
			for j := range digitBits {
				digit |= secret[i*digitBits+j].at(bit) << j
			}
			rows[i].choose(&n, digit)
			sum.add(&n)
		}
	}
	return sum
}

// rowsOf prepares a row for each five elements. To the last five there are neutral ones
// in place of those that are missing.
func rowsOf(elements []*Element) []row {
	rows := make([]row, (len(elements)+digitBits-1)/digitBits)
	points := make([]extended, len(rows)*choices)
	for i := range rows {
		var five [digitBits]affineNiels
		for j := range five {
			e := Ed25519.identity
			if at := i*digitBits + j; at < len(elements) {
				e = elements[at]
			}
			five[j].setElement(e)
		}
		sums := points[i*choices : (i+1)*choices]
		sums[0] = *newExtended()
		sums[0].add(&five[digitBits-1])
		for j, done := 0, 1; done < choices; j, done = j+1, 2*done {
			for place := range done {
				sums[done+place] = sums[place]
				sums[done+place].add(&five[j])
				sums[place].sub(&five[j])
			}
		}
	}
	affinePoints(points, func(i int, x, y *field.Element) { rows[i/choices].set(i%choices, x, y) })
	return rows
}
