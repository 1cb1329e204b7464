package group

import (
	"testing"

	"pgregory.net/rapid"
)

func TestMultiplesAreTheProducts(t *testing.T) {
	g := Ed25519
	e, table := randomElement(t), NewTable(randomElement(t))
	check := func(t interface{ Fatalf(string, ...any) }, ks ...Scalar) {
		as := make([]Scalar, len(ks))
		for i := range as {
			as[i] = ks[(i+1)%len(ks)].Neg()
		}
		for i, got := range table.VarTimeMultAdds(as, e, ks) {
			if want := e.Mult(ks[i]).Add(table.Mult(as[i])); !got.Equal(want) {
				t.Fatalf("%s·e is %s, not %s", ks[i], got, want)
			}
		}
	}
	check(t)
	check(t, Scalar{}, g.NewScalar(1), g.NewScalar(1).Neg(), g.NewScalar(8), g.NewScalar(1<<32-1), g.NewScalar(1<<32))
	rapid.Check(t, func(rt *rapid.T) {
		wide := rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(rt, "wide")
		check(rt, g.ReduceBigEndian(wide[:32]), g.ReduceBigEndian(wide), g.ReduceBigEndian(wide[:9]))
	})
}

func BenchmarkMultiples(b *testing.B) {
	e, table, k := randomElement(b), NewTable(randomElement(b)), Ed25519.NewScalar(8).Invert()
	for b.Loop() {
		table.VarTimeMultAdds([]Scalar{k, k}, e, []Scalar{k, k})
	}
}
