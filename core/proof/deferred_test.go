package proof

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bayyina/core/group"
)

// sheet is a small ballot: votes of 0 or 1, each proved, their sum proved to be from 0
// to 2, and a signature.
type sheet struct {
	key        *group.Table
	votes      []group.Ciphertext
	individual [][]Proof
	overall    []Proof
	public     *group.Element
	signature  Proof
}

func newSheet(t testing.TB, key *group.Table, votes ...uint64) *sheet {
	t.Helper()
	s := &sheet{key: key}
	var sum Witness
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range votes {
		w := Witness{Randomness: random(t), Plaintext: group.Ed25519.NewScalar(v)}
		c := group.Encrypt(key, w.Randomness, w.Plaintext)
		p, err := ProveOneOf(rand.Reader, Choice, []byte("one"), key, []Witness{w, {w.Randomness, w.Plaintext.Sub(one)}})
		must(err)
		s.votes, s.individual = append(s.votes, parsed(t, c)), append(s.individual, p)
		sum.Randomness, sum.Plaintext = sum.Randomness.Add(w.Randomness), sum.Plaintext.Add(w.Plaintext)
	}
	var ways []Witness
	for n := range uint64(3) {
		ways = append(ways, Witness{sum.Randomness, sum.Plaintext.Sub(group.Ed25519.NewScalar(n))})
	}
	var err error
	s.overall, err = ProveOneOf(rand.Reader, Choice, []byte("all"), key, ways)
	must(err)
	secret := random(t)
	s.public = group.Ed25519.BaseMult(secret)
	s.signature, err = ProveKnowledge(rand.Reader, BallotSignature, []byte("ballot"), secret)
	must(err)
	return s
}

func parsed(t testing.TB, c group.Ciphertext) group.Ciphertext {
	t.Helper()
	alpha, err := group.Ed25519.ParseElement(c.Alpha.AppendText(nil))
	if err != nil {
		t.Fatal(err)
	}
	beta, err := group.Ed25519.ParseElement(c.Beta.AppendText(nil))
	if err != nil {
		t.Fatal(err)
	}
	return group.Ciphertext{Alpha: alpha, Beta: beta}
}

// check asks about all proofs, as ballots do.
func (s *sheet) check(c Checker) bool {
	if !c.Knowledge(BallotSignature, []byte("ballot"), s.public, s.signature) {
		return false
	}
	for i, v := range s.votes {
		if !c.OneOf(Choice, []byte("one"), s.key, Between(SumOf(group.Ed25519, v), 0, 1), s.individual[i]) {
			return false
		}
	}
	return c.OneOf(Choice, []byte("all"), s.key, Between(SumOf(group.Ed25519, s.votes...), 0, 2), s.overall)
}

// hints are the right hints of the proofs as they stand.
func (s *sheet) hints(t testing.TB) []byte {
	t.Helper()
	h := NewHinter()
	if !s.check(h) {
		t.Fatal("no hints")
	}
	return h.Append(nil)
}

// settles says whether the sheets pass together.
func settles(sheets []*sheet, hints [][]byte) bool {
	all := make([]*Deferred, len(sheets))
	for i, s := range sheets {
		all[i] = NewDeferred(hints[i], rand.Reader)
		if !s.check(all[i]) {
			return false
		}
	}
	return Settle(rand.Reader, 1, all...)
}

// breakage changes one number of a sheet's proofs.
func (s *sheet) breakage(rt *rapid.T) {
	lists := append(slices.Clone(s.individual), s.overall, []Proof{s.signature})
	list := lists[rapid.IntRange(0, len(lists)-1).Draw(rt, "proof")]
	p := &list[rapid.IntRange(0, len(list)-1).Draw(rt, "part")]
	switch rapid.IntRange(0, 4).Draw(rt, "change") {
	case 0:
		p.Challenge = p.Challenge.Add(one)
	case 1:
		p.Response = p.Response.Add(one)
	case 2:
		p.Challenge, p.Response = p.Response, p.Challenge
	case 3:
		p.Response = p.Response.Neg()
	case 4: // the hash still fits if the sum of challenges is kept
		q := &list[(len(list)+rapid.IntRange(0, len(list)-1).Draw(rt, "other"))%len(list)]
		p.Challenge, q.Challenge = p.Challenge.Add(one), q.Challenge.Sub(one)
		if p == q {
			p.Response = p.Response.Sub(one)
		}
	}
	s.signature = lists[len(lists)-1][0]
}

func (s *sheet) copy() *sheet {
	c := *s
	c.votes = slices.Clone(s.votes)
	c.overall = slices.Clone(s.overall)
	c.individual = nil
	for _, p := range s.individual {
		c.individual = append(c.individual, slices.Clone(p))
	}
	return &c
}

