package group

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"bayyina/internal/peerdata"
)

var fields = []*Group{Belenios2048, RFC3526}

type fieldVectors struct {
	Groups     map[string]struct{ P, Q, G string }
	Generators map[string]map[string]string `json:"field_generators_sha256_of_text"`
	Integers   []struct {
		Ints   []int
		SHA256 string
	} `json:"rfc3526_ints_sha256_of_text"`
}

func loadFieldVectors(tb testing.TB) (v fieldVectors) {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(peerdata.Dir(tb, "belenios"), "vectors.json"))
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func hashOf(e *Element) string {
	sum := sha256.Sum256(e.AppendText(nil))
	return hex.EncodeToString(sum[:])
}

// numbers returns p, q and g of a field.
func numbers(g *Group) (p, q, generator *big.Int) {
	return integer(g.p.m.Nat().Bytes(g.p.m)), integer(g.q.m.Nat().Bytes(g.q.m)), g.generator.number()
}

func integer(be []byte) *big.Int { return new(big.Int).SetBytes(be) }

func TestFieldsHaveTheConstantsOfBelenios(t *testing.T) {
	vectors := loadFieldVectors(t)
	for _, g := range fields {
		p, q, generator := numbers(g)
		want := vectors.Groups[g.Name()]
		if p.String() != want.P || q.String() != want.Q || generator.String() != want.G {
			t.Errorf("%s has other constants", g)
		}
		if !p.ProbablyPrime(20) || !q.ProbablyPrime(20) {
			t.Errorf("%s: p or q is not prime", g)
		}
		if len(p.String()) != g.p.digits || len(q.String()) != g.q.digits {
			t.Errorf("%s: %d and %d digits, not %d and %d", g, len(p.String()), len(q.String()), g.p.digits, g.q.digits)
		}
		if again, ok := ByName(g.Name()); !ok || again != g || g.Generator().IsIdentity() {
			t.Errorf("%s is not found, or has no generator", g)
		}
	}
	if _, ok := ByName("ed25519"); ok {
		t.Error("a group of another name is found")
	}
}

func TestDerivedGeneratorsOfFieldsAreThoseOfVectors(t *testing.T) {
	for name, generators := range loadFieldVectors(t).Generators {
		g, _ := ByName(name)
		for number, want := range generators {
			i, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			e := g.DerivedGenerator(i)
			if hashOf(e) != want {
				t.Errorf("%s: generator %d is %s", g, i, e)
			}
			if _, err := g.ParseElement(e.AppendText(nil)); err != nil {
				t.Errorf("%s: generator %d: %v", g, i, err)
			}
		}
	}
}

func TestIntegersOfVectorsAreHeldByTheField(t *testing.T) {
	for _, v := range loadFieldVectors(t).Integers {
		e, err := RFC3526.EncodeIntegers(v.Ints)
		if err != nil || hashOf(e) != v.SHA256 {
			t.Errorf("%v are held by %v (%v)", v.Ints, e, err)
			continue
		}
		if got, err := DecodeIntegers(e, len(v.Ints)); err != nil || !reflect.DeepEqual(got, v.Ints) {
			t.Errorf("%v were read as %v, %v", v.Ints, got, err)
		}
	}
	most := make([]int, RFC3526.MaxIntegers())
	for i := range most {
		most[i] = 255
	}
	// 255 integers of 255 would be more than p, whose first 64 bits are 1.
	if _, err := RFC3526.EncodeIntegers(most); !errors.Is(err, ErrIntegers) {
		t.Errorf("integers beyond p: error is %v", err)
	}
	most[0] = 254
	e, err := RFC3526.EncodeIntegers(most)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeIntegers(e, len(most)); err != nil || !reflect.DeepEqual(got, most) {
		t.Errorf("as many integers as fit were read as %v, %v", got, err)
	}
	if _, err := Belenios2048.EncodeIntegers([]int{1}); !errors.Is(err, ErrIntegers) {
		t.Errorf("a group that holds no integers: error is %v", err)
	}
}

