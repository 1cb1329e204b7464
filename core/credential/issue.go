package credential

import (
	"fmt"
	"io"

	"bayyina/core/group"
)

// Voter is a line of the voters' list as far as credentials go: an id that is unique
// in the election, and a weight.
type Voter struct {
	ID     string
	Weight uint64
}

// Issue makes a private credential for each voter, in the voters' order, and the list
// of the public ones in the election's group with ids. Weights are written out if explicit.
func Issue(random io.Reader, g *group.Group, uuid string, voters []Voter, explicit bool) ([]Private, *List, error) {
	privates, err := GenerateAll(random, len(voters))
	if err != nil {
		return nil, nil, err
	}
	list, err := Publish(g, uuid, voters, privates, explicit)
	if err != nil {
		return nil, nil, err
	}
	return privates, list, nil
}

// GenerateAll makes n private credentials.
func GenerateAll(random io.Reader, n int) ([]Private, error) {
	privates := make([]Private, n)
	for i := range privates {
		var err error
		if privates[i], err = Generate(random); err != nil {
			return nil, fmt.Errorf("issue credentials: %w", err)
		}
	}
	return privates, nil
}

// Publish makes the list of one election for voters who have their private credentials,
// which may serve several elections: without them nobody can tell that public ones of two
// belong to the same voter.
func Publish(g *group.Group, uuid string, voters []Voter, privates []Private, explicit bool) (*List, error) {
	entries := make([]Entry, len(voters))
	seen := make(map[string]bool, len(voters))
	for i, v := range voters {
		if v.ID == "" || seen[v.ID] {
			return nil, fmt.Errorf("issue credentials: voter %d has no id or that of another one", i+1)
		}
		seen[v.ID] = true
		entries[i] = Entry{Public: privates[i].Public(g, uuid), Weight: v.Weight, ID: v.ID}
	}
	list, err := NewList(entries, explicit)
	if err != nil {
		return nil, fmt.Errorf("issue credentials: %w", err)
	}
	return list, nil
}
