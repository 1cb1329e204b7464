package group

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"filippo.io/bigmod"
)

// modulus is a prime whose size in bytes is a multiple of 8: the p of a field, or the
// order q of its subgroup.
type modulus struct {
	group  *Group
	m      *bigmod.Modulus
	digits int    // decimal digits of the modulus
	less2  []byte // m − 2, big-endian
}

// residue is an integer modulo a prime. Residues are never changed. All arithmetic is
// constant time.
type residue struct {
	m *modulus
	n *bigmod.Nat
}

func newModulus(g *Group, be []byte) *modulus {
	m, err := bigmod.NewModulus(be)
	if err != nil {
		panic(err) // the moduli are constants of this package
	}
	less2 := append([]byte(nil), be...)
	less2[len(be)-1] -= 2 // no borrow: none of the primes is 1 modulo 256
	digits := len(new(big.Int).SetBytes(be).String())
	return &modulus{group: g, m: m, digits: digits, less2: less2}
}

// size is the length of the modulus in bytes.
func (m *modulus) size() int { return m.m.Size() }

func (m *modulus) zero() *bigmod.Nat { return bigmod.NewNat().ExpandFor(m.m) }

// small returns n, which is below every modulus.
func (m *modulus) small(n uint64) *residue {
	var be [8]byte
	binary.BigEndian.PutUint64(be[:], n)
	x, err := bigmod.NewNat().SetBytes(be[:], m.m)
	if err != nil {
		panic(err)
	}
	return &residue{m, x}
}

// reduce returns the integer that b writes, most significant byte first, modulo m.
func (m *modulus) reduce(b []byte) *residue {
	// Read half a modulus at a time, so that each part is below it.
	half := m.size() / 2
	shift := make([]byte, half+1)
	shift[0] = 1
	factor, err := bigmod.NewNat().SetBytes(shift, m.m)
	if err != nil {
		panic(err)
	}
	sum := m.zero()
	for first := len(b) % half; len(b) > 0; first = half {
		part, err := bigmod.NewNat().SetBytes(b[:first], m.m)
		if err != nil {
			panic(err)
		}
		sum.Mul(factor, m.m).Add(part, m.m)
		b = b[first:]
	}
	return &residue{m, sum}
}

// parse reads a decimal text without sign or leading zeros of an integer below m.
func (m *modulus) parse(text []byte) (*residue, error) {
	if len(text) > m.digits {
		return nil, fmt.Errorf("%d digits", len(text))
	}
	limb := make([]uint64, m.size()/8)
	if err := parseDecimal(limb, text); err != nil {
		return nil, err
	}
	be := make([]byte, 0, m.size())
	for i := len(limb) - 1; i >= 0; i-- {
		be = binary.BigEndian.AppendUint64(be, limb[i])
	}
	return m.parseBytes(be)
}

func (m *modulus) parseBytes(be []byte) (*residue, error) {
	x, err := bigmod.NewNat().SetBytes(be, m.m)
	if err != nil {
		return nil, errors.New("not below the modulus")
	}
	return &residue{m, x}, nil
}

func (a *residue) appendText(dst []byte) []byte {
	be := a.bytes()
	limb := make([]uint64, len(be)/8)
	for i := range limb {
		limb[i] = binary.BigEndian.Uint64(be[len(be)-8*(i+1):])
	}
	return appendDecimal(dst, limb, make([]byte, (a.m.digits+18)/19*19))
}

// bytes returns the integer, most significant byte first, in the modulus' size.
func (a *residue) bytes() []byte { return a.n.Bytes(a.m.m) }

// copy returns a number that may be changed.
func (a *residue) copy() *bigmod.Nat { return a.m.zero().Add(a.n, a.m.m) }

func (a *residue) add(b *residue) *residue { return &residue{a.m, a.copy().Add(b.n, a.m.m)} }

func (a *residue) sub(b *residue) *residue { return &residue{a.m, a.copy().Sub(b.n, a.m.m)} }

func (a *residue) mul(b *residue) *residue { return &residue{a.m, a.copy().Mul(b.n, a.m.m)} }

// exp returns a to the power that e writes, most significant byte first. Only the
// length of e takes time.
func (a *residue) exp(e []byte) *residue {
	return &residue{a.m, bigmod.NewNat().Exp(a.n, e, a.m.m)}
}

// invert returns 1/a, or 0 if a is 0 (Fermat).
func (a *residue) invert() *residue { return a.exp(a.m.less2) }

// equal returns 1 if both are the same, else 0.
func (a *residue) equal(b *residue) int { return int(a.n.Equal(b.n)) }
