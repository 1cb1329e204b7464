package group

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"filippo.io/edwards25519"
)

// ErrScalar is wrapped by each error about the text of a scalar.
var ErrScalar = errors.New("invalid scalar")

// maxScalarDigits is the number of decimal digits of q − 1.
const maxScalarDigits = 76

// Scalar is an integer modulo q, the order of the group. The zero value is 0.
// Arithmetic is constant time.
type Scalar struct{ s edwards25519.Scalar }

// NewScalar returns n as a scalar.
func NewScalar(n uint64) Scalar {
	var le [32]byte
	binary.LittleEndian.PutUint64(le[:], n)
	return fromCanonical(le)
}

// RandomScalar returns a uniform scalar from 512 bits of random.
func RandomScalar(random io.Reader) (Scalar, error) {
	var wide [64]byte
	if _, err := io.ReadFull(random, wide[:]); err != nil {
		return Scalar{}, fmt.Errorf("read randomness for a scalar: %w", err)
	}
	s := fromWide(&wide)
	clear(wide[:])
	return s, nil
}

// ReduceBigEndian returns the integer that b writes, most significant byte first,
// modulo q. b is at most 64 bytes long, as hashes and pairs of hashes are.
func ReduceBigEndian(b []byte) Scalar {
	if len(b) > 64 {
		panic("group: integer of more than 512 bits")
	}
	var wide [64]byte
	for i, c := range b {
		wide[len(b)-1-i] = c
	}
	return fromWide(&wide)
}

func fromWide(le *[64]byte) Scalar {
	var s Scalar
	if _, err := s.s.SetUniformBytes(le[:]); err != nil {
		panic(err) // only for another length
	}
	return s
}

func fromCanonical(le [32]byte) Scalar {
	var s Scalar
	if _, err := s.s.SetCanonicalBytes(le[:]); err != nil {
		panic(err) // callers pass integers below 2^64
	}
	return s
}

// ParseScalar reads the decimal text of an integer from 0 to q − 1, without sign or
// leading zeros. The digits take no part in branches or addresses.
func ParseScalar(text []byte) (Scalar, error) {
	if len(text) == 0 || len(text) > maxScalarDigits {
		return Scalar{}, fmt.Errorf("%w: %d digits", ErrScalar, len(text))
	}
	if text[0] == '0' && len(text) > 1 {
		return Scalar{}, fmt.Errorf("%w: leading zero", ErrScalar)
	}
	var limb [4]uint64
	for len(text) > 0 {
		n := min(len(text), 19)
		var chunk, power uint64 = 0, 1
		for _, c := range text[:n] {
			d := c - '0'
			if d > 9 {
				return Scalar{}, fmt.Errorf("%w: not a decimal digit", ErrScalar)
			}
			chunk, power = 10*chunk+uint64(d), 10*power
		}
		text = text[n:]
		carry := chunk
		for i := range limb {
			hi, lo := bits.Mul64(limb[i], power)
			var c uint64
			limb[i], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
	} // 76 digits stay below 2^253, so the last carry is 0
	var le [32]byte
	for i, l := range limb {
		binary.LittleEndian.PutUint64(le[8*i:], l)
	}
	var s Scalar
	if _, err := s.s.SetCanonicalBytes(le[:]); err != nil {
		return Scalar{}, fmt.Errorf("%w: not below the group order", ErrScalar)
	}
	return s, nil
}

// AppendText appends the decimal text of s.
func (s Scalar) AppendText(dst []byte) []byte {
	const billions = 1e19
	le := s.s.Bytes()
	var limb [4]uint64
	for i := range limb {
		limb[i] = binary.LittleEndian.Uint64(le[8*i:])
	}
	var digits [maxScalarDigits]byte
	for end := len(digits); end > 0; end -= 19 {
		var rem uint64
		for i := 3; i >= 0; i-- {
			limb[i], rem = bits.Div64(rem, limb[i], billions)
		}
		for i := end - 1; i >= end-19; i-- {
			digits[i] = '0' + byte(rem%10)
			rem /= 10
		}
	}
	start := 0
	for start < len(digits)-1 && digits[start] == '0' {
		start++
	}
	return append(dst, digits[start:]...)
}

// String returns the decimal text of s.
func (s Scalar) String() string { return string(s.AppendText(nil)) }

// Add returns s + t.
func (s Scalar) Add(t Scalar) (sum Scalar) {
	sum.s.Add(&s.s, &t.s)
	return sum
}

// Sub returns s − t.
func (s Scalar) Sub(t Scalar) (difference Scalar) {
	difference.s.Subtract(&s.s, &t.s)
	return difference
}

// Mul returns s·t.
func (s Scalar) Mul(t Scalar) (product Scalar) {
	product.s.Multiply(&s.s, &t.s)
	return product
}

// Neg returns −s.
func (s Scalar) Neg() (negative Scalar) {
	negative.s.Negate(&s.s)
	return negative
}

// Invert returns 1/s, or 0 if s is 0.
func (s Scalar) Invert() (inverse Scalar) {
	inverse.s.Invert(&s.s)
	return inverse
}

// Equal says whether s and t are the same, in constant time.
func (s Scalar) Equal(t Scalar) bool { return s.s.Equal(&t.s) == 1 }

// IsZero returns 1 if s is 0 and 0 otherwise, in constant time.
func (s Scalar) IsZero() int {
	var zero edwards25519.Scalar
	return s.s.Equal(&zero)
}

// Select returns a if cond is 1 and b if cond is 0, in constant time.
func Select(cond int, a, b Scalar) Scalar {
	c := NewScalar(uint64(cond))
	return b.Add(c.Mul(a.Sub(b)))
}

// Hash is Belenios' hash of elements to a scalar: SHA-256 of prefix followed by the
// elements' texts with single commas between them, its 256 bits read big-endian,
// modulo q (crypto version 1).
func Hash(prefix []byte, elements ...*Element) Scalar {
	text := make([]byte, 0, len(prefix)+(textLen+1)*len(elements))
	text = append(text, prefix...)
	text = AppendJoined(text, elements...)
	sum := sha256.Sum256(text)
	return ReduceBigEndian(sum[:])
}
