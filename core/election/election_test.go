package election

import (
	"bytes"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

func TestElectionWithRevotesAndWeightsIsVerified(t *testing.T) {
	f := newFixture(t)
	ballots := [][]byte{f.vote(0, 0, 1, 0), f.vote(2, 0, 1, 0), f.vote(1, 1, 0, 0), f.vote(2, 0, 0, 1), f.vote(0, 0, 0, 1)}
	v, encrypted := f.counted(ballots...)
	for _, owner := range []int{4, 1, 2} {
		if err := v.PartialDecryption(owner, f.decrypt(owner, encrypted)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Result([]byte(`{"result":[[1,0,4]]}`)); err != nil {
		t.Fatal(err)
	}
	r := v.Report()
	if r.Phase != Finished || r.Ballots != 5 || r.Counted != 3 || r.Revotes() != 2 || r.TotalWeight != 5 || r.Name != "بلدية" ||
		r.Trustees != 4 || r.Credentials != 4 || !reflect.DeepEqual(r.Decrypted, []int{4, 1, 2}) {
		t.Errorf("report is %+v", r)
	}
	// 1 single key, 5 for each member, 6 for each ballot, 3 for each decryption.
	if want := int64(1 + 3*5 + 5*6 + 3*3); r.Proofs != want {
		t.Errorf("%d proofs, want %d", r.Proofs, want)
	}
	if !reflect.DeepEqual(r.Result, tally.Result{{Votes: []uint64{1, 0, 4}}}) {
		t.Errorf("result is %v", r.Result)
	}
}

func TestElectionWithoutBallotsIsVerified(t *testing.T) {
	f := newFixture(t)
	v, encrypted := f.counted()
	for _, owner := range []int{1, 2, 3} {
		if err := v.PartialDecryption(owner, f.decrypt(owner, encrypted)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Result([]byte(`{"result":[[0,0,0]]}`)); err != nil {
		t.Fatal(err)
	}
}

func TestWrongDecryptionOfASpareMemberIsToldAndLeftOut(t *testing.T) {
	f := newFixture(t)
	v, encrypted := f.counted(f.vote(0, 0, 1, 0))
	other, _ := f.count(f.vote(1, 0, 1, 0))
	for owner := range 4 {
		text := f.decrypt(owner+1, encrypted)
		if owner+1 == 3 {
			text = f.decrypt(owner+1, other)
		}
		if err := v.PartialDecryption(owner+1, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Result([]byte(`{"result":[[0,1,0]]}`)); err != nil {
		t.Fatal(err)
	}
	bad := v.Report().InvalidDecryptions
	if len(bad) != 1 || bad[0].Error() != "trustee 3: question 1, answer 1: proof of decryption is wrong" {
		t.Errorf("told are %v", bad)
	}
}

// TestEachCheckOfAnElectionIsNeeded: the name of a case is the check that alone
// refuses it. Checks inside ballots, trustees, credentials and tallies are in the
// lists of those packages; the archives of TestBrokenArchivesGetTheVerdictTheyMust
// go through all of them.
func TestEachCheckOfAnElectionIsNeeded(t *testing.T) {
	f := newFixture(t)
	first, second := f.vote(0, 0, 1, 0), f.vote(1, 0, 0, 1)
	encrypted, summary := f.count(first, second)
	other, otherSummary := f.count(first)
	foreign := must(trustee.NewPrivateKey(group.Ed25519, rand.Reader))
	foreignRecord := must(trustee.Record(group.Ed25519, trustee.Single(must(foreign.PublicKey("", rand.Reader)))))
	result := []byte(`{"result":[[0,1,1]]}`)

	if err := NewVerifier(nil, rand.Reader).Setup(f.certified(func(*trustee.Authority) {})); err != nil {
		t.Fatal(err)
	}
	closed := func() *Verifier {
		v := f.verifier(first, second)
		if err := v.EndBallots(); err != nil {
			t.Fatal(err)
		}
		return v
	}
	decrypting := func(owners ...int) *Verifier {
		v, _ := f.counted(first, second)
		for _, owner := range owners {
			if err := v.PartialDecryption(owner, f.decrypt(owner, encrypted)); err != nil {
				t.Fatal(err)
			}
		}
		return v
	}
	finished := func() *Verifier {
		v := decrypting(1, 2, 3)
		if err := v.Result(result); err != nil {
			t.Fatal(err)
		}
		return v
	}
	sized := func(change func(*tally.Summary)) []byte {
		s := summary
		change(&s)
		return s.Bytes()
	}
	moved := encrypted[0][1]
	moved.Beta = moved.Beta.Add(group.Ed25519.BaseMult(one))
	changed := tally.Encrypted{{encrypted[0][0], moved, encrypted[0][2]}}
	ballots := func(v *Verifier, texts ...[]byte) error { _, err := cast(v, texts...); return err }

	for _, c := range []struct {
		check    string
		err      error
		stage    Stage
		culprit  string
		sentinel error
		reason   string
	}{
		{"set-up comes once", f.verifier().Setup(f.records(nil)), StageOrder, "set-up", ErrOrder, "the election is open"},
		{"set-up comes before ballots", ballots(NewVerifier(nil, rand.Reader), first), StageOrder, "ballot", ErrOrder, "the election is not set up"},
		{"set-up comes before the end", NewVerifier(nil, rand.Reader).EndBallots(), StageOrder, "end of ballots", ErrOrder, "the election is not set up"},
		{"end comes once", closed().EndBallots(), StageOrder, "end of ballots", ErrOrder, "the election is closed"},
		{"ballots come before the end", ballots(closed(), f.vote(2, 1, 0, 0)), StageOrder, "", ErrOrder, "the election is closed"},
		{"tally comes after the end", f.verifier(first, second).EncryptedTally(encrypted.Bytes(f.election), summary.Bytes()), StageOrder, "encrypted tally", ErrOrder, "the election is open"},
		{"tally comes once", decrypting().EncryptedTally(encrypted.Bytes(f.election), summary.Bytes()), StageOrder, "encrypted tally", ErrOrder, "the election is tallied"},
		{"decryption comes after the tally", closed().PartialDecryption(1, f.decrypt(1, encrypted)), StageOrder, "partial decryption", ErrOrder, "the election is closed"},
		{"decryption comes before the result", finished().PartialDecryption(4, f.decrypt(4, encrypted)), StageOrder, "partial decryption", ErrOrder, "the election is finished"},
		{"result comes after the tally", closed().Result(result), StageOrder, "result", ErrOrder, "the election is closed"},
		{"result comes once", finished().Result(result), StageOrder, "result", ErrOrder, "the election is finished"},

		{"election is an election", NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Election = []byte("{}") })), StageElection, "", nil, ""},
		{"trustees are trustees", NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Trustees = []byte("[]") })), StageTrustees, "", nil, "without trustees"},
		{"trustees have the election's key", NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Trustees = foreignRecord })), StageElection, "", nil, "the trustees' keys give"},
		{"credentials are sorted", NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Credentials = swapCredentials(t, r.Credentials) })), StageCredentials, "", credential.ErrList, "out of order"},
		{"certificate is of this election", NewVerifier(nil, rand.Reader).Setup(f.certified(func(a *trustee.Authority) { a.UUID = "33333333333333" })), StageCredentials, "credential authority", nil, `for election "33333333333333"`},
		{"certificate is of all credentials", NewVerifier(nil, rand.Reader).Setup(f.certified(func(a *trustee.Authority) { a.Credentials = 3 })), StageCredentials, "credential authority", nil, "for 3 credentials, the list has 4"},
		{"certificate is of this list", NewVerifier(nil, rand.Reader).Setup(f.certified(func(a *trustee.Authority) { a.ListHash = strings.Repeat("0", 64) })), StageCredentials, "credential authority", nil, "for a list of hash 0000"},
		{"certificate is signed", NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Certificate = []byte("{}") })), StageCredentials, "credential authority", nil, "credentials certificate"},

		{"ballot is a ballot", ballots(f.verifier(), []byte("{}")), StageBallot, "ballot RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o", ballot.ErrNotCanonical, ""},
		{"ballot is valid", ballots(f.verifier(), bytes.Replace(first, []byte(`"response":"`), []byte(`"response":"1`), 1)), StageBallot, "", nil, ""},
		{"ballot is new", ballots(f.verifier(first), first), StageBallot, "ballot " + ballot.TrackerOf(must(ballot.ParseBallot(group.Ed25519, first)).Hash()), tally.ErrDuplicate, ""},

		{"tally is of all ballots", closed().EncryptedTally(other.Bytes(f.election), otherSummary.Bytes()), StageTally, "", ErrTally, "question 1, answer 1"},
		{"tally is unchanged", closed().EncryptedTally(changed.Bytes(f.election), summary.Bytes()), StageTally, "", ErrTally, "question 1, answer 2"},
		{"tally is canonical", closed().EncryptedTally(append(encrypted.Bytes(f.election), ' '), summary.Bytes()), StageTally, "", nil, "bytes behind the end"},
		{"summary counts ballots", closed().EncryptedTally(encrypted.Bytes(f.election), sized(func(s *tally.Summary) { s.NumTallied++ })), StageTally, "", ErrTally, "num_tallied is not what the ballots add up to: 3, must be 2"},
		{"summary counts weights", closed().EncryptedTally(encrypted.Bytes(f.election), sized(func(s *tally.Summary) { s.TotalWeight = 1 << 31 })), StageTally, "", ErrTally, "total_weight is not what the ballots add up to: 2147483648, must be 2"},
		{"summary names the tally", closed().EncryptedTally(encrypted.Bytes(f.election), sized(func(s *tally.Summary) { s.Hash = strings.Repeat("0", 64) })), StageTally, "", ErrTally, "hash"},
		{"summary is canonical", closed().EncryptedTally(encrypted.Bytes(f.election), append(summary.Bytes(), ' ')), StageTally, "", nil, "bytes behind the end"},

		{"decryption of a single trustee is valid", decrypting().PartialDecryption(1, f.decrypt(2, encrypted)), StageDecryption, name(1), nil, "question 1, answer 1: proof of decryption is wrong"},
		{"decryption is of this tally", decrypting().PartialDecryption(1, f.decrypt(1, other)), StageDecryption, name(1), nil, "question 1, answer 1: proof of decryption is wrong"},
		{"decryption is by a trustee", decrypting().PartialDecryption(5, f.decrypt(1, encrypted)), StageDecryption, "", nil, "there is no trustee 5"},
		{"each trustee decrypts once", decrypting(1).PartialDecryption(1, f.decrypt(1, encrypted)), StageDecryption, name(1), nil, "twice"},
		{"a wrong decryption is not mended", func() error {
			v := decrypting()
			return errors.Join(v.PartialDecryption(3, f.decrypt(1, encrypted)), v.PartialDecryption(3, f.decrypt(3, encrypted)))
		}(), StageDecryption, name(3), nil, "twice"},
		{"enough members can still decrypt", func() error {
			v := decrypting()
			return errors.Join(v.PartialDecryption(3, f.decrypt(1, encrypted)), v.PartialDecryption(4, f.decrypt(1, encrypted)))
		}(), StageDecryption, name(4), nil, "proof of decryption is wrong"},
		{"every single trustee decrypts", decrypting(2, 3, 4).Result(result), StageResult, "", trustee.ErrTooFew, "that of trustee 1 is missing"},
		{"enough members decrypt", decrypting(1, 4).Result(result), StageResult, "", trustee.ErrTooFew, "1 more needed of trustees 2 to 4"},
		{"result is what was decrypted", decrypting(1, 2, 4).Result([]byte(`{"result":[[0,2,1]]}`)), StageResult, "", tally.ErrResult, "question 1, answer 2: result is not what was decrypted: 2 votes published, 1 decrypted"},
		{"result has all numbers", decrypting(1, 2, 4).Result([]byte(`{"result":[[0,1]]}`)), StageResult, "", tally.ErrShape, ""},
		{"result is canonical", decrypting(1, 2, 4).Result(append(result, '\n')), StageResult, "", nil, "bytes behind the end"},
	} {
		t.Run(c.check, func(t *testing.T) {
			var f *Fault
			if !errors.As(c.err, &f) {
				t.Fatalf("error is %v", c.err)
			}
			if f.Stage != c.stage || (c.culprit != "" && f.Culprit != c.culprit) || f.Height != -1 {
				t.Errorf("blames %s, %q, must blame %s, %q", f.Stage, f.Culprit, c.stage, c.culprit)
			}
			if c.sentinel != nil && !errors.Is(c.err, c.sentinel) {
				t.Errorf("error is %v, must be %v", c.err, c.sentinel)
			}
			if !strings.Contains(c.err.Error(), c.reason) {
				t.Errorf("error is %v, must say %q", c.err, c.reason)
			}
		})
	}
}

