// Package field has the integers modulo p = 2^255 − 19, the field in which the
// coordinates of Ed25519 are. It does what filippo.io/edwards25519/field does and names
// it alike, in four limbs of 64 bits instead of five of 51: with the instructions MULX,
// ADCX and ADOX, where the processor has them, a point is added in half of the time.
//
// All functions take the same time whatever the numbers are.
package field

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"math/bits"
)

// Element is an integer modulo p. The zero value is 0. A receiver may be one of the
// arguments.
type Element struct {
	l [4]uint64 // 64 low bits first; any integer below 2^256 stands for its residue
}

// fold is 2^256 modulo p.
const fold = 38

// p in limbs: the lowest, those between, and the highest.
const p0, p1, p3 = 1<<64 - 19, 1<<64 - 1, 1<<63 - 1

// One sets v to 1.
func (v *Element) One() *Element {
	v.l = [4]uint64{1}
	return v
}

// Small sets v to n.
func (v *Element) Small(n uint64) *Element {
	v.l = [4]uint64{n}
	return v
}

// Set sets v to a.
func (v *Element) Set(a *Element) *Element {
	*v = *a
	return v
}

// Add sets v to a + b.
func (v *Element) Add(a, b *Element) *Element {
	l0, c := bits.Add64(a.l[0], b.l[0], 0)
	l1, c := bits.Add64(a.l[1], b.l[1], c)
	l2, c := bits.Add64(a.l[2], b.l[2], c)
	l3, c := bits.Add64(a.l[3], b.l[3], c)
	l0, c = bits.Add64(l0, -c&fold, 0)
	l1, c = bits.Add64(l1, 0, c)
	l2, c = bits.Add64(l2, 0, c)
	l3, c = bits.Add64(l3, 0, c)
	v.l = [4]uint64{l0 + -c&fold, l1, l2, l3} // after a second carry l0 is small
	return v
}

// Subtract sets v to a − b.
func (v *Element) Subtract(a, b *Element) *Element {
	l0, c := bits.Sub64(a.l[0], b.l[0], 0)
	l1, c := bits.Sub64(a.l[1], b.l[1], c)
	l2, c := bits.Sub64(a.l[2], b.l[2], c)
	l3, c := bits.Sub64(a.l[3], b.l[3], c)
	l0, c = bits.Sub64(l0, -c&fold, 0)
	l1, c = bits.Sub64(l1, 0, c)
	l2, c = bits.Sub64(l2, 0, c)
	l3, c = bits.Sub64(l3, 0, c)
	v.l = [4]uint64{l0 - -c&fold, l1, l2, l3} // after a second borrow l0 is large
	return v
}

// Negate sets v to −a.
func (v *Element) Negate(a *Element) *Element { return v.Subtract(new(Element), a) }

// Multiply sets v to a·b.
func (v *Element) Multiply(a, b *Element) *Element {
	multiply(v, a, b)
	return v
}

// Square sets v to a².
func (v *Element) Square(a *Element) *Element {
	multiply(v, a, a)
	return v
}

// squares sets v to a to the power 2^n.
func (v *Element) squares(a *Element, n int) *Element {
	v.Square(a)
	for range n - 1 {
		v.Square(v)
	}
	return v
}

// power250 returns a to the powers 11 and 2^250 − 1.
func power250(a *Element) (a11, a250 Element) {
	var t, a9, a5, a10, a20, a50, a100 Element // aₙ but for a9: to the power 2ⁿ − 1
	t.squares(a, 1)
	a9.Multiply(a, a9.squares(&t, 2))
	a11.Multiply(&t, &a9)
	a5.Multiply(&a9, t.Square(&a11))
	a10.Multiply(&a5, t.squares(&a5, 5))
	a20.Multiply(&a10, t.squares(&a10, 10))
	t.Multiply(&a20, t.squares(&a20, 20))
	a50.Multiply(&a10, t.squares(&t, 10))
	a100.Multiply(&a50, t.squares(&a50, 50))
	t.Multiply(&a100, t.squares(&a100, 100))
	a250.Multiply(&a50, t.squares(&t, 50))
	return a11, a250
}

// Invert sets v to 1/a, or 0 if a is 0: a to the power p − 2 = 2^255 − 21.
func (v *Element) Invert(a *Element) *Element {
	a11, t := power250(a)
	return v.Multiply(&a11, t.squares(&t, 5))
}

