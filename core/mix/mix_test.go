package mix

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"bayyina/core/group"
	"bayyina/internal/peerdata"
)

const testFingerprint = "0vqJ0vXmGV8kK9pi7d4mwuCX0kZ6Rlf0PmS0gBq6V1o"

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// fixture is an election with some ciphertexts whose plaintexts are known.
type fixture struct {
	net   *Mixnet
	key   group.Scalar
	input [][]group.Ciphertext
}

func newFixture(lengths ...int) fixture { return newFixtureIn(group.Ed25519, lengths...) }

func newFixtureIn(g *group.Group, lengths ...int) fixture {
	key := must(g.RandomScalar(rand.Reader))
	f := fixture{net: New(testFingerprint, group.NewTable(g.BaseMult(key)), 0), key: key}
	for _, n := range lengths {
		list := make([]group.Ciphertext, n)
		for i := range list {
			list[i] = group.Encrypt(f.net.key, must(g.RandomScalar(rand.Reader)), g.NewScalar(uint64(i)))
		}
		f.input = append(f.input, list)
	}
	return f
}

// plaintexts are the elements that a list holds, in order of their texts.
func (f fixture) plaintexts(list []group.Ciphertext) []string {
	var texts []string
	for _, c := range list {
		texts = append(texts, c.Beta.Sub(c.Alpha.Mult(f.key)).String())
	}
	slices.Sort(texts)
	return texts
}

func TestAShuffleTellsItsProgressAndCanBeStopped(t *testing.T) {
	f := newFixture(3, 5)
	last := 0
	must(f.net.ShuffleTelling(rand.Reader, f.input, func(done, total int) bool {
		if done <= last || done > total || total != stages*8 {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
		return true
	}))
	if last != stages*8 {
		t.Errorf("it ends with %d of %d", last, stages*8)
	}
	for stop := 1; stop <= 2*stages; stop++ {
		told := 0
		if _, err := f.net.ShuffleTelling(rand.Reader, f.input, func(int, int) bool { told++; return told < stop }); !errors.Is(err, ErrStopped) || told != stop {
			t.Errorf("stopped at %d: %v after %d", stop, err, told)
		}
	}
}

func TestShuffleIsProvedAndHoldsTheSame(t *testing.T) {
	holdsTheSame(t, newFixture(0, 1, 2, 3, 30))
	for _, g := range []*group.Group{group.Belenios2048, group.RFC3526} {
		holdsTheSame(t, newFixtureIn(g, 0, 2))
	}
}

func holdsTheSame(t *testing.T, f fixture) {
	t.Helper()
	s := must(f.net.Shuffle(rand.Reader, f.input))
	if err := f.net.Verify(rand.Reader, f.input, s); err != nil {
		t.Fatal(err)
	}
	again := must(f.net.Parse(rand.Reader, f.input, s.Bytes()))
	if !bytes.Equal(again.Bytes(), s.Bytes()) {
		t.Error("read and written it is another text")
	}
	if err := f.net.Verify(rand.Reader, f.input, again); err != nil {
		t.Error(err)
	}
	for i := range f.input {
		if !reflect.DeepEqual(f.plaintexts(f.input[i]), f.plaintexts(s.Ciphertexts[i])) {
			t.Errorf("list %d holds something else", i+1)
		}
		for j, c := range s.Ciphertexts[i] {
			if slices.ContainsFunc(f.input[i], func(d group.Ciphertext) bool { return d.Alpha.Equal(c.Alpha) || d.Beta.Equal(c.Beta) }) {
				t.Errorf("list %d, ciphertext %d can be found in the input", i+1, j+1)
			}
		}
	}
}

type vectors struct {
	Generators map[string]string `json:"ed25519_generators"`
	Exponents  struct {
		Str string
		N   int
		U   []string
	} `json:"shuffle_u"`
}

func loadVectors(tb testing.TB) (v vectors) {
	tb.Helper()
	data := must(os.ReadFile(filepath.Join(peerdata.Dir(tb, "belenios"), "vectors.json")))
	if err := json.Unmarshal(data, &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestExponentsOfVectors(t *testing.T) {
	v := loadVectors(t).Exponents
	about := sha256.Sum256([]byte(v.Str))
	for i, u := range exponents(group.Ed25519, about[:], v.N, newFixture().net.split) {
		if u.String() != v.U[i] {
			t.Errorf("u_%d = %s, must be %s", i, u, v.U[i])
		}
	}
}

func TestFalseEquationsAreNamed(t *testing.T) {
	f := newFixture(3, 4)
	one, g := group.Ed25519.NewScalar(1), group.Ed25519.Generator()
	for name, c := range map[string]struct {
		change func(*Shuffle)
		want   ProofError
	}{
		"s1":                  {func(s *Shuffle) { s.Proofs[1].S[0] = s.Proofs[1].S[0].Add(one) }, ProofError{List: 2, Equation: "t1"}},
		"s2":                  {func(s *Shuffle) { s.Proofs[1].S[1] = s.Proofs[1].S[1].Add(one) }, ProofError{List: 2, Equation: "t2"}},
		"s3":                  {func(s *Shuffle) { s.Proofs[0].S[2] = s.Proofs[0].S[2].Add(one) }, ProofError{List: 1, Equation: "t3"}},
		"s4":                  {func(s *Shuffle) { s.Proofs[0].S[3] = s.Proofs[0].S[3].Add(one) }, ProofError{List: 1, Equation: "t4,1"}},
		"ŝ":                   {func(s *Shuffle) { s.Proofs[1].SHat[2] = s.Proofs[1].SHat[2].Add(one) }, ProofError{List: 2, Index: 3, Equation: "t̂"}},
		"s′":                  {func(s *Shuffle) { s.Proofs[0].SPrime[0] = s.Proofs[0].SPrime[0].Add(one) }, ProofError{List: 1, Equation: "t3"}},
		"t1":                  {func(s *Shuffle) { s.Proofs[0].T[0] = s.Proofs[0].T[0].Add(g) }, ProofError{List: 1, Equation: "t1"}},
		"outputs exchanged":   {func(s *Shuffle) { l := s.Ciphertexts[1]; l[0], l[1] = l[1], l[0] }, ProofError{List: 2, Equation: "t1"}},
		"output replaced":     {func(s *Shuffle) { s.Ciphertexts[0][1] = s.Ciphertexts[0][2] }, ProofError{List: 1, Equation: "t1"}},
		"output of the input": {func(s *Shuffle) { s.Ciphertexts[0][1] = f.input[0][1] }, ProofError{List: 1, Equation: "t1"}},
	} {
		s := must(f.net.Shuffle(rand.Reader, f.input))
		c.change(s)
		var wrong *ProofError
		if err := f.net.Verify(rand.Reader, f.input, s); !errors.As(err, &wrong) || *wrong != c.want || !errors.Is(err, ErrProof) {
			t.Errorf("%s: error is %v, want %v", name, err, &c.want)
		}
	}
}
