package ballot

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
)

const testUUID = "vLeneQWFW5VYoa"

// fixture is a small election with two voters.
type fixture struct {
	election *Election
	list     *credential.List
	keys     []group.Scalar // of the two voters
}

func randomScalar(tb testing.TB) group.Scalar {
	tb.Helper()
	s, err := group.Ed25519.RandomScalar(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func newFixture(tb testing.TB, questions ...Question) fixture {
	tb.Helper()
	e, err := NewElection(Record{
		Name: "انتخابات", Description: "Test", PublicKey: group.Ed25519.BaseMult(randomScalar(tb)), UUID: testUUID, Questions: questions,
	})
	if err != nil {
		tb.Fatal(err)
	}
	privates, list, err := credential.Issue(rand.Reader, group.Ed25519, testUUID, []credential.Voter{{ID: "1", Weight: 1}, {ID: "2", Weight: 1}}, false)
	if err != nil {
		tb.Fatal(err)
	}
	return fixture{e, list, []group.Scalar{privates[0].Key(group.Ed25519, testUUID), privates[1].Key(group.Ed25519, testUUID)}}
}

func cast(tb testing.TB, e *Election, key group.Scalar, vote Plaintext) *Ballot {
	tb.Helper()
	d, err := e.Encrypt(rand.Reader, group.Ed25519.BaseMult(key), vote)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := d.Sign(rand.Reader, key)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var (
	plain = Homomorphic{Text: "Who?", Answers: []string{"a", "b", "c"}, Min: 0, Max: 2}
	blank = Homomorphic{Text: "Who?", Answers: []string{"a", "b", "c"}, Blank: true, Min: 1, Max: 2}
)

func drawHomomorphic(t *rapid.T) Homomorphic {
	q := Homomorphic{
		Text: rapid.String().Draw(t, "question"), Answers: rapid.SliceOfN(rapid.StringN(0, 5, 20), 1, 5).Draw(t, "answers"),
		Blank: rapid.Bool().Draw(t, "blank"),
	}
	q.Max = rapid.IntRange(1, len(q.Answers)).Draw(t, "max")
	q.Min = rapid.IntRange(0, q.Max).Draw(t, "min")
	q.Extra = drawExtra(t)
	return q
}

func drawExtra(t *rapid.T) []byte {
	if rapid.Bool().Draw(t, "extra") {
		return []byte(`{"method":"x","seats":[1,null]}`)
	}
	return nil
}

// drawQuestion and drawVote draw any question and any vote that it allows.
func drawQuestion(t *rapid.T) Question {
	text := rapid.String().Draw(t, "question")
	answers := rapid.SliceOfN(rapid.StringN(0, 5, 20), 1, 4)
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return NonHomomorphic{Text: text, Answers: answers.Draw(t, "answers"), Extra: drawExtra(t)}
	case 1:
		q := Lists{Text: text, Extra: drawExtra(t)}
		for range rapid.IntRange(1, 3).Draw(t, "lists") {
			q.Lists = append(q.Lists, List{rapid.StringN(0, 5, 20).Draw(t, "name"), answers.Draw(t, "candidates")})
		}
		return q
	}
	return drawHomomorphic(t)
}

func drawVote(t *rapid.T, question Question) []int {
	switch q := question.(type) {
	case NonHomomorphic:
		return rapid.SliceOfN(rapid.IntRange(0, 255), len(q.Answers), len(q.Answers)).Draw(t, "numbers")
	case Lists:
		votes := make([]int, q.Ciphertexts())
		list := rapid.SampledFrom(split(q, votes)).Draw(t, "list")
		list[0] = 1
		for i := 1; i < len(list); i++ {
			list[i] = rapid.IntRange(0, 1).Draw(t, "candidate")
		}
		list[rapid.IntRange(1, len(list)-1).Draw(t, "one candidate")] = 1
		return votes
	}
	return drawHomomorphicVote(t, question.(Homomorphic))
}

func drawHomomorphicVote(t *rapid.T, q Homomorphic) []int {
	votes := make([]int, q.Ciphertexts())
	first := 0
	if q.Blank {
		if first = 1; rapid.Bool().Draw(t, "blank vote") {
			votes[0] = 1
			return votes
		}
	}
	n := rapid.IntRange(q.Min, q.Max).Draw(t, "choices")
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(q.Answers)-1), n, n, rapid.ID[int]).Draw(t, "chosen") {
		votes[first+i] = 1
	}
	return votes
}