// Pow22523 sets v to a to the power (p − 5)/8 = 2^252 − 3.
func (v *Element) Pow22523(a *Element) *Element {
	_, t := power250(a)
	return v.Multiply(a, t.squares(&t, 2))
}

// sqrtM1 is the square root of −1 that is even as an integer: 2 to the power (p − 1)/4.
var sqrtM1 = func() *Element {
	// 2^((p−5)/8) squared is 2^((p−5)/4), and (p−1)/4 is one more.
	r := new(Element).Pow22523(new(Element).Small(2))
	r.Square(r)
	return r.Add(r, r)
}()

// SqrtRatio sets v to the root of a/b that is even as an integer and returns 1; if a/b
// is no square, to that of a/b·√−1, and returns 0 (RFC 9496, section 4.2).
func (v *Element) SqrtRatio(a, b *Element) (*Element, int) {
	var b3, b7, r, check, minus, other Element
	b3.Multiply(b, b3.Square(b))
	b7.Multiply(b, b7.Square(&b3))
	r.Multiply(a, &b3)
	r.Multiply(&r, b7.Pow22523(b7.Multiply(a, &b7)))
	check.Multiply(b, check.Square(&r))
	minus.Negate(a)
	right, flipped := check.Equal(a), check.Equal(&minus)
	flippedI := check.Equal(minus.Multiply(&minus, sqrtM1))
	r.Select(other.Multiply(&r, sqrtM1), &r, flipped|flippedI)
	v.Select(other.Negate(&r), &r, r.IsNegative())
	return v, right | flipped
}

// SetBytes sets v to the integer whose 32 bytes are given, least significant first, of
// which the highest bit is ignored. The only error is another length.
func (v *Element) SetBytes(b []byte) (*Element, error) {
	if len(b) != 32 {
		return nil, errors.New("not the 32 bytes of a field element")
	}
	for i := range v.l {
		v.l[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	v.l[3] &= p3
	return v, nil
}

// reduced returns v as an integer below p.
func (v *Element) reduced() [4]uint64 {
	// Below 2^255 + 19, and at most p after one more subtraction of p.
	l := v.l
	for range 2 {
		top := l[3] >> 63
		l[3] &= p3
		var c uint64
		l[0], c = bits.Add64(l[0], top*19, 0)
		l[1], c = bits.Add64(l[1], 0, c)
		l[2], c = bits.Add64(l[2], 0, c)
		l[3] += c
	}
	r0, c := bits.Sub64(l[0], p0, 0)
	r1, c := bits.Sub64(l[1], p1, c)
	r2, c := bits.Sub64(l[2], p1, c)
	r3, c := bits.Sub64(l[3], p3, c)
	keep := -c // all ones if l is below p
	return [4]uint64{l[0]&keep | r0&^keep, l[1]&keep | r1&^keep, l[2]&keep | r2&^keep, l[3]&keep | r3&^keep}
}

// Bytes returns the only encoding of v: the integer below p in 32 bytes, least
// significant first.
func (v *Element) Bytes() []byte {
	var out [32]byte // written by another function, so that it can stay on the stack
	return v.bytes(&out)
}

func (v *Element) bytes(out *[32]byte) []byte {
	for i, l := range v.reduced() {
		binary.LittleEndian.PutUint64(out[8*i:], l)
	}
	return out[:]
}

// Equal returns 1 if v and a are the same, else 0.
func (v *Element) Equal(a *Element) int {
	x, y := v.reduced(), a.reduced()
	d := (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])
	return subtle.ConstantTimeEq(int32(uint32(d)|uint32(d>>32)), 0)
}

// IsNegative returns 1 if v is odd as an integer below p, else 0.
func (v *Element) IsNegative() int { return int(v.reduced()[0] & 1) }

// Select sets v to a if cond is 1, to b if it is 0.
func (v *Element) Select(a, b *Element, cond int) *Element {
	mask := -uint64(cond)
	for i := range v.l {
		v.l[i] = mask&a.l[i] | ^mask&b.l[i]
	}
	return v
}

// Swap swaps v and a if cond is 1, and leaves them if it is 0.
func (v *Element) Swap(a *Element, cond int) {
	mask := -uint64(cond)
	for i := range v.l {
		t := mask & (v.l[i] ^ a.l[i])
		v.l[i] ^= t
		a.l[i] ^= t
	}
}
