package count

import (
	"encoding/json"
	"fmt"
	"slices"
)

// hint is what a Belenios question says on how it is meant to be counted, besides the protocol.
type hint struct {
	Method string   `json:"method"` // MajorityJudgment, Schulze or STV
	Blank  bool     `json:"blank"`
	Grades []string `json:"grades"`
	Seats  int      `json:"seats"`
}

// question is what of a Belenios question matters for the count.
type question struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
	Extra json.RawMessage `json:"extra"`
}

// Hinted is how a question asks to be counted: the rule of its hint, and what it says for this rule. The rule
// is empty where there is no hint; for STV it has seats and no name, since the hint does not say which of
// its rules is meant.
type Hinted struct {
	Rule  Rule
	Blank bool // a ballot of zeros is blank, and does not count
}

// ParseBelenios reads the answers to one question, from 0, of a result of Belenios (result.json), with the definition of the
// election.
//
// A homomorphic question gives the sum of votes for each answer; the blank vote is left out. A list question
// gives the votes for each list. A question answered with numbers gives ballots: with the hint MajorityJudgment they
// are grades, 1 the best, and invalid with others; else they are ranks, 1 the first and 0 not ranked. With "blank" in its hint, a ballot of zeros does not count.
func ParseBelenios(election, result []byte, number int) (*Votes, Hinted, error) {
	var e struct {
		Questions []json.RawMessage `json:"questions"`
	}
	if err := decode(election, &e, false); err != nil {
		return nil, Hinted{}, fmt.Errorf("election: %w", err)
	}
	var r struct {
		Result []json.RawMessage `json:"result"`
	}
	if err := decode(result, &r, false); err != nil {
		return nil, Hinted{}, fmt.Errorf("result: %w", err)
	}
	if len(e.Questions) != len(r.Result) || number < 0 || number >= len(e.Questions) {
		return nil, Hinted{}, fmt.Errorf("%w: %d questions and %d results, and question %d is asked for", ErrFormat, len(e.Questions), len(r.Result), number+1)
	}
	v, h, err := parseQuestion(e.Questions[number], r.Result[number])
	if err != nil {
		return nil, Hinted{}, fmt.Errorf("question %d: %w", number+1, err)
	}
	return v, h, nil
}

func parseQuestion(definition, result json.RawMessage) (*Votes, Hinted, error) {
	var q question
	if err := decode(definition, &q, false); err != nil {
		return nil, Hinted{}, err
	}
	if q.Type == "" {
		q = question{Type: "Homomorphic", Value: definition}
	}
	h := Hinted{}
	var wish hint
	if len(q.Extra) > 0 && json.Unmarshal(q.Extra, &wish) == nil { // another program's hint is none for us
		h = wish.rule()
	}
	var value struct {
		Question string          `json:"question"`
		Answers  json.RawMessage `json:"answers"`
		Blank    bool            `json:"blank"`
	}
	if err := decode(q.Value, &value, false); err != nil {
		return nil, h, err
	}
	v := &Votes{Title: value.Question, Seats: h.Rule.Seats}
	var err error
	switch q.Type {
	case "Homomorphic":
		err = v.homomorphic(value.Answers, value.Blank, result)
	case "Lists":
		err = v.listed(value.Answers, result)
	case "NonHomomorphic":
		err = v.numbered(value.Answers, wish, result)
	default:
		err = fmt.Errorf("%w: a question of the kind %.20q", ErrFormat, q.Type)
	}
	if err != nil {
		return nil, h, err
	}
	return v, h, v.check()
}

// rule is what a hint says in our words.
func (w hint) rule() Hinted {
	h := Hinted{Blank: w.Blank}
	switch w.Method {
	case "MajorityJudgment":
		h.Rule = Rule{Name: "majority-judgment", Grades: w.Grades}
	case "Schulze":
		h.Rule = Rule{Name: "schulze"}
	case "STV":
		h.Rule.Seats = w.Seats
	default:
		return Hinted{}
	}
	return h
}

func (v *Votes) homomorphic(answers json.RawMessage, blank bool, result json.RawMessage) error {
	if err := v.answers(answers); err != nil {
		return err
	}
	if err := decode(result, &v.Tally, false); err != nil {
		return err
	}
	if blank && len(v.Tally) > 0 {
		v.Tally = v.Tally[1:]
	}
	return nil
}

func (v *Votes) answers(data json.RawMessage) error {
	var names []string
	if err := decode(data, &names, false); err != nil {
		return err
	}
	for _, name := range names {
		v.Choices = append(v.Choices, Choice{Name: name})
	}
	return nil
}

// listed reads lists: the first text of each is its name, and the first number the votes for it.
func (v *Votes) listed(answers, result json.RawMessage) error {
	var names [][]string
	var votes [][]int64
	if err := decode(answers, &names, false); err != nil {
		return err
	}
	if err := decode(result, &votes, false); err != nil {
		return err
	}
	if len(names) != len(votes) {
		return fmt.Errorf("%w: %d lists and %d results", ErrFormat, len(names), len(votes))
	}
	for i, list := range names {
		if len(list) == 0 || len(list) != len(votes[i]) {
			return fmt.Errorf("%w: list %d has %d texts and %d numbers", ErrFormat, i+1, len(list), len(votes[i]))
		}
		c := Choice{Name: list[0]}
		for _, name := range list[1:] {
			c.Members = append(c.Members, Member{Name: name})
		}
		v.Choices, v.Tally = append(v.Choices, c), append(v.Tally, votes[i][0])
	}
	return nil
}

func (v *Votes) numbered(answers json.RawMessage, wish hint, result json.RawMessage) error {
	if err := v.answers(answers); err != nil {
		return err
	}
	var ballots [][]int
	if err := decode(result, &ballots, false); err != nil {
		return err
	}
	for i, b := range ballots {
		if len(b) != len(v.Choices) || len(b) == 0 {
			return fmt.Errorf("%w: ballot %d has %d numbers for %d answers", ErrFormat, i+1, len(b), len(v.Choices))
		}
		empty := true
		for _, n := range b {
			if n < 0 || n > 255 {
				return fmt.Errorf("%w: ballot %d has the number %d", ErrFormat, i+1, n)
			}
			empty = empty && n == 0
		}
		switch {
		case empty && wish.Blank:
		case wish.Method == "MajorityJudgment":
			if slices.Min(b) < 1 || slices.Max(b) > len(wish.Grades) {
				v.Invalid++ // whoever casts nonsense spoils no more than this ballot
				continue
			}
			g := Graded{Count: 1}
			for _, n := range b {
				g.Grades = append(g.Grades, n-1)
			}
			v.Graded = append(v.Graded, g)
		default:
			v.Ballots = append(v.Ballots, Ballot{1, grouped(b)})
		}
	}
	return nil
}
