package group

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"pgregory.net/rapid"

	"bayyina/internal/peerdata"
)

const orderText = "7237005577332262213973186563042994240857116359379907606001950938285454250989"

type vectors struct {
	Points []struct{ Scalar, Text string } `json:"ed25519_points"`
	Small  []string                        `json:"ed25519_small_order"`
	Hash   []struct {
		Prefix   string
		Elements []string
		Scalar   string
	} `json:"ed25519_hash"`
	Integers []struct {
		Ints []int
		Text string
	} `json:"ed25519_ints"`
}

func loadVectors(tb testing.TB) (v vectors) {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(peerdata.Dir(tb, "belenios"), "vectors.json"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func mustScalar(tb testing.TB, text string) Scalar {
	tb.Helper()
	s, err := Ed25519.ParseScalar([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func mustElement(tb testing.TB, text string) *Element {
	tb.Helper()
	e, err := Ed25519.ParseElement([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func drawScalar(t *rapid.T, label string) Scalar {
	return Ed25519.ReduceBigEndian(rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, label))
}

func TestPointsOfVectors(t *testing.T) {
	for _, p := range loadVectors(t).Points {
		k := mustScalar(t, p.Scalar)
		if got := Ed25519.BaseMult(k).String(); got != p.Text {
			t.Errorf("%s·g = %s, want %s", p.Scalar, got, p.Text)
		}
		if got := mustElement(t, p.Text).String(); got != p.Text {
			t.Errorf("%s read and written is %s", p.Text, got)
		}
		if k.String() != p.Scalar {
			t.Errorf("scalar %s written as %s", p.Scalar, k)
		}
	}
}

func TestHashOfVectors(t *testing.T) {
	for _, h := range loadVectors(t).Hash {
		var elements []*Element
		for _, text := range h.Elements {
			elements = append(elements, mustElement(t, text))
		}
		if got := Ed25519.Hash([]byte(h.Prefix), elements...).String(); got != h.Scalar {
			t.Errorf("hash(%q, %d elements) = %s, want %s", h.Prefix, len(elements), got, h.Scalar)
		}
	}
}

func TestSmallOrderPointsAreRefused(t *testing.T) {
	for _, text := range loadVectors(t).Small {
		_, err := Ed25519.ParseElement([]byte(text))
		if isIdentity := strings.HasSuffix(text, "01") && strings.HasPrefix(text, "00"); isIdentity {
			if err != nil {
				t.Errorf("the identity is refused: %v", err)
			}
		} else if !errors.Is(err, ErrElement) {
			t.Errorf("%s of small order: error is %v", text, err)
		}
	}
}

// TestSubgroupTestIsMultiplicationByTheOrder compares the quick test with q·P = 0 on
// every coset of the subgroup: good points plus each of the eight points of small order.
func TestSubgroupTestIsMultiplicationByTheOrder(t *testing.T) {
	minusOne := Ed25519.NewScalar(1).Neg()
	killedByOrder := func(p *edwards25519.Point) bool {
		q := new(edwards25519.Point).ScalarMult(&minusOne.s, p)
		return q.Add(q, p).Equal(edwards25519.NewIdentityPoint()) == 1
	}
	var torsion []*edwards25519.Point
	for _, text := range loadVectors(t).Small {
		e, err := parsePoint([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		torsion = append(torsion, e.p)
	}
	if len(torsion) != 8 {
		t.Fatalf("%d points of small order", len(torsion))
	}
	rapid.Check(t, func(t *rapid.T) {
		k := drawScalar(t, "k")
		if rapid.Bool().Draw(t, "small") {
			k = Ed25519.NewScalar(rapid.Uint64Max(9).Draw(t, "small k"))
		}
		good := Ed25519.BaseMult(k)
		for i, s := range torsion {
			p := new(edwards25519.Point).Add(good.p, s)
			if got, want := inSubgroup(p), killedByOrder(p); got != want {
				t.Fatalf("torsion %d: in subgroup %v, want %v", i, got, want)
			}
		}
	})
	for range 300 { // random points of the curve
		var enc [32]byte
		rand.Read(enc[:])
		p, err := new(edwards25519.Point).SetBytes(enc[:])
		if err == nil && inSubgroup(p) != killedByOrder(p) {
			t.Fatalf("point %x: in subgroup %v", enc, inSubgroup(p))
		}
	}
}

func TestOtherSpellingsOfElementsAreRefused(t *testing.T) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	hex64 := func(n *big.Int) string { return strings.Repeat("0", 64-len(n.Text(16))) + n.Text(16) }
	good := Ed25519.Generator().String()
	for name, text := range map[string]string{
		"upper case":           strings.ToUpper("e" + good[1:]),
		"y of p + 1":           hex64(new(big.Int).Add(p, big.NewInt(1))),
		"x = 0 with sign":      "8" + strings.Repeat("0", 62) + "1",
		"short":                good[1:],
		"long":                 good + "0",
		"empty":                "",
		"no hexadecimal":       "g" + good[1:],
		"not on the curve":     strings.Repeat("0", 63) + "2",
		"space":                " " + good[1:],
		"prefix":               "0x" + good[2:],
		"one bit over the top": hex64(p),
	} {
		if _, err := Ed25519.ParseElement([]byte(text)); !errors.Is(err, ErrElement) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestOtherSpellingsOfScalarsAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "-1", "+1", "01", "00", " 1", "1 ", "1_0", "0x1", "1e3", "١",
		orderText, "7237005577332262213973186563042994240857116359379907606001950938285454250990",
		new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(5)).String(), // 5 in 256 bits
		strings.Repeat("9", 76), strings.Repeat("9", 77), strings.Repeat("1", 1000),
	} {
		if s, err := Ed25519.ParseScalar([]byte(text)); !errors.Is(err, ErrScalar) {
			t.Errorf("%q read as %s, error %v", text, s, err)
		}
	}
}

func TestScalarTextIsTheIntegerOfBigInt(t *testing.T) {
	q, _ := new(big.Int).SetString(orderText, 10)
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "integer")
		want := new(big.Int).SetBytes(b)
		want.Mod(want, q)
		got := Ed25519.ReduceBigEndian(b)
		if got.String() != want.String() {
			t.Fatalf("%x mod q = %s, want %s", b, got, want)
		}
		again, err := Ed25519.ParseScalar([]byte(want.String()))
		if err != nil || !again.Equal(got) {
			t.Fatalf("%s read as %s: %v", want, again, err)
		}
	})
}

func TestMultiplicationsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawScalar(t, "a"), drawScalar(t, "b"), drawScalar(t, "c")
		e := Ed25519.BaseMult(c)
		table := NewTable(e)
		want := Ed25519.BaseMult(a.Mul(c))
		for name, got := range map[string]*Element{
			"Mult": e.Mult(a), "Table.Mult": table.Mult(a), "Table.VarTimeMult": table.VarTimeMult(a),
		} {
			if !got.Equal(want) {
				t.Fatalf("%s differs", name)
			}
		}
		sum := want.Add(Ed25519.BaseMult(b))
		if !e.VarTimeBaseMultAdd(a, b).Equal(sum) {
			t.Fatal("VarTimeBaseMultAdd differs")
		}
		if !Ed25519.VarTimeSumMult([]Scalar{a, b}, []*Element{e, Ed25519.Generator()}).Equal(sum) {
			t.Fatal("VarTimeSumMult differs")
		}
		k := rapid.Uint64().Draw(t, "k")
		if !e.varTimeSmallMult(k).Equal(e.Mult(Ed25519.NewScalar(k))) {
			t.Fatal("varTimeSmallMult differs")
		}
	})
}

func TestTableOfTheIdentityAndExtremeScalars(t *testing.T) {
	for _, k := range []Scalar{{}, Ed25519.NewScalar(1), Ed25519.NewScalar(8), Ed25519.NewScalar(1).Neg(), Ed25519.NewScalar(1 << 63)} {
		if !NewTable(Ed25519.Identity()).Mult(k).IsIdentity() {
			t.Errorf("%s times the identity", k)
		}
		if !NewTable(Ed25519.Generator()).Mult(k).Equal(Ed25519.BaseMult(k)) {
			t.Errorf("%s·g by table", k)
		}
	}
}

func TestWritingTogetherIsWritingOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var elements []*Element
		var texts []string
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			e := Ed25519.BaseMult(drawScalar(t, "k"))
			if rapid.Bool().Draw(t, "normal") {
				e = Normalize(e)[0]
			}
			elements, texts = append(elements, e), append(texts, e.String())
		}
		if got := string(AppendJoined(nil, elements...)); got != strings.Join(texts, ",") {
			t.Fatalf("joined %s", got)
		}
		for i, e := range Normalize(elements...) {
			if e.String() != texts[i] || !e.Equal(elements[i]) {
				t.Fatalf("normalised element %d differs", i)
			}
		}
	})
}

func TestCompareIsTheOrderOfLittleEndianBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Ed25519.BaseMult(drawScalar(t, "a")), Ed25519.BaseMult(drawScalar(t, "b"))
		if a.Compare(b) != bytes.Compare(a.p.Bytes(), b.p.Bytes()) || a.Compare(a) != 0 {
			t.Fatal("order differs")
		}
	})
}

func TestSelectAndScalarLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawScalar(t, "a"), drawScalar(t, "b")
		if !Select(1, a, b).Equal(a) || !Select(0, a, b).Equal(b) {
			t.Fatal("Select takes the wrong one")
		}
		if !a.Add(b).Sub(b).Equal(a) || a.Add(a.Neg()).IsZero() != 1 {
			t.Fatal("addition")
		}
		if a.IsZero() == 0 && !a.Mul(a.Invert()).Equal(Ed25519.NewScalar(1)) {
			t.Fatal("inverse")
		}
	})
}

func TestCiphertextsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := NewTable(Ed25519.BaseMult(drawScalar(t, "x")))
		r, s := drawScalar(t, "r"), drawScalar(t, "s")
		w := rapid.Uint64Max(100_000_000_000).Draw(t, "w")
		sum := SumCiphertexts([]Ciphertext{Encrypt(key, r, Ed25519.NewScalar(3)), Encrypt(key, s, Ed25519.NewScalar(1)).VarTimeMult(w)})
		weight := Ed25519.NewScalar(w)
		if !sum.Equal(Encrypt(key, r.Add(s.Mul(weight)), Ed25519.NewScalar(3).Add(weight))) {
			t.Fatal("sum of ciphertexts is not the ciphertext of the sum")
		}
	})
}

