// Package count turns votes into seats: plurality and its kin, closed lists, two rounds,
// single transferable vote, Condorcet methods and majority judgment, and the rules of Libya's
// electoral laws (Rules). It reads plain votes (Parse), counts without rounding that a rule
// does not ask for, and tells every step, so that anybody can follow the count with a pencil.
//
// A tie is never broken in silence: the count stops and names it (Result.Tie), unless
// the caller brings public dice (Lots); then the result says what they decided.
package count

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Limits of what is counted.
const (
	MaxChoices = 1000
	MaxSeats   = 1000
	MaxVotes   = 1 << 50 // of all ballots together
	MaxText    = 1000    // bytes of a name
)

// Votes is what is counted: ballots, or their sum for each choice.
type Votes struct {
	Title   string
	Seats   int // as the votes' file says, 0 where it does not
	Choices []Choice
	Tally   []int64  // votes of each choice; nil where there are Ballots or Grades
	Ballots []Ballot // rankings
	Graded  []Graded // judgments
	Invalid int64    // ballots that are none, whatever the rule

	Withdrawn []int   // choices that no longer stand
	Struck    [][]int // by choice: members of its list that no longer stand; nil where all do
	TieOrder  []int   // an order for ties that the file gives; it is used only as Lots.Order
}

// Choice is a candidate or a list.
type Choice struct {
	Name     string
	Woman    bool
	Reserved bool     // a candidate for the reserved seats, who stands for no other
	Members  []Member // of a list, in its order
}

// Member is a candidate on a list.
type Member struct {
	Name  string
	Woman bool
}

// Ballot is a ranking that so many voters cast: groups of choices, the most preferred first;
// within a group none is preferred. A ballot of approvals has one group.
type Ballot struct {
	Count int64
	Ranks [][]int
}

// Graded is a judgment that so many voters cast: a grade for each choice, 0 is the best.
type Graded struct {
	Count  int64
	Grades []int
}

// ErrVotes means votes that cannot be counted so: too many, or not of the rule's kind.
var ErrVotes = errors.New("votes do not fit the rule")

func misfit(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrVotes, fmt.Sprintf(format, args...))
}

// check says whether votes are well formed and within the limits.
func (v *Votes) check() error {
	if len(v.Choices) == 0 || len(v.Choices) > MaxChoices {
		return misfit("%d choices, and between 1 and %d are allowed", len(v.Choices), MaxChoices)
	}
	for _, c := range v.Choices {
		if len(c.Name) > MaxText || len(c.Members) > MaxSeats {
			return misfit("the choice %.40q has too long a name or list", c.Name)
		}
	}
	if v.Tally != nil && len(v.Tally) != len(v.Choices) {
		return misfit("%d sums of votes for %d choices", len(v.Tally), len(v.Choices))
	}
	total := int64(0)
	more := func(n int64) error {
		if n < 0 || n > MaxVotes || total > MaxVotes-n {
			return misfit("a number of votes is negative, or there are more than %d", int64(MaxVotes))
		}
		total += n
		return nil
	}
	for _, n := range v.Tally {
		if err := more(n); err != nil {
			return err
		}
	}
	seen := make([]int, len(v.Choices))
	for i, b := range v.Ballots {
		if err := more(b.Count); err != nil {
			return err
		}
		for _, group := range b.Ranks {
			for _, c := range group {
				if c < 0 || c >= len(v.Choices) || seen[c] == i+1 {
					return misfit("ballot %d ranks a choice that does not exist, or one twice", i+1)
				}
				seen[c] = i + 1
			}
		}
	}
	for i, g := range v.Graded {
		if err := more(g.Count); err != nil {
			return err
		}
		if len(g.Grades) != len(v.Choices) {
			return misfit("ballot %d has %d grades for %d choices", i+1, len(g.Grades), len(v.Choices))
		}
	}
	for _, c := range v.Withdrawn {
		if c < 0 || c >= len(v.Choices) {
			return misfit("choice %d is withdrawn and does not exist", c+1)
		}
	}
	if len(v.Struck) > len(v.Choices) {
		return misfit("members of %d lists are struck, and there are %d", len(v.Struck), len(v.Choices))
	}
	for i, places := range v.Struck {
		for _, at := range places {
			if at < 0 || at >= len(v.Choices[i].Members) {
				return misfit("member %d of list %d is struck and does not exist", at+1, i+1)
			}
		}
	}
	return nil
}

// tally is the votes of each choice: as given, or from ballots that approve at most so many
// choices in one group; ballots with more crosses are invalid. A withdrawn choice has none.
func (v *Votes) tally(most int) (sums []int64, invalid int64, err error) {
	sums = slices.Clone(v.Tally)
	if sums == nil {
		if len(v.Ballots) == 0 {
			return nil, 0, misfit("there are neither sums of votes nor ballots")
		}
		sums = make([]int64, len(v.Choices))
		for i, b := range v.Ballots {
			if len(b.Ranks) > 1 {
				return nil, 0, misfit("ballot %d is a ranking, and this rule counts crosses", i+1)
			}
			for _, group := range b.Ranks {
				if len(group) > most {
					invalid += b.Count
					continue
				}
				for _, c := range group {
					sums[c] += b.Count
				}
			}
		}
	}
	for _, c := range v.Withdrawn {
		sums[c] = 0
	}
	return sums, invalid, nil
}

// marked is the votes with what a rule says of the choices.
func (v *Votes) marked(m *Marks) (*Votes, error) {
	if m == nil {
		return v, nil
	}
	own := *v
	own.Choices = slices.Clone(v.Choices)
	if len(m.Members) > 0 && len(m.Members) != len(own.Choices) {
		return nil, misfit("the rule marks members of %d lists, and there are %d", len(m.Members), len(own.Choices))
	}
	for i := range own.Choices {
		c := &own.Choices[i]
		c.Woman, c.Reserved = slices.Contains(m.Women, i), slices.Contains(m.Reserved, i)
		if len(m.Members) == 0 {
			continue
		}
		c.Members = slices.Clone(c.Members)
		for place := range c.Members {
			c.Members[place].Woman = slices.Contains(m.Members[i], place)
		}
	}
	return &own, nil
}

func (v *Votes) standing(c int) bool { return !slices.Contains(v.Withdrawn, c) }

// rankings are the ballots without withdrawn choices and without blank ones; those that are alike are one.
func (v *Votes) rankings() ([]Ballot, error) {
	if len(v.Ballots) == 0 {
		return nil, misfit("this rule counts rankings, and there are none")
	}
	out := make([]bool, len(v.Choices))
	for _, c := range v.Withdrawn {
		out[c] = true
	}
	var list []Ballot
	alike := make(map[string]int)
	var key []byte
	for _, b := range v.Ballots {
		ranks := make([][]int, 0, len(b.Ranks))
		for _, group := range b.Ranks {
			group = slices.DeleteFunc(slices.Clone(group), func(c int) bool { return out[c] })
			if len(group) > 0 {
				ranks = append(ranks, group)
			}
		}
		if b.Count == 0 || len(ranks) == 0 {
			continue
		}
		key = key[:0]
		for _, group := range ranks {
			for _, c := range group {
				key = binary.AppendUvarint(key, uint64(c+1))
			}
			key = append(key, 0)
		}
		if at, ok := alike[string(key)]; ok {
			list[at].Count += b.Count
			continue
		}
		alike[string(key)] = len(list)
		list = append(list, Ballot{b.Count, ranks})
	}
	return list, nil
}
