package group

import (
	"encoding/binary"

	"bayyina/core/group/internal/field"
)

// Multiplications with secret scalars in Ed25519 use digits that are never 0: a scalar
// is written as a sum of ±2^i. Five signs choose one of 16 points or its negative, and
// to choose it all 16 are read.
const (
	signBits = 255 // a multiple of digitBits, and no fewer than scalars have bits
	// digitBits is how many signs choose a point: with more of them, reading the points
	// takes the time that additions save.
	digitBits = 5
	choices   = 1 << (digitBits - 1)
)

// signs are the signs of a scalar: bit i is 1 for +2^i and 0 for −2^i.
type signs [4]uint64

// signsOf writes k as a sum Σ ±2^i modulo q, in constant time. With bits bᵢ for the
// signs it is Σ (2bᵢ−1)·2^i = 2b − (2^255 − 1), hence b = (k + 2^255 − 1)/2, of which
// the half is taken modulo q (Hamburg, "Fast and compact elliptic-curve cryptography",
// eprint 2012/309, on signed combs).
func signsOf(k *Scalar) signs {
	var b Scalar
	b.s.MultiplyAdd(k.edwards(), &half.s, &signOffset.s)
	return limbs(b)
}

var (
	half = edwardsScalar(2).Invert()
	// signOffset is (2^255 − 1)/2.
	signOffset = func() Scalar {
		var le [32]byte
		for i := range le {
			le[i] = 0xff
		}
		le[0] = 0x7f
		return reduceEdwards(le[:]).Mul(half)
	}()
)

// digit returns the five signs from bit 5·i on.
func (s *signs) digit(i int) uint64 {
	at := i * digitBits
	v := s[at/64] >> (at % 64)
	if at/64 < 3 {
		v |= s[at/64+1] << (64 - at%64) // 0 if at is a multiple of 64
	}
	return v & (1<<digitBits - 1)
}

// at returns the sign at bit i.
func (s *signs) at(i int) uint64 { return s[i/64] >> (i % 64) & 1 }

// row is 16 points to choose from: of each of their three numbers the encodings.
type row [3]column

type column [choices][32]byte

// set puts the point (x, y) in a place.
func (r *row) set(place int, x, y *field.Element) {
	var n affineNiels
	n.set(x, y)
	copy(r[0][place][:], n.yPlusX.Bytes())
	copy(r[1][place][:], n.yMinusX.Bytes())
	copy(r[2][place][:], n.xy2d.Bytes())
}

// choose sets n to what the digit chooses: place d − 16 for digits from 16 on, the
// negative of place 15 − d for those below. Neither a branch nor an address depends on
// the digit.
func (r *row) choose(n *affineNiels, digit uint64) {
	minus := digit>>(digitBits-1) ^ 1
	place := (digit ^ -minus) % choices
	var mask [choices]uint64 // all ones for the place, else 0
	for i := range mask {
		mask[i] = uint64(int64(uint64(i)^place-1) >> 63)
	}
	// All before the first is read: what has just been written is slow to read.
	var numbers [3][32]byte
	for i := range r {
		r[i].choose(&numbers[i], &mask)
	}
	n.setBytes(&numbers[0], &numbers[1], &numbers[2])
	n.negate(int(minus))
}

// choose sets b to the place that the mask leaves.
func (c *column) choose(b *[32]byte, mask *[choices]uint64) {
	var l0, l1, l2, l3 uint64
	for i, m := range mask {
		l := &c[i]
		l0 |= binary.LittleEndian.Uint64(l[0:]) & m
		l1 |= binary.LittleEndian.Uint64(l[8:]) & m
		l2 |= binary.LittleEndian.Uint64(l[16:]) & m
		l3 |= binary.LittleEndian.Uint64(l[24:]) & m
	}
	binary.LittleEndian.PutUint64(b[0:], l0)
	binary.LittleEndian.PutUint64(b[8:], l1)
	binary.LittleEndian.PutUint64(b[16:], l2)
	binary.LittleEndian.PutUint64(b[24:], l3)
}

// setBytes sets n to the point of which the numbers' encodings are given.
func (n *affineNiels) setBytes(yPlusX, yMinusX, xy2d *[32]byte) {
	n.yPlusX.SetBytes(yPlusX[:]) // fails for other lengths only
	n.yMinusX.SetBytes(yMinusX[:])
	n.xy2d.SetBytes(xy2d[:])
}
