package group

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"bayyina/core/group/internal/field"
)

// Coefficient is a multiplier of 128 bits, such as a verifier draws at random to check
// many equations as one: 64 low bits first.
type Coefficient [2]uint64

// Scalar returns k modulo q.
func (k Coefficient) Scalar(g *Group) Scalar {
	if g.q != nil {
		be := binary.BigEndian.AppendUint64(nil, k[1])
		return g.reduce(binary.BigEndian.AppendUint64(be, k[0]))
	}
	return scalarOfLimbs(&[4]uint64{k[0], k[1]}) // below q as they are
}

// Terms are terms kᵢ·Pᵢ of a sum of public values. The zero value has none.
type Terms struct {
	short []shortTerm
	long  []longTerm
	// In a field there are only these.
	scalars  []Scalar
	elements []*Element
}

type shortTerm struct {
	point  affineNiels
	factor Coefficient
}

type longTerm struct {
	point  affineNiels
	factor [4]uint64 // 64 low bits first
}

// Grow makes room for so many more terms of each kind.
func (t *Terms) Grow(short, long int) {
	t.short, t.long = slices.Grow(t.short, short), slices.Grow(t.long, long)
}

// Add adds the term k·e.
func (t *Terms) Add(k Scalar, e *Element) {
	if e.r != nil {
		t.scalars, t.elements = append(t.scalars, k), append(t.elements, e)
		return
	}
	t.long = append(t.long, longTerm{factor: limbs(k)})
	t.long[len(t.long)-1].point.setElement(e)
}

// AddShort adds the term k·e.
func (t *Terms) AddShort(k Coefficient, e *Element) {
	if e.r != nil {
		t.Add(k.Scalar(e.Group()), e)
		return
	}
	t.short = append(t.short, shortTerm{factor: k})
	t.short[len(t.short)-1].point.setElement(e)
}

func limbs(k Scalar) (l [4]uint64) {
	le := k.edwards().Bytes()
	for i := range l {
		l[i] = binary.LittleEndian.Uint64(le[8*i:])
	}
	return l
}

// setElement sets n to the point of e.
func (n *affineNiels) setElement(e *Element) {
	if e.niels != nil {
		*n = *e.niels
		return
	}
	x, y := affineOf(e.point())
	n.set(x, y)
}

var edwards2D = new(field.Element).Add(edwardsD, edwardsD)

const (
	coefficientBits = 128
	scalarBits      = 253
	maxWindow       = 13 // 4,096 buckets, 655 kB for each worker
)

// VarTimeSum returns the sum of all terms, by so many workers. Without terms it is the
// identity of Ed25519.
//
// It cuts the multipliers into signed digits of w bits. For each digit's position the
// points are sorted into buckets by their digit, and the buckets are summed, each
// multiplied by its digit (Pippenger; Bernstein, Doumen, Lange, Oosterwijk, "Faster
// batch forgery identification", eprint 2012/549, section 4).
func VarTimeSum(workers int, terms ...*Terms) *Element {
	if slices.ContainsFunc(terms, func(t *Terms) bool { return len(t.elements) > 0 }) {
		return varTimeFieldSum(workers, terms)
	}
	short, long := 0, 0
	for _, t := range terms {
		short += len(t.short)
		long += len(t.long)
	}
	w := window(short, long)
	sums := make([]*extended, windows(scalarBits, w))
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(workers, len(sums)) {
		running.Go(func() {
			buckets := make([]extended, 1<<(w-1))
			for i := int(next.Add(1)) - 1; i < len(sums); i = int(next.Add(1)) - 1 {
				sums[i] = sumWindow(buckets, terms, i, w)
			}
		})
	}
	running.Wait()
	total := newExtended()
	for i := len(sums) - 1; i >= 0; i-- {
		total.doubleTimes(w)
		total.addExtended(sums[i])
	}
	return total.element()
}

// windows is the number of signed digits of w bits of a number of so many bits.
func windows(bits, w int) int { return (bits + w) / w }

// window returns the width of digits that needs the fewest additions.
func window(short, long int) int {
	best, least := 0, 0
	for w := 3; w <= maxWindow; w++ {
		// Of a point to a bucket 7 multiplications, of two buckets 9, of those two each.
		cost := 7*(short*windows(coefficientBits, w)+long*windows(scalarBits, w)) +
			2*9<<(w-1)*windows(scalarBits, w)
		if best == 0 || cost < least {
			best, least = w, cost
		}
	}
	return best
}

