package evidence

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
	Min      int            `json:"min"` // fewest choices on a ballot that is not blank
	Max      int            `json:"max"`
	Answers  []AnswerResult `json:"answers"`
}

// AnswerResult is how many votes an answer got. The blank vote, where a question
// allows it, stands first.
type AnswerResult struct {
	Answer string `json:"answer,omitempty"`
	Blank  bool   `json:"blank,omitempty"`
	Votes  int64  `json:"votes"`
}
