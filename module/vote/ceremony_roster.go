package vote

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// MaxTrustees is how many trustees a ceremony may have: all of them sign one statement, which
// the log lets carry so many signatures (docs/PROTOCOL.md section 12).
const MaxTrustees = 31

// PartyKind is what a party of a ceremony is.
type PartyKind string

// The kinds of parties.
const (
	Single    PartyKind = "single" // trustee without whom nothing is decrypted
	Member    PartyKind = "member" // trustee of a threshold group
	Authority PartyKind = "authority"
)

// Party is one who takes part in a ceremony.
type Party struct {
	Kind  PartyKind      `json:"kind"`
	Group int            `json:"group,omitempty"` // of a member, from 1
	Place int            `json:"place"`           // among all trustees, from 1; 0 is the authority's
	Name  read.Bilingual `json:"name"`
	Key   string         `json:"key"` // the name of its key in the log
}

// Roster is who makes the keys and credentials of an election.
type Roster struct {
	Draft      json.RawMessage `json:"draft"`               // a Template with its uuid
	Rehearsal  bool            `json:"rehearsal,omitempty"` // the log is that of a rehearsal
	Part       *evidence.Part  `json:"part,omitempty"`      // of which contest, where it is one of several elections
	Thresholds []int           `json:"thresholds"`          // how many members of each group decrypt
	Parties    []Party         `json:"parties"`             // the single trustees, those of each group, the authority
}

// ErrCeremony: these parties cannot hold a ceremony.
var ErrCeremony = errors.New("ceremony")

// Template reads the draft.
func (p *Roster) Template() (*Template, error) { return ParseTemplate(p.Draft) }

// Check refuses rosters that cannot be carried out.
func (p *Roster) Check() error {
	t, err := p.Template()
	if err != nil {
		return err
	}
	if !ballot.ValidUUID(t.UUID) {
		return fmt.Errorf("%w: the draft has no uuid", ErrCeremony)
	}
	keys := make(map[string]bool)
	members := make([]int, len(p.Thresholds))
	trustees := 0
	for i, party := range p.Parties {
		switch {
		case party.Kind == Authority:
			if party.Place != 0 || i != len(p.Parties)-1 {
				return fmt.Errorf("%w: the authority must come last", ErrCeremony)
			}
		case party.Place != i+1:
			return fmt.Errorf("%w: party %d has the place %d", ErrCeremony, i+1, party.Place)
		case party.Kind == Single && party.Group == 0 && len(members) > 0 && slices.Max(members) > 0:
			return fmt.Errorf("%w: single trustees come before groups", ErrCeremony)
		case party.Kind == Member && (party.Group < 1 || party.Group > len(members)),
			party.Kind != Single && party.Kind != Member, party.Kind == Single && party.Group != 0:
			return fmt.Errorf("%w: party %d is neither single nor of a group", ErrCeremony, i+1)
		}
		if keys[party.Key] || party.Key == "" {
			return fmt.Errorf("%w: the key %q stands for two parties, or for none", ErrCeremony, party.Key)
		}
		keys[party.Key] = true
		if party.Kind == Member {
			if slices.ContainsFunc(members[party.Group:], func(n int) bool { return n > 0 }) {
				return fmt.Errorf("%w: the groups' members are mixed", ErrCeremony)
			}
			members[party.Group-1]++
		}
		if party.Kind != Authority {
			trustees++
		}
	}
	if trustees == 0 || trustees > MaxTrustees || trustees != len(p.Parties)-1 {
		return fmt.Errorf("%w: %d trustees, and one authority: there must be 1 to %d", ErrCeremony, trustees, MaxTrustees)
	}
	for i, t := range p.Thresholds {
		if t < 1 || t >= members[i] {
			return fmt.Errorf("%w: %d of %d members of group %d cannot be enough", ErrCeremony, t, members[i], i+1)
		}
	}
	return nil
}

// ThresholdOf is how many members of a group decrypt.
func (r *Roster) ThresholdOf(group int) int { return r.Thresholds[group-1] }
