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
	privates := make([]Private, len(voters))
	entries := make([]Entry, len(voters))
	seen := make(map[string]bool, len(voters))
	for i, v := range voters {
		if v.ID == "" || seen[v.ID] {
			return nil, nil, fmt.Errorf("issue credentials: voter %d has no id or that of another one", i+1)
		}
		seen[v.ID] = true
		p, err := Generate(random)
		if err != nil {
			return nil, nil, fmt.Errorf("issue credentials: %w", err)
		}
		privates[i] = p
		entries[i] = Entry{Public: p.Public(g, uuid), Weight: v.Weight, ID: v.ID}
	}
	list, err := NewList(entries, explicit)
	if err != nil {
		return nil, nil, fmt.Errorf("issue credentials: %w", err)
	}
	return privates, list, nil
}
