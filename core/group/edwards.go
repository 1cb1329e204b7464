package group

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"

	"filippo.io/edwards25519"

	"bayyina/core/group/internal/field"
)

// Ed25519 is the curve and base point of RFC 8032, restricted to the subgroup of order
// q = 2^252 + 27742317777372353535851937790883648493.
var Ed25519 = &Group{
	name:      "Ed25519",
	generator: &Element{p: edwards25519.NewGeneratorPoint()},
	identity:  &Element{p: edwards25519.NewIdentityPoint()},
	padding:   14,
	integers:  (255 - 14) / 8,
}

// point returns the point of an element of Ed25519.
func (e *Element) point() *edwards25519.Point {
	switch {
	case e.p != nil:
		return e.p
	case e.niels != nil:
		return e.niels.point()
	}
	p, err := new(edwards25519.Point).SetBytes(e.enc[:])
	if err != nil {
		panic(err) // it was written by a point
	}
	return p
}

// textLen is the length of the text of a point.
const textLen = 64

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
	return pointOfEncoding(enc)
}

// pointOfNumber returns the point, of any order, whose text is the integer n below
// 2^256.
func pointOfNumber(n *big.Int) (*Element, error) {
	var enc [32]byte
	n.FillBytes(enc[:])
	reverse(&enc)
	return pointOfEncoding(enc)
}

func pointOfEncoding(enc [32]byte) (*Element, error) {
	if !canonicalEncoding(&enc) {
		return nil, fmt.Errorf("%w: not the canonical spelling of a point", ErrElement)
	}
	e := newElement()
	e.enc = &enc
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
	return [32]byte(e.point().Bytes())
}

func appendEncoding(dst []byte, enc *[32]byte) []byte {
	text := *enc
	reverse(&text)
	return hex.AppendEncode(dst, text[:])
}

// encodeAll returns the encodings of all elements with a single inversion.
func encodeAll(elements []*Element) [][32]byte {
	encodings := make([][32]byte, len(elements))
	for i, e := range elements {
		if e.enc != nil {
			encodings[i] = *e.enc
		}
	}
	affineAll(elements, func(i int, x, y *field.Element) { encodings[i] = encode(x, y) })
	return encodings
}

// encode returns the RFC 8032 encoding of a point.
func encode(x, y *field.Element) [32]byte {
	enc := [32]byte(y.Bytes())
	enc[31] |= byte(x.IsNegative() << 7)
	return enc
}

// affineAll calls f with the affine coordinates of each point whose encoding is not
// known.
func affineAll(elements []*Element, f func(i int, x, y *field.Element)) {
	var places []int
	for i, e := range elements {
		if e.enc == nil {
			places = append(places, i)
		}
	}
	points := make([]extended, len(places))
	for i, place := range places {
		points[i].setElement(elements[place])
	}
	affinePoints(points, func(i int, x, y *field.Element) { f(places[i], x, y) })
}

// edwardsDigits is the number of decimal digits of q − 1 in Ed25519.
const edwardsDigits = 76

func edwardsScalar(n uint64) Scalar { return scalarOfLimbs(&[4]uint64{n}) }

// scalarOfLimbs returns the scalar that is the integer below q of these limbs, 64 low
// bits first.
func scalarOfLimbs(limb *[4]uint64) Scalar {
	s, err := parseLimbs(limb)
	if err != nil {
		panic(err)
	}
	return s
}

// parseLimbs is scalarOfLimbs of any integer.
func parseLimbs(limb *[4]uint64) (s Scalar, err error) {
	var le [32]byte
	for i, l := range limb {
		binary.LittleEndian.PutUint64(le[8*i:], l)
	}
	if _, err := s.s.SetCanonicalBytes(le[:]); err != nil {
		return Scalar{}, fmt.Errorf("%w: not below the group order", ErrScalar)
	}
	return s, nil
}

// reduceEdwards takes an integer of at most 64 bytes modulo q.
func reduceEdwards(b []byte) Scalar {
	var wide [64]byte
	for i, c := range b {
		wide[len(b)-1-i] = c
	}
	var s Scalar
	if _, err := s.s.SetUniformBytes(wide[:]); err != nil {
		panic(err) // only for another length
	}
	clear(wide[:])
	return s
}

func parseEdwardsScalar(text []byte) (Scalar, error) {
	if len(text) > edwardsDigits {
		return Scalar{}, fmt.Errorf("%w: %d digits", ErrScalar, len(text))
	}
	var limb [4]uint64
	if err := parseDecimal(limb[:], text); err != nil {
		return Scalar{}, fmt.Errorf("%w: %w", ErrScalar, err)
	}
	return parseLimbs(&limb)
}
