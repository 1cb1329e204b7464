package election

import (
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
)

// newRankedFixture is newFixture with a ranked question before the one that is added
// up, and voters of equal weight.
func newRankedFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := newFixture(tb)
	record := f.election.Record()
	record.Questions = append([]ballot.Question{ballot.NonHomomorphic{Text: "?", Answers: []string{"أ", "ب", "ج"}}}, record.Questions...)
	f.election = must(ballot.NewElection(record))
	var err error
	voters := []credential.Voter{{ID: "1", Weight: 1}, {ID: "2", Weight: 1}, {ID: "3", Weight: 1}}
	f.voters, f.credentials, err = credential.Issue(rand.Reader, group.Ed25519, f.election.UUID(), voters, false)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// voteAll makes a ballot of a voter that answers all questions.
func (f *fixture) voteAll(voter int, vote ballot.Plaintext) []byte {
	f.tb.Helper()
	uuid := f.election.UUID()
	draft := must(f.election.Encrypt(rand.Reader, f.voters[voter].Public(group.Ed25519, uuid), vote))
	b := must(draft.Sign(rand.Reader, f.voters[voter].Key(group.Ed25519, uuid)))
	f.texts[b.Hash()] = b.Bytes()
	return b.Bytes()
}

// shuffle makes a shuffle of what is to be decrypted.
func (f *fixture) shuffle(t tally.Encrypted) *mix.Shuffle {
	net := mix.New(f.election.Fingerprint(), f.election.KeyTable(), 0)
	return must(net.Shuffle(rand.Reader, t.Apart(f.election)))
}

func TestElectionWithRanksIsShuffledAndVerified(t *testing.T) {
	f := newRankedFixture(t)
	yes, no := []int{0, 1, 0}, []int{0, 0, 1}
	v, encrypted := f.counted(
		f.voteAll(0, ballot.Plaintext{{1, 2, 3}, yes}), f.voteAll(1, ballot.Plaintext{{3, 2, 1}, no}),
		f.voteAll(2, ballot.Plaintext{{2, 1, 3}, no}), f.voteAll(0, ballot.Plaintext{{255, 0, 7}, no}),
	)
	for _, owner := range []int{2, 1} {
		s := f.shuffle(encrypted)
		if err := v.Shuffle(owner, s.Bytes()); err != nil {
			t.Fatal(err)
		}
		encrypted = encrypted.WithApart(f.election, s.Ciphertexts)
	}
	if err := v.EndShuffles(); err != nil {
		t.Fatal(err)
	}
	for _, owner := range []int{1, 2, 4} {
		if err := v.PartialDecryption(owner, f.decrypt(owner, encrypted)); err != nil {
			t.Fatal(err)
		}
	}
	plain := must(v.trustees.Combine(v.decryptions, encrypted))
	result := must(tally.Solve(f.election, plain, 3))
	if err := v.Result(result.Bytes()); err != nil {
		t.Fatal(err)
	}
	result[0].Rows[0], result[0].Rows[2] = result[0].Rows[2], result[0].Rows[0]
	if err := result.Check(f.election, plain, 3); !errors.Is(err, tally.ErrResult) {
		t.Errorf("ballots in another order: error is %v", err)
	}
	r := v.Report()
	slices.SortFunc(r.Result[0].Rows, slices.Compare)
	want := tally.Result{{Rows: [][]uint64{{2, 1, 3}, {3, 2, 1}, {255, 0, 7}}}, {Votes: []uint64{0, 0, 3}}}
	if r.Phase != Finished || !reflect.DeepEqual(r.Result, want) || !slices.Equal(r.Shuffled, []int{2, 1}) {
		t.Errorf("report is %+v", r)
	}
}

// TestEachCheckOfShufflesIsNeeded: the name of a case is the check that alone refuses it.
func TestEachCheckOfShufflesIsNeeded(t *testing.T) {
	f, added := newRankedFixture(t), newFixture(t)
	vote := ballot.Plaintext{{1, 2, 3}, {0, 1, 0}}
	mixing := func() (*Verifier, tally.Encrypted) { return f.counted(f.voteAll(0, vote), f.voteAll(1, vote)) }
	weighted, err := credential.NewList([]credential.Entry{{Public: f.credentials.At(0).Public, Weight: 2}}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		check   string
		try     func() error
		stage   Stage
		culprit string
		want    error
		text    string
	}{
		{"shuffles come after the tally", func() error { return f.verifier().Shuffle(1, nil) }, StageOrder, "shuffle", ErrOrder, "the election is open, must be mixing"},
		{"their end comes after the tally", func() error { return f.verifier().EndShuffles() }, StageOrder, "end of shuffles", ErrOrder, "the election is open"},
		{"only what is shuffled has shuffles", func() error { v, _ := added.counted(); return v.Shuffle(1, nil) }, StageOrder, "shuffle", ErrOrder, "has no shuffles"},
		{"only what is shuffled has their end", func() error { v, _ := added.counted(); return v.EndShuffles() }, StageOrder, "end of shuffles", ErrOrder, "has no shuffles"},
		{"somebody shuffles", func() error { v, _ := mixing(); return v.EndShuffles() }, StageOrder, "end of shuffles", ErrOrder, "nobody shuffled"},
		{"decryption comes after the shuffles", func() error { v, t := mixing(); return v.PartialDecryption(1, f.decrypt(1, t)) }, StageOrder, "partial decryption", ErrOrder, "the election is mixing"},
		{"mixers are trustees", func() error { v, t := mixing(); return v.Shuffle(5, f.shuffle(t).Bytes()) }, StageShuffle, "", nil, "there is no trustee 5"},
		{"a shuffle is one", func() error { v, _ := mixing(); return v.Shuffle(3, []byte("{}")) }, StageShuffle, "trustee 3", canon.ErrNotCanonical, ""},
		{"a shuffle is of this tally", func() error {
			v, _ := mixing()
			_, other := mixing()
			return v.Shuffle(3, f.shuffle(other).Bytes())
		}, StageShuffle, "trustee 3", mix.ErrProof, "question 1"},
		{"a shuffle starts from the one before", func() error {
			v, t := mixing()
			return errors.Join(v.Shuffle(1, f.shuffle(t).Bytes()), v.Shuffle(2, f.shuffle(t).Bytes()))
		}, StageShuffle, "trustee 2", mix.ErrProof, ""},
		{"what the last shuffle gave is decrypted", func() error {
			v, t := mixing()
			return errors.Join(v.Shuffle(1, f.shuffle(t).Bytes()), v.EndShuffles(), v.PartialDecryption(1, f.decrypt(1, t)))
		}, StageDecryption, "trustee 1", nil, "question 1, answer 1"},
		{"all weights are 1", func() error {
			return NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Credentials = weighted.Bytes() }))
		}, StageCredentials, "", ballot.ErrWeight, "has weight 2"},
		{"the tally is sorted", func() error {
			v := f.verifier(f.voteAll(0, vote), f.voteAll(1, vote))
			t, summary := v.votes.Tally()
			slices.Reverse(t[0])
			summary.Hash = canon.Hex(t.Bytes(f.election))
			return errors.Join(v.EndBallots(), v.EncryptedTally(t.Bytes(f.election), summary.Bytes()))
		}, StageTally, "", ErrTally, "question 1, answer 1"},
	} {
		err := c.try()
		var fault *Fault
		if !errors.As(err, &fault) || fault.Stage != c.stage || fault.Culprit != c.culprit {
			t.Errorf("%s: error is %v", c.check, err)
			continue
		}
		if c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) && fault.Question != 1 {
			t.Errorf("%s: error is %v", c.check, err)
		}
	}
}
