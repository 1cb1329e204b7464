package group

import (
	"filippo.io/edwards25519"
	library "filippo.io/edwards25519/field"

	"bayyina/core/group/internal/field"
)

// setPoint sets e to a point of the library.
func (e *extended) setPoint(p *edwards25519.Point) {
	x, y, z, t := p.ExtendedCoordinates()
	setNumber(&e.x, x)
	setNumber(&e.y, y)
	setNumber(&e.z, z)
	setNumber(&e.t, t)
}

func setNumber(v *field.Element, a *library.Element) {
	v.SetBytes(a.Bytes()) // fails for other lengths only
}

// putPoint sets a point of the library to e.
func (e *extended) putPoint(p *edwards25519.Point) {
	var x, y, z, t library.Element
	x.SetBytes(e.x.Bytes())
	y.SetBytes(e.y.Bytes())
	z.SetBytes(e.z.Bytes())
	t.SetBytes(e.t.Bytes())
	if _, err := p.SetExtendedCoordinates(&x, &y, &z, &t); err != nil {
		panic(err) // the formulas are complete: a sum of points is a point
	}
}

// affineOf returns the affine coordinates of a point.
func affineOf(p *edwards25519.Point) (x, y *field.Element) {
	var e extended
	e.setPoint(p)
	if e.z.Equal(fieldOne) == 0 { // points that come from a text have it already
		e.z.Invert(&e.z)
		e.x.Multiply(&e.x, &e.z)
		e.y.Multiply(&e.y, &e.z)
	}
	return &e.x, &e.y
}