func TestWhatIsNotInTheFieldsSubgroupIsRefused(t *testing.T) {
	for _, g := range fields {
		p, q, generator := numbers(g)
		add := func(a *big.Int, n int64) string { return new(big.Int).Add(a, big.NewInt(n)).String() }
		outside := big.NewInt(2)
		for new(big.Int).Exp(outside, q, p).Cmp(big.NewInt(1)) == 0 {
			outside.Add(outside, big.NewInt(1))
		}
		for name, text := range map[string]string{
			"empty": "", "zero": "0", "negative": "-1", "order 2": add(p, -1), "p": p.String(), "p + 1": add(p, 1),
			"g + p": new(big.Int).Add(generator, p).String(), "leading zero": "0" + generator.String(),
			"outside": outside.String(), "space": generator.String() + " ", "hexadecimal": "0x2",
			"of Ed25519": Ed25519.Generator().String(),
		} {
			if e, err := g.ParseElement([]byte(text)); !errors.Is(err, ErrElement) {
				t.Errorf("%s: %s read as %v, error %v", g, name, e, err)
			}
		}
		for name, text := range map[string]string{"q": q.String(), "q + 1": add(q, 1), "leading zero": "00", "p": p.String(), "negative": "-1"} {
			if s, err := g.ParseScalar([]byte(text)); !errors.Is(err, ErrScalar) {
				t.Errorf("%s: %s read as %v, error %v", g, name, s, err)
			}
		}
		if e, err := g.ParseElement([]byte("1")); err != nil || !e.IsIdentity() {
			t.Errorf("%s: the identity: %v", g, err)
		}
	}
}

// TestFieldsCalculateAsBigIntegersDo compares everything with math/big.
func TestFieldsCalculateAsBigIntegersDo(t *testing.T) {
	for _, g := range fields {
		p, q, generator := numbers(g)
		for range 3 {
			a, b := mustRandom(t, g), mustRandom(t, g)
			x, y := integer(a.r.bytes()), integer(b.r.bytes())
			mod := func(n *big.Int) string { return n.Mod(n, q).String() }
			power := func(base, e *big.Int) *big.Int { return new(big.Int).Exp(base, e, p) }
			e, f := g.BaseMult(a), g.BaseMult(b)
			gx, gy := power(generator, x), power(generator, y)
			table := NewTable(e)
			product := new(big.Int).Mul(gx, gy)
			terms, more := new(Terms), new(Terms)
			terms.Add(a, e)
			more.AddShort(Coefficient{7, 1}, f)
			sevens, _ := new(big.Int).SetString("18446744073709551623", 10) // 2^64 + 7
			want := product.Mod(product, p).String()
			for name, c := range map[string][2]string{
				"scalar text":       {a.String(), x.String()},
				"sum of scalars":    {a.Add(b).String(), mod(new(big.Int).Add(x, y))},
				"difference":        {a.Sub(b).String(), mod(new(big.Int).Sub(x, y))},
				"product":           {a.Mul(b).String(), mod(new(big.Int).Mul(x, y))},
				"negative":          {a.Neg().String(), mod(new(big.Int).Neg(x))},
				"inverse":           {a.Invert().String(), new(big.Int).ModInverse(x, q).String()},
				"zero's inverse":    {g.NewScalar(0).Invert().String(), "0"},
				"zero in it":        {a.Add(Scalar{}).String(), x.String()},
				"in zero":           {Scalar{}.Add(a).String(), x.String()},
				"select first":      {Select(1, a, b).String(), x.String()},
				"select second":     {Select(0, a, b).String(), y.String()},
				"select zero":       {Select(0, a, Scalar{}).String(), "0"},
				"multiple of g":     {e.String(), gx.String()},
				"sum":               {e.Add(f).String(), want},
				"sum, taken apart":  {e.Add(f).Sub(f).String(), gx.String()},
				"opposite":          {e.Neg().String(), new(big.Int).ModInverse(gx, p).String()},
				"multiple":          {e.Mult(b).String(), power(gx, y).String()},
				"by table":          {table.Mult(b).String(), power(gx, y).String()},
				"by public table":   {table.VarTimeMult(b).String(), power(gx, y).String()},
				"by table and more": {table.VarTimeMultAdd(g.NewScalar(1), f, g.NewScalar(1)).String(), want},
				"two multiples":     {e.VarTimeBaseMultAdd(g.NewScalar(1), b).String(), want},
				"sum of multiples":  {g.VarTimeSumMult([]Scalar{g.NewScalar(1), b}, []*Element{e, g.Generator()}).String(), want},
				"constant time":     {g.SumMult([]Scalar{a, b}, []*Element{g.Generator(), g.Generator()}).String(), want},
				"small multiple":    {e.varTimeSmallMult(300).String(), power(gx, big.NewInt(300)).String()},
				"no multiple":       {e.varTimeSmallMult(0).String(), "1"},
				"sum of terms": {
					VarTimeSum(2, new(Terms), terms, more).String(),
					g.VarTimeSumMult([]Scalar{a, g.reduce(sevens.Bytes())}, []*Element{e, f}).String(),
				},
				"joined": {string(AppendJoined(nil, Normalize(e, f)...)), gx.String() + "," + gy.String()},
			} {
				if c[0] != c[1] {
					t.Errorf("%s: %s is %s, must be %s", g, name, c[0], c[1])
				}
			}
			if e.Compare(f) != gx.Cmp(gy) || e.Compare(e) != 0 || !e.Equal(g.BaseMult(a)) || e.Equal(f) {
				t.Errorf("%s: elements are not compared as integers", g)
			}
			if again, err := g.ParseElement(e.AppendText(nil)); err != nil || !again.Equal(e) || again.Group() != g {
				t.Errorf("%s: read again: %v, %v", g, again, err)
			}
			if again, err := g.ParseScalar(a.AppendText(nil)); err != nil || !again.Equal(a) || again.Group() != g || again.IsZero() == 1 {
				t.Errorf("%s: read again: %v, %v", g, again, err)
			}
			sum := SumCiphertexts([]Ciphertext{Encrypt(table, a, g.NewScalar(3)), g.NeutralCiphertext(), Encrypt(table, b, g.NewScalar(1)).VarTimeMult(5)})
			if !sum.Equal(Encrypt(table, a.Add(b.Mul(g.NewScalar(5))), g.NewScalar(8))) {
				t.Errorf("%s: sum of ciphertexts is not the ciphertext of the sum", g)
			}
		}
	}
}

