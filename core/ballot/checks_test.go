package ballot

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// sign signs any ballot, in the form that ParseBallot accepts.
func sign(tb testing.TB, u unsigned, key group.Scalar) *Ballot {
	tb.Helper()
	var w canon.Writer
	u.write(&w)
	w.End('}')
	commitment := canon.B64(w.Bytes())
	p, err := proof.ProveKnowledge(rand.Reader, proof.BallotSignature, []byte(commitment), key)
	if err != nil {
		tb.Fatal(err)
	}
	return reparse(tb, u, commitment, p)
}

// reparse writes a ballot with the given signature and reads it.
func reparse(tb testing.TB, u unsigned, hash string, p proof.Proof) *Ballot {
	tb.Helper()
	var w canon.Writer
	u.write(&w)
	w.Key("signature").Begin('{').Key("hash").String(hash).Key("proof")
	p.Write(&w)
	b, err := ParseBallot(group.Ed25519, w.End('}').End('}').Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// answerTo makes an answer as for the question q, which need not be the election's.
func (f fixture) answerTo(tb testing.TB, q Question, votes ...int) Answer {
	tb.Helper()
	a, _, err := f.election.encryptAnswer(rand.Reader, q, f.election.voter(group.Ed25519.BaseMult(f.keys[0])), votes)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// homo is answer i, which is to a homomorphic question.
func homo(u *unsigned, i int) *homomorphicAnswer { return u.answers[i].(*homomorphicAnswer) }

func plusOne(p *proof.Proof) { p.Response = p.Response.Add(group.Ed25519.NewScalar(1)) }

// TestEachCheckIsNeeded has, for each single check of a ballot, one that is right in
// everything else, signed afresh by its voter: without the check it would be accepted,
// or refused for another reason than the one named. Checks of single equations are in
// core/proof, of points and scalars in core/group, of duplicate ballots in core/tally.
func TestEachCheckIsNeeded(t *testing.T) {
	f := newFixture(t, plain, blank)
	wider := Homomorphic{Answers: []string{"a", "b", "c", "d"}, Min: plain.Min, Max: plain.Max}
	moreMax := Homomorphic{Answers: plain.Answers, Min: plain.Min, Max: plain.Max + 1}
	for _, test := range []struct {
		check  string
		change func(u *unsigned)
		reason error
		text   string
	}{
		{"uuid is the election's", func(u *unsigned) { u.uuid = "1" + testUUID }, ErrWrongElection, "uuid"},
		{"fingerprint is the election's", func(u *unsigned) { u.election = canon.B64(nil) }, ErrWrongElection, "fingerprint"},
		{"as many answers as questions", func(u *unsigned) { u.answers = append(u.answers, u.answers[0]) }, ErrShape, "3 answers"},
		{"an answer for each question", func(u *unsigned) { u.answers = u.answers[:1] }, ErrShape, "1 answers"},
		{"as many choices as the question has", func(u *unsigned) { u.answers[0] = f.answerTo(t, wider, 1, 0, 0, 1) }, ErrShape, "4 choices"},
		{"an individual proof for each choice, no more", func(u *unsigned) {
			homo(u, 0).individual = append(homo(u, 0).individual, homo(u, 0).individual[0])
		}, ErrShape, "4 individual proofs"},
		{"an individual proof for each choice, no less", func(u *unsigned) {
			homo(u, 0).individual = homo(u, 0).individual[:2]
		}, ErrShape, "2 individual proofs"},
		{"two parts of an individual proof", func(u *unsigned) {
			homo(u, 0).individual[1] = homo(u, 0).individual[1][:1]
		}, ErrShape, "individual proof 2 has 1 parts"},
		{"parts of the overall proof", func(u *unsigned) { u.answers[0] = f.answerTo(t, moreMax, 1, 1, 1) }, ErrShape, "overall proof has 4"},
		{"parts of the overall proof with blank", func(u *unsigned) {
			homo(u, 1).overall = homo(u, 1).overall[:2]
		}, ErrShape, "overall proof has 2"},
		{"no blank proof where no blank vote is possible", func(u *unsigned) {
			homo(u, 0).blank = homo(u, 1).blank
		}, ErrShape, "blank proof is missing, or there is one"},
		{"a blank proof where a blank vote is possible", func(u *unsigned) {
			homo(u, 1).blank = nil
		}, ErrShape, "blank proof is missing, or there is one"},
		{"two parts of the blank proof", func(u *unsigned) {
			homo(u, 1).blank = append(homo(u, 1).blank, proof.Proof{})
		}, ErrShape, "blank proof has 3 parts"},
		{"individual proof of the first choice", func(u *unsigned) { plusOne(&homo(u, 0).individual[0][1]) }, ErrProof, "question 1, choice 1: individual"},
		{"individual proof of the last choice", func(u *unsigned) { plusOne(&homo(u, 0).individual[2][0]) }, ErrProof, "question 1, choice 3: individual"},
		{"individual proof of the blank choice", func(u *unsigned) { plusOne(&homo(u, 1).individual[0][0]) }, ErrProof, "question 2, choice 1: individual"},
		{"overall proof", func(u *unsigned) { plusOne(&homo(u, 0).overall[2]) }, ErrProof, "question 1: overall"},
		{"blank proof", func(u *unsigned) { plusOne(&homo(u, 1).blank[1]) }, ErrProof, "question 2: blank"},
		{"overall proof with blank", func(u *unsigned) { plusOne(&homo(u, 1).overall[0]) }, ErrProof, "question 2: overall"},
		{"proofs are bound to their choice", func(u *unsigned) {
			p := homo(u, 0).individual
			p[0], p[1] = p[1], p[0]
		}, ErrProof, "question 1, choice 1: individual"},
		{"overall proof is bound to all choices", func(u *unsigned) {
			c, p := homo(u, 0).choices, homo(u, 0).individual
			c[0], c[1], p[0], p[1] = c[1], c[0], p[1], p[0]
		}, ErrProof, "question 1: overall"},
	} {
		u := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}, {0, 1, 1, 0}}).unsigned
		test.change(&u)
		_, err := f.election.Verify(sign(t, u, f.keys[0]), f.list)
		if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: error is %v", test.check, err)
		}
	}
}

