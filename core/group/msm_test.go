package group

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"testing"
)

// randomTerms are so many terms of each kind, with the numbers that are likeliest to be
// wrong among them, and their sum, computed one by one.
func randomTerms(t testing.TB, short, long int) (*Terms, *Element) {
	t.Helper()
	terms, sum := new(Terms), Ed25519.Identity()
	for i := range short {
		var b [16]byte
		rand.Read(b[:])
		k := Coefficient{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
		switch i {
		case 0:
			k = Coefficient{}
		case 1:
			k = Coefficient{^uint64(0), ^uint64(0)}
		case 2:
			k = Coefficient{1 << 63, 1 << 63}
		}
		e := randomElement(t)
		if i == 3 {
			e = Ed25519.Identity()
		}
		terms.AddShort(k, e)
		sum = sum.Add(e.Mult(k.Scalar(Ed25519)))
	}
	for i := range long {
		k, err := Ed25519.RandomScalar(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		switch i {
		case 0:
			k = Ed25519.NewScalar(1).Neg() // q − 1
		case 1:
			k = Scalar{}
		}
		e := randomElement(t)
		terms.Add(k, e)
		sum = sum.Add(e.Mult(k))
	}
	return terms, sum
}

func randomElement(t testing.TB) *Element {
	t.Helper()
	k, err := Ed25519.RandomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Ed25519.BaseMult(k)
}

func TestASumByBucketsIsTheSumOneByOne(t *testing.T) {
	for _, n := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {4, 2}, {5, 40}, {100, 3}, {300, 150}} {
		a, sumA := randomTerms(t, n[0], n[1])
		b, sumB := randomTerms(t, n[1], n[0])
		for _, workers := range []int{1, 3} {
			if got, want := VarTimeSum(workers, a, b), sumA.Add(sumB); !got.Equal(want) {
				t.Errorf("%d short and %d long terms, %d workers: %s, not %s", n[0], n[1], workers, got, want)
			}
		}
	}
}

func TestSignedDigitsAreTheNumber(t *testing.T) {
	for w := 3; w <= maxWindow; w++ {
		for range 20 {
			k, err := Ed25519.RandomScalar(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			l := limbs(k)
			var sum Scalar
			for i := windows(scalarBits, w) - 1; i >= 0; i-- {
				d := digit(l[:], i*w, w)
				if d > 1<<(w-1) || d < -1<<(w-1) {
					t.Fatalf("digit %d of %d bits", d, w)
				}
				sum = sum.Mul(Ed25519.NewScalar(1 << w))
				if d >= 0 {
					sum = sum.Add(Ed25519.NewScalar(uint64(d)))
				} else {
					sum = sum.Sub(Ed25519.NewScalar(uint64(-d)))
				}
			}
			if !sum.Equal(k) {
				t.Fatalf("digits of %d bits of %s give %s", w, k, sum)
			}
		}
	}
}

func BenchmarkSum(b *testing.B) {
	for _, proofs := range []int{64, 1024, 8192} {
		b.Run(fmt.Sprint(proofs), func(b *testing.B) {
			terms := manyTerms(b, proofs)
			for b.Loop() {
				VarTimeSum(1, terms)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*proofs), "ns/proof")
		})
	}
}

// manyTerms are the terms of so many proofs that a ciphertext holds 0 or 1: four of 128
// bits and two of 253 each. Points repeat, which changes nothing; numbers do not.
func manyTerms(b *testing.B, proofs int) *Terms {
	few, _ := randomTerms(b, 64, 32)
	many := new(Terms)
	var raw [16]byte
	for len(many.long) < 2*proofs {
		many.short = append(many.short, few.short...)
		many.long = append(many.long, few.long...)
	}
	for i := range many.short {
		rand.Read(raw[:])
		many.short[i].factor = Coefficient{binary.LittleEndian.Uint64(raw[:]), binary.LittleEndian.Uint64(raw[8:])}
	}
	for i := range many.long {
		k, err := Ed25519.RandomScalar(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		many.long[i].factor = limbs(k)
	}
	return many
}
