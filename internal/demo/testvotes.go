package demo

import (
	"encoding/json"
	"math/rand/v2"

	"bayyina/core/ballot"
)

// manner is how a test voter fills in a ballot paper.
type manner int

const (
	anyhow manner = iota // by chance
	blank                // a blank vote wherever one may be cast
	most                 // as many answers as may be chosen
	least                // as few
)

// testVote fills in all questions in a manner.
func testVote(random *rand.Rand, questions []ballot.Question, how manner) ballot.Plaintext {
	vote := make(ballot.Plaintext, len(questions))
	for i, q := range questions {
		switch q := q.(type) {
		case ballot.Homomorphic:
			vote[i] = testChoice(random, q, how)
		case ballot.Lists:
			vote[i] = testList(random, q, how)
		case ballot.NonHomomorphic:
			vote[i] = testNumbers(random, q, how)
		}
	}
	return vote
}

// testChoice chooses some answers.
func testChoice(random *rand.Rand, q ballot.Homomorphic, how manner) []int {
	votes := make([]int, q.Ciphertexts())
	answers := votes
	if q.Blank {
		answers = votes[1:]
		if how == blank || q.Max == 0 {
			votes[0] = 1
			return votes
		}
	}
	n := q.Min + random.IntN(q.Max-q.Min+1)
	switch how {
	case most:
		n = q.Max
	case least, blank:
		n = q.Min
	}
	for _, at := range random.Perm(len(answers))[:n] {
		answers[at] = 1
	}
	return votes
}

// testList chooses a list, and some of its candidates.
func testList(random *rand.Rand, q ballot.Lists, how manner) []int {
	votes := make([]int, q.Ciphertexts())
	var starts []int // of lists that have candidates
	sizes := make(map[int]int)
	at := 0
	for _, n := range q.Nesting() {
		if n > 1 {
			starts = append(starts, at)
			sizes[at] = n - 1
		}
		at += n
	}
	start := starts[random.IntN(len(starts))]
	n := 1 + random.IntN(sizes[start])
	switch how {
	case most:
		n = sizes[start]
	case least, blank:
		n = 1
	}
	votes[start] = 1
	for _, candidate := range random.Perm(sizes[start])[:n] {
		votes[start+1+candidate] = 1
	}
	return votes
}

// testNumbers ranks answers, or grades them where the question asks for grades.
func testNumbers(random *rand.Rand, q ballot.NonHomomorphic, how manner) []int {
	var asked struct {
		Method string
		Blank  bool
		Grades []string
	}
	if q.Extra != nil {
		_ = json.Unmarshal(q.Extra, &asked) // of another program: then answers are ranked
	}
	votes := make([]int, len(q.Answers))
	if how == blank && asked.Blank {
		return votes
	}
	if asked.Method == "MajorityJudgment" && len(asked.Grades) > 0 {
		for i := range votes {
			switch how {
			case most:
				votes[i] = 1
			case least:
				votes[i] = len(asked.Grades)
			default:
				votes[i] = 1 + random.IntN(len(asked.Grades))
			}
		}
		return votes
	}
	n := 1 + random.IntN(len(votes))
	switch how {
	case most:
		n = len(votes)
	case least, blank:
		n = 1
	}
	for rank, at := range random.Perm(len(votes))[:n] {
		votes[at] = rank + 1
	}
	return votes
}