func mustRandom(tb testing.TB, g *Group) Scalar {
	tb.Helper()
	s, err := g.RandomScalar(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestIntegersOfAnyLengthAreReduced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "integer")
		for _, g := range fields {
			for _, m := range []*modulus{g.p, g.q} {
				want := integer(b)
				want.Mod(want, integer(m.m.Nat().Bytes(m.m)))
				if got := string(m.reduce(b).appendText(nil)); got != want.String() {
					t.Fatalf("%x modulo %d bits is %s, must be %s", b, m.m.BitLen(), got, want)
				}
				again, err := m.parse([]byte(want.String()))
				if err != nil || again.equal(m.reduce(b)) != 1 {
					t.Fatalf("%s is read as something else: %v", want, err)
				}
			}
		}
	})
}

func TestGroupsAreNotMixed(t *testing.T) {
	for name, mix := range map[string]func(){
		"scalars":             func() { Belenios2048.NewScalar(1).Add(RFC3526.NewScalar(1)) },
		"scalar of the curve": func() { Belenios2048.NewScalar(1).Add(Ed25519.NewScalar(1)) },
		"scalar on the curve": func() { Ed25519.BaseMult(RFC3526.NewScalar(1)) },
		"multiple":            func() { RFC3526.Generator().Mult(Ed25519.NewScalar(1)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of two groups were put together", name)
				}
			}()
			mix()
		}()
	}
}

func FuzzParseFieldElement(f *testing.F) {
	f.Add([]byte("1"))
	f.Add([]byte("2"))
	f.Add(Belenios2048.Generator().AppendText(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, g := range fields {
			if e, err := g.ParseElement(text); err == nil && e.String() != string(text) {
				t.Fatalf("%q is written as %s", text, e)
			}
		}
	})
}

func BenchmarkFieldMult(b *testing.B) {
	for _, g := range fields {
		k := mustRandom(b, g)
		b.Run(g.Name(), func(b *testing.B) {
			for b.Loop() {
				g.Generator().Mult(k)
			}
		})
	}
}
