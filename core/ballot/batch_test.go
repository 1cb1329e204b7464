package ballot

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"os"
	"slices"
	"testing"
	"testing/iotest"

	"filippo.io/edwards25519"
	"pgregory.net/rapid"

	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
	"bayyina/internal/peerdata"
)

// checkTogether compares what is said of ballots together with what is said of each,
// and returns how many are right.
func checkTogether(t interface {
	Helper()
	Errorf(string, ...any)
}, e *Election, list *credential.List, casts []Cast,
) (right int) {
	t.Helper()
	type verdict struct {
		ballot   *Ballot
		verified Verified
		err      error
	}
	alone := make([]verdict, len(casts))
	for i, c := range casts {
		v := &alone[i]
		if v.ballot, v.err = ParseBallot(e.Group(), c.Text); v.err == nil {
			v.verified, v.err = e.Verify(v.ballot, list)
		}
	}
	for _, workers := range []int{1, 3} {
		right = 0
		for i, got := range e.VerifyAll(rand.Reader, workers, casts, list) {
			b, want, err := alone[i].ballot, alone[i].verified, alone[i].err
			switch {
			case (got.Err == nil) != (err == nil), err != nil && got.Err.Error() != err.Error():
				t.Errorf("ballot %d, %d bytes of hints: together %v, alone %v", i+1, len(casts[i].Hints), got.Err, err)
			case (got.Ballot == nil) != (b == nil):
				t.Errorf("ballot %d: read together %v, alone %v", i+1, got.Ballot != nil, b != nil)
			case err == nil:
				right++
				if got.Verified.Voter() != want.Voter() || got.Verified.Weight() != want.Weight() || got.Verified.Ballot() != got.Ballot ||
					got.Ballot.Tracker() != b.Tracker() || !got.Ballot.Credential().Equal(b.Credential()) {
					t.Errorf("ballot %d is taken for another", i+1)
				}
				for j, a := range b.Answers() {
					if !slices.EqualFunc(got.Ballot.Answers()[j].Ciphertexts(), a.Ciphertexts(), group.Ciphertext.Equal) {
						t.Errorf("ballot %d has other ciphertexts", i+1)
					}
				}
			}
		}
	}
	return right
}

// hintings are casts of the same texts with hints of many kinds.
func hintings(e *Election, texts [][]byte) map[string][]Cast {
	none, own := make([]Cast, len(texts)), make([]Cast, len(texts))
	for i, text := range texts {
		none[i].Text, own[i].Text = text, text
		own[i].Hints, _ = e.Hints(text) // none of a ballot that cannot be read
	}
	all := map[string][]Cast{"none": none, "right": own}
	change := func(name string, f func(i int, hints []byte) []byte) {
		casts := slices.Clone(own)
		for i := range casts {
			casts[i].Hints = f(i, bytes.Clone(casts[i].Hints))
		}
		all[name] = casts
	}
	change("of another ballot", func(i int, _ []byte) []byte { return own[(i+1)%len(own)].Hints })
	change("cut off", func(_ int, h []byte) []byte { return h[:max(0, len(h)-group.HintSize)] })
	change("garbage at the end", func(_ int, h []byte) []byte { return append(h, "garbage"...) })
	change("some missing", func(i int, h []byte) []byte { return h[:i%2*len(h)] })
	change("one bit", func(i int, h []byte) []byte {
		if len(h) > 0 {
			h[i*97%len(h)] ^= 1 << (i % 8)
		}
		return h
	})
	change("two swapped", func(i int, h []byte) []byte {
		if n := len(h) / group.HintSize; n > 0 {
			a, b := i%n*group.HintSize, (i+3)%n*group.HintSize
			for j := range group.HintSize {
				h[a+j], h[b+j] = h[b+j], h[a+j]
			}
		}
		return h
	})
	return all
}

func TestBallotsOfRealElectionsPassTogetherWhateverTheHints(t *testing.T) {
	for _, name := range []string{
		"02-three-trustees", "04-blank", "06-two-questions", "07-ranked-two-shuffles", "08-lists-weights", "12-everything", "13-field-rfc3526", "17-big-500x20",
	} {
		t.Run(name, func(t *testing.T) {
			p := readArchive(t, name)
			e, list := p.parse(t)
			texts := p.ballots[:min(len(p.ballots), 6)]
			for kind, casts := range hintings(e, texts) {
				if right := checkTogether(t, e, list, casts); right != len(texts) {
					t.Errorf("hints %s: %d of %d ballots are right", kind, right, len(texts))
				}
			}
		})
	}
}

