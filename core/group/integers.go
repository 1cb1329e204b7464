package group

import (
	"errors"
	"fmt"
)

// MaxIntegers is how many integers of eight bits an element can hold.
const MaxIntegers = (255 - paddingBits) / 8

// paddingBits are left free in an element that holds integers, so that a member of the
// group is found.
const paddingBits = 14

// ErrIntegers is wrapped where integers cannot be held by an element.
var ErrIntegers = errors.New("integers do not fit a group element")

// EncodeIntegers returns the element that holds integers from 0 to 255, the first of
// them the most significant (Belenios 3.3, src/lib/core/ed25519_pure.ml): the text of
// the element is their bytes as one number, times 2^14, plus the least number that
// makes it an element. Its time depends on the integers.
func EncodeIntegers(integers []int) (*Element, error) {
	if len(integers) > MaxIntegers {
		return nil, fmt.Errorf("%w: %d integers, at most %d", ErrIntegers, len(integers), MaxIntegers)
	}
	// enc is the little-endian number before the shift by 14 bits: 6 bits into byte 1.
	var enc [32]byte
	for i, n := range integers {
		if n < 0 || n > 255 {
			return nil, fmt.Errorf("%w: %d is not from 0 to 255", ErrIntegers, n)
		}
		at := len(integers) - i // of the byte's upper part
		enc[at] |= byte(n << 6)
		enc[at+1] |= byte(n >> 2)
	}
	first := enc
	for k := range 1 << paddingBits {
		enc[0], enc[1] = byte(k), first[1]|byte(k>>8)
		e := &Element{enc: new([32]byte)}
		*e.enc = enc
		if !canonicalEncoding(e.enc) {
			continue
		}
		if _, err := e.p.SetBytes(enc[:]); err == nil && inSubgroup(&e.p) {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%w: no element found", ErrIntegers)
}

// DecodeIntegers returns the n integers that e holds. Every element holds some.
func DecodeIntegers(e *Element, n int) ([]int, error) {
	if n < 0 || n > MaxIntegers {
		return nil, fmt.Errorf("%w: %d integers, at most %d", ErrIntegers, n, MaxIntegers)
	}
	enc := e.encoding()
	integers := make([]int, n)
	for i := range integers {
		at := n - i
		integers[i] = int(enc[at]>>6 | enc[at+1]<<2)
	}
	return integers, nil
}
