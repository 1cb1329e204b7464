package proof

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"bayyina/core/canon"
	"bayyina/core/group"
)

func random(tb testing.TB) group.Scalar {
	tb.Helper()
	s, err := group.Ed25519.RandomScalar(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var one = group.Ed25519.NewScalar(1)

// changed lists ways to change one proof.
func changed(p Proof) []Proof {
	return []Proof{
		{p.Challenge.Add(one), p.Response},
		{p.Challenge, p.Response.Add(one)},
		{p.Response, p.Challenge},
		{p.Challenge.Neg(), p.Response.Neg()},
	}
}

func TestKnowledgeIsProvedAndEachChangeRefused(t *testing.T) {
	x := random(t)
	X := group.Ed25519.BaseMult(x)
	p, err := ProveKnowledge(rand.Reader, BallotSignature, []byte("m"), x)
	if err != nil {
		t.Fatal(err)
	}
	if !VerifyKnowledge(BallotSignature, []byte("m"), X, p) {
		t.Fatal("good proof refused")
	}
	if VerifyKnowledge(Message, []byte("m"), X, p) || VerifyKnowledge(BallotSignature, []byte("n"), X, p) ||
		VerifyKnowledge(BallotSignature, []byte("m"), X.Add(group.Ed25519.Generator()), p) {
		t.Error("proof accepted for another purpose, message or key")
	}
	for i, q := range changed(p) {
		if VerifyKnowledge(BallotSignature, []byte("m"), X, q) {
			t.Errorf("change %d accepted", i)
		}
	}
}

func TestEqualityIsProvedAndEachChangeRefused(t *testing.T) {
	x, base := random(t), group.Ed25519.BaseMult(random(t))
	X, power := group.Ed25519.BaseMult(x), base.Mult(x)
	p, err := ProveEquality(rand.Reader, Decryption, []byte("m"), base, x)
	if err != nil {
		t.Fatal(err)
	}
	if !VerifyEquality(Decryption, []byte("m"), X, base, power, p) {
		t.Fatal("good proof refused")
	}
	g := group.Ed25519.Generator()
	if VerifyEquality(Message, []byte("m"), X, base, power, p) || VerifyEquality(Decryption, []byte("n"), X, base, power, p) ||
		VerifyEquality(Decryption, []byte("m"), X.Add(g), base, power, p) || VerifyEquality(Decryption, []byte("m"), X, base.Add(g), power, p) ||
		VerifyEquality(Decryption, []byte("m"), X, base, power.Add(g), p) {
		t.Error("proof accepted for another statement")
	}
	for i, q := range changed(p) {
		if VerifyEquality(Decryption, []byte("m"), X, base, power, q) {
			t.Errorf("change %d accepted", i)
		}
	}
}

// Plaintexts of branches are drawn with several zeros among them.
func TestOneOfManyIsProvedIfAndOnlyIfABranchIsTrue(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	rapid.Check(t, func(rt *rapid.T) {
		plaintexts := rapid.SliceOfN(rapid.Uint64Range(0, 3), 1, 6).Draw(rt, "plaintexts")
		var witnesses []Witness
		var branches []group.Ciphertext
		isTrue := false
		for _, m := range plaintexts {
			w := Witness{random(t), group.Ed25519.NewScalar(m)}
			witnesses = append(witnesses, w)
			branches = append(branches, group.Encrypt(key, w.Randomness, w.Plaintext))
			isTrue = isTrue || m == 0
		}
		proofs, err := ProveOneOf(rand.Reader, Choice, []byte("m"), key, witnesses)
		if !isTrue {
			if !errors.Is(err, ErrFalse) {
				rt.Fatalf("false statement: error is %v", err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		if !VerifyOneOf(Choice, []byte("m"), key, branches, proofs) {
			rt.Fatal("good proof refused")
		}
		i := rapid.IntRange(0, len(proofs)-1).Draw(rt, "changed branch")
		for j, q := range changed(proofs[i]) {
			bad := append([]Proof{}, proofs...)
			if bad[i] = q; VerifyOneOf(Choice, []byte("m"), key, branches, bad) {
				rt.Fatalf("change %d of proof %d accepted", j, i)
			}
		}
		other := append([]group.Ciphertext{}, branches...)
		other[i].Beta = other[i].Beta.Add(group.Ed25519.Generator())
		if VerifyOneOf(Choice, []byte("m"), key, other, proofs) {
			rt.Fatal("proof accepted for another ciphertext")
		}
		other[i] = group.Ciphertext{Alpha: branches[i].Alpha.Add(group.Ed25519.Generator()), Beta: branches[i].Beta}
		if VerifyOneOf(Choice, []byte("m"), key, other, proofs) {
			rt.Fatal("proof accepted for another ciphertext")
		}
		if VerifyOneOf(BlankOrZero, []byte("m"), key, branches, proofs) || VerifyOneOf(Choice, []byte("n"), key, branches, proofs) {
			rt.Fatal("proof accepted for another purpose or message")
		}
	})
}

func TestProofsOfAnotherNumberAreRefused(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	w := Witness{Randomness: random(t)}
	branches := []group.Ciphertext{group.Encrypt(key, w.Randomness, w.Plaintext)}
	proofs, err := ProveOneOf(rand.Reader, Choice, nil, key, []Witness{w})
	if err != nil {
		t.Fatal(err)
	}
	if VerifyOneOf(Choice, nil, key, branches, append(proofs, Proof{})) || VerifyOneOf(Choice, nil, key, append(branches, branches[0]), proofs) {
		t.Error("lists of different lengths accepted")
	}
	if VerifyOneOf(Choice, nil, key, nil, nil) {
		t.Error("empty statement accepted")
	}
}

// Where a challenge happens to be even, a point of order 2
// beside a ciphertext satisfies every equation, so parsing has to refuse it.
func TestElementsWithATorsionPartCannotBeRead(t *testing.T) {
	minusIdentity := "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"
	r := canon.NewReader([]byte(`"`+minusIdentity+`"`), 100)
	if e := ReadElement(r, group.Ed25519); e != nil || !errors.Is(r.Err(), group.ErrElement) {
		t.Errorf("point of order 2 read as %v, error %v", e, r.Err())
	}
}

func TestMissingRandomnessIsAnError(t *testing.T) {
	broken := iotest.ErrReader(errors.New("no randomness"))
	key := group.NewTable(group.Ed25519.Generator())
	_, err1 := ProveKnowledge(broken, Choice, nil, one)
	_, err2 := ProveEquality(broken, Choice, nil, group.Ed25519.Generator(), one)
	_, err3 := ProveOneOf(broken, Choice, nil, key, []Witness{{}})
	for i, err := range []error{err1, err2, err3} {
		if err == nil {
			t.Errorf("proof %d made without randomness", i+1)
		}
	}
}

func TestProofIsReadAsWritten(t *testing.T) {
	p := Proof{random(t), random(t)}
	var w canon.Writer
	p.Write(&w)
	text := string(w.Bytes())
	want := fmt.Sprintf(`{"challenge":"%s","response":"%s"}`, p.Challenge, p.Response)
	if text != want {
		t.Errorf("wrote %s, want %s", text, want)
	}
	r := canon.NewReader(w.Bytes(), 1000)
	if q := Read(r, group.Ed25519); r.End() != nil || !q.Challenge.Equal(p.Challenge) || !q.Response.Equal(p.Response) {
		t.Errorf("read another proof, error %v", r.Err())
	}
	for _, bad := range []string{
		strings.Replace(text, `:"`, `:"0`, 1), strings.Replace(text, ",", ", ", 1), strings.Replace(text, "response", "challenge", 1),
		strings.Replace(text, `"}`, `"`, 1), text + " ", strings.Replace(text, `"}`, `","x":1}`, 1),
	} {
		r := canon.NewReader([]byte(bad), 1000)
		Read(r, group.Ed25519)
		if r.End() == nil {
			t.Errorf("%s accepted", bad)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"challenge":"12","response":"0"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := canon.NewReader(data, 1000)
		p := Read(r, group.Ed25519)
		if r.End() != nil {
			return
		}
		var w canon.Writer
		if p.Write(&w); string(w.Bytes()) != string(data) {
			t.Fatalf("%s is written %s", data, w.Bytes())
		}
	})
}

func BenchmarkVerifyZeroOrOne(b *testing.B) {
	key := group.NewTable(group.Ed25519.BaseMult(random(b)))
	r := random(b)
	c := group.Encrypt(key, r, one)
	witnesses := []Witness{{r, one}, {r, group.Scalar{}}}
	branches := []group.Ciphertext{c, {Alpha: c.Alpha, Beta: c.Beta.Sub(group.Ed25519.Generator())}}
	proofs, err := ProveOneOf(rand.Reader, Choice, nil, key, witnesses)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !VerifyOneOf(Choice, nil, key, branches, proofs) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkProveZeroOrOne(b *testing.B) {
	key := group.NewTable(group.Ed25519.BaseMult(random(b)))
	r := random(b)
	for b.Loop() {
		if _, err := ProveOneOf(rand.Reader, Choice, nil, key, []Witness{{r, one}, {r, group.Scalar{}}}); err != nil {
			b.Fatal(err)
		}
	}
}
