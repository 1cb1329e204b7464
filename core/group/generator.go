package group

import (
	"crypto/sha256"
	"strconv"

	"filippo.io/edwards25519"
)

// DerivedGenerator returns a generator of which nobody knows the logarithm to another:
// Belenios' get_generator for i = −1, 0, 1, … (src/lib/core/ed25519_pure.ml,
// group_field.ml). It begins with the SHA-256 of "ggen|i". In Ed25519 that without its
// last two bits is counted up until it is the text of a point of the curve, which times
// 8 is in the group; in a field its power with exponent (p−1)/q is.
func (g *Group) DerivedGenerator(i int) *Element {
	sum := sha256.Sum256(strconv.AppendInt([]byte("ggen|"), int64(i), 10))
	if g.p != nil {
		return &Element{r: g.p.reduce(sum[:]).exp(g.cofactor())}
	}
	// Read big-endian, shifted right, and written little-endian as RFC 8032 does.
	var enc [32]byte
	for j := range enc {
		enc[31-j] = sum[j] >> 2
		if j > 0 {
			enc[31-j] |= sum[j-1] << 6
		}
	}
	var p edwards25519.Point
	for {
		if _, err := p.SetBytes(enc[:]); err == nil {
			e := newElement()
			e.p.MultByCofactor(&p)
			return e
		}
		for j := range enc { // plus one
			if enc[j]++; enc[j] != 0 {
				break
			}
		}
	}
}