func FuzzParseElement(f *testing.F) {
	f.Add([]byte(Ed25519.Generator().String()))
	f.Add([]byte(Ed25519.Identity().String()))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := Ed25519.ParseElement(text); err == nil && (e.String() != string(text) || string((&Element{p: e.p}).AppendText(nil)) != string(text)) {
			t.Fatalf("%q is written as %s", text, e)
		}
	})
}

func FuzzParseScalar(f *testing.F) {
	f.Add([]byte("0"))
	f.Add([]byte(orderText))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := Ed25519.ParseScalar(text); err == nil && s.String() != string(text) {
			t.Fatalf("%q is written as %s", text, s)
		}
	})
}

func BenchmarkParseElement(b *testing.B) {
	text := []byte(Ed25519.BaseMult(Ed25519.NewScalar(12345)).String())
	for b.Loop() {
		if _, err := Ed25519.ParseElement(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubgroupTest(b *testing.B) {
	e := Normalize(Ed25519.BaseMult(Ed25519.NewScalar(12345)))[0]
	p, _ := new(edwards25519.Point).SetBytes(e.p.Bytes())
	for b.Loop() {
		inSubgroup(p)
	}
}

func BenchmarkTableMult(b *testing.B) {
	t := NewTable(Ed25519.BaseMult(Ed25519.NewScalar(77)))
	k, _ := Ed25519.RandomScalar(rand.Reader)
	for b.Loop() {
		t.Mult(k)
	}
}

func BenchmarkTableVarTimeMult(b *testing.B) {
	t := NewTable(Ed25519.BaseMult(Ed25519.NewScalar(77)))
	k, _ := Ed25519.RandomScalar(rand.Reader)
	for b.Loop() {
		t.VarTimeMult(k)
	}
}

func BenchmarkBaseMult(b *testing.B) {
	k, _ := Ed25519.RandomScalar(rand.Reader)
	for b.Loop() {
		Ed25519.BaseMult(k)
	}
}

func BenchmarkVarTimeBaseMultAdd(b *testing.B) {
	k, _ := Ed25519.RandomScalar(rand.Reader)
	e := Ed25519.BaseMult(k)
	for b.Loop() {
		e.VarTimeBaseMultAdd(k, k)
	}
}
