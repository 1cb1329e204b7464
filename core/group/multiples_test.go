package group

import (
	"testing"

	"pgregory.net/rapid"
)

func TestMultiplesAreTheProducts(t *testing.T) {
	minusOne := Ed25519.NewScalar(1).Neg()
	e := randomElement(t)
	check := func(t interface{ Fatalf(string, ...any) }, ks []Scalar) {
		for i, got := range e.VarTimeMultiples(ks...) {
			if want := e.Mult(ks[i]); !got.Equal(want) {
				t.Fatalf("%s·e is %s, not %s", ks[i], got, want)
			}
		}
	}
	check(t, nil)
	check(t, []Scalar{{}, Ed25519.NewScalar(1), minusOne, Ed25519.NewScalar(8), Ed25519.NewScalar(1<<32 - 1), Ed25519.NewScalar(1 << 32)})
	rapid.Check(t, func(rt *rapid.T) {
		wide := rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(rt, "wide")
		check(rt, []Scalar{Ed25519.ReduceBigEndian(wide[:32]), Ed25519.ReduceBigEndian(wide), Ed25519.ReduceBigEndian(wide[:9])})
	})
}

func BenchmarkMultiples(b *testing.B) {
	e, k := randomElement(b), Ed25519.NewScalar(8).Invert()
	for b.Loop() {
		e.VarTimeMultiples(k, k)
	}
}
