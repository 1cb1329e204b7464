package election

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// fixture is a small election made by us: one single trustee and 2 of 3 members of
// a threshold block; four voters, one of weight 3; one question with two answers
// and a blank vote.
type fixture struct {
	tb          testing.TB
	election    *ballot.Election
	trustees    []byte
	credentials *credential.List
	voters      []credential.Private
	keys        []*trustee.PrivateKey // by owner number − 1
	texts       map[[32]byte][]byte   // ballots made
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// block sets up a threshold block and returns it with the members' shares.
func block(threshold, n int) ([]byte, []*trustee.PrivateKey) {
	var keys []*trustee.Key
	var certs, polynomials, outputs [][]byte
	for i := range n {
		k := must(trustee.OpenSeed(group.Ed25519, must(trustee.NewSeed(rand.Reader))))
		keys = append(keys, k)
		certs = append(certs, must(k.Certificate(n, threshold, i+1, rand.Reader)))
	}
	c := must(trustee.OpenCeremony(certs))
	for _, k := range keys {
		polynomials = append(polynomials, must(c.Polynomial(k, rand.Reader)))
	}
	for i, input := range must(c.Inputs(polynomials)) {
		outputs = append(outputs, must(c.Share(keys[i], input, rand.Reader)))
	}
	text, sealed, err := c.Finish(polynomials, outputs)
	if err != nil {
		panic(err)
	}
	var shares []*trustee.PrivateKey
	for i, k := range keys {
		shares = append(shares, must(k.OpenShare(sealed[i])))
	}
	return text, shares
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{tb: tb, texts: make(map[[32]byte][]byte)}
	single := must(trustee.NewPrivateKey(group.Ed25519, rand.Reader))
	text, shares := block(2, 3)
	f.keys = append([]*trustee.PrivateKey{single}, shares...)
	f.trustees = must(trustee.Record(group.Ed25519, trustee.Single(must(single.PublicKey("", rand.Reader))), trustee.Threshold(text)))
	f.election = must(ballot.NewElection(ballot.Record{
		Name: "بلدية", UUID: "22222222222222", PublicKey: must(trustee.Parse(group.Ed25519, f.trustees)).Key,
		Questions: []ballot.Question{ballot.Homomorphic{Text: "؟", Answers: []string{"نعم", "لا"}, Min: 1, Max: 1, Blank: true}},
	}))
	voters := []credential.Voter{{ID: "1", Weight: 1}, {ID: "2", Weight: 1}, {ID: "3", Weight: 3}, {ID: "4", Weight: 1}}
	var err error
	f.voters, f.credentials, err = credential.Issue(rand.Reader, group.Ed25519, f.election.UUID(), voters, true)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// records are the published records, changed.
func (f *fixture) records(change func(*Records)) Records {
	r := Records{Election: f.election.Bytes(), Trustees: f.trustees, Credentials: f.credentials.Bytes()}
	if change != nil {
		change(&r)
	}
	return r
}

// certified are the records with a certificate of an external authority.
func (f *fixture) certified(change func(*trustee.Authority)) Records {
	a := trustee.Authority{UUID: f.election.UUID(), Credentials: f.credentials.Len(), ListHash: canon.Hex(f.credentials.Bytes())}
	change(&a)
	key := must(trustee.OpenSeed(group.Ed25519, must(trustee.NewSeed(rand.Reader))))
	return f.records(func(r *Records) { r.Certificate = must(key.Certify(a, rand.Reader)) })
}

// vote makes a ballot of a voter, counted from 0.
func (f *fixture) vote(voter int, choice ...int) []byte {
	f.tb.Helper()
	uuid := f.election.UUID()
	draft := must(f.election.Encrypt(rand.Reader, f.voters[voter].Public(group.Ed25519, uuid), ballot.Plaintext{choice}))
	b := must(draft.Sign(rand.Reader, f.voters[voter].Key(group.Ed25519, uuid)))
	f.texts[b.Hash()] = b.Bytes()
	return b.Bytes()
}

func (f *fixture) fetch(hash [32]byte) ([]byte, error) {
	text, ok := f.texts[hash]
	if !ok {
		return nil, errors.New("not kept")
	}
	return text, nil
}

// count adds up ballots as the organisers do.
func (f *fixture) count(ballots ...[]byte) (tally.Encrypted, tally.Summary) {
	f.tb.Helper()
	votes := tally.NewAccumulator(f.election, f.credentials, f.fetch)
	for _, text := range ballots {
		if err := votes.Add(must(f.election.Verify(must(ballot.ParseBallot(group.Ed25519, text)), f.credentials))); err != nil {
			f.tb.Fatal(err)
		}
	}
	return votes.Tally()
}

// decrypt makes the partial decryption of an owner.
func (f *fixture) decrypt(owner int, encrypted tally.Encrypted) []byte {
	return must(f.keys[owner-1].Decrypt(f.election, encrypted, rand.Reader))
}

// verifier is a verifier of the set-up and the ballots.
func (f *fixture) verifier(ballots ...[]byte) *Verifier {
	f.tb.Helper()
	v := NewVerifier(f.fetch, rand.Reader)
	if err := v.Setup(f.records(nil)); err != nil {
		f.tb.Fatal(err)
	}
	if _, err := cast(v, ballots...); err != nil {
		f.tb.Fatal(err)
	}
	return v
}

// cast checks ballots and accepts them.
func cast(v *Verifier, texts ...[]byte) ([]ballot.Verified, error) {
	var casts []ballot.Cast
	for _, text := range texts {
		casts = append(casts, ballot.Cast{Text: text})
	}
	return v.AcceptAll(casts, v.Check(2, casts))
}

// counted is a verifier that has the tally, too.
func (f *fixture) counted(ballots ...[]byte) (*Verifier, tally.Encrypted) {
	f.tb.Helper()
	v := f.verifier(ballots...)
	encrypted, summary := f.count(ballots...)
	if err := errors.Join(v.EndBallots(), v.EncryptedTally(encrypted.Bytes(f.election), summary.Bytes())); err != nil {
		f.tb.Fatal(err)
	}
	return v, encrypted
}

func name(owner int) string { return fmt.Sprintf("trustee %d", owner) }

var one = group.Ed25519.NewScalar(1)
