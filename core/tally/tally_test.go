package tally

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
)

const testUUID = "vLeneQWFW5VYoa"

// fixture is an election of one question with some weighted voters.
type fixture struct {
	election *ballot.Election
	list     *credential.List
	key      group.Scalar // of the election
	voters   []credential.Private
}

func newFixture(tb testing.TB, weights ...uint64) fixture {
	tb.Helper()
	key, err := group.Ed25519.RandomScalar(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := ballot.NewElection(ballot.Record{
		Name: "n", PublicKey: group.Ed25519.BaseMult(key), UUID: testUUID,
		Questions: []ballot.Question{ballot.Homomorphic{Text: "?", Answers: []string{"a", "b"}, Min: 0, Max: 2}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	var voters []credential.Voter
	for i, w := range weights {
		voters = append(voters, credential.Voter{ID: string(rune('a' + i)), Weight: w})
	}
	privates, list, err := credential.Issue(rand.Reader, group.Ed25519, testUUID, voters, true)
	if err != nil {
		tb.Fatal(err)
	}
	return fixture{e, list, key, privates}
}

func (f fixture) vote(tb testing.TB, voter int, votes ...int) ballot.Verified {
	tb.Helper()
	p := f.voters[voter]
	d, err := f.election.Encrypt(rand.Reader, p.Public(group.Ed25519, testUUID), ballot.Plaintext{votes})
	if err != nil {
		tb.Fatal(err)
	}
	b, err := d.Sign(rand.Reader, p.Key(group.Ed25519, testUUID))
	if err != nil {
		tb.Fatal(err)
	}
	v, err := f.election.Verify(b, f.list)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// Any sequence of votes has the result of a plain count: last vote per voter, times
// its weight.
func TestTallyIsThePlainCount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		weights := rapid.SliceOfN(rapid.Uint64Max(20_000), 1, 3).Draw(rt, "weights")
		f := newFixture(t, weights...)
		store := map[[32]byte][]byte{}
		a := NewAccumulator(f.election, f.list, func(hash [32]byte) ([]byte, error) { return store[hash], nil })
		last := map[int][]int{}
		for range rapid.IntRange(0, 5).Draw(rt, "ballots") {
			voter := rapid.IntRange(0, len(weights)-1).Draw(rt, "voter")
			votes := rapid.SliceOfN(rapid.IntRange(0, 1), 2, 2).Draw(rt, "votes")
			v := f.vote(t, voter, votes...)
			if err := a.Add(v); err != nil {
				rt.Fatal(err)
			}
			hash := v.Ballot().Hash()
			store[hash], last[voter] = v.Ballot().Bytes(), votes
			if !a.Counts(v.Voter(), hash) {
				rt.Fatal("the last ballot does not count")
			}
		}
		want, total := Result{{Votes: []uint64{0, 0}}}, uint64(0)
		for voter, votes := range last {
			total += weights[voter]
			for j, n := range votes {
				want[0].Votes[j] += uint64(n) * weights[voter]
			}
		}
		tally, summary := a.Tally()
		if summary.NumTallied != len(last) || summary.TotalWeight != total || summary.Hash != canon.Hex(tally.Bytes(f.election)) {
			rt.Fatalf("summary %+v", summary)
		}
		decrypted := decrypt(tally, f.key)
		got, err := Solve(f.election, decrypted, total)
		if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			rt.Fatalf("result %v, want %v: %v", got, want, err)
		}
		if err := got.Check(f.election, decrypted, total); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestTallyOfNoBallotsIsNeutral(t *testing.T) {
	f := newFixture(t, 1)
	tally, summary := NewAccumulator(f.election, f.list, nil).Tally()
	if !tally.Equal(NewEncrypted(f.election)) || summary.NumTallied != 0 || summary.TotalWeight != 0 {
		t.Errorf("summary %+v", summary)
	}
	if r, err := Solve(f.election, decrypt(tally, f.key), 0); err != nil || string(r.Bytes()) != `{"result":[[0,0]]}` {
		t.Errorf("result %s: %v", r.Bytes(), err)
	}
}

func TestEachCheckOfTheAccumulatorIsNeeded(t *testing.T) {
	f, other := newFixture(t, 1, 1), newFixture(t, 1, 1)
	first := f.vote(t, 0, 1, 0)
	fetched := func(text []byte, err error) *Accumulator {
		a := NewAccumulator(f.election, f.list, func([32]byte) ([]byte, error) { return text, err })
		if err := a.Add(first); err != nil {
			t.Fatal(err)
		}
		return a
	}
	heavier, err := credential.NewList([]credential.Entry{
		{Public: f.list.At(0).Public, Weight: 2}, {Public: f.list.At(1).Public, Weight: 2},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := credential.NewList(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	sameVoters, err := ballot.NewElection(ballot.Record{
		Name: "n", PublicKey: group.Ed25519.Generator(), UUID: testUUID, Questions: f.election.Questions(),
	})
	if err != nil {
		t.Fatal(err)
	}
	again := f.vote(t, 0, 0, 1)
	for name, test := range map[string]struct {
		a    *Accumulator
		v    ballot.Verified
		want error
	}{
		"ballot of another election":     {fetched(nil, nil), other.vote(t, 0, 1, 0), ballot.ErrWrongElection},
		"no ballot at all":               {fetched(nil, nil), ballot.Verified{}, ballot.ErrWrongElection},
		"weights of another list":        {NewAccumulator(f.election, heavier, nil), first, ballot.ErrWrongElection},
		"voters of another list":         {NewAccumulator(f.election, other.list, nil), first, ballot.ErrWrongElection},
		"voter beyond the list":          {NewAccumulator(f.election, empty, nil), first, ballot.ErrWrongElection},
		"election with the same voters":  {NewAccumulator(sameVoters, f.list, nil), first, ballot.ErrWrongElection},
		"same ballot again":              {fetched(nil, nil), first, ErrDuplicate},
		"replaced ballot cannot be had":  {fetched(nil, os.ErrNotExist), again, ErrReplaced},
		"replaced ballot is another one": {fetched(again.Ballot().Bytes(), nil), again, ErrReplaced},
	} {
		_, before := test.a.Tally()
		if err := test.a.Add(test.v); !errors.Is(err, test.want) {
			t.Errorf("%s: error is %v", name, err)
		}
		if _, after := test.a.Tally(); after != before {
			t.Errorf("%s: refused ballot was counted", name)
		}
	}
}

func TestVotesUpToTheLargestWeightAreFound(t *testing.T) {
	const limit = credential.MaxTotalWeight
	l := newLogarithms(group.Ed25519, limit, 10)
	for _, r := range []uint64{0, 1, 2, l.m, l.m + 1, 2 * l.m, 2*l.m + 1, 2*l.m + 2, 93_000_000_000, limit - 1, limit} {
		if got, err := l.find(group.Ed25519.BaseMult(group.Ed25519.NewScalar(r))); err != nil || got != r {
			t.Errorf("%d found as %d: %v", r, got, err)
		}
	}
	if _, err := l.find(group.Ed25519.BaseMult(group.Ed25519.NewScalar(limit + 1))); !errors.Is(err, ErrNoLogarithm) {
		t.Errorf("above the limit: error is %v", err)
	}
}

// The table's keys are 64 of a point's 255 bits: that no two of all it can ever hold
// are the same is a fact about the curve, checked here once.
func TestKeysOfTheLargestTableAreDistinct(t *testing.T) {
	l := newLogarithms(group.Ed25519, credential.MaxTotalWeight, 1000)
	if l.m != maxBabySteps || len(l.baby) != maxBabySteps+1 {
		t.Errorf("%d keys for %d steps", len(l.baby), l.m)
	}
}

func TestAnyCountIsFoundAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Uint64Max(1_000_000).Draw(t, "limit")
		l := newLogarithms(group.Ed25519, limit, rapid.IntRange(1, 5).Draw(t, "values"))
		r := rapid.Uint64Max(limit).Draw(t, "r")
		if got, err := l.find(group.Ed25519.BaseMult(group.Ed25519.NewScalar(r))); err != nil || got != r {
			t.Fatalf("%d found as %d: %v", r, got, err)
		}
		above := group.Ed25519.BaseMult(group.Ed25519.NewScalar(limit + 1 + r))
		for _, point := range []*group.Element{above, above.Neg(), group.Ed25519.BaseMult(group.Ed25519.NewScalar(r + 1)).Neg()} {
			if got, err := l.find(point); !errors.Is(err, ErrNoLogarithm) {
				t.Fatalf("impossible value found as %d", got)
			}
		}
	})
}

func TestEachCheckOfAResultIsNeeded(t *testing.T) {
	f := newFixture(t, 5)
	g := func(n uint64) *group.Element { return group.Ed25519.BaseMult(group.Ed25519.NewScalar(n)) }
	good := Decrypted{{g(3), g(5)}}
	votes := func(questions ...[]uint64) (r Result) {
		for _, q := range questions {
			r = append(r, Outcome{Votes: q})
		}
		return r
	}
	for name, test := range map[string]struct {
		result Result
		d      Decrypted
		want   error
	}{
		"good":                 {votes([]uint64{3, 5}), good, nil},
		"other number":         {votes([]uint64{3, 4}), good, ErrResult},
		"more than all votes":  {votes([]uint64{3, 6}), Decrypted{{g(3), g(6)}}, ErrResult},
		"one number missing":   {votes([]uint64{3}), good, ErrShape},
		"one question more":    {votes([]uint64{3, 5}, []uint64{3, 5}), good, ErrShape},
		"one element missing":  {votes([]uint64{3, 5}), Decrypted{{g(3)}}, ErrShape},
		"one list of elements": {votes([]uint64{3, 5}), Decrypted{{g(3), g(5)}, {g(3), g(5)}}, ErrShape},
	} {
		if err := test.result.Check(f.election, test.d, 5); !errors.Is(err, test.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := Solve(f.election, Decrypted{{g(3)}}, 5); !errors.Is(err, ErrShape) {
		t.Errorf("computing from too little: error is %v", err)
	}
	if _, err := Solve(f.election, good, 4); !errors.Is(err, ErrNoLogarithm) {
		t.Errorf("more votes than weight: error is %v", err)
	}
	if _, err := Solve(f.election, good, credential.MaxTotalWeight+1); err == nil {
		t.Error("total weight above the largest accepted")
	}
}

func TestTalliesOfAnotherShapeAreRefused(t *testing.T) {
	f := newFixture(t, 5)
	id := group.Ed25519.Identity().String()
	c := `{"alpha":"` + id + `","beta":"` + id + `"}`
	for text, want := range map[string]error{
		`[[` + c + `,` + c + `]]`:                   nil,
		`[[` + c + `]]`:                             ErrShape,
		`[[` + c + `,` + c + `],[]]`:                ErrShape,
		`[]`:                                        ErrShape,
		`[[` + c + `, ` + c + `]]`:                  canon.ErrNotCanonical,
		`[[` + c + `,` + c + `]]x`:                  canon.ErrNotCanonical,
		`[[{"alpha":"` + id + `"},` + c + `]]`:      canon.ErrNotCanonical,
		`[[` + c + `,{"alpha":"","beta":"` + id[1:]: group.ErrElement,
	} {
		if _, err := ParseEncrypted(f.election, []byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: error is %v", text, err)
		}
	}
	for text, want := range map[string]error{
		`{"result":[[5,0]]}`:              nil,
		`{"result":[[5]]}`:                ErrShape,
		`{"result":[[5,0],[0,0]]}`:        ErrShape,
		`{"result":[[5,-1]]}`:             canon.ErrNotCanonical,
		`{"result":[[5,1073741824]]}`:     canon.ErrNotCanonical,
		`{"result":[[5,"100000000001"]]}`: canon.ErrNotCanonical,
		`{"result":[[5,0]],"x":1}`:        canon.ErrNotCanonical,
	} {
		if _, err := ParseResult(f.election, []byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: error is %v", text, err)
		}
	}
	for _, text := range []string{
		`{"num_tallied":1,"total_weight":1,"encrypted_tally":"00"}`, `{"num_tallied":-1,"total_weight":1,"encrypted_tally":""}`,
		`{"num_tallied":1,"total_weight":"1","encrypted_tally":"` + id + `"}`, `{"num_tallied":1,"total_weight":1}`,
	} {
		if _, err := ParseSummary([]byte(text)); err == nil {
			t.Errorf("%s accepted", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	fx := newFixture(f, 5)
	record := fx.election.Record()
	record.Questions = append(record.Questions,
		ballot.NonHomomorphic{Text: "?", Answers: []string{"a", "b"}}, ballot.Lists{Lists: []ballot.List{{Name: "A", Candidates: []string{"a"}}}})
	all, err := ballot.NewElection(record)
	if err != nil {
		f.Fatal(err)
	}
	fx.election = all
	tally, summary := NewSum(all).Tally()
	f.Add(tally.Bytes(fx.election))
	f.Add(summary.Bytes())
	f.Add([]byte(`{"result":[[12,"1073741824"],[[1,255],[0,0]],[[1,1]]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := ParseEncrypted(fx.election, data); err == nil && !bytes.Equal(e.Bytes(fx.election), data) {
			t.Fatalf("%s is written %s", data, e.Bytes(fx.election))
		}
		if s, err := ParseSummary(data); err == nil && !bytes.Equal(s.Bytes(), data) {
			t.Fatalf("%s is written %s", data, s.Bytes())
		}
		if r, err := ParseResult(fx.election, data); err == nil && !bytes.Equal(r.Bytes(), data) {
			t.Fatalf("%s is written %s", data, r.Bytes())
		}
	})
}

// BenchmarkSolveLargestWeight solves results of a total weight of 10^11: that of the
// archive 09-big-weights, and one of a hundred answers.
func BenchmarkSolveLargestWeight(b *testing.B) {
	for name, votes := range map[string][]uint64{
		"as in archive 09": {6_000_000_000, 0, 93_000_000_000, 4_000_000_000, 3_000_000_000},
		"100 answers":      slices.Repeat([]uint64{93_000_000_000, 7_000_000_000}, 50),
	} {
		b.Run(name, func(b *testing.B) {
			points := make([]*group.Element, len(votes))
			for i, n := range votes {
				points[i] = group.Ed25519.BaseMult(group.Ed25519.NewScalar(n))
			}
			question := ballot.Homomorphic{Text: "?", Answers: make([]string, len(votes)), Max: len(votes)}
			e, err := ballot.NewElection(ballot.Record{
				Name: "n", PublicKey: group.Ed25519.Generator(), UUID: testUUID, Questions: []ballot.Question{question},
			})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Solve(e, Decrypted{points}, credential.MaxTotalWeight); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAddBallot(b *testing.B) {
	f := newFixture(b, 1)
	v := f.vote(b, 0, 1, 0)
	s := NewSum(f.election)
	for b.Loop() {
		s.Add(v.Ballot(), 1)
	}
}
