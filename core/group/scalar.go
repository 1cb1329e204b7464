package group

import (
	"encoding/binary"
	"errors"

	"filippo.io/edwards25519"
)

// ErrScalar is wrapped by each error about the text of a scalar.
var ErrScalar = errors.New("invalid scalar")

// Scalar is an integer modulo q, the order of its group. The zero value is 0 of
// whichever group it is used in. Arithmetic is constant time.
type Scalar struct {
	s edwards25519.Scalar // in Ed25519
	r *residue            // modulo q in a field, nil in Ed25519
}

// Group returns the group that s belongs to; Ed25519 for the zero value.
func (s Scalar) Group() *Group {
	if s.r != nil {
		return s.r.m.group
	}
	return Ed25519
}

// edwards returns the scalar of Ed25519.
func (s *Scalar) edwards() *edwards25519.Scalar {
	if s.r != nil {
		panic("group: scalar of another group than Ed25519")
	}
	return &s.s
}

// in returns the residue modulo the order q of a field's group.
func (s *Scalar) in(q *modulus) *residue {
	switch {
	case s.r == nil && s.s.Equal(new(edwards25519.Scalar)) == 1:
		return q.small(0)
	case s.r == nil || s.r.m != q:
		panic("group: scalar of another group than " + q.group.name)
	}
	return s.r
}

// order returns the order of the field's group that s or t is of, nil for Ed25519.
func (s *Scalar) order(t *Scalar) *modulus {
	switch {
	case s.r != nil:
		return s.r.m
	case t.r != nil:
		return t.r.m
	}
	return nil
}

// AppendText appends the decimal text of s.
func (s Scalar) AppendText(dst []byte) []byte {
	if s.r != nil {
		return s.r.appendText(dst)
	}
	le := s.s.Bytes()
	var limb [4]uint64
	for i := range limb {
		limb[i] = binary.LittleEndian.Uint64(le[8*i:])
	}
	return appendDecimal(dst, limb[:], make([]byte, edwardsDigits))
}

// String returns the decimal text of s.
func (s Scalar) String() string { return string(s.AppendText(nil)) }

// Add returns s + t.
func (s Scalar) Add(t Scalar) (sum Scalar) {
	if q := s.order(&t); q != nil {
		return Scalar{r: s.in(q).add(t.in(q))}
	}
	sum.s.Add(&s.s, &t.s)
	return sum
}

// Sub returns s − t.
func (s Scalar) Sub(t Scalar) (difference Scalar) {
	if q := s.order(&t); q != nil {
		return Scalar{r: s.in(q).sub(t.in(q))}
	}
	difference.s.Subtract(&s.s, &t.s)
	return difference
}

// Mul returns s·t.
func (s Scalar) Mul(t Scalar) (product Scalar) {
	if q := s.order(&t); q != nil {
		return Scalar{r: s.in(q).mul(t.in(q))}
	}
	product.s.Multiply(&s.s, &t.s)
	return product
}

// Neg returns −s.
func (s Scalar) Neg() Scalar { return Scalar{}.Sub(s) }

// Invert returns 1/s, or 0 if s is 0.
func (s Scalar) Invert() (inverse Scalar) {
	if s.r != nil {
		return Scalar{r: s.r.invert()}
	}
	inverse.s.Invert(&s.s)
	return inverse
}

// Equal says whether s and t are the same, in constant time.
func (s Scalar) Equal(t Scalar) bool {
	if q := s.order(&t); q != nil {
		return s.in(q).equal(t.in(q)) == 1
	}
	return s.s.Equal(&t.s) == 1
}

// IsZero returns 1 if s is 0 and 0 otherwise, in constant time.
func (s Scalar) IsZero() int {
	if s.r != nil {
		return int(s.r.n.IsZero())
	}
	return s.s.Equal(new(edwards25519.Scalar))
}

// Select returns a if cond is 1 and b if cond is 0, in constant time.
func Select(cond int, a, b Scalar) Scalar {
	difference := a.Sub(b)
	return b.Add(difference.Group().NewScalar(uint64(cond)).Mul(difference))
}
