package field

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	theirs "filippo.io/edwards25519/field"
)

var p = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

// integers are limbs that come near to carries, and random ones.
func integers() (list []Element) {
	edge := []uint64{0, 1, 18, 19, 37, 38, 39, 1<<63 - 1, 1 << 63, 1<<64 - 39, 1<<64 - 38, 1<<64 - 20, 1<<64 - 19, 1<<64 - 1}
	for _, low := range edge {
		for _, middle := range []uint64{0, 1<<64 - 1} {
			for _, high := range edge {
				list = append(list, Element{[4]uint64{low, middle, middle, high}})
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		list = append(list, Element{[4]uint64{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()}})
	}
	return list
}

func (v *Element) integer() *big.Int {
	n := new(big.Int)
	for i := 3; i >= 0; i-- {
		n.Add(n.Lsh(n, 64), new(big.Int).SetUint64(v.l[i]))
	}
	return n.Mod(n, p)
}

func TestArithmeticIsThatOfIntegersModuloP(t *testing.T) {
	list := integers()
	want := new(big.Int)
	check := func(name string, got *Element, a, b *Element) {
		if want.Mod(want, p); got.integer().Cmp(want) != 0 {
			t.Fatalf("%s of %x and %x is %x, not %x", name, a.l, b.l, got.integer(), want)
		}
	}
	for i := range list {
		for j := i % 11; j < len(list); j += 11 {
			a, b, got := &list[i], &list[j], new(Element)
			want.Add(a.integer(), b.integer())
			check("sum", got.Add(a, b), a, b)
			want.Sub(a.integer(), b.integer())
			check("difference", got.Subtract(a, b), a, b)
			want.Mul(a.integer(), b.integer())
			check("product", got.Multiply(a, b), a, b)
			multiplyGeneric(got, a, b)
			check("generic product", got, a, b)
			if equal := a.integer().Cmp(b.integer()) == 0; equal != (a.Equal(b) == 1) {
				t.Fatalf("%x and %x: equal is not %v", a.l, b.l, equal)
			}
		}
		a := list[i]
		want.Mul(a.integer(), a.integer())
		check("square in place", a.Square(&a), &list[i], &list[i])
	}
}

func TestAllElseIsAsInTheLibrary(t *testing.T) {
	for _, v := range integers() {
		a, err := new(theirs.Element).SetBytes(v.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), v.Bytes()) {
			t.Fatalf("%x is written %x", v.l, v.Bytes())
		}
		same := func(name string, ours *Element, library *theirs.Element) {
			if !bytes.Equal(ours.Bytes(), library.Bytes()) {
				t.Fatalf("%s of %x is %x, not %x", name, v.l, ours.Bytes(), library.Bytes())
			}
		}
		same("inverse", new(Element).Invert(&v), new(theirs.Element).Invert(a))
		same("negative", new(Element).Negate(&v), new(theirs.Element).Negate(a))
		same("power", new(Element).Pow22523(&v), new(theirs.Element).Pow22523(a))
		if v.IsNegative() != a.IsNegative() {
			t.Fatalf("sign of %x is %d", v.l, v.IsNegative())
		}
		for _, n := range []uint64{0, 1, 2, 3, 121666} {
			b := new(theirs.Element).Mult32(new(theirs.Element).One(), uint32(n))
			r, square := new(Element).SqrtRatio(&v, new(Element).Small(n))
			want, wantSquare := new(theirs.Element).SqrtRatio(a, b)
			if same("root", r, want); square != wantSquare {
				t.Fatalf("that %x/%d is a square: %d", v.l, n, square)
			}
		}
		x, y := v, *new(Element).One()
		x.Swap(&y, 0)
		same("not swapped", &x, a)
		x.Swap(&y, 1)
		same("swapped", &y, a)
		same("selected", new(Element).Select(&x, &y, 0), a)
	}
}

func TestSetBytesIgnoresTheHighestBit(t *testing.T) {
	b := bytes.Repeat([]byte{0xff}, 32)
	v, err := new(Element).SetBytes(b)
	if err != nil || v.integer().Cmp(big.NewInt(18)) != 0 {
		t.Errorf("2^255 − 1 is %v, %v", v.integer(), err)
	}
	if _, err := v.SetBytes(b[:31]); err == nil {
		t.Error("31 bytes were read")
	}
}

func BenchmarkMultiply(b *testing.B) {
	x, y := integers()[400], integers()[401]
	for b.Loop() {
		x.Multiply(&x, &y)
	}
}

func BenchmarkAdd(b *testing.B) {
	x, y := integers()[400], integers()[401]
	for b.Loop() {
		x.Add(&x, &y)
	}
}
