package group

import (
	"slices"

	"filippo.io/edwards25519"

	"bayyina/core/group/internal/field"
)

// HintSize is the size of the hint of one element of Ed25519.
//
// A hint tells what a verifier would have to compute: the affine coordinates x and y
// (32 bytes each, least significant byte first) of the eighth Q of an element, the
// point with 8·Q = P. Nothing in it is believed. If Q is on the curve, then P = 8·Q is
// in the subgroup of prime order whatever Q is, since the curve has order 8q. So P is
// known with neither a square root nor a test of its order, and is only to be compared
// with the text it is the hint of, or hashed.
const HintSize = 64

// Hinted parses elements of Ed25519 of which it has hints, in their order. Of others it
// tests all but their order, and keeps them for InSubgroup. Hints that are wrong,
// missing or too many change nothing but the time.
type Hinted struct {
	elements []*Element // nil for hints that are no points
	next     int
	untested []*Element
}

// NewHinted takes as many hints as there are.
func NewHinted(hints []byte) *Hinted {
	n := len(hints) / HintSize
	h := &Hinted{elements: make([]*Element, n)}
	slab := make([]known, n)
	points := make([]extended, n)
	for i := range points {
		var x, y field.Element
		x.SetBytes(hints[:32]) // fails for other lengths only
		y.SetBytes(hints[32:HintSize])
		hints = hints[HintSize:]
		if points[i].setEightfold(&x, &y) {
			h.elements[i] = &slab[i].Element
		}
	}
	affinePoints(points, func(i int, x, y *field.Element) {
		slab[i].enc = encode(x, y)
		slab[i].niels.set(x, y)
		slab[i].element()
	})
	return h
}

// known is an element with what is known of it, in one piece of memory.
type known struct {
	Element
	enc   [32]byte
	niels affineNiels
}

// element makes k the element whose encoding and point are set.
func (k *known) element() *Element {
	k.Element = Element{enc: &k.enc, niels: &k.niels}
	return &k.Element
}

// setEightfold sets e to 8·(x, y), but for t, and says whether that is a point of the
// curve −x² + y² = 1 + d·x²·y². If not, it sets e to the neutral point.
func (e *extended) setEightfold(x, y *field.Element) bool {
	var xx, yy, xy, f, g, h, i field.Element
	xx.Square(x)
	yy.Square(y)
	xy.Multiply(x, y)
	f.Multiply(f.Square(&xy), edwardsD)
	if f.Add(&f, fieldOne).Equal(g.Subtract(&yy, &xx)) == 0 {
		*e = *newExtended()
		return false
	}
	// As doubleOnly, with z = 1, and the signs of i, f and g changed.
	h.Add(&xx, &yy)
	i.Add(&xy, &xy)
	f.Subtract(&g, fieldOne)
	f.Subtract(&f, fieldOne)
	e.x.Multiply(&i, &f)
	e.y.Multiply(&g, &h)
	e.z.Multiply(&f, &g)
	e.y.Negate(&e.y)
	e.doubleOnly()
	e.doubleOnly()
	return true
}

// Next returns the next n elements that were told, nil if there are not so many.
func (h *Hinted) Next(n int) []*Element {
	if n > len(h.elements)-h.next {
		return nil
	}
	list := h.elements[h.next : h.next+n]
	h.next += n
	if slices.Contains(list, nil) {
		return nil
	}
	return list
}

// ParseElement parses the text of an element: the next one that was told, or any other.
func (h *Hinted) ParseElement(text []byte) (*Element, error) {
	if next := h.Next(1); next != nil && next[0].hasText(text) {
		// Apart from the others, which are not needed for long.
		own := &known{enc: *next[0].enc, niels: *next[0].niels}
		return own.element(), nil
	}
	e, err := parsePoint(text)
	if err == nil {
		h.untested = append(h.untested, e)
	}
	return e, err
}

// ParseScalar parses the text of a scalar.
func (h *Hinted) ParseScalar(text []byte) (Scalar, error) { return Ed25519.ParseScalar(text) }

// Forget forgets the hints that are left.
func (h *Hinted) Forget() { h.elements, h.next = nil, 0 }

// Untested are the elements parsed that are in the group only if InSubgroup says so.
func (h *Hinted) Untested() []*Element { return h.untested }

func (e *Element) hasText(text []byte) bool {
	var own [textLen]byte
	return string(appendEncoding(own[:0], e.enc)) == string(text)
}

// point returns n as a library's point.
func (n *affineNiels) point() *edwards25519.Point {
	// Projective coordinates with z = 2.
	var x, y, z, t field.Element
	x.Subtract(&n.yPlusX, &n.yMinusX)
	y.Add(&n.yPlusX, &n.yMinusX)
	z.Add(fieldOne, fieldOne)
	t.Multiply(&n.xy2d, inverseD)
	p := new(edwards25519.Point)
	(&extended{x, y, z, t}).putPoint(p)
	return p
}

var (
	fieldOne = new(field.Element).One()
	inverseD = new(field.Element).Invert(edwardsD)
)

// eighth is the inverse of 8 modulo q.
var eighth = Ed25519.NewScalar(8).Invert()

// Eighth returns the element that is e if taken eight times, for public e.
func (e *Element) Eighth() *Element { return e.VarTimeBaseMultAdd(eighth, Scalar{}) }

// AppendHints appends the hints of the elements of which the eighths are given.
func AppendHints(dst []byte, eighths ...*Element) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, HintSize*len(eighths))...)
	points := make([]extended, len(eighths))
	for i, e := range eighths {
		points[i].setElement(e)
	}
	affinePoints(points, func(i int, x, y *field.Element) {
		hint := dst[start+HintSize*i:]
		copy(hint, x.Bytes())
		copy(hint[32:], y.Bytes())
	})
	return dst
}
