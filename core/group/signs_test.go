package group

import (
	"math/big"
	"testing"

	"filippo.io/edwards25519"
	"pgregory.net/rapid"
)

// extremes are scalars at the edges of their range and of the signs'.
func extremes() []Scalar {
	one := Ed25519.NewScalar(1)
	list := []Scalar{{}, one, one.Neg(), half, half.Neg(), signOffset, signOffset.Neg()}
	for i := range signBits {
		le := [64]byte{}
		le[63-i/8] = 1 << (i % 8)
		power := Ed25519.ReduceBigEndian(le[:])
		list = append(list, power, power.Neg(), power.Sub(one))
	}
	return list
}

func TestSignsAddUpToTheScalar(t *testing.T) {
	q, _ := new(big.Int).SetString(orderText, 10)
	check := func(t interface{ Fatalf(string, ...any) }, k Scalar) {
		s := signsOf(&k)
		sum, digits := new(big.Int), new(big.Int)
		for i := signBits - 1; i >= 0; i-- {
			sum.Lsh(sum, 1)
			sum.Add(sum, big.NewInt(2*int64(s.at(i))-1))
		}
		for i := signBits/digitBits - 1; i >= 0; i-- {
			digits.Lsh(digits, digitBits)
			digits.Add(digits, big.NewInt(2*int64(s.digit(i))-(1<<digitBits-1)))
		}
		if digits.Cmp(sum) != 0 {
			t.Fatalf("%s: digits are of %s, signs of %s", k, digits, sum)
		}
		if sum.Mod(sum, q).String() != k.String() {
			t.Fatalf("signs of %s add up to %s", k, sum)
		}
	}
	for _, k := range extremes() {
		check(t, k)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawScalar(t, "k")) })
}

// randomRow is a row of different points.
func randomRow(tb testing.TB) *row {
	rows := rowsOf([]*Element{randomElement(tb), randomElement(tb), randomElement(tb), randomElement(tb), randomElement(tb)})
	return &rows[0]
}

func TestEachDigitChoosesItsPoint(t *testing.T) {
	r := randomRow(t)
	for digit := range uint64(2 * choices) {
		place, negate := digit-choices, 0
		if digit < choices {
			place, negate = choices-1-digit, 1
		}
		var want, chosen affineNiels
		want.setBytes(&r[0][place], &r[1][place], &r[2][place])
		want.negate(negate)
		r.choose(&chosen, digit)
		if chosen.point().Equal(want.point()) != 1 {
			t.Errorf("digit %d chooses another point", digit)
		}
	}
}

// TestChoosingReadsAllPlaces uncovers all places at once: what is chosen has then the
// bits of each of them.
func TestChoosingReadsAllPlaces(t *testing.T) {
	var all [choices]uint64
	for i := range all {
		all[i] = ^uint64(0)
	}
	for i := range choices {
		for at := range 32 {
			var c column
			c[i][at] = 0xa5
			var got [32]byte
			c.choose(&got, &all)
			if got != c[i] {
				t.Errorf("byte %d of place %d is not read", at, i)
			}
		}
	}
}

func TestMultiplicationsAreThoseOfTheLibrary(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, k Scalar, e *Element) {
		table := NewTable(e)
		want := &Element{p: new(edwards25519.Point).ScalarMult(&k.s, e.point())}
		if got := table.Mult(k); !got.Equal(want) {
			t.Fatalf("%s·%s by table is %s, not %s", k, e, got, want)
		}
		if got := table.VarTimeMult(k); !got.Equal(want) {
			t.Fatalf("%s·%s by table, not constant time, is %s, not %s", k, e, got, want)
		}
		base := &Element{p: new(edwards25519.Point).ScalarBaseMult(&k.s)}
		if got := Ed25519.BaseMult(k); !got.Equal(base) {
			t.Fatalf("%s·g is %s, not %s", k, got, base)
		}
	}
	e := randomElement(t)
	for _, k := range extremes()[:20] {
		for _, e := range []*Element{e, Ed25519.identity, Ed25519.generator, e.Neg()} {
			check(t, k, e)
		}
	}
	for _, k := range extremes() {
		if got := NewTable(Ed25519.generator).Mult(k); got.p.Equal(new(edwards25519.Point).ScalarBaseMult(&k.s)) != 1 {
			t.Fatalf("%s·g is %s", k, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawScalar(t, "k"), Ed25519.BaseMult(drawScalar(t, "e"))) })
}