func TestHintsAreUsed(t *testing.T) {
	p := readArchive(t, "12-everything")
	e, list := p.parse(t)
	for i, o := range e.VerifyAll(rand.Reader, 1, hintings(e, p.ballots)["right"], list) {
		if !o.Hinted {
			t.Errorf("ballot %d: right hints were of no use", i+1)
		}
	}
	for i, o := range e.VerifyAll(rand.Reader, 1, hintings(e, p.ballots)["of another ballot"], list) {
		if o.Hinted {
			t.Errorf("ballot %d: hints of another are taken for its own", i+1)
		}
	}
}

func TestBrokenBallotsAreFoundAmongGoodOnesWhateverTheHints(t *testing.T) {
	entries, err := os.ReadDir(peerdata.Dir(t, "belenios", "invalid"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		p := readArchive(t, "invalid", entry.Name())
		e, err := ParseElection(p.record)
		if err != nil {
			continue // the fault lies there
		}
		list, err := credential.ParseList(e.Group(), p.credentials)
		if err != nil {
			continue
		}
		seen++
		casts := hintings(e, p.ballots)
		for _, kind := range []string{"none", "right", "one bit"} {
			t.Run(entry.Name()+", hints "+kind, func(t *testing.T) { checkTogether(t, e, list, casts[kind]) })
		}
	}
	if seen < 50 {
		t.Errorf("only %d archives", seen)
	}
}

// What is said together is what is said of each, of ballots with any fault in a proof
// or a point, signed again by their voter, at any place among good ones.
func TestManyBallotsGetTheVerdictOfEach(t *testing.T) {
	f := newFixture(t, plain, blank, NonHomomorphic{Answers: []string{"a", "b"}},
		Lists{Lists: []List{{"l", []string{"a", "b"}}, {"m", []string{"c"}}, {"n", nil}}})
	var good []*Ballot
	for range 3 {
		good = append(good, cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}, {0, 1, 1, 0}, {2, 1}, {1, 1, 0, 0, 0, 0}}))
	}
	rapid.Check(t, func(rt *rapid.T) {
		var texts [][]byte
		for range rapid.IntRange(1, 12).Draw(rt, "ballots") {
			b := good[rapid.IntRange(0, len(good)-1).Draw(rt, "ballot")]
			if rapid.IntRange(0, 3).Draw(rt, "broken") == 0 {
				b = breakOne(rt, t, b, f.keys[0])
			}
			texts = append(texts, b.Bytes())
		}
		casts := hintings(f.election, texts)
		kinds := []string{"none", "right", "right", "right", "some missing", "one bit", "two swapped", "of another ballot"}
		checkTogether(rt, f.election, f.list, casts[rapid.SampledFrom(kinds).Draw(rt, "hints")])
	})
}

// breakOne changes one number of a ballot and signs it again.
func breakOne(rt *rapid.T, t *testing.T, b *Ballot, key group.Scalar) *Ballot {
	c, err := ParseBallot(group.Ed25519, b.Bytes())
	if err != nil {
		rt.Fatal(err)
	}
	u := c.unsigned
	lists := u.answers[3].(*listsAnswer)
	ranked := u.answers[2].(*rankedAnswer)
	proofs := [][]proof.Proof{homo(&u, 0).overall, homo(&u, 1).overall, homo(&u, 1).blank}
	proofs = append(append(append(proofs, homo(&u, 0).individual...), homo(&u, 1).individual...), lists.individual...)
	proofs = append(proofs, lists.list...)
	one := group.Ed25519.NewScalar(1)
	change := func(p *proof.Proof) {
		switch rapid.IntRange(0, 2).Draw(rt, "change") {
		case 0:
			p.Challenge = p.Challenge.Add(one)
		case 1:
			p.Response = p.Response.Sub(one)
		case 2:
			p.Challenge, p.Response = p.Response, p.Challenge
		}
	}
	switch rapid.IntRange(0, 7).Draw(rt, "where") {
	case 0:
		change(&ranked.proof)
	case 1:
		change(&lists.overall)
	case 2:
		lists.nonZero.Response[0] = lists.nonZero.Response[0].Add(one)
	case 3:
		lists.nonZero.Response[1] = lists.nonZero.Response[1].Add(one)
	case 4:
		lists.nonZero.Commitment = lists.nonZero.Commitment.Add(group.Ed25519.Generator())
	case 5:
		choices := u.answers[rapid.SampledFrom([]int{0, 1, 3}).Draw(rt, "question")].Ciphertexts()
		i := rapid.IntRange(0, len(choices)-1).Draw(rt, "choice")
		choices[i].Beta = choices[i].Beta.Add(group.Ed25519.Generator())
	default:
		list := proofs[rapid.IntRange(0, len(proofs)-1).Draw(rt, "proof")]
		if len(list) > 1 && rapid.Bool().Draw(rt, "keep the hash") {
			// The challenges' sum stays, so that the hash still fits for hints of
			// the commitments that were hashed.
			list[0].Challenge, list[1].Challenge = list[0].Challenge.Add(one), list[1].Challenge.Sub(one)
		} else {
			change(&list[rapid.IntRange(0, len(list)-1).Draw(rt, "part")])
		}
	}
	return sign(t, u, key)
}

