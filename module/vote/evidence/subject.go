package evidence

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bayyina/core/ballot"
)

// Naming names the subjects of an election as its ballot does.
type Naming struct{ questions []ballot.Question }

// NewNaming reads an election's definition. What cannot be read names nothing.
func NewNaming(definition []byte) *Naming {
	e, err := ballot.ParseElection(definition)
	if err != nil {
		return &Naming{}
	}
	return &Naming{e.Questions()}
}

// Of are the texts of the ballot that name a subject: the question's title, and below it an answer, a list, a list and its
// candidate. Nothing for the whole election, or where the ballot does not have it.
func (n *Naming) Of(s Subject) []string {
	if s.Question < 1 || s.Question > len(n.questions) || s.Answer < 0 || s.Member < 0 || s.Member > 0 && s.Answer == 0 {
		return nil
	}
	q := n.questions[s.Question-1]
	names := []string{q.Title()}
	if s.Answer == 0 {
		return names
	}
	if lists, ok := q.(ballot.Lists); ok {
		if s.Answer > len(lists.Lists) {
			return nil
		}
		list := lists.Lists[s.Answer-1]
		names = append(names, list.Name)
		switch {
		case s.Member > len(list.Candidates):
			return nil
		case s.Member > 0:
			names = append(names, list.Candidates[s.Member-1])
		}
		return names
	}
	labels := q.Labels()
	if len(labels) > 0 && labels[0] == "" { // the blank vote
		labels = labels[1:]
	}
	if s.Answer > len(labels) || s.Member > 0 {
		return nil
	}
	return append(names, labels[s.Answer-1])
}

// All are the subjects of an election, the whole first, then each question with its answers, each list with its candidates.
func (n *Naming) All() []Subject {
	list := []Subject{{}}
	for i := range n.questions {
		list = append(list, Subject{Question: i + 1})
		for s := (Subject{Question: i + 1, Answer: 1}); n.Of(s) != nil; s.Answer++ {
			list = append(list, s)
			for m := (Subject{s.Question, s.Answer, 1}); n.Of(m) != nil; m.Member++ {
				list = append(list, m)
			}
		}
	}
	return list
}

// String writes a subject as people name it: 0 for the whole election, 2 for a question, 2.1 for an answer or list,
// 2.1.3 for a candidate on it.
func (s Subject) String() string {
	switch {
	case s.Member > 0:
		return fmt.Sprintf("%d.%d.%d", s.Question, s.Answer, s.Member)
	case s.Answer > 0:
		return fmt.Sprintf("%d.%d", s.Question, s.Answer)
	}
	return strconv.Itoa(s.Question)
}

// ErrSubject reports a text that String writes of no subject.
var ErrSubject = errors.New("it names no question, answer or candidate: write 0, 2, 2.1 or 2.1.3")

// ParseSubject reads what String wrote.
func ParseSubject(text string) (s Subject, err error) {
	parts := strings.SplitN(text, ".", 4)
	for i, place := range []*int{&s.Question, &s.Answer, &s.Member}[:min(3, len(parts))] {
		if *place, err = strconv.Atoi(parts[i]); err != nil {
			break
		}
	}
	if err != nil || min(s.Question, s.Answer, s.Member) < 0 || s.String() != text {
		return Subject{}, fmt.Errorf("%.40q: %w", text, ErrSubject)
	}
	return s, nil
}

// Check says whether an election asks about a subject. A definition that cannot be read has every subject.
func (s Subject) Check(definition []byte) error {
	n := NewNaming(definition)
	if n.questions == nil || s == (Subject{}) || n.Of(s) != nil {
		return nil
	}
	return fmt.Errorf("the election does not ask about question %d, answer %d, member %d", s.Question, s.Answer, s.Member)
}