// sumWindow sums digit i of each multiplier times its point.
func sumWindow(buckets []extended, terms []*Terms, i, w int) *extended {
	for b := range buckets {
		buckets[b] = *newExtended()
	}
	put := func(point *affineNiels, d int) {
		switch {
		case d > 0:
			buckets[d-1].add(point)
		case d < 0:
			buckets[-d-1].sub(point)
		}
	}
	for _, t := range terms {
		if i < windows(coefficientBits, w) {
			for j := range t.short {
				put(&t.short[j].point, digit(t.short[j].factor[:], i*w, w))
			}
		}
		for j := range t.long {
			put(&t.long[j].point, digit(t.long[j].factor[:], i*w, w))
		}
	}
	upper, sum := newExtended(), newExtended()
	for b := len(buckets) - 1; b >= 0; b-- {
		upper.addExtended(&buckets[b])
		sum.addExtended(upper)
	}
	return sum
}

// digit returns the signed digit of w bits at bit position at: a number d with
// −2^(w−1) ≤ d ≤ 2^(w−1). The upper half of unsigned digits is what is missing to one
// more of the next (Booth).
func digit(k []uint64, at, w int) int {
	var v uint64 // the w bits and the one below
	if at == 0 {
		v = k[0] << 1
	} else if limb, shift := (at-1)/64, (at-1)%64; limb < len(k) {
		v = k[limb] >> shift
		if limb+1 < len(k) {
			v |= k[limb+1] << (64 - shift)
		}
	}
	v &= 1<<(w+1) - 1
	return int(v>>1+v&1) - int(v>>w<<w)
}

// sub sets e to e − n.
func (e *extended) sub(n *affineNiels) {
	var a, b, c, d, f, g, h, i field.Element
	a.Multiply(h.Subtract(&e.y, &e.x), &n.yPlusX)
	b.Multiply(h.Add(&e.y, &e.x), &n.yMinusX)
	c.Multiply(&e.t, &n.xy2d)
	d.Add(&e.z, &e.z)
	h.Add(&b, &a)
	i.Subtract(&b, &a)
	f.Add(&d, &c)
	g.Subtract(&d, &c)
	e.x.Multiply(&i, &f)
	e.y.Multiply(&g, &h)
	e.z.Multiply(&f, &g)
	e.t.Multiply(&i, &h)
}

// addExtended sets e to e + o (eprint 2008/522, section 3.1, with a = −1).
func (e *extended) addExtended(o *extended) {
	var a, b, c, d, f, g, h, i field.Element
	a.Multiply(h.Subtract(&e.y, &e.x), i.Subtract(&o.y, &o.x))
	b.Multiply(h.Add(&e.y, &e.x), i.Add(&o.y, &o.x))
	c.Multiply(c.Multiply(&e.t, &o.t), edwards2D)
	d.Multiply(&e.z, &o.z)
	d.Add(&d, &d)
	h.Add(&b, &a)
	i.Subtract(&b, &a)
	f.Subtract(&d, &c)
	g.Add(&d, &c)
	e.x.Multiply(&i, &f)
	e.y.Multiply(&g, &h)
	e.z.Multiply(&f, &g)
	e.t.Multiply(&i, &h)
}

// double sets e to 2·e (eprint 2008/522, section 3.3, with a = −1).
func (e *extended) double() {
	i, h := e.doubleOnly()
	e.t.Multiply(&i, &h)
}

// doubleTimes doubles e so many times.
func (e *extended) doubleTimes(n int) {
	for range n - 1 {
		e.doubleOnly()
	}
	e.double()
}

// doubleOnly sets e to 2·e but for t, which is the product of what it returns: the next
// doubling does not need it.
func (e *extended) doubleOnly() (i, h field.Element) {
	var a, b, c, f, g field.Element
	a.Square(&e.x)
	b.Square(&e.y)
	c.Square(&e.z)
	c.Add(&c, &c)
	i.Square(i.Add(&e.x, &e.y))
	h.Add(&a, &b)
	i.Subtract(&h, &i)
	g.Subtract(&a, &b)
	f.Add(&c, &g)
	e.x.Multiply(&i, &f)
	e.y.Multiply(&g, &h)
	e.z.Multiply(&f, &g)
	return i, h
}
