package field

import "math/bits"

// multiplyGeneric sets v to a·b.
func multiplyGeneric(v, a, b *Element) {
	var r0, r1, r2, r3, r4, r5, r6, r7, c uint64
	r0, r1, r2, r3, r4 = addProduct(a.l[0], &b.l, 0, 0, 0, 0)
	r1, r2, r3, r4, r5 = addProduct(a.l[1], &b.l, r1, r2, r3, r4)
	r2, r3, r4, r5, r6 = addProduct(a.l[2], &b.l, r2, r3, r4, r5)
	r3, r4, r5, r6, r7 = addProduct(a.l[3], &b.l, r3, r4, r5, r6)
	// The upper half counts 2^256 = 38, and so does what is above it then.
	r0, r1, r2, r3, r4 = addProduct(fold, &[4]uint64{r4, r5, r6, r7}, r0, r1, r2, r3)
	r0, c = bits.Add64(r0, r4*fold, 0)
	r1, c = bits.Add64(r1, 0, c)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	v.l = [4]uint64{r0 + -c&fold, r1, r2, r3} // after this carry r0 is small
}

// addProduct returns r + x·y.
func addProduct(x uint64, y *[4]uint64, r0, r1, r2, r3 uint64) (s0, s1, s2, s3, s4 uint64) {
	h0, l0 := bits.Mul64(x, y[0])
	h1, l1 := bits.Mul64(x, y[1])
	h2, l2 := bits.Mul64(x, y[2])
	h3, l3 := bits.Mul64(x, y[3])
	s0, c := bits.Add64(r0, l0, 0)
	s1, c = bits.Add64(r1, l1, c)
	s2, c = bits.Add64(r2, l2, c)
	s3, c = bits.Add64(r3, l3, c)
	s4 = h3 + c
	s1, c = bits.Add64(s1, h0, 0)
	s2, c = bits.Add64(s2, h1, c)
	s3, c = bits.Add64(s3, h2, c)
	return s0, s1, s2, s3, s4 + c
}