// A component of order 2, 4 or 8 on any point of a ballot is found, also where the hints
// are those of the ballot without it.
func TestComponentsOfSmallOrderAreFoundOnEachPoint(t *testing.T) {
	f := newFixture(t, plain, NonHomomorphic{Answers: []string{"a"}}, Lists{Lists: []List{{"l", []string{"a"}}}})
	b := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 0}, {1}, {1, 1}})
	hints, err := f.election.Hints(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	points := elementPlaces(b.Bytes())
	if len(points) != 1+6+2+4+1 {
		t.Fatalf("%d points", len(points))
	}
	for _, small := range []string{
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
	} {
		var casts []Cast
		for _, at := range points {
			text := bytes.Clone(b.Bytes())
			copy(text[at:], addPoints(t, text[at:at+64], small))
			casts = append(casts, Cast{text, hints}, Cast{text, nil}, Cast{b.Bytes(), hints})
		}
		if right := checkTogether(t, f.election, f.list, casts); right != len(points) {
			t.Errorf("component %s: %d ballots are right, must be %d", small, right, len(points))
		}
	}
}

// elementPlaces is where the elements of a ballot are in its text.
func elementPlaces(text []byte) (places []int) {
	isHex := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
	for i := 0; i+66 <= len(text); i++ {
		if text[i] == '"' && text[i+65] == '"' && !slices.ContainsFunc(text[i+1:i+65], func(c byte) bool { return !isHex(c) }) {
			places = append(places, i+1)
		}
	}
	return places
}

// addPoints adds a point in RFC 8032 encoding to one in Belenios' text.
func addPoints(t *testing.T, text []byte, encoding string) []byte {
	t.Helper()
	point := func(text string) *edwards25519.Point {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := new(edwards25519.Point).SetBytes(raw)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	raw, err := hex.DecodeString(string(text))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(raw)
	sum := new(edwards25519.Point).Add(point(hex.EncodeToString(raw)), point(encoding)).Bytes()
	slices.Reverse(sum)
	return []byte(hex.EncodeToString(sum))
}

func TestOtherSpellingsOfAPointAreFoundBesideItsHints(t *testing.T) {
	f := newFixture(t, plain)
	b := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 0}})
	hints, err := f.election.Hints(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	at := elementPlaces(b.Bytes())[1]
	spelt := func(with []byte) Cast {
		return Cast{slices.Concat(b.Bytes()[:at], with, b.Bytes()[at+64:]), hints}
	}
	identity := group.Ed25519.Identity().AppendText(nil)
	notReduced := []byte("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee") // p + 1, which is y of the identity
	signed := slices.Concat([]byte("8"), identity[1:])
	casts := []Cast{
		spelt(bytes.ToUpper(b.Bytes()[at : at+64])), spelt(notReduced), spelt(signed), spelt(identity), spelt(b.Bytes()[at : at+63]), spelt(nil),
	}
	if right := checkTogether(t, f.election, f.list, casts); right != 0 {
		t.Errorf("%d ballots are right", right)
	}
}

func TestWithoutRandomnessBallotsAreVerifiedOneByOne(t *testing.T) {
	f := newFixture(t, plain)
	var casts []Cast
	for range 20 {
		casts = append(casts, Cast{Text: cast(t, f.election, f.keys[0], Plaintext{{1, 0, 0}}).Bytes()})
		casts[len(casts)-1].Hints, _ = f.election.Hints(casts[len(casts)-1].Text)
	}
	for i, o := range f.election.VerifyAll(iotest.ErrReader(iotest.ErrTimeout), 2, casts, f.list) {
		if o.Err != nil || o.Hinted {
			t.Errorf("ballot %d: %v, hinted %v", i+1, o.Err, o.Hinted)
		}
	}
}

func TestWhatIsNoBallotHasNoHints(t *testing.T) {
	f := newFixture(t, plain)
	other := newFixture(t, blank)
	for _, text := range [][]byte{nil, []byte("{}"), cast(t, other.election, other.keys[0], Plaintext{{1, 0, 0, 0}}).Bytes()} {
		if hints, err := f.election.Hints(text); err == nil {
			t.Errorf("%d hints of %.20s", len(hints)/group.HintSize, text)
		}
	}
	if len(f.election.VerifyAll(rand.Reader, 2, nil, f.list)) != 0 {
		t.Error("outcomes of no ballots")
	}
}