// swapCredentials exchanges the first two entries of a list.
func swapCredentials(tb testing.TB, list []byte) []byte {
	tb.Helper()
	entries := strings.Split(strings.Trim(string(list), "[]"), ",\"")
	if len(entries) < 2 {
		tb.Fatal("list is too short")
	}
	first := strings.TrimPrefix(entries[0], `"`)
	entries[0], entries[1] = `"`+entries[1], first
	return []byte("[" + strings.Join(entries, `,"`) + "]")
}

func TestFirstFaultOfManyBallotsIsTheEarliest(t *testing.T) {
	f := newFixture(t)
	v := f.verifier()
	good, bad := f.vote(0, 1, 0, 0), []byte("[]")
	accepted, err := cast(v, good, f.vote(1, 1, 0, 0), good, bad)
	var fault *Fault
	if len(accepted) != 2 || !errors.As(err, &fault) || !errors.Is(err, tally.ErrDuplicate) {
		t.Errorf("%d accepted, error is %v", len(accepted), err)
	}
	if placed := At(7, err); !strings.HasPrefix(placed.Error(), "ballot, event 7, ballot "+accepted[0].Ballot().Tracker()+": ") {
		t.Errorf("fault reads %s", placed)
	}
	if At(8, At(7, err)).Error() != At(7, err).Error() {
		t.Error("a fault that has a height got another")
	}
	if At(1, nil) != nil {
		t.Error("no fault became one")
	}
}