// The checks of credential and signature, each violated alone.
func TestEachCheckOfTheSignatureIsNeeded(t *testing.T) {
	f := newFixture(t, plain)
	b := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}})
	other := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}})
	bad := b.signature
	plusOne(&bad)
	for name, test := range map[string]struct {
		ballot *Ballot
		reason error
		text   string
	}{
		"credential is listed":       {cast(t, f.election, randomScalar(t), Plaintext{{1, 0, 1}}), ErrUnknownCredential, ""},
		"signature names this text":  {reparse(t, b.unsigned, other.signed, b.signature), ErrSignature, "another text"},
		"signature holds":            {reparse(t, b.unsigned, b.signed, bad), ErrSignature, "not by credential"},
		"signature is of this text":  {reparse(t, b.unsigned, b.signed, other.signature), ErrSignature, "not by credential"},
		"signature is by this voter": {sign(t, b.unsigned, f.keys[1]), ErrSignature, "not by credential"},
	} {
		_, err := f.election.Verify(test.ballot, f.list)
		if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// A voter who copies another's answers and signs them is refused: proofs are bound to
// the credential.
func TestCopiedAnswersAreRefused(t *testing.T) {
	f := newFixture(t, plain, blank)
	u := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}, {1, 0, 0, 0}}).unsigned
	u.credential = group.Ed25519.BaseMult(f.keys[1])
	if _, err := f.election.Verify(sign(t, u, f.keys[1]), f.list); !errors.Is(err, ErrProof) {
		t.Errorf("error is %v", err)
	}
}

