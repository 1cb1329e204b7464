package count

import (
	"math/big"
	"strings"
)

// arithmetic is what a rule counts in: decimals of a fixed number of places, every product
// and quotient cut off there; guarded decimals, with further places that never decide
// (numbers that differ by less than half a unit of the last deciding place are equal); or
// fractions without any rounding.
type arithmetic struct {
	places   int  // of the numbers shown
	guard    int  // further places, 0 for fixed decimals
	rational bool // fractions

	scale *big.Int // 1, in units of the last place
	near  *big.Int // guarded: numbers closer than this are equal
}

// number is a count of units of the last place, or a fraction.
type number struct {
	i *big.Int
	r *big.Rat
}

func power10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func fixed(places int) *arithmetic { return &arithmetic{places: places, scale: power10(places)} }

func guarded(places, guard int) *arithmetic {
	near := power10(guard)
	return &arithmetic{places: places, guard: guard, scale: power10(places + guard), near: near.Rsh(near, 1)}
}

func rational(places int) *arithmetic { return &arithmetic{places: places, rational: true} }

// exact says whether numbers are as good as exact, so that a quota needs no unit on top.
func (a *arithmetic) exact() bool { return a.rational || a.guard > 0 }

func (a *arithmetic) int(n int64) number {
	if a.rational {
		return number{r: new(big.Rat).SetInt64(n)}
	}
	i := big.NewInt(n)
	return number{i: i.Mul(i, a.scale)}
}

// epsilon is the smallest number above zero, of fixed decimals.
func (a *arithmetic) epsilon() number { return number{i: big.NewInt(1)} }

func (a *arithmetic) add(x, y number) number {
	if a.rational {
		return number{r: new(big.Rat).Add(x.r, y.r)}
	}
	return number{i: new(big.Int).Add(x.i, y.i)}
}

func (a *arithmetic) sub(x, y number) number {
	if a.rational {
		return number{r: new(big.Rat).Sub(x.r, y.r)}
	}
	return number{i: new(big.Int).Sub(x.i, y.i)}
}

// mul is x·y, cut off.
func (a *arithmetic) mul(x, y number) number { return a.ratio(x, y, a.int1(), false) }

// mulUp is x·y, rounded up where decimals are fixed.
func (a *arithmetic) mulUp(x, y number) number { return a.ratio(x, y, a.int1(), true) }

// div is x/y, cut off.
func (a *arithmetic) div(x, y number) number { return a.ratio(x, a.int1(), y, false) }

// divUp is x/y, rounded up where decimals are fixed.
func (a *arithmetic) divUp(x, y number) number { return a.ratio(x, a.int1(), y, true) }

func (a *arithmetic) int1() number {
	if a.rational {
		return number{r: big.NewRat(1, 1)}
	}
	return number{i: a.scale}
}

// ratio is x·y/z, rounded once.
func (a *arithmetic) ratio(x, y, z number, up bool) number {
	if a.rational {
		p := new(big.Rat).Mul(x.r, y.r)
		return number{r: p.Quo(p, z.r)}
	}
	p := new(big.Int).Mul(x.i, y.i)
	rest := new(big.Int)
	p.DivMod(p, z.i, rest)
	if up && a.guard == 0 && rest.Sign() != 0 {
		p.Add(p, big.NewInt(1))
	}
	return number{i: p}
}

func (a *arithmetic) zero(x number) bool {
	if a.rational {
		return x.r.Sign() == 0
	}
	return x.i.Sign() == 0
}

// cmp compares, guarded numbers but for their last places.
func (a *arithmetic) cmp(x, y number) int {
	if a.rational {
		return x.r.Cmp(y.r)
	}
	if a.guard > 0 && new(big.Int).Sub(x.i, y.i).CmpAbs(a.near) < 0 {
		return 0
	}
	return x.i.Cmp(y.i)
}

// text writes a number with the places shown, rounded half up.
func (a *arithmetic) text(x number) string {
	if a.rational {
		return decimal(x.r, a.places)
	}
	half := power10(a.guard)
	unit := new(big.Int).Set(half)
	v := half.Rsh(half, 1)
	v.Add(v, x.i)
	return point(v.Div(v, unit), a.places)
}

// decimal writes a fraction with places digits after the point, rounded half up.
func decimal(x *big.Rat, places int) string {
	v := new(big.Int).Mul(x.Num(), power10(places))
	v.Lsh(v, 1).Add(v, x.Denom())
	return point(v.Div(v, new(big.Int).Lsh(x.Denom(), 1)), places)
}

// point writes v units of the last of so many places.
func point(v *big.Int, places int) string {
	if places == 0 {
		return v.String()
	}
	sign := ""
	if v.Sign() < 0 {
		sign, v = "-", new(big.Int).Neg(v)
	}
	digits := v.String()
	digits = strings.Repeat("0", max(places+1-len(digits), 0)) + digits
	return sign + digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}
