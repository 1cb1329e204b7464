package group

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"slices"

	"filippo.io/edwards25519"

	"bayyina/core/group/internal/field"
)

// ErrElement is wrapped by each error about the text of an element.
var ErrElement = errors.New("invalid group element")

// Element is a member of a group. Elements are never changed, so they can be shared.
type Element struct {
	// In Ed25519 at least one of the three is known; what is not is nil. p is the
	// library's point, enc the RFC 8032 encoding, niels the point ready for being added.
	p     *edwards25519.Point
	enc   *[32]byte
	niels *affineNiels
	// r is the residue modulo p in a field, nil in Ed25519.
	r *residue
}

// newElement returns an element of Ed25519 whose point is to be set.
func newElement() *Element {
	e := new(struct {
		Element
		point edwards25519.Point
	})
	e.p = &e.point
	return &e.Element
}

// Compact returns e with its encoding only, in 64 bytes instead of 224: for those that
// are kept to be found again, and not to be computed with. In a field it is e.
func (e *Element) Compact() *Element {
	if e.r != nil {
		return e
	}
	c := new(struct {
		Element
		own [32]byte
	})
	c.own = e.encoding()
	c.enc = &c.own
	return &c.Element
}

// Group returns the group that e is a member of.
func (e *Element) Group() *Group {
	if e.r != nil {
		return e.r.m.group
	}
	return Ed25519
}

// AppendText appends the text of e, as ParseElement reads it.
func (e *Element) AppendText(dst []byte) []byte {
	if e.r != nil {
		return e.r.appendText(dst)
	}
	enc := e.encoding()
	return appendEncoding(dst, &enc)
}

// String returns the text of e.
func (e *Element) String() string { return string(e.AppendText(nil)) }

// AppendJoined appends the elements' texts with single commas between them. It is
// faster than one by one: on the curve it inverts one coordinate instead of one for
// each.
func AppendJoined(dst []byte, elements ...*Element) []byte {
	var encodings [][32]byte
	if slices.ContainsFunc(elements, func(e *Element) bool { return e.r == nil && e.enc == nil }) {
		encodings = encodeAll(elements)
	}
	for i, e := range elements {
		if i > 0 {
			dst = append(dst, ',')
		}
		if encodings != nil {
			dst = appendEncoding(dst, &encodings[i])
		} else {
			dst = e.AppendText(dst)
		}
	}
	return dst
}

// Normalize returns the same elements with their encodings and affine coordinates kept,
// computed together; writing, hashing, comparing and summing them is then cheap.
func Normalize(elements ...*Element) []*Element {
	if len(elements) == 0 || elements[0].r != nil {
		return elements
	}
	normal := slices.Clone(elements)
	one := new(field.Element).One()
	affineAll(elements, func(i int, x, y *field.Element) {
		enc := encode(x, y)
		normal[i] = (&extended{*x, *y, *one, *new(field.Element).Multiply(x, y)}).element()
		normal[i].enc = &enc
	})
	return normal
}

// Add returns e + f.
func (e *Element) Add(f *Element) *Element {
	if e.r != nil {
		return &Element{r: e.r.mul(f.r)}
	}
	sum := newElement()
	sum.p.Add(e.point(), f.point())
	return sum
}

// Sub returns e − f.
func (e *Element) Sub(f *Element) *Element {
	if e.r != nil {
		return e.Add(f.Neg())
	}
	difference := newElement()
	difference.p.Subtract(e.point(), f.point())
	return difference
}

// Neg returns −e.
func (e *Element) Neg() *Element {
	if e.r != nil {
		return e.Mult(e.Group().NewScalar(1).Neg()) // quicker than by p − 2 where q is short
	}
	negative := newElement()
	negative.p.Negate(e.point())
	return negative
}

// Equal says whether e and f are the same element.
func (e *Element) Equal(f *Element) bool {
	if e.r != nil {
		return e.r.equal(f.r) == 1
	}
	if e.enc != nil && f.enc != nil { // each element has one only
		return *e.enc == *f.enc
	}
	return e.point().Equal(f.point()) == 1
}

// IsIdentity says whether e is the neutral element.
func (e *Element) IsIdentity() bool { return e.Equal(e.Group().identity) }

// Compare orders elements as Belenios sorts them: points by their RFC 8032 bytes, those
// of a field as integers.
func (e *Element) Compare(f *Element) int {
	if e.r != nil {
		return bytes.Compare(e.r.bytes(), f.r.bytes())
	}
	a, b := e.encoding(), f.encoding()
	return bytes.Compare(a[:], b[:])
}

var digestSeed = maphash.MakeSeed()

// Digests returns 64 bits of each element, computed together, that are the same for
// equal elements in one run of the program. In Ed25519 e and −e have the same digest.
func Digests(elements ...*Element) []uint64 {
	digests := make([]uint64, len(elements))
	if len(elements) > 0 && elements[0].r != nil {
		for i, e := range elements { // all bytes: the first powers of 2 have hardly any that are not 0
			digests[i] = maphash.Bytes(digestSeed, e.r.bytes())
		}
		return digests
	}
	for i, enc := range encodeAll(elements) { // the lowest bytes of y
		digests[i] = binary.LittleEndian.Uint64(enc[:])
	}
	return digests
}