func TestSomeBallotsAreCheckedWhileOthersAreAccepted(t *testing.T) {
	f := newFixture(t)
	v := f.verifier()
	first, second := []ballot.Cast{{Text: f.vote(0, 1, 0, 0)}}, []ballot.Cast{{Text: f.vote(1, 0, 1, 0)}}
	var err error
	if second[0].Hints, err = v.Hints(second[0].Text); err != nil {
		t.Fatal(err)
	}
	checked := v.Check(1, first)
	later := make(chan []ballot.Outcome)
	go func() { later <- v.Check(1, second) }()
	if _, err := v.AcceptAll(first, checked); err != nil {
		t.Error(err)
	}
	if _, err := v.AcceptAll(second, <-later); err != nil {
		t.Error(err)
	}
	if r := v.Report(); r.Ballots != 2 || r.Hinted != 1 {
		t.Errorf("%d ballots, %d with hints", r.Ballots, r.Hinted)
	}
}

func TestUnsupportedElectionIsNoRefusal(t *testing.T) {
	f := newFixture(t)
	record := bytes.Replace(f.election.Bytes(), []byte(`"group":"Ed25519"`), []byte(`"group":"Ristretto255"`), 1)
	err := NewVerifier(nil, rand.Reader).Setup(f.records(func(r *Records) { r.Election = record }))
	if !errors.Is(err, ErrUnsupported) {
		t.Errorf("error is %v", err)
	}
}