func TestAnyAllowedVoteIsAcceptedAndReadAsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		q, r := drawQuestion(rt), drawQuestion(rt)
		f := newFixture(t, q, r)
		b := cast(t, f.election, f.keys[0], Plaintext{drawVote(rt, q), drawVote(rt, r)})
		if _, err := f.election.Verify(b, f.list); err != nil {
			rt.Fatal(err)
		}
		again, err := ParseBallot(group.Ed25519, b.Bytes())
		if err != nil {
			rt.Fatal(err)
		}
		v, err := f.election.Verify(again, f.list)
		if err != nil || v.Ballot().Commitment() != b.Commitment() || again.Tracker() != b.Tracker() {
			rt.Fatalf("read again it is another ballot: %v", err)
		}
		e, err := ParseElection(f.election.Bytes())
		if err != nil || e.Fingerprint() != f.election.Fingerprint() {
			rt.Fatalf("election read again is another: %v", err)
		}
	})
}

func TestVotesThatAreNotAllowedAreExplained(t *testing.T) {
	f := newFixture(t, plain, blank)
	good := []int{1, 0, 0, 0}
	for _, test := range []struct {
		vote Plaintext
		want string
	}{
		{Plaintext{{1, 1, 1}, good}, "question 1: 3 choices, at most 2 allowed"},
		{Plaintext{{1, 0, 0}, {0, 0, 0, 0}}, "question 2: 0 choices, at least 1 needed"},
		{Plaintext{{1, 0, 0}, {1, 1, 0, 0}}, "question 2: a blank vote and 1 choices"},
		{Plaintext{{2, 0, 0}, good}, "question 1: a choice is neither 0 nor 1"},
		{Plaintext{{-1, 0, 0}, good}, "neither 0 nor 1"},
		{Plaintext{{1 << 40, 0, 0}, good}, "neither 0 nor 1"},
		{Plaintext{{1, 0}, good}, "question 1: 2 numbers, 3 expected"},
		{Plaintext{{1, 0, 0}}, "1 questions answered, the election has 2"},
	} {
		_, err := f.election.Encrypt(rand.Reader, f.list.At(0).Public, test.vote)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error is %v", test.vote, err)
		}
	}
	for _, vote := range []Plaintext{{{0, 0, 0}, good}, {{1, 0, 1}, {0, 1, 1, 0}}} {
		if err := f.election.CheckPlaintext(vote); err != nil {
			t.Errorf("%v: %v", vote, err)
		}
	}
}

