package main

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// smallElection is an election of five voters, one trustee and one question, from which
// archives are made, honest ones and others.
type smallElection struct {
	key         *trustee.PrivateKey
	trustees    []byte
	election    *ballot.Election
	credentials *credential.List
	ballots     [][]byte // six: the first voter votes twice
	decryption  []byte
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSmallElection() *smallElection {
	e := &smallElection{key: must(trustee.NewPrivateKey(group.Ed25519, rand.Reader))}
	e.trustees = must(trustee.Record(group.Ed25519, trustee.Single(must(e.key.PublicKey("", rand.Reader)))))
	const uuid = "33333333333333"
	e.election = must(ballot.NewElection(ballot.Record{
		Name: "المجلس البلدي", UUID: uuid, PublicKey: must(trustee.Parse(group.Ed25519, e.trustees)).Key,
		Questions: []ballot.Question{ballot.Homomorphic{Text: "من يمثلكم؟", Answers: []string{"قائمة النخيل", "قائمة الميناء"}, Min: 1, Max: 1, Blank: true}},
	}))
	var voters []credential.Voter
	for i := range 5 {
		voters = append(voters, credential.Voter{ID: fmt.Sprint(i), Weight: 1})
	}
	secrets, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, voters, false)
	if err != nil {
		panic(err)
	}
	e.credentials = list
	for i, voter := range []int{0, 1, 2, 3, 0, 4} {
		vote := ballot.Plaintext{{0, i & 1, 1 - i&1}}
		draft := must(e.election.Encrypt(rand.Reader, secrets[voter].Public(group.Ed25519, uuid), vote))
		e.ballots = append(e.ballots, must(draft.Sign(rand.Reader, secrets[voter].Key(group.Ed25519, uuid))).Bytes())
	}
	encrypted, _ := e.count()
	e.decryption = must(e.key.Decrypt(e.election, encrypted, rand.Reader))
	return e
}

// archive writes the whole election at a time, with ballots and result as given.
func (e *smallElection) archive(timestamp int64, ballots [][]byte, result string) []byte {
	var out bytes.Buffer
	w := must(archive.NewWriter(&out, timestamp))
	do := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	do(w.Setup(e.election.Bytes(), e.trustees, e.credentials.Bytes(), nil))
	for _, text := range ballots {
		do(w.Ballot(text))
	}
	do(w.EndBallots())
	encrypted, summary := e.count()
	do(w.EncryptedTally(encrypted.Bytes(e.election), summary.Bytes()))
	do(w.PartialDecryption(1, e.decryption))
	do(w.Result([]byte(result)))
	return out.Bytes()
}

// honestResult is what the ballots give: the first voter's second ballot counts.
const honestResult = `{"result":[[0,3,2]]}`

func (e *smallElection) count() (tally.Encrypted, tally.Summary) {
	texts := make(map[[32]byte][]byte)
	votes := tally.NewAccumulator(e.election, e.credentials, func(hash [32]byte) ([]byte, error) { return texts[hash], nil })
	for _, text := range e.ballots {
		b := must(ballot.ParseBallot(group.Ed25519, text))
		texts[b.Hash()] = text
		if err := votes.Add(must(e.election.Verify(b, e.credentials))); err != nil {
			panic(err)
		}
	}
	return votes.Tally()
}
