// Package group has the prime-order groups that Belenios uses: Ed25519, in which every
// election is made since version 2.1, and two subgroups of finite fields, in which
// elections before it were. The group law is written additively in all of them, as the
// field's papers do for curves. Elements and scalars have exactly one text each
// (Belenios 3.3, src/lib/core/ed25519_pure.ml, group_field.ml); parsing refuses every
// other spelling and everything outside the subgroup, so two equal texts are two equal
// elements and the reverse.
//
// An element or a scalar knows its group; only elements of one group can be put
// together. Functions named VarTime take time that depends on their inputs and are for
// public values only. All others that take a Scalar are constant time.
package group

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// Group is a cyclic group of prime order q with a fixed generator. Groups are the
// values below; there are no others.
type Group struct {
	name                string
	generator, identity *Element
	// p and q are the field's modulus and the order of its subgroup; nil for Ed25519.
	p, q *modulus
	// padding is how many bits EncodeIntegers leaves free, and integers how many
	// integers of eight bits fit beside them.
	padding, integers int
}

// Groups are all groups.
func Groups() []*Group { return []*Group{Ed25519, Belenios2048, RFC3526} }

// ByName returns the group that Belenios calls so; false if there is none.
func ByName(name string) (*Group, bool) {
	for _, g := range Groups() {
		if g.name == name {
			return g, true
		}
	}
	return nil, false
}

// Name is what Belenios calls the group.
func (g *Group) Name() string { return g.name }

// String returns the name.
func (g *Group) String() string { return g.name }

// Generator returns g, the element of which all others are multiples.
func (g *Group) Generator() *Element { return g.generator }

// Identity returns the neutral element.
func (g *Group) Identity() *Element { return g.identity }

// Parser reads the texts of elements and scalars of one group: the group itself, or one
// that knows some of the elements beforehand.
type Parser interface {
	ParseElement(text []byte) (*Element, error)
	ParseScalar(text []byte) (Scalar, error)
}

// ParseElement reads the text of an element and refuses everything that is not the
// only spelling of a member of the group: for Ed25519 64 lower-case hexadecimal digits
// of the integer y + 2^255·(x mod 2), for a field a decimal integer without leading
// zeros.
func (g *Group) ParseElement(text []byte) (*Element, error) {
	if g.p != nil {
		return g.parseResidue(text)
	}
	e, err := parsePoint(text)
	if err != nil {
		return nil, err
	}
	if !inSubgroup(e.p) {
		return nil, fmt.Errorf("%w: not in the subgroup of prime order", ErrElement)
	}
	return e, nil
}

// ParseScalar reads the decimal text of an integer from 0 to q − 1, without sign or
// leading zeros. The digits take no part in branches or addresses.
func (g *Group) ParseScalar(text []byte) (Scalar, error) {
	if g.q != nil {
		r, err := g.q.parse(text)
		if err != nil {
			return Scalar{}, fmt.Errorf("%w: %w", ErrScalar, err)
		}
		return Scalar{r: r}, nil
	}
	return parseEdwardsScalar(text)
}

// NewScalar returns n as a scalar.
func (g *Group) NewScalar(n uint64) Scalar {
	if g.q != nil {
		return Scalar{r: g.q.small(n)}
	}
	return edwardsScalar(n)
}

// RandomScalar returns a uniform scalar: at least 128 bits more than q has are read
// from random, and reduced.
func (g *Group) RandomScalar(random io.Reader) (Scalar, error) {
	wide := make([]byte, 64)
	if g.q != nil {
		wide = make([]byte, g.q.size()+16)
	}
	if _, err := io.ReadFull(random, wide); err != nil {
		return Scalar{}, fmt.Errorf("read randomness for a scalar: %w", err)
	}
	s := g.reduce(wide)
	clear(wide)
	return s, nil
}

// ReduceBigEndian returns the integer that b writes, most significant byte first,
// modulo q. b is at most 64 bytes long, as hashes and pairs of hashes are.
func (g *Group) ReduceBigEndian(b []byte) Scalar {
	if len(b) > 64 {
		panic("group: integer of more than 512 bits")
	}
	return g.reduce(b)
}

func (g *Group) reduce(b []byte) Scalar {
	if g.q != nil {
		return Scalar{r: g.q.reduce(b)}
	}
	return reduceEdwards(b)
}

// Hash is Belenios' hash of elements to a scalar: SHA-256 of prefix followed by the
// elements' texts with single commas between them, its 256 bits read big-endian,
// modulo q (crypto version 1).
func (g *Group) Hash(prefix []byte, elements ...*Element) Scalar {
	var room [1024]byte // enough for most
	text := AppendJoined(append(room[:0], prefix...), elements...)
	sum := sha256.Sum256(text)
	return g.ReduceBigEndian(sum[:])
}
