package evidence

import (
	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/core/tally"
	"bayyina/platform/ledger/read"
)

// SetupData is the Data of the claim vote.setup: what was fixed before the
// election opened.
type SetupData struct {
	Voters      int64      `json:"voters"`
	Weight      int64      `json:"weight"`
	Districts   []District `json:"districts,omitempty"`
	Part        *Part      `json:"part,omitempty"` // of a contest
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
	// Rule is the counting method that such a question names itself, and Places what it
	// gives: all answers, the best first.
	Rule   string  `json:"rule,omitempty"`
	Places []Place `json:"places,omitempty"`
}

// Place is the place of an answer in an order. Equals have the same.
type Place struct {
	Place  int    `json:"place"` // from 1
	Answer string `json:"answer"`
	Best   int64  `json:"best"`            // ballots that give it the first rank or the best grade
	Grade  string `json:"grade,omitempty"` // majority judgment: the majority's
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
			question.Rule, question.Places = places(definition, result, i)
		} else {
			question.Answers = answers(q, result[i].Numbers())
		}
		d.Questions = append(d.Questions, question)
	}
	return d
}

// places are what the counting method gives that a question names in its hint, if it
// does.
func places(definition *ballot.Election, result tally.Result, question int) (rule string, list []Place) {
	votes, hint, err := count.ParseBelenios(definition.Bytes(), result.Bytes(), question)
	if err != nil || hint.Rule.Name == "" {
		return "", nil
	}
	counted, err := count.Count(votes, hint.Rule, nil)
	if err != nil { // there are no ballots, or only invalid ones
		return "", nil
	}
	best := make([]int64, len(counted.Choices))
	for _, b := range votes.Ballots {
		if len(b.Ranks) > 0 {
			for _, i := range b.Ranks[0] {
				best[i] += b.Count
			}
		}
	}
	at := 1
	for _, equals := range counted.Order {
		for _, i := range equals {
			p := Place{Place: at, Answer: counted.Choices[i], Best: best[i]}
			if counted.Judgments != nil {
				j := counted.Judgments[i]
				p.Best, p.Grade = j.Counts[0], hint.Rule.Grades[j.Majority]
			}
			list = append(list, p)
		}
		at += len(equals)
	}
	return hint.Rule.Name, list
}

// SeatsData is the Data of the claim vote.seats: who has the seats, as counted here.
type SeatsData struct {
	Questions []QuestionSeats `json:"questions"`
}

// QuestionSeats are the seats of one question.
type QuestionSeats struct {
	Question string      `json:"question"`
	Rule     string      `json:"rule"`
	Lists    []string    `json:"lists,omitempty"` // all of them, where lists have the seats
	Seats    []count.Won `json:"seats"`           // in the order in which they were filled
	RunOff   []string    `json:"runoff,omitempty"`
	Tied     bool        `json:"tied,omitempty"` // the count stopped at a tie
}

// NewSeatsData joins counts with the texts that voters saw.
func NewSeatsData(counts []*count.Result) SeatsData {
	var d SeatsData
	for _, c := range counts {
		q := QuestionSeats{Question: c.Title, Rule: c.Rule.Name, Seats: c.Seats, Tied: c.Tie != nil}
		if c.Allocation != nil {
			q.Lists = c.Choices
		}
		for _, i := range c.RunOff {
			q.RunOff = append(q.RunOff, c.Choices[i])
		}
		d.Questions = append(d.Questions, q)
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

// Figures are what claims on one election tell in numbers; nil what they do not.
type Figures struct {
	Setup   *SetupData
	Ballots *BallotData
	Result  *ResultData
	Seats   *SeatsData
}

// FiguresOf picks the data of claims that this package and archives document.
func FiguresOf(claims []read.Claim) Figures {
	var f Figures
	for i := range claims {
		switch d := claims[i].Data.(type) {
		case SetupData:
			f.Setup = &d
		case BallotData:
			f.Ballots = &d
		case ResultData:
			f.Result = &d
		case SeatsData:
			f.Seats = &d
		}
	}
	return f
}
