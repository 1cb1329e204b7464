package evidence

import (
	"bayyina/core/ballot"
	"bayyina/core/tally"
)

// SetupData is the Data of the claim vote.setup: what was fixed before the
// election opened.
type SetupData struct {
	Voters      int64      `json:"voters"`
	Weight      int64      `json:"weight"`
	Districts   []District `json:"districts,omitempty"`
	Trustees    []Trustee  `json:"trustees"`
	Definition  string     `json:"definition"` // fingerprint of the election record, base64 without padding
	Credentials string     `json:"credentials"`
	Questions   int        `json:"questions"`
}

// Trustee is one holder of a part of the election's key.
type Trustee struct {
	Number    int    `json:"number"`              // owner number, from 1
	Name      string `json:"name"`                // of its key in the log
	Threshold int    `json:"threshold,omitempty"` // how many of its group must decrypt; absent for a single trustee
}

// BallotData is the Data of the claim vote.once: how voters took part.
type BallotData struct {
	Voters  int64 `json:"voters"`  // credentials on the list
	Ballots int64 `json:"ballots"` // entered in the log
	Revotes int64 `json:"revotes"` // of them replaced by a later ballot of the same credential
	Counted int64 `json:"counted"` // ballots that count
	Weight  int64 `json:"weight"`  // of the ballots that count
}

// ResultData is the Data of the claim vote.result: the result with the texts that
// voters saw.
type ResultData struct {
	Counted   int64            `json:"counted"` // ballots
	Weight    int64            `json:"weight"`
	Questions []QuestionResult `json:"questions"`
}

// QuestionResult is the result of one question.
type QuestionResult struct {
	Question string         `json:"question"`
	Min      int            `json:"min,omitempty"` // fewest choices on a ballot that is not blank
	Max      int            `json:"max,omitempty"`
	Answers  []AnswerResult `json:"answers,omitempty"`
	// Opened is how many ballots were opened after shuffling, where answers are ranks
	// or grades: what they give is for a counting method to say.
	Opened int64 `json:"opened,omitempty"`
}

// AnswerResult is how many votes an answer got. The blank vote, where a question
// allows it, stands first; a candidate stands after the list it is on.
type AnswerResult struct {
	Answer string `json:"answer,omitempty"`
	List   string `json:"list,omitempty"` // of a candidate
	Blank  bool   `json:"blank,omitempty"`
	Votes  int64  `json:"votes"`
}

// NewResultData joins a result with the texts that voters saw.
func NewResultData(definition *ballot.Election, result tally.Result, counted, weight int64) ResultData {
	d := ResultData{Counted: counted, Weight: weight}
	for i, q := range definition.Questions() {
		question := QuestionResult{Question: q.Title()}
		if bounded, ok := q.(ballot.Homomorphic); ok {
			question.Min, question.Max = bounded.Min, bounded.Max
		}
		if q.Shuffled() {
			question.Opened = int64(len(result[i].Rows))
		} else {
			question.Answers = answers(q, result[i].Numbers())
		}
		d.Questions = append(d.Questions, question)
	}
	return d
}

// answers are the labels of a question with their votes.
func answers(q ballot.Question, votes []uint64) []AnswerResult {
	list := make([]AnswerResult, len(votes))
	for i, text := range q.Labels() {
		list[i] = AnswerResult{Answer: text, Votes: int64(votes[i])}
	}
	if q, ok := q.(ballot.Homomorphic); ok && q.Blank {
		list[0].Blank = true
	}
	at := 0
	for _, n := range q.Nesting() {
		for i := at + 1; i < at+n; i++ {
			list[i].List = list[at].Answer
		}
		at += n
	}
	return list
}