// A dishonest prover may prove what is true of its own ciphertexts only: votes out of
// range are caught by one proof even where all others are made for them.
func TestVotesOutOfRangeAreRefused(t *testing.T) {
	f := newFixture(t, plain)
	for name, test := range map[string]struct {
		votes []int
		proof string
	}{
		"two votes for one":         {[]int{2, 0, 0}, "individual"},
		"a negative vote":           {[]int{1, 1, -1}, "individual"},
		"more than max in all":      {[]int{1, 1, 1}, "overall"},
		"huge number cancelled out": {[]int{1 << 40, 0, 1}, "individual"},
	} {
		public := group.Ed25519.BaseMult(f.keys[0])
		a := new(homomorphicAnswer)
		var known []proof.Witness
		for _, v := range test.votes {
			m := group.Ed25519.NewScalar(uint64(max(v, -v)))
			if v < 0 {
				m = m.Neg()
			}
			w := proof.Witness{Randomness: randomScalar(t), Plaintext: m}
			known = append(known, w)
			a.choices = append(a.choices, group.Encrypt(f.election.key, w.Randomness, m))
		}
		context := f.election.voter(public).message
		// proveOrForge proves if it is true, else makes up numbers.
		proveOrForge := func(message []byte, branches []proof.Witness) []proof.Proof {
			p, err := proof.ProveOneOf(rand.Reader, proof.Choice, message, f.election.key, branches)
			if err == nil {
				return p
			}
			for range branches {
				p = append(p, proof.Proof{Challenge: randomScalar(t), Response: randomScalar(t)})
			}
			return p
		}
		for i, c := range a.choices {
			a.individual = append(a.individual, proveOrForge(context.with(c), f.election.voter(public).shifts(known[i], 0, 1)))
		}
		a.overall = proveOrForge(context.with(a.choices...).with(group.SumCiphertexts(a.choices)), f.election.voter(public).shifts(sumWitness(known), plain.Min, plain.Max))
		u := unsigned{uuid: testUUID, election: f.election.fingerprint, credential: public, answers: []Answer{a}}
		var failed *ProofError
		if _, err := f.election.Verify(sign(t, u, f.keys[0]), f.list); !errors.As(err, &failed) || failed.Proof != test.proof {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// Any scalar or element of a valid ballot, changed, makes it invalid, whether it is
// signed again or not.
func TestAnyChangedNumberIsRefused(t *testing.T) {
	f := newFixture(t, plain, blank)
	one := group.Ed25519.NewScalar(1)
	rapid.Check(t, func(rt *rapid.T) {
		b := cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}, {0, 1, 1, 0}})
		u := b.unsigned
		a := homo(&u, rapid.IntRange(0, 1).Draw(rt, "question"))
		var proofs []*proof.Proof
		for _, list := range append([][]proof.Proof{a.overall, a.blank}, a.individual...) {
			for i := range list {
				proofs = append(proofs, &list[i])
			}
		}
		c := &a.choices[rapid.IntRange(0, len(a.choices)-1).Draw(rt, "choice")]
		p := proofs[rapid.IntRange(0, len(proofs)-1).Draw(rt, "proof")]
		offset := group.Ed25519.BaseMult(group.Ed25519.ReduceBigEndian(rapid.SliceOfN(rapid.Byte(), 1, 32).Draw(rt, "offset")).Add(one))
		switch rapid.IntRange(0, 4).Draw(rt, "field") {
		case 0:
			c.Alpha = c.Alpha.Add(offset)
		case 1:
			c.Beta = c.Beta.Add(offset)
		case 2:
			p.Challenge = p.Challenge.Add(one)
		case 3:
			p.Response = p.Response.Neg()
		case 4:
			c.Alpha, c.Beta = c.Beta, c.Alpha
		}
		if _, err := f.election.Verify(sign(t, u, f.keys[0]), f.list); !errors.Is(err, ErrProof) {
			rt.Fatalf("signed again: error is %v", err)
		}
		if _, err := f.election.Verify(reparse(t, u, b.signed, b.signature), f.list); !errors.Is(err, ErrSignature) {
			rt.Fatalf("not signed again: error is %v", err)
		}
	})
}

// Any byte of a valid ballot, changed, makes it invalid.
func TestAnyChangedByteIsRefused(t *testing.T) {
	f := newFixture(t, blank)
	text := cast(t, f.election, f.keys[0], Plaintext{{0, 1, 1, 0}}).Bytes()
	rapid.Check(t, func(rt *rapid.T) {
		bad := append([]byte(nil), text...)
		i := rapid.IntRange(0, len(bad)-1).Draw(rt, "position")
		bad[i] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		b, err := ParseBallot(group.Ed25519, bad)
		if err == nil {
			_, err = f.election.Verify(b, f.list)
		}
		if err == nil {
			rt.Fatalf("byte %d changed: accepted", i)
		}
		for _, known := range []error{ErrNotCanonical, ErrWrongElection, ErrUnknownCredential, ErrSignature} {
			if errors.Is(err, known) {
				return
			}
		}
		rt.Fatalf("byte %d changed: error without a known reason: %v", i, err)
	})
}

func TestSpellingsInsideABallotAreRefused(t *testing.T) {
	f := newFixture(t, plain)
	text := string(cast(t, f.election, f.keys[0], Plaintext{{1, 0, 1}}).Bytes())
	for name, bad := range map[string]string{
		"leading zero":     strings.Replace(text, `"challenge":"`, `"challenge":"0`, 1),
		"plus sign":        strings.Replace(text, `"response":"`, `"response":"+`, 1),
		"escape":           strings.Replace(text, `"election_hash":"`, `"election_hash":"\u0041`, 1),
		"space":            strings.Replace(text, `":[`, `": [`, 1),
		"field twice":      strings.Replace(text, `"election_hash"`, `"election_uuid":"x","election_hash"`, 1),
		"unknown field":    strings.Replace(text, `,"answers"`, `,"x":1,"answers"`, 1),
		"behind the end":   text + "\n",
		"before the start": "\ufeff" + text,
		"cut off":          text[:len(text)-1],
		"empty":            "",
		"too long":         text + strings.Repeat(" ", MaxBallotBytes),
	} {
		if _, err := ParseBallot(group.Ed25519, []byte(bad)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestWeightsAreThoseOfTheList(t *testing.T) {
	f := newFixture(t, plain)
	var entries []credential.Entry
	for i := range f.list.Len() {
		entries = append(entries, credential.Entry{Public: f.list.At(i).Public, Weight: uint64(i) + 5})
	}
	list, err := credential.NewList(entries, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range f.keys {
		v, err := f.election.Verify(cast(t, f.election, key, Plaintext{{1, 0, 1}}), list)
		if err != nil || v.Weight() != uint64(v.Voter())+5 {
			t.Errorf("weight %d of voter %d, error %v", v.Weight(), v.Voter(), err)
		}
	}
}