// asked checks each proof by the functions of one proof.
type asked struct{ OneByOne }

func (asked) OneOf(purpose Purpose, message []byte, key *group.Table, branches []Branch, proofs []Proof) bool {
	return VerifyOneOf(purpose, message, key, zeros(branches), proofs)
}

// What passes together is exactly what passes one by one, with hints that fit the
// proofs whether those are right or not.
func TestSheetsPassTogetherIfAndOnlyIfEachPasses(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	good := []*sheet{newSheet(t, key, 0, 1), newSheet(t, key, 0, 0, 1, 1), newSheet(t, key, 1)}
	rapid.Check(t, func(rt *rapid.T) {
		sheets, all := make([]*sheet, len(good)), true
		hints := make([][]byte, len(good))
		for i := range good {
			sheets[i] = good[i].copy()
			if rapid.Bool().Draw(rt, "broken") {
				sheets[i].breakage(rt)
			}
			right := sheets[i].check(OneByOne{})
			if sheets[i].check(asked{}) != right {
				rt.Fatalf("sheet %d: alone %v, and asked proof by proof not", i, right)
			}
			all = right && all
			hints[i] = sheets[i].hints(t)
		}
		if got := settles(sheets, hints); got != all {
			rt.Fatalf("together %v, one by one %v", got, all)
		}
	})
}

// A prover may hash commitments of his choice and hint at them. The hash fits; only
// the equations show it.
func TestCommitmentsOfTheProversChoiceAreFound(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	good, bad := newSheet(t, key, 0, 1), newSheet(t, key, 0, 1)
	e := group.Ed25519.BaseMult(random(t))
	bad.signature = Proof{Challenge: Challenge(group.Ed25519, BallotSignature, []byte("ballot"), e), Response: random(t)}
	hints := bad.hints(t)
	const commitment = 0 // of the signature: the first question asked
	forged := append(slices.Clone(hints[:commitment]), group.AppendHints(nil, e.Eighth())...)
	forged = append(forged, hints[commitment+group.HintSize:]...)
	d := NewDeferred(forged, rand.Reader)
	if !bad.check(d) {
		t.Fatal("the hash does not fit: the test tests nothing")
	}
	g := NewDeferred(good.hints(t), rand.Reader)
	if !good.check(g) {
		t.Fatal("good sheet refused")
	}
	if Settle(rand.Reader, 1, g, d) {
		t.Error("forged commitment passes")
	}
	if !Settle(rand.Reader, 1, g) {
		t.Error("good sheet does not pass alone")
	}
}

func TestSheetsWithWrongHintsDoNotPassTogether(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	a, b := newSheet(t, key, 0, 1), newSheet(t, key, 1, 0)
	hints := a.hints(t)
	changed := slices.Clone(hints)
	changed[3]++
	swapped := append(slices.Clone(hints[group.HintSize:2*group.HintSize]), hints[:group.HintSize]...)
	swapped = append(swapped, hints[2*group.HintSize:]...)
	for name, wrong := range map[string][]byte{
		"of another": b.hints(t), "changed": changed, "swapped": swapped,
		"cut off": hints[:len(hints)-1],
	} {
		if settles([]*sheet{a, b}, [][]byte{wrong, b.hints(t)}) {
			t.Errorf("hints %s: passes, as if commitments had been computed", name)
		}
	}
	if !settles([]*sheet{a, b}, [][]byte{nil, b.hints(t)}) {
		t.Error("no hints: does not pass, though commitments can be computed")
	}
	if !settles([]*sheet{a, b}, [][]byte{append(hints, changed...), b.hints(t)}) {
		t.Error("hints too many: does not pass")
	}
}

func BenchmarkChoice(b *testing.B) {
	key := group.NewTable(group.Ed25519.BaseMult(random(b)))
	const votes, copies = 20, 400
	var list []uint64
	for i := range uint64(votes) {
		list = append(list, i/19)
	}
	s := newSheet(b, key, list...)
	hints := s.hints(b)
	report := func(b *testing.B, proofs int) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*proofs), "ns/proof")
	}
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			if !s.check(OneByOne{}) {
				b.Fatal("refused")
			}
		}
		report(b, votes+1)
	})
	b.Run(fmt.Sprint("together, ", copies*(votes+1)), func(b *testing.B) {
		random := bufio.NewReader(rand.Reader)
		for b.Loop() {
			all := make([]*Deferred, copies)
			for i := range all {
				all[i] = NewDeferred(hints, random)
				if !s.check(all[i]) {
					b.Fatal("refused")
				}
			}
			if !Settle(random, 1, all...) {
				b.Fatal("refused")
			}
		}
		report(b, copies*(votes+1))
	})
}