func TestElectionsThatMakeNoSenseAreRefused(t *testing.T) {
	thousand := Homomorphic{Answers: make([]string, MaxAnswers), Max: 1}
	manyChoices := []Question{plain}
	for range MaxChoices / MaxAnswers {
		manyChoices = append(manyChoices, thousand)
	}
	good := Record{Name: "n", PublicKey: group.Ed25519.Generator(), UUID: testUUID, Questions: []Question{plain}}
	if _, err := NewElection(good); err != nil {
		t.Fatal(err)
	}
	question := func(change func(*Homomorphic)) func(*Record) {
		return func(r *Record) { q := plain; change(&q); r.Questions = []Question{q} }
	}
	for name, change := range map[string]func(*Record){
		"no key":               func(r *Record) { r.PublicKey = nil },
		"identity as key":      func(r *Record) { r.PublicKey = group.Ed25519.Identity() },
		"short uuid":           func(r *Record) { r.UUID = testUUID[1:] },
		"uuid with zero":       func(r *Record) { r.UUID = "0" + testUUID },
		"no questions":         func(r *Record) { r.Questions = nil },
		"many questions":       func(r *Record) { r.Questions = make([]Question, MaxQuestions+1) },
		"many choices":         func(r *Record) { r.Questions = manyChoices },
		"no UTF-8":             func(r *Record) { r.Name = "\xff" },
		"direction":            func(r *Record) { r.Language = Language{"ar", "up"} },
		"direction alone":      func(r *Record) { r.Language = Language{"", "rtl"} },
		"no answers":           question(func(q *Homomorphic) { q.Answers = nil }),
		"many answers":         question(func(q *Homomorphic) { q.Answers = make([]string, MaxAnswers+1) }),
		"min above max":        question(func(q *Homomorphic) { q.Min = 3 }),
		"max above answers":    question(func(q *Homomorphic) { q.Max = 4 }),
		"negative min":         question(func(q *Homomorphic) { q.Min = -1 }),
		"nothing to choose":    question(func(q *Homomorphic) { q.Max = 0 }),
		"extra is no JSON":     question(func(q *Homomorphic) { q.Extra = []byte("{") }),
		"extra is not compact": question(func(q *Homomorphic) { q.Extra = []byte("[1, 2]") }),
	} {
		r := good
		change(&r)
		if _, err := NewElection(r); !errors.Is(err, ErrElection) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	e, _ := NewElection(good)
	text := string(e.Bytes())
	for name, bad := range map[string]string{
		"space":         strings.Replace(text, ",", ", ", 1),
		"unknown field": strings.Replace(text, `,"uuid"`, `,"x":1,"uuid"`, 1),
		"behind":        text + " ",
		"null":          strings.Replace(text, `"}`, `","administrator":null}`, 1),
		"administrator": strings.Replace(text, testUUID+`"}`, testUUID+`","administrator":""}`, 1),
	} {
		if _, err := ParseElection([]byte(bad)); !errors.Is(err, canon.ErrNotCanonical) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := ParseElection([]byte(strings.Replace(text, `"version":1`, `"version":2`, 1))); !errors.Is(err, ErrUnsupported) {
		t.Errorf("version 2: error is %v", err)
	}
}

func TestOpenedBallotIsNeverSigned(t *testing.T) {
	f := newFixture(t, plain)
	public := group.Ed25519.BaseMult(f.keys[0])
	d, err := f.election.Encrypt(rand.Reader, public, Plaintext{{1, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Sign(rand.Reader, f.keys[0]); !errors.Is(err, ErrOpened) {
		t.Errorf("signing an opened ballot: error is %v", err)
	}
}

func TestSignedBallotIsNeverOpenedNorSignedAgain(t *testing.T) {
	f := newFixture(t, plain)
	d, err := f.election.Encrypt(rand.Reader, group.Ed25519.BaseMult(f.keys[0]), Plaintext{{1, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Sign(rand.Reader, f.keys[1]); !errors.Is(err, ErrUnknownCredential) {
		t.Errorf("signing with another voter's key: error is %v", err)
	}
	if _, err := d.Sign(iotest.ErrReader(errors.New("no randomness")), f.keys[0]); err == nil {
		t.Error("signed without randomness")
	}
	b, err := d.Sign(rand.Reader, f.keys[0])
	if err != nil || b.Commitment() != d.Commitment() {
		t.Fatalf("signed ballot is not what was committed to: %v", err)
	}
	if _, err := d.Open(); !errors.Is(err, ErrSigned) {
		t.Errorf("opening a signed ballot: error is %v", err)
	}
	if _, err := d.Sign(rand.Reader, f.keys[0]); !errors.Is(err, ErrSigned) {
		t.Errorf("signing again: error is %v", err)
	}
	for _, r := range d.randomness[0] {
		if r.IsZero() == 0 {
			t.Error("randomness is kept after signing")
		}
	}
}

func TestCheckingAnOpenedBallot(t *testing.T) {
	f := newFixture(t, plain, blank)
	public := group.Ed25519.BaseMult(f.keys[0])
	open := func() (string, *Opening) {
		d, err := f.election.Encrypt(rand.Reader, public, Plaintext{{1, 0, 0}, {0, 1, 1, 0}})
		if err != nil {
			t.Fatal(err)
		}
		o, err := d.Open()
		if err != nil {
			t.Fatal(err)
		}
		if o, err = ParseOpening(group.Ed25519, o.Bytes()); err != nil {
			t.Fatal(err)
		}
		return d.Commitment(), o
	}
	commitment, o := open()
	if err := f.election.CheckOpening(commitment, public, o); err != nil {
		t.Fatal(err)
	}
	if err := f.election.CheckOpening(canon.B64(nil), public, o); !errors.Is(err, ErrOpening) {
		t.Errorf("another commitment: error is %v", err)
	}
	if err := f.election.CheckOpening(commitment, group.Ed25519.Generator(), o); !errors.Is(err, ErrOpening) {
		t.Errorf("another credential: error is %v", err)
	}
	if err := newFixture(t, plain, blank).election.CheckOpening(commitment, public, o); !errors.Is(err, ErrWrongElection) {
		t.Errorf("another election: error is %v", err)
	}
	for name, change := range map[string]func(o *Opening){
		"vote for another":        func(o *Opening) { o.Plaintext[0] = []int{0, 1, 0} },
		"vote not allowed":        func(o *Opening) { o.Plaintext[0] = []int{1, 1, 1} },
		"vote cut off":            func(o *Opening) { o.Plaintext[0] = []int{1, 0} },
		"other randomness":        func(o *Opening) { o.Randomness[1][2] = o.Randomness[1][2].Add(group.Ed25519.NewScalar(1)) },
		"less randomness":         func(o *Opening) { o.Randomness = o.Randomness[:1] },
		"less in one":             func(o *Opening) { o.Randomness[0] = o.Randomness[0][:1] },
		"another text":            func(o *Opening) { o.Ballot = append(o.Ballot, ' ') },
		"text of another opening": func(o *Opening) { _, p := open(); o.Ballot = p.Ballot },
	} {
		commitment, o := open()
		change(o)
		if err := f.election.CheckOpening(commitment, public, o); !errors.Is(err, ErrOpening) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	// A dishonest device commits to a text that is no ballot, or whose proofs are wrong.
	_, o = open()
	o.Ballot = append(o.Ballot, ' ')
	if err := f.election.CheckOpening(canon.B64(o.Ballot), public, o); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("no ballot: error is %v", err)
	}
	d, _ := f.election.Encrypt(rand.Reader, public, Plaintext{{1, 0, 0}, {0, 1, 1, 0}})
	p := &d.unsigned.answers[0].(*homomorphicAnswer).overall[0]
	p.Response = p.Response.Add(group.Ed25519.NewScalar(1))
	var w canon.Writer
	d.unsigned.write(&w)
	d.text = w.End('}').Bytes()
	o, _ = d.Open()
	if err := f.election.CheckOpening(canon.B64(o.Ballot), public, o); !errors.Is(err, ErrProof) {
		t.Errorf("wrong proof: error is %v", err)
	}
}

func TestEncryptionNeedsRandomness(t *testing.T) {
	f := newFixture(t, plain)
	if _, err := f.election.Encrypt(iotest.ErrReader(errors.New("none")), f.list.At(0).Public, Plaintext{{1, 0, 0}}); err == nil {
		t.Error("encrypted without randomness")
	}
}

func TestEncryptingTwiceNeverGivesTheSameCiphertext(t *testing.T) {
	f := newFixture(t, plain)
	a, b := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 0}}), cast(t, f.election, f.keys[0], Plaintext{{1, 0, 0}})
	seen := map[string]bool{}
	for _, x := range [][]Answer{a.Answers(), b.Answers()} {
		for _, c := range x[0].Ciphertexts() {
			if seen[c.Alpha.String()] {
				t.Fatal("randomness used twice")
			}
			seen[c.Alpha.String()] = true
		}
	}
}

func FuzzParseBallot(f *testing.F) {
	fx := newFixture(f, plain, blank, ranked, parties)
	b := cast(f, fx.election, fx.keys[0], Plaintext{{1, 0, 0}, {1, 0, 0, 0}, {3, 1, 2}, {1, 0, 1, 0, 0, 0}})
	f.Add(b.Bytes())
	f.Add([]byte(`{"election_uuid":"","election_hash":"","credential":"` + group.Ed25519.Identity().String() +
		`","answers":[],"signature":{"hash":"","proof":{"challenge":"0","response":"0"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBallot(group.Ed25519, data)
		if err != nil {
			return
		}
		var w canon.Writer
		b.write(&w)
		w.Key("signature").Begin('{').Key("hash").String(b.signatureHash).Key("proof")
		b.signature.Write(&w)
		if w.End('}').End('}'); !bytes.Equal(w.Bytes(), data) {
			t.Fatalf("%s is written %s", data, w.Bytes())
		}
	})
}

func FuzzParseElection(f *testing.F) {
	q := blank
	q.Extra = []byte(`{"method":"x"}`)
	fx := newFixture(f, plain, q, ranked, parties)
	f.Add(fx.election.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := ParseElection(data); err == nil && !bytes.Equal(e.Bytes(), data) {
			t.Fatalf("%s is written %s", data, e.Bytes())
		}
	})
}

func FuzzParseOpening(f *testing.F) {
	f.Add([]byte(`{"ballot":"{\"a\"}","plaintext":[[0,1]],"randomness":[["1","0"]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o, err := ParseOpening(group.Ed25519, data); err == nil && !bytes.Equal(o.Bytes(), data) {
			t.Fatalf("%s is written %s", data, o.Bytes())
		}
	})
}

// fiveChoices is the question of the figures in docs: at most one of five, with six
// disjunctive proofs and a signature.
var fiveChoices = Homomorphic{Text: "Who?", Answers: []string{"a", "b", "c", "d", "e"}, Min: 0, Max: 1}

func BenchmarkVerifyFiveChoices(b *testing.B) {
	f := newFixture(b, fiveChoices)
	text := cast(b, f.election, f.keys[0], Plaintext{{0, 0, 1, 0, 0}}).Bytes()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		x, err := ParseBallot(group.Ed25519, text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.election.Verify(x, f.list); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncryptFiveChoices(b *testing.B) {
	f := newFixture(b, fiveChoices)
	public := group.Ed25519.BaseMult(f.keys[0])
	for b.Loop() {
		d, err := f.election.Encrypt(rand.Reader, public, Plaintext{{0, 0, 1, 0, 0}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Sign(rand.Reader, f.keys[0]); err != nil {
			b.Fatal(err)
		}
	}
}
