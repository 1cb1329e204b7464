// Package group is the Ed25519 prime-order group as Belenios uses it: the curve and
// base point of RFC 8032, restricted to the subgroup of order
// q = 2^252 + 27742317777372353535851937790883648493. Elements and scalars have
// exactly one text each (Belenios 3.3, src/lib/core/ed25519_pure.ml); parsing refuses
// every other spelling and every point outside the subgroup, so two equal texts are
// two equal elements and the reverse.
//
// Functions named VarTime take time that depends on their inputs and are for public
// values only. All others that take a Scalar are constant time.
package group

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// Name is what Belenios calls this group.
const Name = "Ed25519"

// ErrElement is wrapped by each error about the text of an element.
var ErrElement = errors.New("invalid group element")

const textLen = 64

// Element is a member of the group. Elements are never changed, so they can be shared.
type Element struct {
	p edwards25519.Point
	// enc is the RFC 8032 encoding where it is known already, else nil.
	enc *[32]byte
	// niels is the point ready for being added where it is known already, else nil.
	niels *affineNiels
}

var (
	generator = &Element{p: *edwards25519.NewGeneratorPoint()}
	identity  = &Element{p: *edwards25519.NewIdentityPoint()}
)

// Generator returns g, the base point.
func Generator() *Element { return generator }

// Identity returns the neutral element.
func Identity() *Element { return identity }

// ParseElement reads the text of an element: 64 lower-case hexadecimal digits of the
// integer y + 2^255·(x mod 2). It refuses y ≥ p, x = 0 with a sign, points off the
// curve and points outside the subgroup of order q.
func ParseElement(text []byte) (*Element, error) {
	e, err := parsePoint(text)
	if err != nil {
		return nil, err
	}
	if !inSubgroup(&e.p) {
		return nil, fmt.Errorf("%w: not in the subgroup of prime order", ErrElement)
	}
	return e, nil
}

// parsePoint reads a point of the curve, of any order.
func parsePoint(text []byte) (*Element, error) {
	if len(text) != textLen {
		return nil, fmt.Errorf("%w: %d characters, not %d", ErrElement, len(text), textLen)
	}
	for _, c := range text {
		if c >= 'A' && c <= 'F' {
			return nil, fmt.Errorf("%w: upper-case digit", ErrElement)
		}
	}
	var enc [32]byte
	if _, err := hex.Decode(enc[:], text); err != nil {
		return nil, fmt.Errorf("%w: not hexadecimal", ErrElement)
	}
	reverse(&enc)
	if !canonicalEncoding(&enc) {
		return nil, fmt.Errorf("%w: not the canonical spelling of a point", ErrElement)
	}
	e := &Element{enc: &enc}
	if _, err := e.p.SetBytes(enc[:]); err != nil {
		return nil, fmt.Errorf("%w: not on the curve", ErrElement)
	}
	return e, nil
}

// canonicalEncoding says whether enc is the only encoding of its point: y < p, and
// no sign where x = 0, which is where y is 1 or p − 1.
func canonicalEncoding(enc *[32]byte) bool {
	sign := enc[31] >> 7
	var y field.Element
	if _, err := y.SetBytes(enc[:]); err != nil {
		return false
	}
	unsigned := *enc
	unsigned[31] &= 0x7f
	if !bytes.Equal(y.Bytes(), unsigned[:]) {
		return false
	}
	y.Square(&y)
	return sign == 0 || y.Equal(new(field.Element).One()) == 0
}

func reverse(b *[32]byte) {
	for i := range 16 {
		b[i], b[31-i] = b[31-i], b[i]
	}
}

// encoding returns the RFC 8032 encoding.
func (e *Element) encoding() [32]byte {
	if e.enc != nil {
		return *e.enc
	}
	return [32]byte(e.p.Bytes())
}

// AppendText appends the text of e: 64 lower-case hexadecimal digits.
func (e *Element) AppendText(dst []byte) []byte {
	enc := e.encoding()
	return appendEncoding(dst, &enc)
}

func appendEncoding(dst []byte, enc *[32]byte) []byte {
	text := *enc
	reverse(&text)
	return hex.AppendEncode(dst, text[:])
}

// String returns the text of e.
func (e *Element) String() string { return string(e.AppendText(nil)) }

// AppendJoined appends the elements' texts with single commas between them. It is
// faster than one by one: it inverts one coordinate instead of one for each.
func AppendJoined(dst []byte, elements ...*Element) []byte {
	encodings := encodeAll(elements)
	for i := range encodings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendEncoding(dst, &encodings[i])
	}
	return dst
}

// encodeAll returns the encodings of all elements with a single inversion
// (Montgomery's trick: invert the product of all Z, then divide out).
func encodeAll(elements []*Element) [][32]byte {
	type pending struct {
		index     int
		x, y, z   *field.Element
		precedent field.Element // product of the Z before this one
	}
	encodings := make([][32]byte, len(elements))
	var todo []pending
	product := new(field.Element).One()
	for i, e := range elements {
		if e.enc != nil {
			encodings[i] = *e.enc
			continue
		}
		x, y, z, _ := e.p.ExtendedCoordinates()
		todo = append(todo, pending{index: i, x: x, y: y, z: z, precedent: *product})
		product.Multiply(product, z)
	}
	if len(todo) == 0 {
		return encodings
	}
	inverse := product.Invert(product)
	for i := len(todo) - 1; i >= 0; i-- {
		t := &todo[i]
		var zInv field.Element
		zInv.Multiply(inverse, &t.precedent)
		inverse.Multiply(inverse, t.z)
		t.x.Multiply(t.x, &zInv)
		t.y.Multiply(t.y, &zInv)
		enc := [32]byte(t.y.Bytes())
		enc[31] |= byte(t.x.IsNegative() << 7)
		encodings[t.index] = enc
	}
	return encodings
}

// Normalize returns the same elements with their encodings kept, computed together;
// writing, hashing and comparing them is then cheap.
func Normalize(elements ...*Element) []*Element {
	encodings := encodeAll(elements)
	normal := make([]*Element, len(elements))
	for i, e := range elements {
		normal[i] = &Element{p: e.p, enc: &encodings[i]}
	}
	return normal
}

// Add returns e + f.
func (e *Element) Add(f *Element) *Element {
	sum := new(Element)
	sum.p.Add(&e.p, &f.p)
	return sum
}

// Sub returns e − f.
func (e *Element) Sub(f *Element) *Element {
	difference := new(Element)
	difference.p.Subtract(&e.p, &f.p)
	return difference
}

// Neg returns −e.
func (e *Element) Neg() *Element {
	negative := new(Element)
	negative.p.Negate(&e.p)
	return negative
}

// Equal says whether e and f are the same element.
func (e *Element) Equal(f *Element) bool { return e.p.Equal(&f.p) == 1 }

// IsIdentity says whether e is the neutral element.
func (e *Element) IsIdentity() bool { return e.Equal(identity) }

// Compare orders elements as Belenios sorts them: by their RFC 8032 bytes.
func (e *Element) Compare(f *Element) int {
	a, b := e.encoding(), f.encoding()
	return bytes.Compare(a[:], b[:])
}

// Encodings returns the RFC 8032 encodings of the elements, computed together: bytes 0
// to 31 are y little-endian, the top bit is the sign of x. e and −e differ in that bit
// only.
func Encodings(elements ...*Element) [][32]byte { return encodeAll(elements) }
