package mix

import (
	"crypto/rand"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"bayyina/core/group"
)

// The sum of all equations must say what the equations say one by one. Challenges are
// computed before the proof is changed, so that single equations can be made false and
// errors can cancel each other in a sum without coefficients.
func TestOneSumAcceptsWhatTheEquationsAccept(t *testing.T) {
	f := newFixture(0, 1, 2, 3, 9)
	shuffles := must(f.net.Shuffle(rand.Reader, f.input))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(f.input)-1).Draw(t, "list")
		p := copied(shuffles.Proofs[at])
		l := list{input: f.input[at], output: append([]group.Ciphertext(nil), shuffles.Ciphertexts[at]...), proof: &p}
		l.bind(f.net)
		slots := parts(&l)
		amount := group.Ed25519.NewScalar(rapid.Uint64Max(3).Draw(t, "amount"))
		first := rapid.IntRange(0, len(slots)-1).Draw(t, "first")
		slots[first](amount)
		if rapid.Bool().Draw(t, "two") {
			slots[rapid.IntRange(0, len(slots)-1).Draw(t, "second")](amount.Neg())
		}
		good, err := l.holds(f.net, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := l.wrong(f.net); good != (wrong == nil) {
			t.Fatalf("the sum says %v, the equations %v", good, wrong)
		}
	})
}

func copied(p Proof) Proof {
	p.THat = append([]*group.Element(nil), p.THat...)
	p.C = append([]*group.Element(nil), p.C...)
	p.CHat = append([]*group.Element(nil), p.CHat...)
	p.SHat = append([]group.Scalar(nil), p.SHat...)
	p.SPrime = append([]group.Scalar(nil), p.SPrime...)
	return p
}

// parts are functions that add something to each part of a list's shuffle.
func parts(l *list) (add []func(group.Scalar)) {
	element := func(e **group.Element) {
		add = append(add, func(k group.Scalar) { *e = (*e).Add(group.Ed25519.BaseMult(k)) })
	}
	scalar := func(s *group.Scalar) {
		add = append(add, func(k group.Scalar) { *s = s.Add(k) })
	}
	p := l.proof
	for i := range p.T {
		element(&p.T[i])
	}
	for i := range p.S {
		scalar(&p.S[i])
	}
	for i := range l.output {
		element(&l.output[i].Alpha)
		element(&l.output[i].Beta)
		element(&p.THat[i])
		element(&p.C[i])
		element(&p.CHat[i])
		scalar(&p.SHat[i])
		scalar(&p.SPrime[i])
	}
	return add
}

// Whoever drops, doubles or opens a ciphertext has no proof, however the rest is made.
func TestWhatIsNoPermutationHasNoProof(t *testing.T) {
	f := newFixture(3)
	for name, change := range map[string]func(from []int){
		"one ciphertext twice": func(from []int) { from[0] = from[1] },
		"all the same":         func(from []int) { from[0], from[1], from[2] = 2, 2, 2 },
	} {
		s := must(newSecret(rand.Reader, group.Ed25519, 3))
		change(s.from)
		output := f.net.permute(f.input[0], s)
		for i := range s.from { // the commitments stay those of a permutation
			s.from[i] = i
		}
		proof, _ := f.net.prove(f.input[0], output, s, func() bool { return true })
		lie := &Shuffle{Ciphertexts: [][]group.Ciphertext{output}, Proofs: []Proof{proof}}
		if err := f.net.Verify(rand.Reader, f.input, lie); err == nil || err.Error() != "list 1: equation t4,1 does not hold" {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestShuffleOfOtherListsIsRefused(t *testing.T) {
	f := newFixture(2, 3)
	s := must(f.net.Shuffle(rand.Reader, f.input))
	for _, input := range [][][]group.Ciphertext{nil, f.input[:1], {f.input[1], f.input[0]}, {f.input[0], f.input[0]}} {
		if err := f.net.Verify(rand.Reader, input, s); err == nil {
			t.Errorf("accepted as a shuffle of %d lists", len(input))
		}
	}
	other := New("another", f.net.key, 0)
	if err := other.Verify(rand.Reader, f.input, s); err == nil {
		t.Error("accepted in another election")
	}
}

func TestPermutationsAreUniform(t *testing.T) {
	count := make(map[string]int)
	const each = 2000
	for range 6 * each {
		count[fmt.Sprint(must(permutation(rand.Reader, 3)))]++
	}
	if len(count) != 6 {
		t.Errorf("%d permutations of 3", len(count))
	}
	for p, n := range count {
		if n < each-300 || n > each+300 { // seven standard deviations
			t.Errorf("%s came %d times in %d", p, n, 6*each)
		}
	}
}
