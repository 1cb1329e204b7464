package group

import (
	"sync"

	"bayyina/core/group/internal/field"
)

// Table holds multiples of one element, so that multiplying it is four times quicker.
// It is for a key under which many ballots are encrypted. It takes 78 kB, and 492 kB more
// once it multiplies by public scalars; it is safe for use by several goroutines at once.
// In a field it holds the element only.
type Table struct {
	element *Element
	// row[i][j] = (2j+1)·32^i·element; nil in a field
	row *[signBits / digitBits]row
	// wide holds more multiples, for public scalars; nil in a field
	wide func() wideTable
}

// affineNiels is a point (x, y) in the form that makes adding it cheapest
// (Hişil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited", eprint 2008/522).
type affineNiels struct{ yPlusX, yMinusX, xy2d field.Element }

// set sets n to the point (x, y).
func (n *affineNiels) set(x, y *field.Element) {
	n.yPlusX.Add(y, x)
	n.yMinusX.Subtract(y, x)
	n.xy2d.Multiply(x, y)
	n.xy2d.Multiply(&n.xy2d, edwards2D)
}

// NewTable prepares the multiples of e. It takes about the time of 20 multiplications.
func NewTable(e *Element) *Table {
	t := &Table{element: e}
	if e.r != nil {
		return t
	}
	t.row = new([signBits / digitBits]row)
	t.wide = sync.OnceValue(func() wideTable { return newWideTable(e) })
	odd := make([]extended, 0, len(t.row)*choices)
	var base extended
	base.setElement(e)
	for range t.row {
		p, two := base, base
		two.double()
		var step cached
		step.set(&two)
		for range choices {
			odd = append(odd, p)
			p.addCached(&step)
		}
		base.doubleTimes(digitBits)
	}
	affinePoints(odd, func(i int, x, y *field.Element) {
		t.row[i/choices].set(i%choices, x, y)
	})
	return t
}

// BaseTable returns a table of the generator.
func (g *Group) BaseTable() *Table {
	if g.p != nil {
		return NewTable(g.generator)
	}
	return edwardsTable()
}

var edwardsTable = sync.OnceValue(func() *Table { return NewTable(Ed25519.generator) })

// affinePoints calls f with the affine coordinates of each point, with a single
// inversion. It changes the points.
func affinePoints(points []extended, f func(i int, x, y *field.Element)) {
	if len(points) == 0 {
		return
	}
	product := new(field.Element).One()
	for i := range points {
		p := &points[i]
		p.t.Set(product) // of all z before
		product.Multiply(product, &p.z)
	}
	inverse := product.Invert(product)
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		p.t.Multiply(inverse, &p.t)
		inverse.Multiply(inverse, &p.z)
		f(i, p.x.Multiply(&p.x, &p.t), p.y.Multiply(&p.y, &p.t))
	}
}

// Element returns the element whose multiples the table holds.
func (t *Table) Element() *Element { return t.element }

// Mult returns k·Element() in constant time.
func (t *Table) Mult(k Scalar) *Element {
	if t.row == nil {
		return t.element.Mult(k)
	}
	acc := newExtended()
	t.addTo(acc, k)
	return acc.element()
}

// addTo adds k·Element() to acc in constant time.
func (t *Table) addTo(acc *extended, k Scalar) {
	signs := signsOf(&k)
	var n affineNiels
	for i := range t.row {
		t.row[i].choose(&n, signs.digit(i))
		acc.add(&n)
	}
}

// VarTimeMult returns k·Element(), for public k.
func (t *Table) VarTimeMult(k Scalar) *Element {
	if t.row == nil {
		return t.element.Mult(k)
	}
	acc := newExtended()
	t.wide().addTo(acc, k)
	return acc.element()
}

// VarTimeMultAdd returns a·Element() + b·e, for public values.
func (t *Table) VarTimeMultAdd(a Scalar, e *Element, b Scalar) *Element {
	if t.row == nil {
		return t.element.Mult(a).Add(e.Mult(b))
	}
	return t.VarTimeMult(a).Add(e.VarTimeBaseMultAdd(b, Scalar{}))
}

// negate sets n to −n if cond is 1, in constant time.
func (n *affineNiels) negate(cond int) {
	n.yPlusX.Swap(&n.yMinusX, cond)
	var minus field.Element
	minus.Negate(&n.xy2d)
	n.xy2d.Select(&minus, &n.xy2d, cond)
}

// extended is a point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
type extended struct{ x, y, z, t field.Element }

// newExtended returns the neutral point.
func newExtended() *extended {
	e := new(extended)
	e.y.One()
	e.z.One()
	return e
}

func (e *extended) setElement(f *Element) { e.setPoint(f.point()) }

// add sets e to e + n (eprint 2008/522, section 3.1, with a = −1 and Z₂ = 1).
func (e *extended) add(n *affineNiels) {
	var a, b, c, d, f, g, h, i field.Element
	a.Multiply(h.Subtract(&e.y, &e.x), &n.yMinusX)
	b.Multiply(h.Add(&e.y, &e.x), &n.yPlusX)
	c.Multiply(&e.t, &n.xy2d)
	d.Add(&e.z, &e.z)
	h.Add(&b, &a)
	i.Subtract(&b, &a)
	f.Subtract(&d, &c)
	g.Add(&d, &c)
	e.x.Multiply(&i, &f)
	e.y.Multiply(&g, &h)
	e.z.Multiply(&f, &g)
	e.t.Multiply(&i, &h)
}

// addElement sets e to e + f.
func (e *extended) addElement(f *Element) {
	if f.niels != nil {
		e.add(f.niels)
		return
	}
	var point extended
	point.setElement(f)
	e.addExtended(&point)
}

func (e *extended) element() *Element {
	out := newElement()
	e.putPoint(out.p)
	return out
}
