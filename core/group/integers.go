package group

import (
	"errors"
	"fmt"
	"math/big"
)

// ErrIntegers is wrapped where integers do not fit into an element of the group.
var ErrIntegers = errors.New("integers do not fit into an element")

// integerBits is the size of one integer in an element.
const integerBits = 8

// MaxIntegers is how many integers from 0 to 255 one element holds; 0 if the group
// cannot hold any.
func (g *Group) MaxIntegers() int { return g.integers }

// EncodeIntegers returns an element that holds the integers, each 0 to 255, the first
// as the most significant byte: the number that they write, shifted left by the
// group's padding, plus the smallest number that makes it the text of an element
// (Belenios 3.3, Group.of_ints). Its time depends on the integers: how many numbers
// are tried is about geometric with mean 2 in a field and 16 on the curve.
func (g *Group) EncodeIntegers(integers []int) (*Element, error) {
	if len(integers) > g.integers {
		return nil, fmt.Errorf("%w: %d, at most %d in %s", ErrIntegers, len(integers), g.integers, g.name)
	}
	b := make([]byte, len(integers))
	for i, n := range integers {
		if n < 0 || n >= 1<<integerBits {
			return nil, fmt.Errorf("%w: %d", ErrIntegers, n)
		}
		b[i] = byte(n)
	}
	number := new(big.Int).SetBytes(b)
	number.Lsh(number, uint(g.padding))
	for range 1 << g.padding {
		if e, ok := g.fromNumber(number); ok {
			return e, nil
		}
		number.Add(number, big.NewInt(1))
	}
	return nil, fmt.Errorf("%w: no element with this beginning", ErrIntegers)
}

// DecodeIntegers returns the n integers that an element holds. Every element holds
// some.
func DecodeIntegers(e *Element, n int) ([]int, error) {
	g := e.Group()
	if n < 0 || n > g.integers {
		return nil, fmt.Errorf("%w: %d, at most %d in %s", ErrIntegers, n, g.integers, g.name)
	}
	number := e.number()
	number.Rsh(number, uint(g.padding))
	integers := make([]int, n)
	low, mask := new(big.Int), big.NewInt(1<<integerBits-1)
	for i := n - 1; i >= 0; i-- {
		integers[i] = int(low.And(number, mask).Int64())
		number.Rsh(number, integerBits)
	}
	return integers, nil
}

// number returns the integer that the text of e writes.
func (e *Element) number() *big.Int {
	if e.r != nil {
		return new(big.Int).SetBytes(e.r.bytes())
	}
	enc := e.encoding()
	reverse(&enc)
	return new(big.Int).SetBytes(enc[:])
}

// fromNumber returns the element whose text writes the integer, if there is one.
func (g *Group) fromNumber(n *big.Int) (*Element, bool) {
	if g.p != nil {
		r, err := g.p.parseBytes(n.FillBytes(make([]byte, g.p.size())))
		if err != nil || !g.varTimeHas(r) {
			return nil, false
		}
		return &Element{r: r}, true
	}
	e, err := pointOfNumber(n)
	if err != nil || !inSubgroup(e.p) {
		return nil, false
	}
	return e, true
}
