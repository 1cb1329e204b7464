package group

import (
	"errors"
	"math/bits"
)

// parseDecimal reads the decimal text of a natural number, without sign or leading
// zeros, into little-endian limbs. The digits take no part in branches or addresses.
func parseDecimal(limb []uint64, text []byte) error {
	if len(text) == 0 {
		return errors.New("no digits")
	}
	if text[0] == '0' && len(text) > 1 {
		return errors.New("leading zero")
	}
	for len(text) > 0 {
		n := min(len(text), 19)
		var carry, power uint64 = 0, 1
		for _, c := range text[:n] {
			d := c - '0'
			if d > 9 {
				return errors.New("not a decimal digit")
			}
			carry, power = 10*carry+uint64(d), 10*power
		}
		text = text[n:]
		for i := range limb {
			hi, lo := bits.Mul64(limb[i], power)
			var c uint64
			limb[i], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		if carry != 0 {
			return errors.New("too large")
		}
	}
	return nil
}

// appendDecimal appends the decimal text of little-endian limbs, which it divides down
// to 0. Buffer has room for all digits that the number could have, and its length is a
// multiple of 19.
func appendDecimal(dst []byte, limb []uint64, buffer []byte) []byte {
	const chunk = 1e19
	for end := len(buffer); end > 0; end -= 19 {
		var rem uint64
		for i := len(limb) - 1; i >= 0; i-- {
			limb[i], rem = bits.Div64(rem, limb[i], chunk)
		}
		for i := end - 1; i >= end-19; i-- {
			buffer[i] = '0' + byte(rem%10)
			rem /= 10
		}
	}
	start := 0
	for start < len(buffer)-1 && buffer[start] == '0' {
		start++
	}
	return append(dst, buffer[start:]...)
}
