package count

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The kinds of steps.
const (
	Begin           = "begin"            // first preferences, or the sums of votes
	Round           = "round"            // a round starts
	Standing        = "count"            // how the votes stand
	Elect           = "elect"            // elected at the quota, or with most votes
	ElectRemaining  = "elect-remaining"  // elected, since no more stand than seats are left
	Defeat          = "defeat"           // out, with the fewest votes
	DefeatSure      = "defeat-sure"      // out, since nothing could lift them over the next
	DefeatRemaining = "defeat-remaining" // out, since all seats are filled
	Next            = "next"             // whose surplus comes next
	Surplus         = "surplus"          // a surplus was transferred
	Transfer        = "transfer"         // the votes of the defeated were transferred
	Settle          = "settle"           // keep factors settled, or somebody was elected
	Drawn           = "lot"              // decided by lot
	Earlier         = "earlier"          // equals told apart by an earlier stage
	Tied            = "tied"             // the count stops
	Below           = "below"            // lists below the threshold
	Quotas          = "quotas"           // whole quotas give so many seats
	Seat            = "seat"             // a list gets a seat
	Replace         = "replace"          // a reserved seat: the first gives way to the second
	RunOff          = "run-off"          // a second round is needed
	Lock            = "lock"             // a majority is held fast
	Skip            = "skip"             // a majority contradicts stronger ones
	Place           = "place"            // the next place in the order
	Path            = "path"             // the strongest path from the first to the second is stronger than the one back
	Grade           = "grade"            // a majority grade
	Finer           = "finer"            // alike in it, the first is better once so many such grades are taken from both
	End             = "end"
)

// Step is one step of a count. Numbers are decimals or fractions, exact or as the rule rounds them.
type Step struct {
	Kind      string   `json:"step"`
	Round     int      `json:"round,omitempty"`
	Choices   []int    `json:"choices,omitempty"`   // whom it is about
	Members   []string `json:"members,omitempty"`   // on whose list, by name
	Number    string   `json:"number,omitempty"`    // votes, quotient, surplus or seats that it is about
	States    string   `json:"states,omitempty"`    // of every choice: H stands, e elected with a surplus to transfer, E elected, D out, W withdrawn
	Votes     []string `json:"votes,omitempty"`     // of every choice, after the step
	Keep      []string `json:"keep,omitempty"`      // the keep factor of every choice (Meek, Warren)
	Quotients []string `json:"quotients,omitempty"` // of every choice (QPQ)
	Quota     string   `json:"quota,omitempty"`
	Surplus   string   `json:"surplus,omitempty"`   // all surpluses together
	Exhausted string   `json:"exhausted,omitempty"` // votes that no longer count for anybody
}

// Won is one filled seat.
type Won struct {
	Choice   int    `json:"choice"`
	Name     string `json:"name"`
	Member   string `json:"member,omitempty"` // the list's candidate
	Woman    bool   `json:"woman,omitempty"`
	Reserved bool   `json:"reserved,omitempty"` // a reserved seat
}

// Quotient is one cell of the table of list seats.
type Quotient struct {
	Value string `json:"value"`
	Seat  int    `json:"seat,omitempty"` // the seat that it won, in order; 0 is none
}

// Allocation is how lists got their seats.
type Allocation struct {
	Divisors  []string     `json:"divisors,omitempty"`  // heads of the columns of Quotients
	Quotients [][]Quotient `json:"quotients,omitempty"` // a row for each list
	Quota     string       `json:"quota,omitempty"`     // largest remainder
	Whole     []int        `json:"whole,omitempty"`     // seats by whole quotas
	Rest      []Quotient   `json:"rest,omitempty"`      // the remainders
	Excluded  []int        `json:"excluded,omitempty"`  // lists below the threshold
	Seats     []int        `json:"seats"`               // of each list
}

// Duels compare every choice with every other.
type Duels struct {
	Wins   [][]int64 `json:"wins"`             // [a][b]: ballots that prefer a to b
	Paths  [][]int64 `json:"paths,omitempty"`  // Schulze: strength of the strongest path
	Locked [][2]int  `json:"locked,omitempty"` // ranked pairs: the majorities held fast, in order
}

// Judgment is a choice's grades.
type Judgment struct {
	Counts   []int64 `json:"counts"`   // by grade, the best first
	Majority int     `json:"majority"` // the median, the lower one of two
}

// Result is a count: who has a seat, and every step that led there.
type Result struct {
	Rule    Rule     `json:"rule"`
	Title   string   `json:"title,omitempty"`
	Choices []string `json:"choices"`
	Tally   []int64  `json:"tally,omitempty"`
	Valid   int64    `json:"valid"` // ballots, or votes where only their sums are known
	Invalid int64    `json:"invalid,omitempty"`
	Seats   []Won    `json:"seats"` // in the order in which they were filled
	RunOff  []int    `json:"runoff,omitempty"`
	Order   [][]int  `json:"order,omitempty"` // all choices, the best first; equals together
	Tie     *Tie     `json:"tie,omitempty"`
	Lots    []Lot    `json:"lots,omitempty"`
	Steps   []Step   `json:"steps"`

	Allocation *Allocation `json:"allocation,omitempty"`
	Duels      *Duels      `json:"duels,omitempty"`
	Judgments  []Judgment  `json:"judgments,omitempty"`
}

// Bytes is a result in its one spelling, in which it is published: compact JSON, members in the order of the
// types, no character escaped that JSON does not ask for. The same votes by the same rule give the same bytes.
func (r *Result) Bytes() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("write a count: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (r *Result) add(s Step) { r.Steps = append(r.Steps, s) }
