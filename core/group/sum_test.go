package group

import (
	"crypto/rand"
	"testing"

	"pgregory.net/rapid"
)

func TestSumsOfProductsAreThoseOfTheLibrary(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, scalars []Scalar, elements []*Element) {
		want := newElement()
		want.p.MultiScalarMult(operands(scalars, elements))
		if got := Ed25519.SumMult(scalars, elements); !got.Equal(want) {
			t.Fatalf("sum of %d products is %s, not %s", len(scalars), got, want)
		}
	}
	edges := extremes()
	e := randomElement(t)
	var elements []*Element
	for i := range edges {
		elements = append(elements, []*Element{e, Ed25519.identity, e.Neg(), Ed25519.generator, randomElement(t)}[i%5])
	}
	check(t, edges, elements) // more than are summed at once
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		scalars, elements := make([]Scalar, n), make([]*Element, n)
		for i := range scalars {
			scalars[i] = rapid.OneOf(rapid.SampledFrom(edges), rapid.Custom(func(t *rapid.T) Scalar { return drawScalar(t, "k") })).Draw(t, "scalar")
			elements[i] = Ed25519.BaseMult(drawScalar(t, "e"))
			if rapid.Bool().Draw(t, "normal") {
				elements[i] = Normalize(elements[i])[0]
			}
		}
		check(t, scalars, elements)
	})
}

func TestNormalSumsAreTheSums(t *testing.T) {
	for _, g := range Groups() {
		base, e := g.BaseTable(), g.DerivedGenerator(1)
		other := NewTable(e)
		minus := g.NewScalar(1).Neg()
		starts := []*Element{g.Identity(), e, e, e.Neg(), g.Generator()}
		scalars := []Scalar{{}, g.NewScalar(1), minus, g.NewScalar(77), minus}
		sums := g.NormalSums(len(starts), func(i int) (*Element, []Product) {
			return starts[i], []Product{{base, scalars[i]}, {other, scalars[i]}}[:i%3]
		})
		for i, got := range sums {
			want := starts[i]
			if i%3 > 0 {
				want = want.Add(g.Generator().Mult(scalars[i]))
			}
			if i%3 > 1 {
				want = want.Add(e.Mult(scalars[i]))
			}
			if !got.Equal(want) || got.String() != want.String() || !got.Add(e).Equal(want.Add(e)) {
				t.Errorf("%s: sum %d is %s, not %s", g, i, got, want)
			}
		}
		if len(g.NormalSums(0, nil)) != 0 {
			t.Errorf("%s: sums of nothing", g)
		}
	}
}

func BenchmarkSumMult(b *testing.B) {
	var scalars []Scalar
	var elements []*Element
	for range sumChunk {
		k, _ := Ed25519.RandomScalar(rand.Reader)
		scalars, elements = append(scalars, k), append(elements, Ed25519.BaseMult(k))
	}
	elements = Normalize(elements...)
	for b.Loop() {
		Ed25519.SumMult(scalars, elements)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sumChunk, "ns/product")
}
