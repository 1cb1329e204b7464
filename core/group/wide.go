package group

import "bayyina/core/group/internal/field"

// wideBits is the width of the digits by which a table multiplies by public scalars.
const wideBits = 8

// wideTable holds (j+1)·2^(8i)·e at [i][j]: all that signed digits of 8 bits need, so
// that a multiplication is 32 additions. It takes 492 kB, about what a core's own cache
// holds, and the time of 60 multiplications, so it is only made where it is used.
type wideTable [][1 << (wideBits - 1)]affineNiels

func newWideTable(e *Element) wideTable {
	var base extended
	base.setElement(e)
	w := make(wideTable, windows(scalarBits, wideBits))
	multiples := make([]extended, 0, len(w)*len(w[0]))
	for range w {
		var c cached
		c.set(&base)
		for j := range w[0] {
			if j > 0 {
				base.addCached(&c)
			}
			multiples = append(multiples, base)
		}
		base.double()
	}
	affinePoints(multiples, func(i int, x, y *field.Element) {
		w[i/len(w[0])][i%len(w[0])].set(x, y)
	})
	return w
}

// addTo adds k·e to acc.
func (w wideTable) addTo(acc *extended, k Scalar) {
	l := limbs(k)
	for i := range w {
		switch d := digit(l[:], i*wideBits, wideBits); {
		case d > 0:
			acc.add(&w[i][d-1])
		case d < 0:
			acc.sub(&w[i][-d-1])
		}
	}
}
