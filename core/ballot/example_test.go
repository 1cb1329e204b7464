package ballot_test

import (
	"crypto/rand"
	"fmt"
	"log"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
)

// A voter checks one encrypted ballot and casts another.
func Example() {
	const uuid = "vLeneQWFW5VYoa"
	secret, err := group.Ed25519.RandomScalar(rand.Reader) // a trustee's
	if err != nil {
		log.Fatal(err)
	}
	election, err := ballot.NewElection(ballot.Record{
		Name: "Municipal council", UUID: uuid, PublicKey: group.Ed25519.BaseMult(secret),
		Questions: []ballot.Question{ballot.Homomorphic{Text: "Who?", Answers: []string{"Amal", "Salim"}, Min: 0, Max: 1}},
	})
	if err != nil {
		log.Fatal(err)
	}
	privates, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, []credential.Voter{{ID: "1", Weight: 1}}, false)
	if err != nil {
		log.Fatal(err)
	}
	voter := privates[0]

	checked, err := election.Encrypt(rand.Reader, voter.Public(group.Ed25519, uuid), ballot.Plaintext{{0, 1}})
	if err != nil {
		log.Fatal(err)
	}
	opening, err := checked.Open()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("honest:", election.CheckOpening(checked.Commitment(), voter.Public(group.Ed25519, uuid), opening) == nil)
	_, err = checked.Sign(rand.Reader, voter.Key(group.Ed25519, uuid))
	fmt.Println(err)

	draft, err := election.Encrypt(rand.Reader, voter.Public(group.Ed25519, uuid), ballot.Plaintext{{0, 1}})
	if err != nil {
		log.Fatal(err)
	}
	cast, err := draft.Sign(rand.Reader, voter.Key(group.Ed25519, uuid))
	if err != nil {
		log.Fatal(err)
	}
	verified, err := election.Verify(cast, list)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("weight:", verified.Weight())
	// Output:
	// honest: true
	// this ballot was opened for checking and can never be cast
	// weight: 1
}
